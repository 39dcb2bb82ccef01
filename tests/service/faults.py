"""How a target fails, and what it holds in the end. A fault ends by itself after some requests."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from adapter.fhir.json_text import dumps
from adapter.outbound.client import Target
from tests.servers import Answer, Fault, Request

Forward = Callable[[], Answer]
ToWhat = Callable[[Request], bool]

READ_SECONDS = 0.25
"""How long the service waits for an answer in these tests."""
_HTML = {"Content-Type": "text/html"}
_OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}'


def refuses(status: int, **headers: str) -> Fault:
    """Nothing is done, and that is said."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request, _forward: Answer(status, {"Content-Type": "application/fhir+json", **named}, _OUTCOME)


def fails_after(status: int) -> Fault:
    """It is done, and the answer says that it failed."""

    def fault(_request: Request, forward: Forward) -> Answer:
        forward()
        return Answer(status, {}, b"")

    return fault


def cut_before(_request: Request, _forward: Forward) -> None:
    """The connection is cut before anything is done."""


def cut_after(_request: Request, forward: Forward) -> None:
    """It is done, and the connection is cut before the answer."""
    forward()


def half_a_body(_request: Request, forward: Forward) -> Answer:
    """It is done, and the connection is cut in the middle of the answer."""
    answer = forward()
    return replace(answer, cut=len(answer.body) // 2)


def garbage(_request: Request, forward: Forward) -> Answer:
    """It is done, and something on the way answers for the server."""
    forward()
    return Answer(200, _HTML, b"<html><body>Welcome</body></html>")


def half_a_document(_request: Request, forward: Forward) -> Answer:
    """It is done, and the answer is whole by its length and not by its content."""
    answer = forward()
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def slow(_request: Request, forward: Forward) -> Answer:
    """It is done, and the answer comes when nobody waits for it any more."""
    answer = forward()
    # Nothing to wait for: the peer's patience is what passes.
    threading.Event().wait(READ_SECONDS * 2)
    return answer


class Outage:
    """The fault for so many requests of a kind, and none after; `met` counts them."""

    def __init__(self, times: int, fault: Fault, to_what: ToWhat) -> None:
        self._times, self._fault, self._to_what = times, fault, to_what
        self.met = 0

    def __call__(self, request: Request, forward: Forward) -> Answer | None:
        if self.met >= self._times or not self._to_what(request):
            return forward()
        self.met += 1
        return self._fault(request, forward)


def any_request(_request: Request) -> bool:
    """Reads and writes."""
    return True


def writes(request: Request) -> bool:
    """What changes something: a transaction, or a resource by itself; no search."""
    return request.method == "PUT" or (request.method == "POST" and not request.path.endswith("_search"))


_TYPES = ("Account", "ChargeItem", "Communication", "Task", "Provenance")


def held_for(target: Target, patient: str) -> list[str]:
    """What a target holds for a patient, its own ids and times told apart only by what they stand for.

    Versions are kept: a resource that was written twice shows.
    """
    held = [r for kind in _TYPES[:-1] for r in target.search(kind, {"_count": "1000"}) if patient in dumps(r)]
    places = {f"{r['resourceType']}/{r['id']}" for r in held}
    told = target.search("Provenance", {"_count": "1000"})
    held += [p for p in told if places & {t["reference"].partition("/_history")[0] for t in p["target"]}]
    names: dict[str, str] = {}
    for number, resource in enumerate(held):
        names[resource["id"]] = f"id-{number}" if resource["resourceType"] != "Provenance" else "id"
        for identifier in resource.get("identifier", ()):
            names[identifier["value"]] = f"own-{number}"
    return sorted(_told(resource, names, patient) for resource in held)


def _told(resource: dict[str, Any], names: dict[str, str], patient: str) -> str:
    meta = {name: value for name, value in resource["meta"].items() if name != "lastUpdated"}
    text = dumps({**resource, "meta": meta})
    for name, stands_for in (*names.items(), (patient, "patient")):
        text = text.replace(name, stands_for)
    return text
