"""Writes a run's resources into a folder that appears whole or not at all.

Everything goes into a hidden folder beside the wanted one, which takes its place at the end; a run that
stops half-way leaves what was there before.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from adapter.core.desired import Desired
from adapter.core.errors import Permanent
from adapter.fhir.json_text import dumps
from adapter.outbound.bundles import transaction, with_local_references

_MARK = ".adapter-replay"


class OutputFolder:
    """A folder in the making; use it as a context manager, and call `finish` when all is written."""

    def __init__(self, folder: Path, as_bundles: bool = False) -> None:
        with _writing(folder):
            self._folder = Path(os.path.realpath(folder))
            _refuse_foreign(folder)
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            making = tempfile.mkdtemp(prefix=f".{self._folder.name}-", dir=self._folder.parent)
        self._making, self._named = Path(making), folder
        self._as_bundles = as_bundles
        self._files: dict[str, TextIO] = {}
        self.written: dict[str, int] = {}

    def __enter__(self) -> "OutputFolder":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            with contextlib.suppress(OSError):  # a full disk fails once more, at what close has to flush
                file.close()
        shutil.rmtree(self._making, ignore_errors=True)

    def add(self, desired: Iterable[Desired]) -> None:
        """Write what one decision wants created; corrections of earlier writes have no place in a folder."""
        with _writing(self._named):
            self._add(desired)

    def put(self, name: str, content: bytes) -> None:
        """Write one file of this name."""
        with _writing(self._named):
            (self._making / name).write_bytes(content)

    def _add(self, desired: Iterable[Desired]) -> None:
        wanted = [d for d in desired if not d.only_if_written]
        if not wanted:
            return
        for item in wanted:
            self.written[item.type] = self.written.get(item.type, 0) + 1
        if self._as_bundles:
            (self._making / f"{wanted[0].id}.json").write_text(dumps(transaction(wanted)) + "\n", encoding="utf-8")
        else:
            for item, resource in zip(wanted, with_local_references(wanted), strict=True):
                self._file(item.type).write(dumps(resource) + "\n")

    def finish(self) -> None:
        """Put the folder in its place, in one step where there was none, in two where one is replaced."""
        with _writing(self._named):
            self._finish()

    def _finish(self) -> None:
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        (self._making / _MARK).touch()
        self._making.chmod(0o755)
        if self._folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{self._folder.name}-old-", dir=self._folder.parent))
            self._folder.rename(old / "old")
            self._making.rename(self._folder)
            shutil.rmtree(old)
        else:
            self._making.rename(self._folder)

    def _file(self, type_name: str) -> TextIO:
        if type_name not in self._files:
            self._files[type_name] = (self._making / f"{type_name}.ndjson").open("w", encoding="utf-8")
        return self._files[type_name]


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What the system refuses, as one line with what to do."""
    try:
        yield
    except OSError as error:
        what = f"cannot be written ({error.strerror}); make room, or give a folder that you may write"
        raise Permanent(f"{folder}: {what}", code="out-not-written") from error


def _refuse_foreign(folder: Path) -> None:
    """Only an empty folder or one of ours may be replaced."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise Permanent(
            f"{folder}: holds files that the adapter did not write; give an empty or a new folder", code="out-not-ours"
        )
    if folder.exists() and not folder.is_dir():
        raise Permanent(f"{folder}: is a file; give a folder", code="out-not-ours")
