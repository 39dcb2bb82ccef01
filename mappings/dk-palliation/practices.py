"""The practice by its Ydernummer (practice number), wherever a record names it."""

from collections.abc import Iterable

from adapter.core.actors import Actor
from adapter.core.looks import Look

from .fact_types import Listing

_KIND = "ydernummer|"
_AUTHORISATION = "dk-authorisation|"


def numbers_of(actors: Iterable[Actor]) -> tuple[str, ...]:
    """The Ydernumre (practice numbers) among actors, each once."""
    return tuple(sorted({n.removeprefix(_KIND) for a in actors for n in a.nationals if n.startswith(_KIND)}))


def provider_of(actors: Iterable[Actor]) -> str:
    """The authorisation number of the doctor, or nothing."""
    found = (n for a in actors for n in a.nationals if n.startswith(_AUTHORISATION))
    return min(found, default="").removeprefix(_AUTHORISATION)


def listed_with(look: Look) -> tuple[Actor, ...]:
    """The practices the person is listed with: the keeper of the record only where no general practitioner is known."""
    listings = look.of(Listing)
    named = [a for f in listings for a in (*f.roles, *f.practices)]
    practices = [a for a in named if numbers_of([a])] or [a for f in listings for a in f.keeper if numbers_of([a])]
    return tuple({numbers_of([a]): a for a in practices}.values())
