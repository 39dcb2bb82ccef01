"""Whether a resource is FHIR R4: what ``fhir.resources`` says of it, and what that library lets pass.

It accepts any code where HL7 requires one of a list, and a reference to any kind of resource: a charge with status
"billabel" or with a Location as its subject would be written. Faults name the place and the remedy, and never quote
a value: a name may stand where a code belongs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from adapter.fhir.elements import Element, elements_of, is_resource, resource_names

LONGEST_MESSAGE = 160
_REFERENCE = re.compile(r"(?:(?P<base>https?://\S+)/)?(?P<type>[A-Z][A-Za-z]+)/[^/\s]+(?:/_history/[^/\s]+)?")
_DEFINITIONS = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a resource, where ("participant[0].individual"), and what to do about it."""

    path: str
    what: str
    remedy: str


def validate(resource: Mapping[str, Any]) -> list[Fault]:
    """All faults: structure, cardinalities and formats by fhir.resources.R4B, then ``check``."""
    faults = check(resource)
    if any(fault.path in ("", "resourceType") for fault in faults):
        return faults
    return _structure_faults(resource) + faults


def check(resource: Mapping[str, Any]) -> list[Fault]:
    """Unknown resourceType, codes outside a required binding, and references to a type that is not allowed there.

    Elements that FHIR does not know are passed over here; ``validate`` names them.
    """
    return list(_in_resource(resource, "", {}))


def type_of_reference(value: Mapping[str, Any]) -> str | None:
    """The resource type that a Reference names in its address or else in its type; None where it names none."""
    return _type_in_address(value.get("reference"), {}) or _type_named(value.get("type"))


def _in_resource(resource: Any, path: str, contained: Mapping[str, str]) -> Iterator[Fault]:
    if not isinstance(resource, Mapping):
        yield Fault(path, "a resource must be an object", "send one JSON object")
        return
    name = resource.get("resourceType")
    if not isinstance(name, str) or not is_resource(name):
        said = "the resourceType is missing" if name is None else no_resource(name)
        yield Fault(_join(path, "resourceType"), said, "name a resource of FHIR R4 (4.0.1)")
        return
    yield from _in_object(resource, name, path, _contained_types(resource) or contained)


def _contained_types(resource: Mapping[str, Any]) -> dict[str, str]:
    inside = resource.get("contained")
    items = [item for item in inside if isinstance(item, Mapping)] if isinstance(inside, list) else []
    return {f"#{item['id']}": str(item.get("resourceType")) for item in items if "id" in item}


def _in_object(value: Mapping[str, Any], kind: str, path: str, contained: Mapping[str, str]) -> Iterator[Fault]:
    elements = elements_of(kind)
    for name, child in value.items():
        element = elements.get(name)
        if element is None:
            continue
        many = isinstance(child, list)
        for place, item in enumerate(child if many else [child]):
            yield from _in_element(item, element, _join(path, f"{name}[{place}]" if many else name), contained)


def _in_element(value: Any, element: Element, path: str, contained: Mapping[str, str]) -> Iterator[Fault]:
    if element.codes is not None:
        if isinstance(value, str) and value not in element.codes:
            what = f"the code is not allowed here{meant(value, element.codes)}"
            yield Fault(path, what, f"use one of {_listed(element.codes)}")
    elif element.type == "Resource":
        yield from _in_resource(value, path, contained)
    elif isinstance(value, Mapping):
        if element.targets is not None:
            yield from _in_reference(value, element.targets, path, contained)
        yield from _in_object(value, element.type, path, contained)


def _in_reference(
    value: Mapping[str, Any], targets: frozenset[str], path: str, contained: Mapping[str, str]
) -> Iterator[Fault]:
    named = {"reference": _type_in_address(value.get("reference"), contained), "type": _type_named(value.get("type"))}
    for name, found in named.items():
        if found is not None and found not in targets:
            other = found if is_resource(found) else "what is no FHIR R4 resource"
            what = f"a reference to {other} is not allowed here"
            yield Fault(_join(path, name), what, f"refer to one of {_listed(targets)}")


def _type_in_address(address: Any, contained: Mapping[str, str]) -> str | None:
    """The resource type that an address shows; None for urn:uuid, unknown "#x", and addresses of no FHIR server."""
    if not isinstance(address, str):
        return None
    if address.startswith("#"):
        return contained.get(address)
    found = _REFERENCE.fullmatch(address)
    if found is None or (found["base"] and not is_resource(found["type"])):
        return None
    return found["type"]


def _type_named(value: Any) -> str | None:
    return value.removeprefix(_DEFINITIONS) if isinstance(value, str) else None


def _structure_faults(resource: Mapping[str, Any]) -> list[Fault]:
    # Importing the models takes longer than most commands run.
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        model = get_fhir_model_class(str(resource["resourceType"]))
        model.model_validate(dict(resource))
    except ValidationError as error:
        return [_fault_of(dict(item)) for item in error.errors(include_url=False, include_context=False)]
    except (KeyError, ValueError, TypeError, AttributeError, ImportError, RecursionError):
        # The library raises these itself for shapes that its own checks did not foresee.
        return [Fault("", "the structure cannot be read", "compare with the definition of the resource in FHIR R4")]
    return []


def _fault_of(error: dict[str, Any]) -> Fault:
    path = _path_of(error["loc"])
    if error["type"] == "extra_forbidden":
        return Fault(path, "FHIR R4 has no such element", "remove it or correct its name")
    return Fault(path, _without_values(error), "compare with the definition of the element in FHIR R4")


def _without_values(error: dict[str, Any]) -> str:
    """The library's message, unless it may quote the input: then the kind of fault alone."""
    message = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    quotes = isinstance(given, str) and given and given in message
    text = f"not a valid value ({error['type']})" if quotes else message
    return text[:LONGEST_MESSAGE]


def _path_of(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        path = f"{path}[{step}]" if isinstance(step, int) else _join(path, step[:60])
    return path


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def no_resource(name: Any) -> str:
    """What to say of a resourceType that is none; R5's own are none here."""
    return f"the resourceType is none of FHIR R4{meant(name, resource_names())}"


def meant(value: Any, known: Iterable[str]) -> str:
    """The known word that a mistyped one was meant to be; the value itself is never quoted."""
    near = get_close_matches(value[:80], sorted(known), n=1) if isinstance(value, str) else []
    return f" (did you mean {near[0]}?)" if near else ""


def _listed(names: frozenset[str]) -> str:
    text = ", ".join(sorted(names))
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE].rpartition(', ')[0]}, ..."
