"""Telling contents apart: the same content has the same digest, whoever parsed it."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson


def digest_of(resource: Mapping[str, Any], deleted_at: str | None) -> str:
    """Tells equal contents apart from different ones, whatever the order of their keys and the parser."""
    text = orjson.dumps(resource, default=_as_scanned, option=orjson.OPT_SORT_KEYS) + (deleted_at or "").encode()
    return hashlib.sha256(text).hexdigest()


def _as_scanned(number: Decimal) -> int | float:
    return int(number) if number.as_tuple().exponent == 0 else float(number)
