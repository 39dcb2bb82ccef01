"""A plan written one by one, for servers that take no transactions.

The plan's order holds (Accounts first), references take the addresses that the server gave, and Provenance
comes last. Nothing undoes what was written before a failure: the next look finds it and writes the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from adapter.core.desired.frame import urn
from adapter.core.errors import Temporary
from adapter.core.plans import Change, Content, Kind
from adapter.outbound.answers import Stored
from adapter.outbound.bundles import renamed
from adapter.outbound.conditions import condition
from adapter.outbound.errors import Conflict, Garbled
from adapter.outbound.targets import AnyTarget
from adapter.outbound.transactions import version_of


def write_one_by_one(
    target: AnyTarget, plan: Sequence[Change], sent: dict[str, Change], resumes: bool = False
) -> dict[str, Stored]:
    """Write every change in order; where each is, by our id.

    `sent` grows by every change that reached the server or may have; what it holds before is of earlier tries.
    `resumes`: another writer was cut off before.
    """
    cut_off = resumes or bool(sent)
    addresses: dict[str, str] = {}
    answers = {}
    for change in plan:
        content = renamed(change.content, addresses)
        if change.desired.type == "Provenance" and cut_off and _is_there(target, content):
            continue
        with noting(sent, [change]):
            answer = _write(target, change, content)
        addresses[urn(change.desired.id)] = str(answer.reference)
        answers[change.desired.id] = answer
    return answers


@contextmanager
def noting(sent: dict[str, Change], plan: Iterable[Change]) -> Iterator[None]:
    """Note what was sent, also where nothing tells whether it arrived; not what was refused."""
    try:
        yield
    except Conflict:
        raise
    except Temporary:
        _note(sent, plan)
        raise
    _note(sent, plan)


def _note(sent: dict[str, Change], plan: Iterable[Change]) -> None:
    for change in plan:
        sent.setdefault(change.desired.id, change)


def _write(target: AnyTarget, change: Change, content: Content) -> Stored:
    if change.kind is Kind.UPDATE:
        answer = target.update(content, version_of(change))
        return Stored(f"{content['resourceType']}/{content['id']}", answer.version)
    identifier = content.get("identifier")
    answer = target.create(content, condition(identifier[0]) if identifier else None)
    if answer.reference is None:
        raise Garbled(f"POST {change.desired.type}: the answer does not say where it is")
    return answer


def _is_there(target: AnyTarget, provenance: Content) -> bool:
    """Whether this Provenance reached the server although its answer did not reach us."""
    found = target.search("Provenance", {"target": provenance["target"][0]["reference"]})
    told = [(p.get("recorded"), p.get("policy"), len(p.get("target", ()))) for p in found]
    return (provenance["recorded"], provenance["policy"], len(provenance["target"])) in told
