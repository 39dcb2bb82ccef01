"""A FHIR server that we write to, over HTTP.

No identifier stands in a URL: searches are sent as `POST [type]/_search`, conditions as headers or inside
Bundles. Every failure comes out as Temporary or Permanent, with its cause chained.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from adapter.fhir.json_text import dumps
from adapter.outbound.answers import Stored, all_stored, cut, document, entries, stored
from adapter.outbound.conditions import etag, token
from adapter.outbound.errors import BadTarget, SearchIgnored, TimedOut, Unreachable, Untrusted

FHIR_JSON = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0


class Target:
    """One FHIR server; a context manager that holds its connections.

    `headers` go with every request; `auth`, `cert` and `verify` are what `connection_of` gives. Proxies and
    credentials of the environment are not used, TLS certificates are checked, and redirects are refused: they
    would take what we send elsewhere.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        timeouts: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        auth: AuthBase | None = None,
        cert: str | tuple[str, str] | None = None,
        verify: bool | str = True,
    ) -> None:
        self.base_url = _checked(base_url)
        self._timeouts = timeouts
        self._verify = verify
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth, self._session.cert = auth, cert
        self._session.headers.update({"Accept": FHIR_JSON, **(headers or {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def capabilities(self) -> dict[str, Any]:
        """The server's CapabilityStatement."""
        return document(self._send("GET", "metadata", "GET metadata"), "GET metadata")

    def search_by_identifier(self, type_name: str, system: str, value: str) -> list[dict[str, Any]]:
        """All resources of a type with this identifier; raises SearchIgnored where others come back."""
        found = self.search(type_name, {"identifier": token(system, value)})
        if any(not _has_identifier(resource, system, value) for resource in found):
            raise SearchIgnored(f"{type_name}: the search for an identifier found others")
        return found

    def search(self, type_name: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """The matches on the first page of a search, read afresh: some servers keep results for a minute (HAPI)."""
        doing = f"POST {type_name}/_search"
        headers = {"Prefer": "handling=strict", "Cache-Control": "no-cache"}
        response = self._send("POST", f"{type_name}/_search", doing, headers=headers, data=dict(parameters))
        found = entries(document(response, doing), "searchset", doing)
        matches = [e.get("resource") for e in found if e.get("search", {}).get("mode", "match") == "match"]
        return [m for m in matches if isinstance(m, dict) and m.get("resourceType") == type_name and "id" in m]

    def transaction(self, bundle: Mapping[str, Any]) -> list[Stored]:
        """Send a transaction Bundle; where its entries were stored, in their order."""
        answer = document(self._write("POST", "", bundle, "transaction", {}), "transaction")
        return all_stored(answer, len(bundle["entry"]), "transaction")

    def create(self, content: Mapping[str, Any], unless: str | None = None) -> Stored:
        """Create a resource, unless one that meets the condition `unless` is there (R4 conditional create)."""
        type_name = content["resourceType"]
        condition = {"If-None-Exist": unless} if unless else {}
        doing = f"POST {type_name}"
        return stored(self._write("POST", type_name, content, doing, condition), doing)

    def update(self, content: Mapping[str, Any], version: str | None = None) -> Stored:
        """Replace a resource, if it still is in this version."""
        type_name = content["resourceType"]
        condition = {"If-Match": etag(version)} if version else {}
        doing = f"PUT {type_name}"
        return stored(self._write("PUT", f"{type_name}/{content['id']}", content, doing, condition), doing)

    def patch(self, reference: str, content: Mapping[str, Any] | Sequence[Any], version: str | None = None) -> Stored:
        """Change a resource (`Type/id`) by FHIRPath Patch Parameters or JSON Patch, if it still is in this version."""
        media_type = FHIR_JSON if isinstance(content, Mapping) else JSON_PATCH
        condition = {"If-Match": etag(version)} if version else {}
        doing = f"PATCH {reference.partition('/')[0]}"
        return stored(self._write("PATCH", reference, content, doing, {"Content-Type": media_type, **condition}), doing)

    def _write(
        self, method: str, path: str, content: Mapping[str, Any] | Sequence[Any], doing: str, given: Mapping[str, str]
    ) -> requests.Response:
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=minimal", **given}
        return self._send(method, path, doing, headers=headers, data=dumps(content).encode())

    def _send(self, method: str, path: str, doing: str, **body: Any) -> requests.Response:
        url = f"{self.base_url}/{path}" if path else self.base_url
        try:
            return self._session.request(
                method, url, timeout=self._timeouts, allow_redirects=False, verify=self._verify, **body
            )
        except requests.exceptions.SSLError as error:
            raise Untrusted(f"{doing}: no trusted TLS connection") from error
        except requests.exceptions.Timeout as error:
            raise TimedOut(f"{doing}: no answer in time") from error
        except requests.exceptions.RequestException as error:
            raise Unreachable(cut(f"{doing}: {type(error).__name__}")) from error


def _has_identifier(resource: Mapping[str, Any], system: str, value: str) -> bool:
    identifiers = resource.get("identifier", ())
    return any(i.get("system") == system and i.get("value") == value for i in identifiers)


def _checked(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        fits = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        if fits and "@" not in parts.netloc:
            return base_url.rstrip("/")
    except ValueError:
        pass
    raise BadTarget("a target needs an http or https address without user, query and fragment")
