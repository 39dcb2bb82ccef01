"""The command on a year of the made region, as FHIR from 200 practices: each row of its CSV equals plain sums."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.replay.visits import adapter
from tests.report.made_region import CODES, REGION, made_region
from tests.report.test_made_region import Expected, expected, insured, services, span_of

OWN = "https://adapter.example.org/CodeSystem/dk-palliation"
SITE = "https://region.example.org/ydelser"


def resources() -> Iterator[dict[str, Any]]:
    """A Patient for each practice, and every service of 2025."""
    for practice in made_region().clusters:
        yield {"resourceType": "Patient", "id": f"p{practice}", "gender": "unknown"}
    for number, (practice, day, kind, code, times) in enumerate(made_region().services):
        if day.year == 2025:
            coding = {"system": SITE, "code": code}
            former = {"system": OWN, "code": "former-terminal-supplement"}
            identifier = {"system": "urn:oid:1.2.208.176.1.4", "value": practice}
            yield {
                "resourceType": "ChargeItem",
                "id": f"c{number}",
                "status": "billed",
                "code": {"coding": [coding if kind == "current" else former]},
                "subject": {"reference": f"Patient/p{practice}"},
                "occurrenceDateTime": str(day),
                "performingOrganization": {"type": "Organization", "identifier": identifier},
                "quantity": {"value": times},
            }


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What the command prints of 2025."""
    folder = tmp_path_factory.mktemp("region")
    (folder / "site" / "dk-palliation").mkdir(parents=True)
    codes = "".join(f'  - {{system: "{SITE}", code: {code}}}\n' for code in CODES)
    (folder / "site" / "dk-palliation" / "codes.yaml").write_text(f"current-service:\n{codes}")
    (folder / "adapter.toml").write_text(f'overrides = "{folder / "site"}"\npseudonym_key = "k"\n')
    (folder / "insured.csv").write_text(made_region().csv)
    (folder / "region.ndjson").write_text("".join(json.dumps(r) + "\n" for r in resources()))
    ran = adapter(
        *("--config", folder / "adapter.toml", "report", "dk-palliation", "--in", folder / "region.ndjson"),
        *("--period", "2025", "--insured", folder / "insured.csv", "--format", "csv"),
    )
    assert ran.exit_code == 0
    return list(csv.DictReader(io.StringIO(ran.stdout)))


def told(rows: list[dict[str, str]], indicator: str) -> dict[tuple[str, str], tuple[str, ...]]:
    columns = ("count", "rate", "mean_of_practices", "cluster_rate", "cluster_mean", "region_rate", "region_mean")
    chosen = [r for r in rows if r["indicator"] == indicator and not r["by"]]
    return {(r["level"], r["name"]): tuple(r[name] for name in columns) for r in chosen}


def wanted(kind: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Each place with its own figure, and those of its cluster and region beside it."""
    places = expected(1000, services(span_of("2025"), kind), insured(span_of("2025")))
    clusters = made_region().clusters
    beside = {place: _beside(places, clusters.get(place[1], place[1]), place[0]) for place in places}
    return {place: (str(one.count), str(one.rate), one.mean or "", *beside[place]) for place, one in places.items()}


def _beside(places: dict[tuple[str, str], Expected], cluster: str, level: str) -> tuple[str, ...]:
    region = places["region", REGION]
    near = places.get(("cluster", cluster))
    of_cluster = (str(near.rate), str(near.mean)) if near and level != "region" else ("", "")
    return (*of_cluster, str(region.rate), str(region.mean))


KINDS = [("ydelser-pr-1000", "current"), ("terminalt-tillaeg-pr-1000", "former")]


@pytest.mark.parametrize(("indicator", "kind"), KINDS)
def test_every_row_of_the_report_equals_plain_sums(rows: list[dict[str, str]], indicator: str, kind: str) -> None:
    assert told(rows, indicator) == wanted(kind)
