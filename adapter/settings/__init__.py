"""The site's settings: flag > environment > `adapter.toml` > default, checked with file, key and remedy.

Secrets come from the environment or from mounted files; the default key of pseudonyms is public, for trying out.
"""

from adapter.settings.load import Loaded, load_settings, load_with_origins
from adapter.settings.model import (
    EMBEDDED,
    PUBLIC_KEY,
    DmpSettings,
    Settings,
    SourceOverrides,
    SourceSettings,
    TargetOverrides,
    TargetSettings,
)
from adapter.settings.problems import BadSettings
from adapter.settings.shown import Shown, shown, worries

__all__ = [
    "EMBEDDED",
    "PUBLIC_KEY",
    "BadSettings",
    "DmpSettings",
    "Loaded",
    "Settings",
    "Shown",
    "SourceOverrides",
    "SourceSettings",
    "TargetOverrides",
    "TargetSettings",
    "load_settings",
    "load_with_origins",
    "shown",
    "worries",
]
