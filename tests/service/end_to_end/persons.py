"""Persons of their own, each with one palliative visit at home that is billable."""

from typing import Any

from tests.replay.visits import INS, visit
from tests.service.visits import renamed

Content = dict[str, Any]


def person(number: int) -> dict[str, Content]:
    """The resources of a person by type, with ids that end in the number; the INS is the number's too."""
    made = visit(Patient={"identifier": [{**INS, "value": ins(number)}]})
    names = {name_of(one): f"{name_of(one)}-{number}" for one in made}
    contents = {one["resourceType"]: {**renamed(one, names), "id": f"{one['id']}-{number}"} for one in made}
    contents["Encounter"].pop("meta")
    return contents


def ins(number: int) -> str:
    """A test number of a commune that does not exist, with its check digits."""
    digits = 2_790_399_999_000 + number
    return f"{digits}{97 - digits % 97:02d}"


def name_of(resource: Content) -> str:
    """`Type/id`."""
    return f"{resource['resourceType']}/{resource['id']}"
