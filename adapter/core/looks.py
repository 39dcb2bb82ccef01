"""A look: everything a pack may know when it judges one person, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from adapter.core.facts import Fact
from adapter.core.references import Key
from adapter.core.times import zone_named

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class Look:
    """The facts of one person, the site's settings, the scheme's numbers, and the instant of the look."""

    facts: Sequence[Fact]
    settings: Mapping[str, Any]
    numbers: Mapping[str, Decimal]
    as_of: datetime
    zone: str
    _sorted: dict[tuple[type[Fact], bool], tuple[Fact, ...]] = field(default_factory=dict, compare=False)

    _linked: dict[tuple[type[Fact], str], dict[Key, list[Fact]]] = field(default_factory=dict, compare=False)

    def of(self, fact_type: type[F]) -> tuple[F, ...]:
        """The facts of a type that are not entered in error."""
        return self._all(fact_type, False)

    def voided(self, fact_type: type[F]) -> tuple[F, ...]:
        """The facts of a type that are entered in error."""
        return self._all(fact_type, True)

    def _all(self, fact_type: type[F], void: bool) -> tuple[F, ...]:
        key = (fact_type, void)
        if key not in self._sorted:
            self._sorted[key] = tuple(f for f in self.facts if isinstance(f, fact_type) and f.void is void)
        return self._sorted[key]  # type: ignore[return-value]  # the dict is keyed by the type itself

    def linked(self, fact_type: type[F], name: str, keys: Iterable[Key]) -> tuple[F, ...]:
        """The facts of a type whose field of Links, `name`, points at one of the resources."""
        index = (fact_type, name)
        if index not in self._linked:
            found: dict[Key, list[Fact]] = {}
            for fact in self.of(fact_type):
                for link in getattr(fact, name):
                    if link.key is not None:
                        found.setdefault(link.key, []).append(fact)
            self._linked[index] = found
        pointing = {id(f): f for key in keys for f in self._linked[index].get(key, ())}
        return tuple(pointing.values())  # type: ignore[arg-type]  # the dict is keyed by the type itself

    def number(self, name: str) -> int:
        """A whole number of the scheme (days, hours, counts), from `numbers` in pack.yaml."""
        return int(self.numbers[name])

    @property
    def today(self) -> date:
        """The day of the look in the scheme's zone."""
        return self.as_of.astimezone(zone_named(self.zone)).date()
