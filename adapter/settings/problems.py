"""What is wrong with a setting, so that whoever gave it finds the place at once."""

from collections.abc import Iterable
from difflib import get_close_matches

from adapter.core.errors import Permanent


class BadSettings(Permanent):
    """A setting that cannot be used; the message says file, key and remedy, and never a secret."""

    code = "bad-settings"


def unknown(origin: str, name: str, known: Iterable[str]) -> BadSettings:
    """The error for a key that there is not, with what was probably meant."""
    names = list(known)
    meant = get_close_matches(name, names, n=1, cutoff=0.75)
    remedy = f"did you mean {meant[0]}?" if meant else f"known: {', '.join(names)}"
    return BadSettings(f"{origin}: is not a setting; {remedy}")
