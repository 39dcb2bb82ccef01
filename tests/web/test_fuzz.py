"""Whatever becomes of a payload, it is answered, never by a failure of ours, and stored whole or not at all."""

import json
import random
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapter.store.tables import event, work
from tests.inbound.wire import DATA
from tests.web.service import Service

_FILES = sorted(path for path in DATA.rglob("*") if path.suffix in (".json", ".xml"))
_PATHS = ("", "/Encounter", "/Encounter/e1", "/$process-message", "/CommunicationRequest")
_ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    -1.5,
    "",
    "x" * 3000,
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    "Encounter/1",
    "\u0000",
    "urn:uuid:1",
    10**40,
)
_ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp037")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_FILES), st.randoms(use_true_random=False), st.sampled_from(_PATHS))
def test_a_payload_with_its_members_dropped_doubled_and_retyped(
    service: Service, path: Path, chance: random.Random, below: str
) -> None:
    body = path.read_bytes()
    if path.suffix == ".json":
        body = _text(_mutated(json.loads(body), chance), chance).encode("utf-8", "surrogatepass")
    _answered(service, body, below)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_FILES), st.integers(0, 5000), st.sampled_from(_ENCODINGS), st.booleans(), st.binary(max_size=4))
def test_a_payload_cut_short_in_a_wrong_encoding_with_stray_bytes(
    service: Service, path: Path, length: int, encoding: str, is_whole: bool, stray: bytes
) -> None:
    body = path.read_text().encode(encoding, "replace")
    _answered(service, body if is_whole else body[:length] + stray, "")


def _answered(service: Service, body: bytes, below: str) -> None:
    before = _rows(service)
    answer = service.app.test_client().post(f"/hooks/open{below}", data=body, content_type="application/fhir+json")
    assert answer.status_code // 100 in (2, 4)
    after = _rows(service)
    if answer.status_code // 100 == 4:
        assert after == before
    with service.store.read() as tx:
        waiting = set(tx.scalars(sa.select(work.c.lane)))
        assert set(tx.scalars(sa.select(event.c.lane).where(event.c.state == "new"))) <= waiting


def _rows(service: Service) -> int:
    with service.store.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(event)) or 0


def _mutated(node: Any, chance: random.Random) -> Any:
    if chance.random() < 0.02:
        return chance.choice(_ODD)
    if isinstance(node, dict):
        return {name: _mutated(child, chance) for name, child in node.items() if chance.random() > 0.03}
    if isinstance(node, list):
        return [_mutated(child, chance) for child in node for _ in range(1 + (chance.random() < 0.05))]
    return node


def _text(node: Any, chance: random.Random) -> str:
    """JSON in which a key may stand twice."""
    if isinstance(node, list):
        return f"[{','.join(_text(child, chance) for child in node)}]"
    if not isinstance(node, dict):
        return json.dumps(node, ensure_ascii=chance.random() < 0.5)
    members = [f"{json.dumps(name)}:{_text(child, chance)}" for name, child in node.items()]
    return "{" + ",".join(one for one in members for _ in range(1 + (chance.random() < 0.02))) + "}"
