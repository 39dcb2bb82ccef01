"""Whether a person's shared record may be fed, by every pack that has a say in it."""

from collections.abc import Iterable
from datetime import datetime

from adapter.core.decisions import DISPUTED, look_at
from adapter.core.findings import Finding, State
from adapter.core.packs import Pack
from adapter.core.records import Record


def readiness(packs: Iterable[Pack], record: Record, as_of: datetime) -> list[tuple[Pack, Finding]]:
    """Each finding with its pack, which has the words for it.

    Where contents that nothing orders lead to different findings, a person is asked as well.
    """
    return [(pack, finding) for pack in packs for finding in _of_pack(pack, record, as_of)]


def _of_pack(pack: Pack, record: Record, as_of: datetime) -> list[Finding]:
    findings = list(pack.readiness(look_at(pack, record, as_of)))
    rivals = [r for rivals in record.rivals.values() for r in rivals] if findings else []
    others = [list(pack.readiness(look_at(pack, record.with_rival(rival), as_of))) for rival in rivals]
    if all(_gist(other) == _gist(findings) for other in others):
        return findings
    readings = sorted({f"{f.criterion} {f.text_key}" for found in (findings, *others) for f in found})
    return [*findings, Finding(State.ASK, readings=tuple(readings), criterion=DISPUTED)]


def _gist(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(f.criterion, f.text_key) for f in findings]
