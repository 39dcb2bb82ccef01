"""Whether the codes that decide where a document is filed are members of their value sets."""

from collections.abc import Iterator

from lxml import etree

from adapter.dmp.checks.reading import ROOT, elements
from adapter.dmp.faults import Fault
from adapter.dmp.value_sets import ValueSet, is_member, table

_CODES = {
    "code": ValueSet.DOCUMENT_TYPE,
    "confidentialityCode": ValueSet.CONFIDENTIALITY,
    "documentationOf/serviceEvent/performer/assignedEntity/representedOrganization/standardIndustryClassCode": (
        ValueSet.PRACTICE_SETTING
    ),
    "componentOf/encompassingEncounter/location/healthCareFacility/code": ValueSet.FACILITY_TYPE,
}


def code_faults(root: etree._Element) -> Iterator[Fault]:
    """A fault for each code that is no member; a code that is not there at all is the header's matter."""
    for place, value_set in _CODES.items():
        path = "/".join(f"h:{name}" for name in place.split("/"))
        for item in elements(root, path):
            code, system = item.get("code"), item.get("codeSystem")
            if code and system and not is_member(value_set, code, system):
                name = table(value_set)["name"]
                yield Fault("cda-not-member", f"{ROOT}/{place}", f"the code is no member of {name}")
