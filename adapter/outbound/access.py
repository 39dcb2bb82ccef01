"""How we show a server that we call who we are: data only, so that reading the settings loads no HTTP library."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that the server's operator gave us."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Basic:
    """A user and a password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BackendService:
    """SMART Backend Services: a client that signs for itself.

    `key` is a private key, PEM or JWK. Without `token_url` the server says where tokens are given.
    """

    client_id: str
    key: str = field(repr=False)
    scope: str
    algorithm: str = "RS384"
    key_id: str | None = None
    token_url: str | None = None


Login = Bearer | Basic | BackendService


@dataclass(frozen=True, slots=True)
class Tls:
    """Our certificate and its key (one file may hold both), and the authorities that we trust instead of the usual."""

    cert: Path | None = None
    key: Path | None = None
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A server's base URL, and what we show it and nobody else."""

    base_url: str
    login: Login | None = None
    tls: Tls = Tls()
    insecure: bool = False
