"""The person as the shared record wants them: the INS with its traits, which come from the Patient that carries it."""

from collections.abc import Iterable, Mapping
from typing import Any

from adapter.core.identity import ins_is_valid
from adapter.core.records import Person
from adapter.dmp.documents import Identifier, Patient
from adapter.dmp.making.gaps import Gaps

_KINDS = ("INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO")
_BIRTH_GIVEN = "birth-list-given-name"
_BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_INSEE = "insee-code"


def patient_of(person: Person, gaps: Gaps) -> Patient | None:
    """The person under their INS; None where there is none, or a trait is not known (FR Core Patient-INS)."""
    carrying = [(p.content, i) for p in person.patients for i in _ins_of(p.content)]
    if not carrying:
        gaps.lacks("no-ins", "Patient.identifier", "no typed INS with right check digits")
        return None
    content, ins = min(carrying, key=lambda found: found[1].value)
    official, used = _name(content, ("official",)), _name(content, ("usual", "nickname"))
    given = _birth_given(official) or _first(official.get("given"))
    traits = {
        "name.family": official.get("family"),
        "name.given": given,
        "gender": content.get("gender"),
        "birthDate": content.get("birthDate"),
    }
    for place, value in traits.items():
        if not isinstance(value, str) or not value:
            gaps.lacks("no-trait", f"Patient.{place}", "a trait of the INS is not in the record")
    family, birth_given, gender, born = traits.values()
    if not (family and birth_given and gender and born):
        return None
    local = {i for p in person.patients for i in _local_of(p.content)}
    return Patient(
        ins=ins,
        local=tuple(sorted(local, key=lambda i: (i.oid, i.value))),
        birth_name=str(family),
        birth_given=str(birth_given),
        first_given=_first(official.get("given")),
        used_name=used.get("family"),
        used_given=_first(used.get("given")),
        gender=str(gender),
        birth_date=str(born),
        birth_place=_birth_place(content),
    )


def _ins_of(content: Mapping[str, Any]) -> Iterable[Identifier]:
    for identifier in content.get("identifier", ()):
        kind = next((c for c in _codes(identifier) if c in _KINDS), None)
        value = identifier.get("value")
        is_ours = kind and identifier.get("use") not in ("old", "temp") and isinstance(value, str)
        if is_ours and ins_is_valid(value):
            yield Identifier(_oid(identifier.get("system")) or "", value, kind)


def _local_of(content: Mapping[str, Any]) -> Iterable[Identifier]:
    """The IPP: only those whose system is an OID, as a CDA has no place for another."""
    for identifier in content.get("identifier", ()):
        oid = _oid(identifier.get("system"))
        if "PI" in _codes(identifier) and oid and isinstance(identifier.get("value"), str):
            yield Identifier(oid, identifier["value"], "PI")


def _codes(identifier: Mapping[str, Any]) -> list[str]:
    return [c.get("code", "") for c in identifier.get("type", {}).get("coding", ())]


def _oid(system: object) -> str | None:
    return system.removeprefix("urn:oid:") if isinstance(system, str) and system.startswith("urn:oid:") else None


def _name(content: Mapping[str, Any], uses: tuple[str, ...]) -> Mapping[str, Any]:
    names = content.get("name", ())
    found: Mapping[str, Any] = next((n for n in names if n.get("use") in uses), {})
    return found


def _birth_given(name: Mapping[str, Any]) -> str | None:
    """The list of given names of the birth certificate (FR Core)."""
    found = (e.get("valueString") for e in name.get("extension", ()) if str(e.get("url", "")).endswith(_BIRTH_GIVEN))
    return next((str(value) for value in found if value), None)


def _birth_place(content: Mapping[str, Any]) -> str | None:
    """The INSEE code of the place of birth."""
    for extension in content.get("extension", ()):
        if extension.get("url") == _BIRTH_PLACE:
            for inner in extension.get("valueAddress", {}).get("extension", ()):
                if str(inner.get("url", "")).endswith(_INSEE):
                    code = inner.get("valueCoding", {}).get("code")
                    return str(code) if code else None
    return None


def _first(values: object) -> str | None:
    return str(values[0]) if isinstance(values, list) and values else None
