"""Finds the files to read: folders are walked, what is not FHIR by its name is passed over."""

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
    seen: set[Path] = set()
    for path in sorted(set(paths)):
        found = list(_below(path))
        if not found:
            yield _nothing(path)
        for file in found:
            if file.path.resolve() not in seen:
                seen.add(file.path.resolve())
                yield file


def _below(path: Path) -> Iterator[InputFile]:
    if path.is_file():
        file = _input_file(path, path.resolve().parent.name)
        if file:
            yield file
    elif path.is_dir():
        root = path.resolve()
        for child in sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".")):
            label = child.resolve().parent.relative_to(root.parent).as_posix()
            file = _input_file(child, label)
            if file:
                yield file


def _input_file(path: Path, label: str) -> InputFile | None:
    suffixes = [s.lower() for s in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    form = _FORMS.get(suffixes[-2] if packed and len(suffixes) > 1 else suffixes[-1] if suffixes else "")
    return InputFile(path, form, packed, label) if form else None


def same_file(path: Path) -> InputFile:
    """A file that was read before, to be read again; raises ValueError for a name that is not FHIR."""
    file = _input_file(path, "")
    if file is None:
        raise ValueError("not a file that was read")
    return file


def _nothing(path: Path) -> Problem:
    if not path.exists():
        return Problem(str(path), "", "no-file", "there is no such file or folder", "check the path")
    names = ".json, .ndjson, .jsonl or .xml (or .gz of these)"
    what = "holds no FHIR file" if path.is_dir() else "is no FHIR file by its name"
    return Problem(str(path), "", "no-fhir-file", what, f"give files that end in {names}")
