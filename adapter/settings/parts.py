"""Sources and targets, built from checked values; what depends on more than one key is checked here."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adapter.inbound.dialects.authentication import Credentials, Method
from adapter.outbound.access import BackendService, Basic, Bearer, Login, Tls
from adapter.settings.model import DMP, EMBEDDED, SourceOverrides, SourceSettings, TargetOverrides, TargetSettings
from adapter.settings.problems import BadSettings

_LOGINS: Mapping[str, tuple[type[Login], frozenset[str], frozenset[str]]] = {
    "bearer": (Bearer, frozenset({"token"}), frozenset()),
    "basic": (Basic, frozenset({"username", "password"}), frozenset()),
    "backend": (
        BackendService,
        frozenset({"client_id", "key", "scope"}),
        frozenset({"algorithm", "key_id", "token_url"}),
    ),
}
"""By kind of login: what it is, the keys that it needs, and those that it may have."""


class Part:
    """The values of one source or target, and where they were given."""

    def __init__(self, name: str, values: Mapping[str, Any], origins: Mapping[str, str]) -> None:
        """`values` is nested, `origins` tells where a dotted key was given, `name` is `sources.x` or `targets.x`."""
        self.name, self.values, self._origins = name, dict(values), origins

    def bad(self, key: str, what: str) -> BadSettings:
        """The error for a key of this part, or for one that is missing."""
        place = self._origins.get(key) or self._near()
        return BadSettings(f"{place}: {what}")

    def _near(self) -> str:
        """Where the part is spoken of at all, for a key that is not there."""
        first = min(self._origins.values(), default=self.name)
        return f"{first.partition(': ')[0]}: {self.name}"


def source_of(part: Part, trusts_a_proxy: bool) -> SourceSettings:
    """A source; raises BadSettings."""
    values = part.values
    check_calling(part)
    return SourceSettings(
        **values
        | {
            **calling_of(part),
            "notifications": _notifications(part, trusts_a_proxy),
            "overrides": SourceOverrides(**values.get("overrides", {})),
        }
    )


def target_of(part: Part) -> TargetSettings:
    """A target; raises BadSettings."""
    values = part.values
    is_ours, is_named_so = values.get("base_url", EMBEDDED) == EMBEDDED, part.name == f"targets.{EMBEDDED}"
    if is_ours and not is_named_so:
        raise part.bad("base_url", f"base_url is missing; give it, or name the target {EMBEDDED}")
    if part.name == f"targets.{DMP}":
        raise part.bad("base_url", f"{DMP} is the road of documents; give this target another name")
    if is_named_so and not is_ours:
        raise part.bad("base_url", f"{EMBEDDED} is our own database; give this target another name")
    if is_ours and (extra := sorted({"login", "tls", "insecure"} & values.keys())):
        raise part.bad(extra[0], f"{extra[0]} has no use for our own database; remove it")
    if not is_ours:
        check_calling(part)
    overrides = TargetOverrides(**values.get("overrides", {}))
    calling = calling_of(part)
    return TargetSettings(**values | calling | {"base_url": calling["base_url"] or EMBEDDED, "overrides": overrides})


def calling_of(part: Part) -> dict[str, Any]:
    """How to call a server: `base_url`, `login` and `tls`; raises BadSettings."""
    return {"base_url": _bare(part.values.get("base_url")), "login": _login(part), "tls": _tls(part)}


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine, so that nobody can listen on the way."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bare(url: str | None) -> str | None:
    return url.rstrip("/") if url else None


def check_calling(part: Part) -> None:
    """Whether what we show a server goes to it alone, and unread on the way."""
    base = part.values.get("base_url")
    login = part.values.get("login", {})
    for key, url in (("base_url", base), ("login.token_url", login.get("token_url"))):
        _check_url(part, key, url)
    if base is None and (login or part.values.get("tls")):
        raise part.bad("base_url", "base_url is missing, so nothing is ever called; give it, or remove the login")


def _check_url(part: Part, key: str, url: str | None) -> None:
    try:
        sound = url is None or (urlsplit(url).hostname and (urlsplit(url).port or 1) > 0)
    except ValueError:
        sound = False
    if not sound:
        raise part.bad(key, "is not of the form that is expected; give an http or https URL")
    if url and url.startswith("http://") and not is_loopback(url) and not part.values.get("insecure"):
        raise part.bad(key, "http:// would be read on the way; use https://, or say insecure = true")


def _login(part: Part) -> Login | None:
    given = dict(part.values.get("login", {}))
    if not given:
        return None
    kind = given.pop("kind", None)
    if kind is None:
        raise part.bad("login.kind", "login.kind is missing; use bearer, basic or backend")
    made, needed, allowed = _LOGINS[kind]
    if missing := sorted(needed - given.keys()):
        raise part.bad(f"login.{missing[0]}", f"login.{missing[0]} is missing; a {kind} login needs it")
    if extra := sorted(given.keys() - needed - allowed):
        raise part.bad(f"login.{extra[0]}", f"a {kind} login has no {extra[0]}; remove it")
    return made(**given)


def _tls(part: Part) -> Tls:
    tls = Tls(**part.values.get("tls", {}))
    if tls.key and not tls.cert:
        raise part.bad("tls.key", "a key without its certificate; give tls.cert")
    return tls


def _notifications(part: Part, trusts_a_proxy: bool) -> Credentials:
    given = dict(part.values.get("notifications", {}))
    if given.get("subjects") and not trusts_a_proxy:
        raise part.bad("notifications.subjects", "no proxy is trusted to pass a subject; give trusted_proxies")
    given["required"] = frozenset(Method(name) for name in given.get("required", ()))
    try:
        return Credentials(**given)
    except ValueError:
        what = "requires a method without a value; give it one, or do not require it"
        raise part.bad("notifications.required", what) from None
