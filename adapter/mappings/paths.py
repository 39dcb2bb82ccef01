"""Refuses a mistyped path at load: walks it through FHIR's element table, types and all."""

import difflib
from collections.abc import Iterable

from adapter.core.paths import compile_path, plain_steps
from adapter.fhir.elements import Element, elements_of


def fault_in(path: str, resource: str) -> str | None:
    """What is wrong with a path on a resource type, or None; raises adapter.core.paths.BadPath.

    A path that needs the FHIRPath engine is only compiled: its members are not walked; nor are those behind a
    Reference that may name anything.
    """
    steps = plain_steps(path)
    if steps is None:
        compile_path(path)
        return None
    reached = [Element("", resource, False, False, None, None, None)]
    for step in steps:
        types = _types(reached)
        if step["name"]:
            reached = [e for t in types if (e := elements_of(t).get(step["name"]))]
            if not reached:
                return _no_such(types, step["name"])
        elif step["url"]:
            reached = [Element("", "Extension", True, False, None, None, None)]
        elif step["call"] == "resolve":
            if not all(e.type == "Reference" for e in reached):
                return f"resolve() follows a Reference, and '{path}' has none there"
            if any(e.targets is None for e in reached):
                return None
            reached = [Element("", t, False, False, None, None, None) for e in reached for t in e.targets or ()]
        elif step["member"] and (fault := _fault_below(types, step["member"])):
            return fault
    return None


def _types(reached: Iterable[Element]) -> list[str]:
    return sorted({e.type for e in reached})


def _fault_below(types: list[str], path: str) -> str | None:
    faults = [fault_in(path, t) for t in types]
    return None if None in faults else faults[0]


def _no_such(types: list[str], name: str) -> str:
    known = {member for t in types for member in elements_of(t)}
    near = difflib.get_close_matches(name, known, n=1)
    chosen = [m for m in sorted(known) if m.startswith(name) and m[len(name) : len(name) + 1].isupper()]
    hint = f"; did you mean {' or '.join(chosen or near)}?" if chosen or near else ""
    return f"{' or '.join(types)} has no element '{name}'{hint}"
