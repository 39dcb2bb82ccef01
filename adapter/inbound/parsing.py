"""From a document's bytes to its content: a quick scan where nothing may matter, an exact reading where it does.

The scan uses a parser that turns 60.10 into 60.1 and drops doubled keys, so it only decides what to read.
"""

from typing import Any

import orjson

from adapter.fhir.json_text import BadJson, loads
from adapter.fhir.xml_text import BadXml, from_xml
from adapter.inbound.documents import Document
from adapter.inbound.files import Form
from adapter.inbound.problems import Problem


class Unreadable(Exception):
    """A document that is neither JSON nor FHIR XML; carries its Problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def scan(document: Document) -> Any:
    """The content, good enough to see what is in it; raises Unreadable."""
    if document.file.form is Form.XML:
        return exact(document)
    try:
        return orjson.loads(document.data)
    except orjson.JSONDecodeError:
        return exact(document)


def exact(document: Document) -> Any:
    """The content as it was said: decimals with their text, doubled keys marked; raises Unreadable."""
    try:
        return from_xml(document.data) if document.file.form is Form.XML else loads(document.data)
    except BadJson as error:
        remedy = "make the sender export valid JSON, at most 200 levels deep"
        raise Unreadable(problem_at(document, str(error.place), "bad-json", str(error.what), remedy)) from error
    except BadXml as error:
        raise Unreadable(
            problem_at(document, f"line {error.line}", "bad-xml", str(error.what), "make the sender export FHIR XML")
        ) from error


def problem_at(document: Document, place: str, code: str, what: str, remedy: str) -> Problem:
    """A Problem in a document; in NDJSON the line of the file comes first."""
    line = f"line {document.line}" if document.line else ""
    return Problem(str(document.file.path), ", ".join(filter(None, (line, place))), code, what, remedy)
