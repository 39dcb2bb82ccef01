"""Professionals and structures under their national ids (idNatPS, idNatSt), with names and professions as recorded."""

from collections.abc import Iterable, Mapping
from typing import Any

from adapter.core.actors import Actor
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.core.resources import Resource
from adapter.dmp.documents import Concept, Identifier, Organization, Professional
from adapter.dmp.making.gaps import Gaps

ID_NAT_PS = "1.2.250.1.71.4.2.1"
ID_NAT_ST = "1.2.250.1.71.4.2.2"
AUTHOR_SPECIALTY = "1.2.250.1.213.1.1.4.5"
"""The code system of a professional's profession and specialty: `G15_10/SM26`."""
_PROFESSION = "TRE-G15-ProfessionSante"
_SPECIALTY = "TRE-R38-SpecialiteOrdinale"


def professional_of(actors: Iterable[Actor], record: Record, place: str, gaps: Gaps) -> Professional | None:
    """The first of the actors who is a professional with a national id, a name and a coded profession; None for nobody.

    What the first of them lacks is told: others are only another chance.
    """
    named = [a for a in actors if _id_nat_ps(a)]
    if not named:
        gaps.lacks("no-author", place, "nobody with a national id (RPPS) is named as the author")
        return None
    tried = [(Gaps(), actor) for actor in named]
    for own, actor in tried:
        if found := _professional(actor, record, place, own):
            return found
    gaps.found.extend(tried[0][0].found)
    return None


def _professional(actor: Actor, record: Record, place: str, gaps: Gaps) -> Professional | None:
    found = _found(actor, record)
    content: Mapping[str, Any] = found.content if found else {}
    name = next((n for n in content.get("name", ()) if n.get("family")), None)
    if name is None:
        gaps.lacks("no-author", f"{place}.name", "the author's name is not in the record")
        return None
    roles = _roles(actor, found, record)
    profession = _profession([*(r.content for r in roles), content])
    if profession is None:
        gaps.lacks("no-profession", f"{place}.qualification", "the profession is not coded (TRE_G15)")
        return None
    return Professional(
        identifier=Identifier(ID_NAT_PS, _id_nat_ps(actor) or "", "IDNPS"),
        family=name["family"],
        given=next(iter(name.get("given", ())), None),
        prefix=next(iter(name.get("prefix", ())), None),
        profession=profession,
        organization=next(filter(None, (_structure(role, record) for role in roles)), None),
    )


def organization_of(resource: Resource | None) -> Organization | None:
    """A structure under its national id; None without one, or without a name."""
    if resource is None:
        return None
    ids = sorted(filter(None, (_id_nat_st(i) for i in resource.content.get("identifier", ()))))
    name = resource.content.get("name")
    return Organization(identifier=Identifier(ID_NAT_ST, ids[0], "IDNST"), name=name) if ids and name else None


def _id_nat_ps(actor: Actor) -> str | None:
    for national in sorted(actor.nationals):
        kind, _, value = national.partition("|")
        if kind == "rpps":
            return f"8{value}"
        if kind == "id-nat-ps":
            return value
    return None


def _id_nat_st(identifier: Mapping[str, Any]) -> str | None:
    system, value = identifier.get("system"), identifier.get("value")
    if system == f"urn:oid:{ID_NAT_ST}" and isinstance(value, str):
        return value
    return f"1{value}" if system == "https://finess.esante.gouv.fr" and isinstance(value, str) else None


def _found(actor: Actor, record: Record) -> Resource | None:
    """The Practitioner behind an actor, whatever other keys lead to it; it may be contained in what names it."""
    for key in _keys(actor):
        if key.type == "Practitioner":
            found = record.at(key) or _inside(key, record)
            if found is not None:
                return found
    return None


def _keys(actor: Actor) -> list[Key]:
    named = [(source, *name.partition("/")) for source, _, name in (local.rpartition("|") for local in actor.locals)]
    return sorted(Key(source, type_name, id_) for source, type_name, _, id_ in named)


def _inside(key: Key, record: Record) -> Resource | None:
    """A contained resource by its key: its owner's id, `#`, and its own."""
    owner, is_inside, inner = key.id.partition("#")
    owners = (r for r in (*record.own, *record.context) if (r.key.source, r.key.id) == (key.source, owner))
    found = (record.resolve({"reference": f"#{inner}"}, one) for one in owners) if is_inside else ()
    return next((one for one in found if one is not None and one.key == key), None)


def _roles(actor: Actor, practitioner: Resource | None, record: Record) -> list[Resource]:
    """The roles of a Practitioner; the one that the actor is named by comes first."""
    roles = record.roles_of(practitioner) if practitioner else ()
    named = set(_keys(actor))
    return sorted(roles, key=lambda role: (role.key not in named, role.key))


def _structure(role: Resource, record: Record) -> Organization | None:
    reference = role.content.get("organization")
    return organization_of(record.resolve(reference, role)) if isinstance(reference, dict) else None


def _profession(contents: Iterable[Mapping[str, Any]]) -> Concept | None:
    """The profession (TRE_G15), with the specialty (TRE_R38) behind it where one is coded."""
    codings = [c for content in contents for c in _codings(content)]
    profession = next((c for c in codings if str(c.get("system", "")).endswith(_PROFESSION)), None)
    if profession is None:
        return None
    specialty = next((c for c in codings if str(c.get("system", "")).endswith(_SPECIALTY)), None)
    codes = [f"G15_{profession['code']}", *([str(specialty["code"])] if specialty else [])]
    words = [c["display"] for c in (profession, specialty) if c and c.get("display")]
    return Concept("/".join(codes), AUTHOR_SPECIALTY, f"urn:oid:{AUTHOR_SPECIALTY}", " - ".join(words))


def _codings(content: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Of a Practitioner's qualifications, and of a PractitionerRole's codes and specialties."""
    concepts = [q.get("code", {}) for q in content.get("qualification", ())]
    concepts += [*content.get("code", ()), *content.get("specialty", ())]
    for concept in concepts:
        yield from (c for c in concept.get("coding", ()) if c.get("code"))
