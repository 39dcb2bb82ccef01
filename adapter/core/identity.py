"""Who is one person: joins only on qualified national identifiers, by type and system.

A wrong join puts one person's charges on another, so everything doubtful stays apart: `old` and `temp`
identifiers, an insured's number (NSS) that shares the INS's system, a Japanese insured number without its
branch (it covers a family), a wrong check digit, an identity that its own system calls unqualified.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core.references import Key, Literal, parse_reference

_FR_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_RELIABILITY = "fr-core-identity-reliability"
_QUALIFIED = frozenset({"VALI", "QUAL"})
_MERGED = "merged "
_JP_INSURED = frozenset({"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"})


def ins_is_valid(value: str) -> bool:
    """Check digits of a French matricule INS: 97 - (first 13 digits mod 97), Corsica 2A as 19 and 2B as 18."""
    digits = value[:13].replace("2A", "19").replace("2B", "18")
    if len(value) != 15 or not digits.isdigit() or not value[13:].isdigit():
        return False
    return int(value[13:]) == 97 - int(digits) % 97


def _has_branch(value: str) -> bool:
    parts = value.split(":")
    return len(parts) == 4 and all(parts[i] for i in (0, 2, 3))


def _is_cpr(value: str) -> bool:
    return len(value) == 10 and value.isdigit()


@dataclass(frozen=True, slots=True)
class NationalIdentifier:
    """One kind of identifier that may join: its system, the type code it must carry (if any), its check."""

    system: str
    type_code: str | None
    is_valid: Callable[[str], bool]


_NATIONAL: Sequence[NationalIdentifier] = (
    NationalIdentifier("urn:oid:1.2.250.1.213.1.4.8", "INS-NIR", ins_is_valid),
    NationalIdentifier("urn:oid:1.2.250.1.213.1.4.9", "INS-NIA", ins_is_valid),
    NationalIdentifier("urn:oid:1.2.250.1.213.1.4.10", "INS-NIR-TEST", ins_is_valid),
    NationalIdentifier("urn:oid:1.2.250.1.213.1.4.11", "INS-NIR-DEMO", ins_is_valid),
    NationalIdentifier("urn:oid:1.2.208.176.1.2", None, _is_cpr),
    *(NationalIdentifier(system, None, _has_branch) for system in sorted(_JP_INSURED)),
)


def national_identifiers(patient: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The patient's identifiers that may join, in a fixed order."""
    if not _is_qualified(patient):
        return ()
    found = [i for i in patient.get("identifier", ()) if isinstance(i, dict) and _may_join(i)]
    return tuple(sorted(found, key=join_key))


def successor_of(patient: Mapping[str, Any], key: Key) -> Key | None:
    """The Patient of the same server that replaced this one; None where none did.

    The server says so of its own records (R4 Patient.link, replaced-by): what still names the old one is meant for the
    new one.
    """
    links = patient.get("link", ())
    for link in links if isinstance(links, list | tuple) else ():
        if not isinstance(link, dict) or link.get("type") != "replaced-by" or not isinstance(link.get("other"), dict):
            continue
        parsed = parse_reference(str(link["other"].get("reference", "")))
        if isinstance(parsed, Literal) and parsed.type == "Patient":
            found = parsed.key(key.source)
            return found if found.source == key.source and found != key else None
    return None


def merge_key(survivor: Key) -> str:
    """What a Patient and those that it replaced share."""
    return f"{_MERGED}{survivor.source} {survivor.id}"


def is_merge(join: str) -> bool:
    """Whether what patients share is a merge, and no identifier."""
    return join.startswith(_MERGED)


def is_national_system(system: str) -> bool:
    """Whether identifiers of a system may mean a person beyond the source that uses them."""
    return any(kind.system == system for kind in _NATIONAL)


def join_key(identifier: Mapping[str, Any]) -> str:
    """What two patients must share: system and value together."""
    return f"{identifier['system']}|{identifier['value']}"


def _may_join(identifier: Mapping[str, Any]) -> bool:
    if identifier.get("use") in ("old", "temp") or not isinstance(identifier.get("value"), str):
        return False
    codes = {c.get("code") for c in identifier.get("type", {}).get("coding", ())}
    return any(
        kind.system == identifier.get("system")
        and (kind.type_code is None or kind.type_code in codes)
        and kind.is_valid(identifier["value"])
        for kind in _NATIONAL
    )


def _is_qualified(patient: Mapping[str, Any]) -> bool:
    """False where the sender's own reliability extension (FR Core) says that the identity is not qualified."""
    for extension in patient.get("extension", ()):
        if str(extension.get("url", "")).endswith(_RELIABILITY):
            return bool(_QUALIFIED & set(_codes_below(extension)))
    return True


def _codes_below(extension: Mapping[str, Any]) -> Iterable[str]:
    for inner in extension.get("extension", (extension,)):
        if inner.get("url") in ("identityStatus", extension.get("url")):
            yield inner.get("valueCoding", {}).get("code", "")
            yield from (c.get("code", "") for c in inner.get("valueCodeableConcept", {}).get("coding", ()))


def contradict(patients: Sequence[Mapping[str, Any]]) -> bool:
    """Whether patients that share an identifier differ in birth date or sex: then nobody is joined."""
    return _differ([p.get("birthDate") for p in patients], _dates_agree) or _differ(
        [p.get("gender") for p in patients], _genders_agree
    )


def _differ(values: Sequence[str | None], agree: Callable[[str, str], bool]) -> bool:
    known = sorted({v for v in values if v})
    return any(not agree(one, other) for i, one in enumerate(known) for other in known[i + 1 :])


def _dates_agree(one: str, other: str) -> bool:
    """Equal as far as the coarser of the two goes."""
    return one.startswith(other) or other.startswith(one)


def _genders_agree(one: str, other: str) -> bool:
    return one == other or "unknown" in (one, other)


def pseudonym(key: bytes, subject: str) -> str:
    """A keyed name for a person (HMAC-SHA256, 32 hex digits): stable for us, meaningless without the key."""
    return hmac.new(key, subject.encode(), hashlib.sha256).hexdigest()[:32]


def subject_name(nationals: Iterable[str], local: tuple[str, str]) -> str:
    """What the pseudonym is made of: the first qualified national identifier, else the first local key."""
    return min(nationals, default=f"{local[0]} {local[1]}")


def short(pseudonym_text: str) -> str:
    """How people see a pseudonym in tables and logs."""
    return f"P-{pseudonym_text[:10]}"
