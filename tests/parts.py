"""Parts that a test needs and a machine may lack."""

import importlib.util
import os
import shutil

import pytest


def require(part: str, debian_package: str) -> None:
    """Skip the test (or, at module level, the file) unless the command or module is there; in CI, fail."""
    if shutil.which(part) or _importable(part):
        return
    message = f"{part} is missing: apt-get install {debian_package}"
    if os.environ.get("ADAPTER_REQUIRE_ALL") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message, allow_module_level=True)


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
