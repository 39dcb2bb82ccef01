"""The site's settings: flag > environment > `adapter.toml` > default, checked with file, key and remedy.

Secrets come from the environment in production; the default key of pseudonyms is public and only for trying out.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapter.core.errors import Permanent
from adapter.inbound.documents import DEFAULT_LIMIT
from adapter.mappings import PACKS_FOLDER, Site
from adapter.mappings.load import DEFAULT_BASE

PUBLIC_KEY = "public-key-for-trying-out"
_KNOWN = {
    "canonical_base": str,
    "pseudonym_key": str,
    "document_limit": int,
    "overrides": str,
    "packs_folder": str,
    "language": str,
    "packs": dict,
}


class BadSettings(Permanent):
    """A setting that cannot be used; the message says file, key and remedy."""

    code = "bad-settings"


@dataclass(frozen=True)
class Settings:
    """`canonical_base`: the URL below which our identifiers and CodeSystems live. `pseudonym_key`: the HMAC key of
    persons' pseudonyms. `document_limit`: bytes of one document. `overrides`: a folder `<pack>/facts.yaml|codes.yaml`.
    `packs_folder`: where packs are. `language`: of what people read at the command line. `packs`: settings per pack.
    """

    canonical_base: str = DEFAULT_BASE
    pseudonym_key: str = PUBLIC_KEY
    document_limit: int = DEFAULT_LIMIT
    overrides: Path | None = None
    packs_folder: Path = PACKS_FOLDER
    language: str = "en"
    packs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """What the packs need to know of the site."""
        return Site(self.canonical_base.rstrip("/"), self.overrides, self.packs)

    @property
    def secret(self) -> bytes:
        """The key of pseudonyms."""
        return self.pseudonym_key.encode()


def load_settings(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of a file (default: `adapter.toml` here, if it exists) and of `ADAPTER_*`; raises BadSettings."""
    environment = os.environ if environment is None else environment
    values = {**_of_file(file, environment), **_of_environment(environment)}
    for name in ("overrides", "packs_folder"):
        if name in values:
            values[name] = Path(values[name])
    return Settings(**values)


def _of_file(file: Path | None, environment: Mapping[str, str]) -> dict[str, Any]:
    named = file or (Path(environment["ADAPTER_CONFIG"]) if "ADAPTER_CONFIG" in environment else None)
    path = named or Path("adapter.toml")
    if named is None and not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: (file): cannot be read; check its name and rights") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path}: (toml): {error}; fix the syntax") from error
    for name, value in values.items():
        if name not in _KNOWN:
            raise BadSettings(f"{path}: {name}: is not a setting; known: {', '.join(sorted(_KNOWN))}")
        if not isinstance(value, _KNOWN[name]):
            raise BadSettings(f"{path}: {name}: must be {_KNOWN[name].__name__}; see docs/settings.md")
    return values


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in _KNOWN.items():
        text = environment.get(f"ADAPTER_{name.upper()}")
        if text is not None and kind is not dict:
            if kind is int and not text.isdigit():
                raise BadSettings(f"environment: ADAPTER_{name.upper()}: must be a whole number; correct it")
            values[name] = int(text) if kind is int else text
    return values
