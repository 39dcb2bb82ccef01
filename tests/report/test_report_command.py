"""`adapter report` end to end: a small region of practices whose codes and goals the site configures."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import fhirkit
import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.replay.visits import Ran, adapter, bundle, visit, write

OWN = "https://adapter.example.org/CodeSystem/dk-palliation"
SITE = "https://region.example.org/ydelser"
YDERNUMMER = "urn:oid:1.2.208.176.1.4"
TABLE = """practice,cluster,region,quarter,insured
012345,Nord,DK-85,2025-Q1,1850
012345,Nord,DK-85,2025-Q2,1950
054321,Nord,DK-85,2025-Q1,900
054321,Nord,DK-85,2025-Q2,900
077777,Syd,DK-85,2025-Q1,1000
077777,Syd,DK-85,2025-Q2,1000
"""


def coded(code: str, system: str = OWN) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def practice(number: str) -> dict[str, Any]:
    return {"type": "Organization", "identifier": {"system": YDERNUMMER, "value": number}}


def person(name: str, number: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    own = {"resourceType": "Patient", "id": name, "generalPractitioner": [practice(number)]}
    return [own, *({**m, "id": f"{name}-{n}", "subject": {"reference": f"Patient/{name}"}} for n, m in enumerate(more))]


def service(number: str, day: str, code: str = "XX1", system: str = SITE, **changes: Any) -> dict[str, Any]:
    charge = {"resourceType": "ChargeItem", "status": "billed", "code": coded(code, system), "occurrenceDateTime": day}
    return {**charge, "performingOrganization": practice(number), **changes}


def declared(day: str) -> dict[str, Any]:
    said = {"resourceType": "Observation", "status": "final", "code": coded("terminal-declaration")}
    return {**said, "effectiveDateTime": day, "valueBoolean": True}


GOAL = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "category": [coded("palliation-goal")],
    "description": {"text": "Mindst to ydelser"},
    "startDate": "2025-01-02",
    "target": [{"measure": coded("palliation-service"), "detailInteger": 2}],
}
PEOPLE = [
    *person("a", "012345", declared("2025-01-10"), service("012345", "2025-02-01"), GOAL),
    *person("b", "012345", declared("2025-01-20"), service("012345", "2025-04-01", quantity={"value": 2})),
    *person("c", "054321", declared("2025-02-10")),
    *person("d", "054321", service("054321", "2025-01-01T00:30:00+02:00"), service("054321", "2025-06-30")),
    *person("e", "077777", service("077777", "2025-03-01", "former-terminal-supplement", OWN)),
    *person("f", "077777", service("077777", "2025-03-01", "4418"), service("077777", "2025-03-01", status="planned")),
]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site: its codes, its table, its input, its settings."""
    (tmp_path / "site" / "dk-palliation").mkdir(parents=True)
    codes = f'current-service:\n  - {{system: "{SITE}", code: XX1}}\n'
    (tmp_path / "site" / "dk-palliation" / "codes.yaml").write_text(codes)
    (tmp_path / "insured.csv").write_text(TABLE)
    write(tmp_path / "in" / "bundle.json", bundle(PEOPLE, base="https://praksis.example.org/fhir"))
    configure(tmp_path)
    return tmp_path


def configure(site: Path, *settings: str) -> None:
    lines = [f'overrides = "{site / "site"}"', 'pseudonym_key = "k"', "[packs.dk-palliation]", *settings]
    (site / "adapter.toml").write_text("\n".join([*lines, "service_codes_known = true\n"]))


def report(site: Path, *options: object, insured: bool = True) -> Ran:
    table = ("--insured", site / "insured.csv") if insured else ()
    chosen = options if "--period" in options else ("--period", "2025-01-01/2025-06-30", *options)
    return adapter("--config", site / "adapter.toml", "report", "dk-palliation", "--in", site / "in", *table, *chosen)


def figures(ran: Ran, indicator: str = "ydelser-pr-1000", by: str = "") -> dict[tuple[str, str], dict[str, str]]:
    rows = [r for r in csv.DictReader(io.StringIO(ran.stdout)) if (r["indicator"], r["by"]) == (indicator, by)]
    return {(r["name"], r["stratum"]): r for r in rows}


def test_services_per_1000_beside_cluster_and_region(site: Path) -> None:
    ran = report(site, "--format", "csv")
    found = figures(ran)
    assert ran.exit_code == 0
    assert {name: (r["count"], r["base"], r["rate"], r["mean_of_practices"]) for (name, _), r in found.items()} == {
        "012345": ("3", "1900", "1.58", ""),
        "054321": ("1", "900", "1.11", ""),
        "077777": ("0", "1000", "0.00", ""),
        "Nord": ("4", "2800", "1.43", "1.35"),
        "Syd": ("0", "1000", "0.00", "0.00"),
        "DK-85": ("4", "3800", "1.05", "0.90"),
    }
    row = found["012345", ""]
    assert [row[f"{level}_{kind}"] for level in ("cluster", "region") for kind in ("rate", "mean")] == [
        *("1.43", "1.35"),
        *("1.05", "0.90"),
    ]


def test_a_day_is_danish(site: Path) -> None:
    """2025-01-01T00:30+02:00 is still 2024 in Copenhagen, so it is in no quarter of 2025."""
    by_quarter = figures(report(site, "--format", "csv"), by="quarter")
    assert [by_quarter["054321", q]["count"] for q in ("2025-Q1", "2025-Q2")] == ["0", "1"]
    assert [by_quarter["012345", q]["rate"] for q in ("2025-Q1", "2025-Q2")] == ["0.54", "1.03"]


def test_the_last_quarter_as_the_denominator(site: Path) -> None:
    ran = report(site, "--format", "csv", "--denominator", "last")
    assert figures(ran)["012345", ""]["base"] == "1950"
    assert "(--denominator last)" in ran.stderr


def test_former_supplement_and_share_of_terminal_persons(site: Path) -> None:
    ran = report(site, "--format", "csv")
    assert figures(ran, "terminalt-tillaeg-pr-1000")["077777", ""]["rate"] == "1.00"
    share = figures(ran, "terminale-med-ydelse")
    assert (share["DK-85", ""]["count"], share["DK-85", ""]["base"], share["DK-85", ""]["rate"]) == ("2", "3", "66.67")


def test_the_table_says_what_was_chosen(site: Path) -> None:
    ran = report(site, "--language", "da")
    for words in (
        "Ydelser pr. 1000 sikrede i praksis",
        "small numbers: not suppressed (setting suppress_below is empty)",
        "the mean of the quarters that are known",
        "by quarter (rates)",
        "Side by side",
        "rates are per period",
    ):
        assert words in ran.stdout


def test_the_example_code_is_seen_and_not_counted(site: Path) -> None:
    assert "077777" not in {r["detail"] for r in activity(report(site, "--format", "json")) if r["item"] == "service"}
    configure(site)
    mapped = f'current-service:\n  - {{system: "{SITE}", code: XX1}}\n  - {{system: "{SITE}", code: "4418"}}\n'
    (site / "site" / "dk-palliation" / "codes.yaml").write_text(mapped)
    assert figures(report(site, "--format", "csv"))["077777", ""]["count"] == "1"


def test_without_the_sites_codes_nothing_national_is_counted(site: Path) -> None:
    (site / "site" / "dk-palliation" / "codes.yaml").unlink()
    assert figures(report(site, "--format", "csv"))["DK-85", ""]["count"] == "0"


def activity(ran: Ran) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(ran.stdout)["activity"]
    return rows


def test_a_service_that_two_sources_report_is_counted_once(site: Path) -> None:
    doctor = {"type": "Practitioner", "identifier": {"system": "https://autregweb.sst.dk", "value": "0ABCD"}}
    twice = [service("077777", "2025-05-05", performer=[{"actor": doctor}]) for _ in range(2)]
    for source, services in (("a", twice), ("b", twice[:1])):
        one, *rest = person("g", "077777", *services)
        one["identifier"] = [{"system": "urn:oid:1.2.208.176.1.2", "value": "2512489996"}]
        write(site / "in" / f"{source}.json", bundle([one, *rest], base=f"https://{source}.example.org/fhir"))
    configure(site, 'goals = [{level = "behandler", who = "0ABCD", measure = "ydelser-pr-1000", target = "3"}]')
    found = json.loads(report(site, "--format", "json").stdout)
    counts = {r["name"]: r["count"] for r in found["figures"] if r["indicator"] == "ydelser-pr-1000" and not r["by"]}
    assert counts["077777"] == "2"
    assert [(r["figure"], r["reached"]) for r in found["goals"] if r["level"] == "behandler"] == [("2", "no")]


def test_one_cluster_only(site: Path) -> None:
    ran = report(site, "--format", "csv", "--cluster", "Nord")
    assert {name for name, _ in figures(ran)} == {"012345", "054321", "Nord", "DK-85"}
    assert figures(ran)["DK-85", ""]["base"] == "3800"
    unknown = report(site, "--cluster", "Vest")
    assert (unknown.exit_code, "known: Nord, Syd" in unknown.stderr) == (2, True)


def test_goals_stand_beside_the_figures(site: Path) -> None:
    goal = 'goals = [{level = "klynge", who = "Nord", measure = "ydelser-pr-1000", target = "1.43"}]'
    configure(site, goal)
    rows = json.loads(report(site, "--format", "json").stdout)["goals"]
    assert [(r["level"], r["target"], r["figure"], r["reached"]) for r in rows] == [
        ("klynge", "1.43", "1.43", "yes"),
        ("patient", "2", "1", "no"),
    ]
    configure(site, goal.replace("ydelser-pr-1000", "ydelser"))
    wrong = report(site)
    assert (wrong.exit_code, "[bad-goal]" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("earlier", ["2024-Q2", "2025-Q1", "2024-01-02/2024-12-31"])
def test_less_than_a_year_apart_is_refused_with_the_reason(site: Path, earlier: str) -> None:
    ran = report(site, "--compare-with", earlier)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "DK-13" in ran.stderr
    assert "[bad-period]" in ran.stderr


def test_a_year_apart_is_compared(site: Path) -> None:
    (site / "insured.csv").write_text(TABLE + "012345,Nord,DK-85,2024-Q1,1000\n")
    ran = report(site, "--compare-with", "2024-01-01/2024-06-30", "--format", "json")
    rows = {(r["indicator"], r["name"]): r for r in json.loads(ran.stdout)["comparison"]}
    assert rows["ydelser-pr-1000", "012345"]["change"] == "+1.58"
    unknown_before = rows["ydelser-pr-1000", "054321"]
    assert [unknown_before[name] for name in ("earlier", "later", "change")] == ["", "1.11", ""]


def test_small_numbers_are_hidden_everywhere(site: Path) -> None:
    configure(site, "suppress_below = 5")
    ran = report(site, "--format", "csv", "--out", site / "out")
    assert {r["count"] for r in figures(ran).values()} <= {"hidden", "0"}
    assert "counts below 5 are hidden" in ran.stderr
    told = "".join(f.read_text() for f in (site / "out").glob("*.csv")) + ran.stdout
    rows = [row for row in csv.DictReader(io.StringIO((site / "out" / "activity.csv").read_text())) if row["count"]]
    assert {row["count"] for row in rows} <= {"hidden", "0"} | {str(n) for n in range(5, 100)}
    assert "1.58" not in told
    for group in (r["group"][0] for r in written(site / "out", "MeasureReport")):
        assert all(p.get("count", 0) not in range(1, 5) for p in group["population"])


def written(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{kind}.ndjson").read_text().splitlines()]


@pytest.mark.parametrize("setting", ["", "suppress_below = 5"])
def test_measures_and_reports_are_sound(site: Path, setting: str) -> None:
    configure(site, setting)
    report(site, "--out", site / "out")
    resources = [*written(site / "out", "Measure"), *written(site / "out", "MeasureReport")]
    assert len(resources) == 3 + 3 * 6
    for resource in resources:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert [str(p) for p in fhirkit.validate(resource) if "error" in str(p)] == []


def test_a_measure_report_of_a_practice(site: Path) -> None:
    report(site, "--out", site / "out")
    (found,) = [
        r
        for r in written(site / "out", "MeasureReport")
        if r["reporter"]["identifier"]["value"] == "012345" and "ydelser-pr-1000" in r["measure"]
    ]
    assert found["reporter"]["identifier"]["system"] == YDERNUMMER
    assert found["period"] == {"start": "2025-01-01", "end": "2025-06-30"}
    group = found["group"][0]
    assert [p["count"] for p in group["population"]] == [1900, 3]
    assert group["measureScore"]["value"] == 1.58
    levels = next(s for s in group["stratifier"] if s["code"][0]["text"] == "level")
    assert {s["value"]["text"]: s["measureScore"]["value"] for s in levels["stratum"]} == {
        "practice": 1.58,
        "cluster Nord": 1.43,
        "cluster Nord, mean of practices": 1.35,
        "region DK-85": 1.05,
        "region DK-85, mean of practices": 0.90,
    }
    clusters = {r["reporter"]["identifier"]["system"] for r in written(site / "out", "MeasureReport")}
    assert clusters == {YDERNUMMER, "urn:iso:std:iso:3166:-2", "https://adapter.example.org/sid/klynge"}


def test_the_same_input_gives_the_same_bytes(site: Path) -> None:
    report(site, "--out", site / "one")
    report(site, "--out", site / "two")
    first, second = ({f.name: f.read_bytes() for f in (site / n).iterdir()} for n in ("one", "two"))
    assert first == second
    assert set(first) >= {"Measure.ndjson", "MeasureReport.ndjson", "figures.csv", "activity.csv", "goals.csv"}


def test_without_a_table_only_shares_are_computed(site: Path) -> None:
    ran = report(site, "--format", "csv", insured=False)
    assert figures(ran) == {}
    assert figures(ran, "terminale-med-ydelse")["012345", ""]["rate"] == "100.00"
    assert "ydelser-pr-1000 needs a table of insured persons (--insured)" in ran.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [("practice,insured\n", "insured.csv:1: (header)"), (TABLE + "1,Nord,DK-85,2025-Q1,x\n", "insured.csv:8: insured")],
)
def test_a_wrong_table_is_refused_with_line_and_remedy(site: Path, text: str, told: str) -> None:
    (site / "insured.csv").write_text(text)
    ran = report(site)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert told in ran.stderr
    assert "[bad-table]" in ran.stderr


@pytest.mark.parametrize("content", [None, b"practice\xff"])
def test_a_table_that_cannot_be_read(site: Path, content: bytes | None) -> None:
    (site / "insured.csv").unlink()
    if content is not None:
        (site / "insured.csv").write_bytes(content)
    assert (report(site).exit_code, "[bad-table]" in report(site).stderr) == (2, True)


def test_a_wrong_period_is_refused(site: Path) -> None:
    ran = report(site, "--period", "soon")
    assert (ran.exit_code, "write 2025, 2025-Q1 or" in ran.stderr) == (2, True)


def test_the_default_period_is_the_year_of_as_of(site: Path) -> None:
    ran = adapter(
        *("--config", site / "adapter.toml", "report", "dk-palliation", "--in", site / "in"),
        *("--as-of", "2025-08-01", "--format", "json"),
    )
    told = json.loads(ran.stdout)
    assert told["period"] == "2025-01-01/2025-12-31"
    assert any("goes on after as-of" in note for note in told["notes"])


def test_decisions_by_month_and_what_is_open(site: Path) -> None:
    rows = activity(report(site, "--format", "json"))
    decisions = {(r["item"], r["detail"]): r["count"] for r in rows if r["section"] == "decisions"}
    assert decisions == {("2025-01", "incomplete"): "2", ("2025-02", "incomplete"): "1"}
    assert [(r["item"], r["count"]) for r in rows if r["section"] == "open"] == [("group-1", "3"), ("service", "1")]


def test_a_pack_without_indicators_reports_decisions_amounts_and_what_is_open(tmp_path: Path) -> None:
    write(tmp_path / "one" / "bundle.json", bundle(visit()))
    lacking = visit(DocumentReference={"status": "superseded"}, Patient={"identifier": [{"system": "x", "value": "2"}]})
    write(tmp_path / "two" / "bundle.json", bundle(lacking, base="https://other.example.org/fhir"))
    ran = adapter("report", "fr-vsp", "--in", tmp_path, "--period", "2026", "--format", "csv")
    columns = ("section", "item", "detail", "count", "amount")
    rows = [tuple(r[name] for name in columns) for r in csv.DictReader(io.StringIO(ran.stdout))]
    assert ("decisions", "2026-11", "billable", "1", "") in rows
    assert ("amounts", "VSP", "billable", "1", "60") in rows
    assert ("open", "conclusions", "missing", "1", "") in rows
