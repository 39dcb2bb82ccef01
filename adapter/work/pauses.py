"""How long to wait before another try."""

import random
from datetime import timedelta

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 3600.0


def pause(attempts: int, retry_after: float | None, longest: float = LONGEST_SECONDS) -> timedelta:
    """Back-off with jitter, so that many that failed together do not come back together.

    What a server asks for is kept, but for more than an hour nobody is believed.
    """
    grown = min(FIRST_SECONDS * 2.0 ** min(max(attempts - 1, 0), 30), longest)
    asked = min(retry_after or 0.0, LONGEST_SECONDS)
    return timedelta(seconds=max(grown * random.uniform(0.5, 1.0), asked))  # noqa: S311  # no secret
