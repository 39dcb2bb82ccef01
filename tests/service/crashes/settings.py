"""What the crash tests are set to: how often they kill, and the settings of the service that they kill."""

import os
from pathlib import Path

from tests.service.crashes.accounts import BEARER

ROUNDS = int(os.environ.get("ADAPTER_CRASH_ROUNDS", "10"))
"""How often a process is killed: in each window, and at random moments."""

LEASE_SECONDS = 10
"""The shortest that there is: what a killed worker held is taken over soon."""


def settings(folder: Path, database: str, had: str = "", billing: str = "", workers: int = 2) -> None:
    """A settings file: notified by `had` (its base URL, where it can be asked), writing to `billing` or to itself."""
    source = f'base_url = "{had}"\n' if had else ""
    target = f'[targets.billing]\nbase_url = "{billing}"\n' if billing else ""
    (folder / "adapter.toml").write_text(
        f'pseudonym_key = "tests"\ndatabase = "{database}"\nlease_seconds = {LEASE_SECONDS}\nworkers = {workers}\n'
        f'[sources.had]\n{source}notifications = {{bearer_tokens = ["{BEARER}"]}}\n{target}',
        encoding="utf-8",
    )
