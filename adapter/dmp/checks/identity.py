"""Whose document it is: one INS of a known domain with sound check digits, and the traits that go with it."""

from collections.abc import Iterator

from lxml import etree

from adapter.core.identity import ins_is_valid
from adapter.dmp.checks.reading import ROOT, elements
from adapter.dmp.checks.rules import Rule, broken
from adapter.dmp.faults import Fault, Severity

_PRODUCTION = frozenset({"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"})
_TEST = frozenset({"1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"})
_ROLE = "h:recordTarget/h:patientRole"
_PATIENT = f"{_ROLE}/h:patient"
_PLACE = f"{ROOT}/recordTarget/patientRole"

_TRAITS = (
    Rule(
        code="cda-person",
        place="recordTarget",
        holds=f"count(h:recordTarget)=1 and count({_PATIENT}/h:name)=1",
        message="there is not one person with one name",
    ),
    Rule(
        code="cda-birth-name",
        place="recordTarget/patientRole/patient/name/family",
        holds=f"{_PATIENT}/h:name/h:family[@qualifier='BR' and normalize-space()]",
        message="the name of birth (BR) is missing",
    ),
    Rule(
        code="cda-birth-given",
        place="recordTarget/patientRole/patient/name/given",
        holds=f"{_PATIENT}/h:name/h:given[not(@qualifier) and normalize-space()]",
        message="the list of given names of birth is missing",
    ),
    Rule(
        code="cda-first-given",
        place="recordTarget/patientRole/patient/name/given",
        holds=f"{_PATIENT}/h:name/h:given[@qualifier='BR' and normalize-space()]",
        message="the first given name of birth (BR) is missing",
    ),
    Rule(
        code="cda-gender",
        place="recordTarget/patientRole/patient/administrativeGenderCode",
        holds=f"{_PATIENT}/h:administrativeGenderCode/@code",
        message="the gender is missing",
    ),
    Rule(
        code="cda-birth-date",
        place="recordTarget/patientRole/patient/birthTime",
        holds=rf"re:test({_PATIENT}/h:birthTime/@value, '^\d{{8}}$')",
        message="the date of birth is not a day",
    ),
    Rule(
        code="cda-birth-place",
        place="recordTarget/patientRole/patient/birthplace/place/addr/county",
        holds=rf"re:test({_PATIENT}/h:birthplace/h:place/h:addr/h:county, '^\d[\dAB]\d{{3}}$')",
        message="the place of birth is not an INSEE code",
    ),
    Rule(
        code="cda-name-qualifier",
        place="recordTarget/patientRole/patient/name",
        holds=f"not({_PATIENT}/h:name/h:family[not(@qualifier='BR' or @qualifier='CL')])"
        f" and not({_PATIENT}/h:name/h:given[@qualifier and not(@qualifier='BR' or @qualifier='CL')])",
        message="a part of the name is qualified by something else than BR or CL",
    ),
)


def identity_faults(root: etree._Element, production: bool) -> Iterator[Fault]:
    """Faults of the INS and of its traits; a test INS is an error in `production` and a warning elsewhere."""
    yield from broken(_TRAITS, root)
    found = [item for item in elements(root, f"{_ROLE}/h:id") if item.get("root") in _PRODUCTION | _TEST]
    if len(found) != 1:
        yield Fault("cda-ins", f"{_PLACE}/id", "there is not one INS of a known domain")
    for item in found:
        yield from _ins_faults(str(item.get("root")), str(item.get("extension", "")), production)


def _ins_faults(domain: str, value: str, production: bool) -> Iterator[Fault]:
    is_test = domain in _TEST
    place = f"{_PLACE}/id/@extension"
    if not ins_is_valid(value):
        # The national guides' own examples of test numbers have wrong check digits.
        severity = Severity.WARNING if is_test else Severity.ERROR
        yield Fault("cda-ins-check-digits", place, "the check digits of the INS are wrong", severity)
    if is_test:
        severity = Severity.ERROR if production else Severity.WARNING
        yield Fault("cda-ins-test", f"{_PLACE}/id/@root", "the INS is of a test domain", severity)
