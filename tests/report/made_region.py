"""A made region: 200 practices in 12 clusters over 5 years, with services, terminal persons and insured persons."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from adapter.core.indicators import Counted
from adapter.core.occasions import Tally

YEARS = (2021, 2022, 2023, 2024, 2025)
PRACTICES = 200
CLUSTERS = 12
REGION = "DK-85"
CODES = ("ydelse-a", "ydelse-b", "ydelse-c")
QUARTERS = tuple(f"{year}-Q{n}" for year in YEARS for n in range(1, 5))


@dataclass(frozen=True)
class Region:
    """The table as a CSV, the cluster of each practice, and everything that was counted, as plain rows."""

    csv: str
    clusters: dict[str, str]
    insured: dict[tuple[str, str], int]
    services: tuple[tuple[str, date, str, str, int], ...]
    terminal: tuple[tuple[str, date, bool], ...]

    def counted(self) -> Iterator[Counted]:
        """What a pack would have tallied."""
        for number, (practice, day, kind, code, times) in enumerate(self.services):
            strata = {"practice": practice, "provider": "", "code": code, "kind": kind}
            tally = Tally(name="service", day=day, strata=strata, value=Decimal(times))
            yield Counted(f"s{number}", tally)
        for number, (practice, day, is_served) in enumerate(self.terminal):
            for name in ("terminal", "terminal-served") if is_served else ("terminal",):
                yield Counted(f"t{number}", Tally(name=name, day=day, strata={"practice": practice}))


@cache
def made_region() -> Region:
    """The same region every time."""
    chance = random.Random(85)
    practices = [f"{number:06d}" for number in range(1, PRACTICES + 1)]
    clusters = {practice: f"klynge-{place % CLUSTERS + 1:02d}" for place, practice in enumerate(practices)}
    insured = {(p, q): chance.randint(700, 6500) for p in practices for q in QUARTERS}
    lines = [f"{p},{clusters[p]},{REGION},{q},{n}" for (p, q), n in insured.items()]
    first, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    services = tuple(
        (
            chance.choice(practices),
            chance.choice(days),
            chance.choice(("current", "current", "current", "former")),
            chance.choice(CODES),
            chance.choice((1, 1, 1, 2)),
        )
        for _ in range(30_000)
    )
    terminal = tuple((chance.choice(practices), chance.choice(days), chance.random() < 0.6) for _ in range(4_000))
    csv = "practice,cluster,region,quarter,insured\n" + "\n".join(lines) + "\n"
    return Region(csv, clusters, insured, services, terminal)
