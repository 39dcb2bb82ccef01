"""A source that may be asked: reads resources from its own base URL only, bounded, with no redirects.

410 is a deletion; 404 is suspect and cancels nothing by itself (R4 http, read).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import AuthBase

from adapter.core.errors import Permanent, Temporary
from adapter.fhir.json_text import BadJson, loads

TIMEOUT = (5.0, 30.0)
MOST_PAGES = 20
_RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504})


class SourceUnavailable(Temporary):
    """The source did not answer, or not now."""

    code = "source-unavailable"


class SourceRefuses(Permanent):
    """The source will not answer this, or what it answers is no FHIR."""

    code = "source-refuses"


@dataclass(frozen=True, slots=True)
class Answer:
    """A read: the content, or `gone` for a deletion; neither where the source does not know the resource."""

    content: Mapping[str, Any] | None
    gone: bool = False


class SourceClient:
    """Reads and searches one source; `close` it."""

    def __init__(self, base_url: str, auth: AuthBase | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = auth
        self._session.headers.update({"Accept": "application/fhir+json", **(headers or {})})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def read(self, type_name: str, resource_id: str) -> Answer:
        """One resource as it is now; raises SourceUnavailable or SourceRefuses."""
        response = self._call("GET", f"{self.base_url}/{type_name}/{resource_id}")
        if response.status_code == 410:
            return Answer(None, gone=True)
        if response.status_code == 404:
            return Answer(None)
        return Answer(_content(response))

    def of_patient(self, type_name: str, patient_id: str) -> Iterator[Mapping[str, Any]]:
        """A person's resources of a type, page by page (`POST _search`: no identifier in a URL of ours)."""
        url = f"{self.base_url}/{type_name}/_search"
        page = _content(self._call("POST", url, {"patient": f"Patient/{patient_id}", "_count": "100"}))
        for _ in range(MOST_PAGES):
            yield from (e["resource"] for e in page.get("entry", ()) if isinstance(e.get("resource"), dict))
            following = next((x.get("url") for x in page.get("link", ()) if x.get("relation") == "next"), None)
            if not isinstance(following, str) or not following.startswith(f"{self.base_url}"):
                return
            page = _content(self._call("GET", following))

    def _call(self, method: str, url: str, form: Mapping[str, str] | None = None) -> requests.Response:
        try:
            response = self._session.request(method, url, data=form, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            # The cause is named, not chained: it may quote an address with an id.
            raise SourceUnavailable(f"the source does not answer ({type(error).__name__})") from None
        if response.status_code in _RETRY_STATUS:
            raise SourceUnavailable(f"the source answers {response.status_code}", _retry_after(response))
        if response.status_code not in (200, 404, 410):
            raise SourceRefuses(f"the source answers {response.status_code}")
        return response


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


def _content(response: requests.Response) -> Mapping[str, Any]:
    if response.status_code != 200:
        raise SourceRefuses(f"the source answers {response.status_code}")
    try:
        content = loads(response.content)
    except BadJson:
        raise SourceRefuses("the source's answer is no JSON") from None
    if not isinstance(content, dict):
        raise SourceRefuses("the source's answer is no resource")
    return content
