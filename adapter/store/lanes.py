"""Names of lanes: whom or what a row of the work list asks to look at.

A person's lane where the person is known; before that the Patient's, or that of the resource alone.
"""

from adapter.core.references import Key

PERSON = "person:"


def person_lane(number: int) -> str:
    """The lane of a person."""
    return f"{PERSON}{number}"


def lane_of(key: Key) -> str:
    """The lane of a Patient, or of a resource whose Patient is not known yet."""
    return f"patient:{key.source}|{key.id}" if key.type == "Patient" else f"resource:{key.source}|{key.type}/{key.id}"


def read_lane(lane: str) -> int | Key:
    """What a lane asks to look at: a person's number, or a key; raises ValueError for any other text."""
    kind, _, rest = lane.partition(":")
    # The last bar: a source is a URL or a label and may hold one, an id may not.
    source, _, name = rest.rpartition("|")
    match kind:
        case "person":
            return int(rest)
        case "patient":
            return Key(source, "Patient", name)
        case "resource":
            type_name, _, id_ = name.partition("/")
            return Key(source, type_name, id_)
    raise ValueError("no lane")
