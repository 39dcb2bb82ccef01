"""The table `[dmp]`: what each road needs, and that its codes are members of the national value sets."""

import os
from collections.abc import Mapping
from typing import Any

from adapter.dmp.value_sets import NotMember, ValueSet, concept, table
from adapter.settings.model import DmpSettings
from adapter.settings.parts import Part, calling_of, check_calling

_CORRESPONDENTS = ("sending_application", "sending_facility", "receiving_application", "receiving_facility")
_NEEDS: Mapping[str, tuple[str, ...]] = {"file": ("folder", *_CORRESPONDENTS), "fhir": ("base_url",)}


def dmp_of(part: Part) -> DmpSettings:
    """The settings of the shared record; raises BadSettings."""
    values, road = part.values, part.values.get("road", "none")
    check_calling(part)
    custodian = _custodian(part)
    for key in _NEEDS.get(road, ()):
        _need(part, key, f"road {road} needs it")
    if road == "fhir" and values.get("publish", "iti65") == "iti65":
        _need(part, "source_oid", "the submission set of ITI-65 names its system")
    if road != "none":
        _need(part, "custodian", "every document is kept by a structure")
    if "folder" in values and not os.access(values["folder"], os.W_OK):
        raise part.bad("folder", "cannot be written; correct its rights")
    _check_codes(part)
    return DmpSettings(**values | calling_of(part) | {"custodian": custodian})


def _need(part: Part, key: str, why: str) -> None:
    if not part.values.get(key):
        raise part.bad(key, f"{key} is missing: {why}; give dmp.{key}")


def _custodian(part: Part) -> tuple[str, str] | None:
    given: Mapping[str, Any] = part.values.get("custodian", {})
    for key in ("id", "name"):
        if given and key not in given:
            raise part.bad(f"custodian.{key}", f"custodian.{key} is missing; give both id and name")
    return (given["id"], given["name"]) if given else None


def _check_codes(part: Part) -> None:
    values = part.values
    given = [("facility_type", ValueSet.FACILITY_TYPE, values.get("facility_type"))]
    given += [("facility_types", ValueSet.FACILITY_TYPE, code) for code in values.get("facility_types", {}).values()]
    given += [("practice_setting", ValueSet.PRACTICE_SETTING, values.get("practice_setting"))]
    for key, value_set, code in given:
        try:
            if code is not None:
                concept(value_set, code)
        except NotMember:
            name = table(value_set)["name"]
            raise part.bad(key, f"a code is no member of {name}; see docs/documents.md") from None
