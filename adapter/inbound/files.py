"""Finds the files to read: folders are walked, what is not FHIR by its name is passed over."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from adapter.inbound.problems import Problem


class Form(StrEnum):
    """How a file is to be read."""

    JSON = "json"
    NDJSON = "ndjson"
    XML = "xml"


_FORMS = {".json": Form.JSON, ".ndjson": Form.NDJSON, ".jsonl": Form.NDJSON, ".xml": Form.XML}


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file, how to read it, and the source it stands for where its resources name no server.

    `label` is the folder that holds it, as seen from the path given: files of one folder are one source.
    """

    path: Path
    form: Form
    packed: bool
    label: str


def find_files(paths: Iterable[Path]) -> Iterator[InputFile | Problem]:
    """Every readable file below the paths, each once, in a fixed order; a Problem for a path that gives none."""
    seen: set[str] = set()
    for path in sorted(set(paths)):
        found = list(_below(path))
        if not found:
            yield _nothing(path)
        for file in found:
            if isinstance(file, Problem):
                yield file
            elif (real := os.path.realpath(file.path)) not in seen:
                seen.add(real)
                yield file


def _below(path: Path) -> Iterator[InputFile | Problem]:
    real = Path(os.path.realpath(path))
    if os.path.isfile(path):
        yield from _input_file(path, real.parent.name)
        return
    refused: list[OSError] = []
    children: list[Path] = []
    for folder, _, names in os.walk(path, onerror=refused.append):
        children += [Path(folder, name) for name in names if not name.startswith(".")]
    for child in sorted(child for child in children if os.path.isfile(child)):
        yield from _input_file(child, _label(child, path, real))
    for error in refused:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            why = f"cannot be read ({error.strerror})"
            yield Problem(str(error.filename), "", "unreadable", why, "check its rights")


def _label(child: Path, path: Path, real: Path) -> str:
    """The folder of a child; a link counts where it leads, unless that is elsewhere."""
    leads_to = Path(os.path.realpath(child)).parent
    inside = leads_to if leads_to.is_relative_to(real) else real / child.parent.relative_to(path)
    return inside.relative_to(real.parent).as_posix()


def _input_file(path: Path, label: str) -> Iterator[InputFile | Problem]:
    file = _by_name(path, label)
    if file and not _is_utf8(f"{path} {label}"):
        yield Problem(str(path), "", "bad-name", "the name of the file or of its folder is not UTF-8", "rename it")
    elif file:
        yield file


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _by_name(path: Path, label: str) -> InputFile | None:
    suffixes = [s.lower() for s in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    form = _FORMS.get(suffixes[-2] if packed and len(suffixes) > 1 else suffixes[-1] if suffixes else "")
    return InputFile(path, form, packed, label) if form else None


def same_file(path: Path) -> InputFile:
    """A file that was read before, to be read again; raises ValueError for a name that is not FHIR."""
    file = _by_name(path, "")
    if file is None:
        raise ValueError("not a file that was read")
    return file


def _nothing(path: Path) -> Problem:
    if not os.path.exists(path):
        return Problem(str(path), "", "no-file", "there is no such file or folder", "check the path")
    names = ".json, .ndjson, .jsonl or .xml (or .gz of these)"
    kinds = {path.is_dir(): "holds no FHIR file", path.is_file(): "is no FHIR file by its name"}
    what = kinds.get(True, "is neither a file nor a folder")
    return Problem(str(path), "", "no-fhir-file", what, f"give files that end in {names}")
