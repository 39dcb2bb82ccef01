"""CodeSystem: every code system below the canonical base that a pack reads or writes (R4 CodeSystem)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapter.core.desired.frame import pruned
from adapter.core.handing import REASONS
from adapter.core.looks import Look
from adapter.core.packs import Pack
from adapter.core.published.frame import canonical, latest_day, machine_name, of_pack

_TASKS = {
    "document-not-ready": "A document cannot be shared before something is put right",
    "identity-conflict": "Two records contradict each other about who a person is",
    "manual-correction": "A charge that was billed is to be corrected by hand",
    "manual-review": "A question that only a person can answer",
}

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_Words = Mapping[str, str]
"""What a code is called, by language; under "" where the language is not said."""


def code_systems(packs: Sequence[Pack], chosen: Sequence[Pack]) -> Iterator[dict[str, Any]]:
    """The code systems of the chosen packs, each with the codes that any pack gives it."""
    if not chosen:
        return
    base = chosen[0].base
    for url in sorted({url for pack in chosen for url in _systems(pack)}):
        users = [p for p in packs if url in _systems(p)]
        yield _code_system(base, url.removeprefix(f"{base}/CodeSystem/"), users)
    yield from _reasons(base, packs, chosen)
    yield _shared(base, "pack", "Packs: payment schemes", {p.id: p.title for p in packs}, packs)
    yield _shared(base, "task", "Why a person is asked", {code: {"en": says} for code, says in _TASKS.items()}, packs)


def _reasons(base: str, packs: Sequence[Pack], chosen: Sequence[Pack]) -> Iterator[dict[str, Any]]:
    """Why a document is not shared: each criterion of readiness, where a chosen pack judges that."""
    judging = [(pack, names) for pack in packs if (names := _readiness_of(pack))]
    if any(pack in chosen for pack, _ in judging):
        words = {name: _titles(pack, name) for pack, names in judging for name in names}
        yield _shared(base, REASONS, "Why a document was not shared", words, [pack for pack, _ in judging])


def _readiness_of(pack: Pack) -> list[str]:
    """The criteria that a pack asks of everybody, even of a person of whom nothing is known."""
    nobody = Look((), pack.settings, pack.numbers, _NEVER, pack.zone)
    return [finding.criterion for finding in pack.readiness(nobody)]


def _titles(pack: Pack, criterion: str) -> _Words:
    return {name: pack.texts.words(name, ("criteria", criterion, "title")) for name in pack.texts.languages}


def own_system(pack: Pack) -> str:
    """The system of the pack's own codes."""
    return f"{pack.base}/CodeSystem/{pack.id}"


def _systems(pack: Pack) -> set[str]:
    used = {system for codes in pack.codes.sets.values() for system, _ in codes}
    used.update(c.system for c in pack.charges.values())
    return {own_system(pack)} | {s for s in used if s.startswith(f"{pack.base}/CodeSystem/")}


def _code_system(base: str, name: str, users: Sequence[Pack]) -> dict[str, Any]:
    words: dict[str, _Words] = {}
    for pack in users:
        words |= _words(pack, f"{base}/CodeSystem/{name}")
    if len(users) > 1:
        return _shared(base, name, f"Codes of {', '.join(p.id for p in users)}", words, users)
    return _with_concepts(of_pack(users[0], "CodeSystem", name), words, users[0].language)


def _words(pack: Pack, system: str) -> dict[str, _Words]:
    """The codes of a system in one pack; the pack's own words come before those of its charges and code sets."""
    in_sets = {code for codes in pack.codes.sets.values() for s, code in codes if s == system}
    words: dict[str, _Words] = {code: {"": pack.codes.displays.get((system, code), "")} for code in in_sets}
    words |= {c.code: {"": c.display} for c in pack.charges.values() if c.system == system}
    return words | dict(pack.code_system if system == own_system(pack) else {})


def _shared(base: str, name: str, title: str, words: Mapping[str, _Words], users: Iterable[Pack]) -> dict[str, Any]:
    """A code system of several packs: no version, for theirs differ."""
    head = {"name": machine_name(name), "title": title, "status": "active", "date": latest_day(users)}
    return _with_concepts({**canonical(base, "CodeSystem", name), **head}, words, "en")


def _with_concepts(head: Mapping[str, Any], words: Mapping[str, _Words], language: str) -> dict[str, Any]:
    return pruned(
        {
            **head,
            "language": language,
            "caseSensitive": True,
            "content": "complete",
            "count": len(words),
            "concept": [_concept(code, words[code], language) for code in sorted(words)],
        }
    )


def _concept(code: str, words: _Words, language: str) -> dict[str, Any]:
    chosen = next((name for name in (language, "", *words) if name in words), "")
    others = [{"language": name, "value": value} for name, value in sorted(words.items()) if name and name != chosen]
    return pruned({"code": code, "display": words.get(chosen), "designation": others})
