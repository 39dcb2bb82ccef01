"""Asks a source, and writes Subscriptions there; nothing else of a source is ever written."""

from collections.abc import Mapping
from typing import Any

import requests

from adapter.fhir.json_text import dumps
from adapter.inbound.dialects.values import fhir_id, objects
from adapter.inbound.sources import TIMEOUT, SourceClient, SourceRefuses, SourceUnavailable, retry_after
from adapter.inbound.subscriptions.planning import Action, Doing

_TEMPORARY = frozenset({408, 429, 500, 502, 503, 504})


class SubscriptionClient(SourceClient):
    """A SourceClient that may also create, replace and delete Subscriptions."""

    def subscriptions(self) -> list[dict[str, Any]]:
        """Every Subscription that the source shows us; raises SourceUnavailable or SourceRefuses."""
        pages = self.pages("Subscription", {"_count": "100"})
        resources = (entry.get("resource") for page in pages for entry in objects(page.get("entry")))
        found = [r for r in resources if isinstance(r, dict) and r.get("resourceType") == "Subscription"]
        return list({one["id"]: one for one in found if fhir_id(one.get("id"))}.values())

    def do(self, action: Action) -> None:
        """Carry out one action; raises SourceUnavailable or SourceRefuses, which quote nothing that was sent."""
        path = "Subscription" if action.id is None else f"Subscription/{action.id}"
        match action.doing:
            case Doing.CREATE:
                self._write("POST", path, action.resource)
            case Doing.DELETE:
                self._write("DELETE", path, None)
            case _:
                self._write("PUT", path, action.resource)

    def _write(self, method: str, path: str, resource: Mapping[str, Any] | None) -> None:
        body = dumps(resource).encode() if resource is not None else None
        headers = {"Content-Type": "application/fhir+json"} if body else {}
        try:
            response = self._session.request(
                method, f"{self.base_url}/{path}", data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            # Named, not chained: the request that it holds carries our secret.
            raise SourceUnavailable(f"the source does not answer ({type(error).__name__})") from None
        is_gone = method == "DELETE" and response.status_code in (404, 410)
        if response.status_code in _TEMPORARY:
            what = f"{method} Subscription: the source answers {response.status_code}"
            raise SourceUnavailable(what, retry_after(response))
        if not 200 <= response.status_code < 300 and not is_gone:
            raise SourceRefuses(f"{method} Subscription: the source answers {response.status_code}")
