"""A source that may be asked: reads resources from its own base URL only, bounded, with no redirects.

410 is a deletion; 404 is suspect and cancels nothing by itself (R4 http, read).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.auth import AuthBase

from adapter.core.errors import Permanent, Temporary
from adapter.core.references import Key
from adapter.fhir.json_text import BadJson, loads
from adapter.inbound.raw_binaries import LARGEST, TooLarge, binary_of, read_bounded
from adapter.inbound.relevance import BINARY
from adapter.inbound.subjects import subject_of

TIMEOUT = (5.0, 30.0)
MOST_PAGES = 20
LONGEST_PAGING = 2000
"""Pages of a history or a search over everything, far above what an outage leaves behind."""
_RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504})


class SourceUnavailable(Temporary):
    """The source did not answer, or not now."""

    code = "source-unavailable"


class SourceRefuses(Permanent):
    """The source will not answer this, or what it answers is no FHIR."""

    code = "source-refuses"


class BadPaging(SourceRefuses):
    """The source's pages repeat themselves, lead elsewhere, or never end; those before were read."""

    code = "bad-paging"


@dataclass(frozen=True, slots=True)
class Answer:
    """A read: the content, or `gone` for a deletion; neither where the source does not know the resource."""

    content: Mapping[str, Any] | None
    gone: bool = False


class SourceClient:
    """Reads and searches one source; `close` it."""

    def __init__(
        self,
        base_url: str,
        auth: AuthBase | None = None,
        headers: Mapping[str, str] | None = None,
        cert: str | tuple[str, str] | None = None,
        verify: bool | str = True,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth, self._session.cert, self._session.verify = auth, cert, verify
        self._session.headers.update({"Accept": "application/fhir+json", **(headers or {})})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def read(self, type_name: str, resource_id: str) -> Answer:
        """One resource as it is now; raises SourceUnavailable or SourceRefuses."""
        if type_name == BINARY:
            return self._binary(resource_id)
        response = self._call("GET", f"{self.base_url}/{type_name}/{resource_id}")
        if response.status_code == 410:
            return Answer(None, gone=True)
        if response.status_code == 404:
            return Answer(None)
        return Answer(_content(response))

    def _binary(self, resource_id: str) -> Answer:
        """A Binary, which a server may answer as the bytes that it holds; raises SourceRefuses for too many."""
        with self._call("GET", f"{self.base_url}/{BINARY}/{resource_id}", stream=True) as response:
            if response.status_code != 200:
                return Answer(None, gone=response.status_code == 410)
            try:
                body = read_bounded(response)
            except TooLarge:
                raise SourceRefuses(f"a Binary of the source has more than {LARGEST} bytes") from None
            except requests.RequestException as error:
                raise SourceUnavailable(f"the source does not answer ({type(error).__name__})") from None
        return Answer(binary_of(body, response.headers.get("Content-Type", ""), resource_id))

    def of_patient(self, type_name: str, patient_id: str) -> Iterator[list[dict[str, Any]]]:
        """A person's resources of a type, page by page (`POST _search`: no identifier in a URL of ours).

        Raises SourceUnavailable, or SourceRefuses, also where the answer is about somebody else.
        """
        form = {"patient": f"Patient/{patient_id}", "_count": "100"}
        first = _content(self._call("POST", f"{self.base_url}/{type_name}/_search", form))
        for page in self._followed(first, MOST_PAGES):
            found = [r for r in _resources(page) if r.get("resourceType") == type_name]
            if any(_is_of_another(r, Key(self.base_url, type_name, ""), patient_id) for r in found):
                raise SourceRefuses("the source does not search by patient")
            yield found

    def capabilities(self) -> Mapping[str, Any]:
        """What the source says that it offers; raises SourceUnavailable or SourceRefuses."""
        return _content(self._call("GET", f"{self.base_url}/metadata"))

    def page(self, path: str, parameters: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """One answer from below the base; raises SourceUnavailable or SourceRefuses."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return _content(self._call("GET", f"{self.base_url}/{path}{query}"))

    def pages(
        self, path: str, parameters: Mapping[str, str] | None = None, most: int = LONGEST_PAGING
    ) -> Iterator[Mapping[str, Any]]:
        """Every page of a search or history; raises BadPaging instead of following anything but its own new pages."""
        return self._followed(self.page(path, parameters), most)

    def _followed(self, page: Mapping[str, Any], most: int) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        for _ in range(most):
            yield page
            following = _next(page)
            if following is None:
                return
            url = urljoin(f"{self.base_url}/", following)
            if url in seen:
                raise BadPaging("a page of the source leads back to an earlier one")
            if not _is_below(url, self.base_url):
                raise BadPaging("a page of the source leads to another address than its base")
            seen.add(url)
            page = _content(self._call("GET", url))
        raise BadPaging(f"more than {most} pages")

    def _call(
        self, method: str, url: str, form: Mapping[str, str] | None = None, stream: bool = False
    ) -> requests.Response:
        given: dict[str, Any] = {"timeout": TIMEOUT, "allow_redirects": False, "stream": stream}
        try:
            response = self._session.request(method, url, data=form, **given)
        except requests.RequestException as error:
            # The cause is named, not chained: it may quote an address with an id.
            raise SourceUnavailable(f"the source does not answer ({type(error).__name__})") from None
        if response.status_code in _RETRY_STATUS:
            raise SourceUnavailable(f"the source answers {response.status_code}", retry_after(response))
        if response.status_code not in (200, 404, 410):
            raise SourceRefuses(f"the source answers {response.status_code}")
        return response


def _resources(page: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if page.get("resourceType") != "Bundle":
        raise SourceRefuses("the source's answer is no Bundle")
    entries = page.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield entry["resource"]


def _is_of_another(resource: Mapping[str, Any], key: Key, patient_id: str) -> bool:
    """Whether a resource surely names another Patient of its server than the one that was asked for."""
    subject = subject_of(resource, key)
    return subject is not None and (subject.kind, subject.one) == ("key", key.source) and subject.two != patient_id


def _next(page: Mapping[str, Any]) -> str | None:
    links = page.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next" and isinstance(link.get("url"), str):
            return str(link["url"])
    return None


def _is_below(url: str, base: str) -> bool:
    """Whether an address is the base or below it, however it is dressed up."""
    try:
        ours, theirs = urlsplit(base), urlsplit(url)
        same = (ours.scheme, ours.hostname, ours.port) == (theirs.scheme, theirs.hostname, theirs.port)
    except ValueError:
        return False
    climbs = ".." in theirs.path.lower().replace("%2e", ".").replace("%2f", "/").split("/")
    below = theirs.path.rstrip("/") == ours.path.rstrip("/") or theirs.path.startswith(f"{ours.path.rstrip('/')}/")
    return same and below and not climbs and "@" not in theirs.netloc


def retry_after(response: requests.Response) -> float | None:
    """Seconds, whether they came as such or as the time when to come again (RFC 9110)."""
    text = response.headers.get("Retry-After", "")
    if text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)


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
