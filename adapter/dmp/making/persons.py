"""The person as the shared record wants them: the INS with its traits, which come from the Patient that carries it."""

from collections.abc import Iterable, Mapping
from typing import Any

from adapter.core.identity import ins_is_valid
from adapter.core.records import Person
from adapter.dmp.documents import Identifier, Patient
from adapter.dmp.making.gaps import Gaps

_REAL, _TEST = ("INS-NIR", "INS-NIA"), ("INS-NIR-TEST", "INS-NIR-DEMO")
_BIRTH_GIVEN = "birth-list-given-name"
_BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_INSEE = "insee-code"
_RELIABILITY = "fr-core-identity-reliability"
_QUALIFIED = frozenset({"VALI", "QUAL"})

Content = Mapping[str, Any]


def patient_of(person: Person, in_production: bool, gaps: Gaps) -> Patient | None:
    """The person under their INS; None where there is none, or a trait is not known (FR Core Patient-INS).

    Of several Patients that carry it, the one whose identity is qualified gives the traits.
    """
    kinds = _REAL if in_production else _TEST
    carrying = [(p.content, i) for p in person.patients for i in _ins_of(p.content, kinds)]
    if not carrying:
        gaps.lacks("no-ins", "Patient.identifier", "no typed INS of the site's domain with right check digits")
        return None
    content, ins = min(carrying, key=lambda found: (found[1].value, not _is_qualified(found[0]), _lacking(found[0])))
    traits = _traits(content)
    for place in _lacking(content):
        gaps.lacks("no-trait", f"Patient.{place}", "a trait of the INS is not in the record")
    if _lacking(content):
        return None
    official, used = _name(content, ("official",)), _name(content, ("usual", "nickname"))
    local = {i for p in person.patients for i in _local_of(p.content)}
    return Patient(
        ins=ins,
        local=tuple(sorted(local, key=lambda i: (i.oid, i.value))),
        birth_name=traits["name.family"],
        birth_given=traits["name.given"],
        first_given=_first(official.get("given")),
        used_name=used.get("family"),
        used_given=_first(used.get("given")),
        gender=traits["gender"],
        birth_date=traits["birthDate"],
        birth_place=_birth_place(content),
    )


def _traits(content: Content) -> dict[str, str]:
    official = _name(content, ("official",))
    return {
        "name.family": official.get("family") or "",
        "name.given": _birth_given(official) or " ".join(official.get("given", ())),
        "gender": content.get("gender") or "",
        "birthDate": content.get("birthDate") or "",
    }


def _lacking(content: Content) -> list[str]:
    return [place for place, value in _traits(content).items() if not value]


def _is_qualified(content: Content) -> bool:
    for extension in content.get("extension", ()):
        if str(extension.get("url", "")).endswith(_RELIABILITY):
            inner = [i for i in extension.get("extension", ()) if i.get("url") == "identityStatus"]
            codes = {i.get("valueCoding", {}).get("code") for i in inner}
            codes |= {c.get("code") for i in inner for c in i.get("valueCodeableConcept", {}).get("coding", ())}
            return bool(codes & _QUALIFIED)
    return False


def _ins_of(content: Content, kinds: tuple[str, ...]) -> Iterable[Identifier]:
    for identifier in content.get("identifier", ()):
        kind = next((c for c in _codes(identifier) if c in kinds), None)
        oid, value = _oid(identifier.get("system")), identifier.get("value")
        is_ours = kind and oid and identifier.get("use") not in ("old", "temp") and isinstance(value, str)
        if is_ours and ins_is_valid(value):
            yield Identifier(oid or "", value, kind)


def _local_of(content: Content) -> Iterable[Identifier]:
    """The IPP: only those whose system is an OID, as a CDA has no place for another."""
    for identifier in content.get("identifier", ()):
        oid = _oid(identifier.get("system"))
        if "PI" in _codes(identifier) and oid and isinstance(identifier.get("value"), str):
            yield Identifier(oid, identifier["value"], "PI")


def _codes(identifier: Content) -> list[str]:
    return [c.get("code", "") for c in identifier.get("type", {}).get("coding", ())]


def _oid(system: object) -> str | None:
    return system.removeprefix("urn:oid:") if isinstance(system, str) and system.startswith("urn:oid:") else None


def _name(content: Content, uses: tuple[str, ...]) -> Content:
    names = content.get("name", ())
    found: Content = next((n for n in names if n.get("use") in uses), {})
    return found


def _birth_given(name: Content) -> str | None:
    """The list of given names of the birth certificate (FR Core)."""
    found = (e.get("valueString") for e in name.get("extension", ()) if str(e.get("url", "")).endswith(_BIRTH_GIVEN))
    return next((str(value) for value in found if value), None)


def _birth_place(content: Content) -> str | None:
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
