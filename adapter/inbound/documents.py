"""Reads files into documents: a JSON or XML file is one, each line of an NDJSON file is one.

One document is held at a time, and none beyond the limit, so that a folder of any size can be read.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from adapter.inbound.files import Form, InputFile
from adapter.inbound.problems import Problem

DEFAULT_LIMIT = 64 * 1024 * 1024
_LARGEST = 2**31 - 2
"""Memory for a whole read is asked for at once."""


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of one document and the line they began on (0 for a whole file)."""

    file: InputFile
    line: int
    data: bytes


def read_documents(file: InputFile, limit: int = DEFAULT_LIMIT) -> Iterator[Document | Problem]:
    """The documents of a file; a Problem for what is unreadable or over the limit (bytes), and the rest goes on."""
    limit = min(limit, _LARGEST)
    try:
        with _open(file) as stream:
            yield from _lines(file, stream, limit) if file.form is Form.NDJSON else _whole(file, stream, limit)
    except (OSError, EOFError, zlib.error, MemoryError) as error:
        yield Problem(str(file.path), "", "unreadable", f"cannot be read ({type(error).__name__})", "check the file")


def _open(file: InputFile) -> BinaryIO:
    if file.packed:
        return gzip.open(file.path, "rb")  # type: ignore[return-value]  # a GzipFile reads like any binary file
    return file.path.open("rb")


def _whole(file: InputFile, stream: BinaryIO, limit: int) -> Iterator[Document | Problem]:
    data = stream.read(limit + 1)
    yield _too_long(file, 0, limit) if len(data) > limit else Document(file, 0, data)


def _lines(file: InputFile, stream: BinaryIO, limit: int) -> Iterator[Document | Problem]:
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            _skip_line(stream, limit)
            yield _too_long(file, number, limit)
        elif line.strip():
            yield Document(file, number, line)


def _skip_line(stream: BinaryIO, limit: int) -> None:
    while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
        pass


def _too_long(file: InputFile, line: int, limit: int) -> Problem:
    what = f"is over the limit of {limit} bytes"
    return Problem(
        str(file.path), f"line {line}" if line else "", "too-long", what, "raise `document_limit` or split it"
    )
