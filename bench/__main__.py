"""`make bench`: each figure is a ratio of two measurements in one run; exit status 1 where one is over its limit."""

import sys
from collections.abc import Callable

from bench.judging import judging_against_parsing
from bench.memory import memory_of_many_against_few
from bench.reading import reading_against_orjson

_FIGURES: tuple[tuple[str, Callable[[], float], float], ...] = (
    ("replay of irrelevant bundles / orjson.loads of the same bytes", reading_against_orjson, 5.0),
    ("judging 40 relevant resources / fhir.resources parsing them", judging_against_parsing, 1.0),
    ("peak memory beyond the interpreter, 50,000 persons / 1,000", memory_of_many_against_few, 1.3),
)


def main() -> int:
    """Print every figure beside its limit."""
    over = 0
    for name, measure, limit in _FIGURES:
        ratio = measure()
        over += ratio > limit
        sys.stdout.write(f"{name}: {ratio:.2f} (limit {limit:.1f}){'  OVER' if ratio > limit else ''}\n")
        sys.stdout.flush()
    return 1 if over else 0


sys.exit(main())
