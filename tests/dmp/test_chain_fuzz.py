"""Whatever people write, the chain ends in well-formed documents or in findings: from the record to the wire."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapter.core.decisions import Decision
from adapter.core.desired import desired_of
from adapter.core.records import Record
from adapter.core.resources import Resource
from adapter.dmp.files import files_of
from adapter.dmp.pfi.errors import NotForPfi
from adapter.dmp.pfi.messages import Correspondents
from adapter.dmp.preparing import prepared
from adapter.dmp.telling import told_of
from adapter.fhir.json_text import dumps, loads
from tests.dmp.site import judged, sharing
from tests.fixtures.scenes import FIXTURES

BETWEEN = Correspondents("A", "B", "C", "D")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["<script>x</script>", "&nbsp;&#0;", "]]>", "\x00\x1b", "|^~\\&\r\n", "<div xmlns='x'>", "é\u202e", " "]
)
NARRATIVES = TEXTS | TEXTS.map(lambda text: f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>')
BYTES = st.binary(max_size=80) | st.binary(max_size=40).map(lambda rest: b"%PDF-1.4" + rest)
_MEMBERS = {"family", "given", "prefix", "text", "summary", "description", "title", "valueString", "name", "display"}


@cache
def scenes() -> tuple[tuple[Decision, Record], ...]:
    """The decisions of four scenes that want a document."""
    names = ("fr-home-visit", "fr-document", "fr-next-visit", "fr-coordination-plan")
    found = [pair for name in names for pair in judged([FIXTURES / name])]
    return tuple((decision, record) for decision, record in found if decision.occasion.documents)


def changed(node: Any, data: st.DataObject) -> Any:
    """A copy with other texts where people write."""
    if isinstance(node, list):
        return [changed(child, data) for child in node]
    if not isinstance(node, Mapping):
        return node
    return {name: _other(name, value, data) for name, value in node.items()}


def _other(name: str, value: Any, data: st.DataObject) -> Any:
    if isinstance(value, str) and name == "div":
        return data.draw(NARRATIVES)
    if isinstance(value, str) and name == "data":
        return base64.b64encode(data.draw(BYTES)).decode()
    if isinstance(value, str) and name in _MEMBERS:
        return data.draw(TEXTS)
    if name in ("given", "prefix") and isinstance(value, list):
        return [data.draw(TEXTS) for _ in value]
    return changed(value, data)


def rewritten(record: Record, data: st.DataObject) -> Record:
    """The record with other words in all that a document is read from."""

    def other(resource: Resource) -> Resource:
        return replace(resource, content=changed(resource.content, data))

    person = replace(record.person, patients=tuple(map(other, record.person.patients)))
    kinds = ("DocumentReference", "Composition", "ClinicalImpression", "CarePlan", "Goal", "Binary")
    own = [other(r) if r.key.type in kinds else r for r in record.own]
    return Record(person, own, [other(r) for r in record.context], record.aliases)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_any_words_give_a_sound_document_or_a_finding(data: st.DataObject) -> None:
    decision, record = data.draw(st.sampled_from(scenes()))
    here = sharing()
    for one in prepared(decision, rewritten(record, data), here):
        assert one.readiness.is_ready == (one.envelope is not None and not one.readiness.to_mend())
        if one.envelope is not None:
            root = etree.fromstring(one.envelope.cda)
            assert root.tag == "{urn:hl7-org:v3}ClinicalDocument"
            assert not root.xpath("//*[local-name()='script']")
        else:
            assert one.readiness.to_mend()
        if one.readiness.is_ready and one.envelope:
            try:
                files = dict(files_of(one.envelope, "1.2.3", BETWEEN))
            except NotForPfi:
                files = {}
            assert all(loads(content) for name, content in files.items() if name.endswith(".json"))
        tasks = [d for d in desired_of(decision, told_of([one], decision.pack.base)) if d.type == "Task"]
        assert len(tasks) == bool(one.readiness.to_mend())
        assert dumps(tasks[0].resource) if tasks else True
