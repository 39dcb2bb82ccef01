"""`make bench`, or `python -m bench NAME…` for some: each figure is a ratio of two measurements in one run, or a count.

`store` prints what this machine does in a second, which has no limit: absolutes do not travel to other machines.
Exit status 1 where one misses its limit, 2 for a name that is none.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.accepting import accepting_against_bare_route
from bench.judging import judging_against_parsing
from bench.looks import looks_for_many_events
from bench.memory import memory_of_many_against_few
from bench.reading import reading_against_orjson
from bench.store import store_figures
from bench.workers import four_workers_against_one


@dataclass(frozen=True)
class Figure:
    """What is measured, and the most that it may be, or with `at_least` the least."""

    name: str
    text: str
    measure: Callable[[], float]
    limit: float
    at_least: bool = False

    def misses(self, value: float) -> bool:
        """Whether a value is on the wrong side of the limit."""
        return value < self.limit if self.at_least else value > self.limit


_FIGURES = (
    Figure("reading", "replay of irrelevant bundles / orjson.loads of the same bytes", reading_against_orjson, 5),
    Figure("judging", "judging 40 relevant resources / fhir.resources parsing them", judging_against_parsing, 1),
    Figure("accepting", "requests/s of a hook / of a bare route", accepting_against_bare_route, 0.6, at_least=True),
    Figure("looks", "looks for 1,000 events of one person", looks_for_many_events, 20),
    Figure("workers", "speed of 4 workers on PostgreSQL / of 1", four_workers_against_one, 2.5, at_least=True),
    Figure("memory", "peak memory beyond the interpreter, 50,000 persons / 1,000", memory_of_many_against_few, 1.3),
)
_ABSOLUTES: dict[str, Callable[[], Iterable[str]]] = {"store": store_figures}


def main(names: Sequence[str]) -> int:
    """Print the figures of these names, or all, beside their limits."""
    known = [*(figure.name for figure in _FIGURES), *_ABSOLUTES]
    if unknown := set(names) - set(known):
        sys.stderr.write(f"no such figure: {', '.join(sorted(unknown))}; {', '.join(known)}\n")
        return 2
    missed = 0
    for figure in _FIGURES:
        if not names or figure.name in names:
            missed += _shown(figure)
    for name, lines in _ABSOLUTES.items():
        if not names or name in names:
            for line in lines():
                _say(f"{name}: {line}")
    return 1 if missed else 0


def _shown(figure: Figure) -> bool:
    value = figure.measure()
    side, over = "at least" if figure.at_least else "at most", figure.misses(value)
    verdict = "  MISSED" if over else ""
    _say(f"{figure.name}: {figure.text}: {value:.2f} ({side} {figure.limit:g}){verdict}")
    return over


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
