"""Long lists of values, a question at a time: databases bound how many values one may hold."""

from collections.abc import Iterator

_MOST = 500


def portions(values: list[str]) -> Iterator[list[str]]:
    """The values in their order, so many at a time as one question holds."""
    return (values[start : start + _MOST] for start in range(0, len(values), _MOST))
