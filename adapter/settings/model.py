"""What the settings are once they are checked: frozen and typed, with nothing secret in a repr."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from adapter.inbound.dialects.authentication import Credentials
from adapter.inbound.documents import DEFAULT_LIMIT
from adapter.inbound.forms import Form
from adapter.mappings import PACKS_FOLDER, Site
from adapter.mappings.load import DEFAULT_BASE
from adapter.outbound.access import Access, Login, Tls

PUBLIC_KEY = "public-key-for-trying-out"
EMBEDDED = "embedded"
"""The name, and the base URL, of the target that is our own database."""
DMP = "dmp"
"""No target's name: so the road of documents is called beside targets."""


@dataclass(frozen=True, slots=True)
class SourceOverrides:
    """What a source cannot do, whatever its CapabilityStatement says."""

    no_events: bool = False
    no_history: bool = False
    no_last_updated: bool = False


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """A server that notifies us. Without `base_url` nothing can be read from it: what it sends must be whole.

    `time_zone` is that of its times without an offset; None where nobody may guess it. `notifications` is what it
    shows us, `login` and `tls` what we show it. `heartbeat_seconds`: how often it promised to be heard; None where it
    promised nothing.
    """

    base_url: str | None = None
    fhir_version: str = "R4"
    time_zone: str | None = None
    notified_by: str = "auto"
    heartbeat_seconds: int | None = None
    insecure: bool = False
    login: Login | None = None
    tls: Tls = field(default_factory=Tls)
    notifications: Credentials = field(default_factory=Credentials)
    overrides: SourceOverrides = SourceOverrides()

    @property
    def form(self) -> Form:
        """How it writes."""
        return Form(self.fhir_version == "R5", self.time_zone)

    @property
    def access(self) -> Access | None:
        """How to call it; None where we cannot."""
        return Access(self.base_url, self.login, self.tls, self.insecure) if self.base_url else None


@dataclass(frozen=True, slots=True)
class TargetOverrides:
    """What a target cannot do, whatever its CapabilityStatement says."""

    no_transactions: bool = False
    no_conditional_update: bool = False


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """A server that we write to. `kinds`: the resource types that it takes; empty: whatever no other target takes."""

    base_url: str = EMBEDDED
    kinds: tuple[str, ...] = ()
    insecure: bool = False
    login: Login | None = None
    tls: Tls = field(default_factory=Tls)
    overrides: TargetOverrides = TargetOverrides()

    @property
    def access(self) -> Access | None:
        """How to call it; None for the embedded one."""
        return None if self.base_url == EMBEDDED else Access(self.base_url, self.login, self.tls, self.insecure)


@dataclass(frozen=True, slots=True)
class DmpSettings:
    """How documents reach the shared record. `road`: none, file, fhir or xds; the other fields belong to one of them,
    or to the documents themselves. `custodian` is (national id, name); `facility_types` are by FINESS number.
    """

    road: str = "none"
    folder: Path | None = None
    base_url: str | None = None
    insecure: bool = False
    login: Login | None = None
    tls: Tls = field(default_factory=Tls)
    publish: Literal["iti65", "iti105"] = "iti65"
    patch: Literal["fhirpath", "json"] = "fhirpath"
    undeclared: tuple[str, ...] = ()
    source_oid: str | None = None
    sending_application: str | None = None
    sending_facility: str | None = None
    receiving_application: str | None = None
    receiving_facility: str | None = None
    hl7_version: Literal["2.5", "2.6"] = "2.5"
    processing: Literal["P", "T", "D"] = "P"
    custodian: tuple[str, str] | None = None
    facility_type: str | None = None
    facility_types: Mapping[str, str] = field(default_factory=dict)
    practice_setting: str | None = None
    largest: int = 10 * 1024 * 1024

    @property
    def access(self) -> Access | None:
        """How to call the server of the road `fhir`; None on any other."""
        return Access(self.base_url, self.login, self.tls, self.insecure) if self.base_url else None


def _only_embedded() -> dict[str, TargetSettings]:
    return {EMBEDDED: TargetSettings()}


@dataclass(frozen=True)
class Settings:
    """Each field is a line in docs/settings.md; the defaults start a service with nothing configured at all."""

    canonical_base: str = DEFAULT_BASE
    pseudonym_key: str = field(default=PUBLIC_KEY, repr=False)
    document_limit: int = DEFAULT_LIMIT
    overrides: Path | None = None
    packs_folder: Path = PACKS_FOLDER
    language: str = "en"
    data_folder: Path = Path("data")
    database: str | None = field(default=None, repr=False)
    database_password: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    api_tokens: tuple[str, ...] = field(default=(), repr=False)
    trusted_proxies: tuple[str, ...] = ()
    body_limit: int = 5 * 1024 * 1024
    poison_status: int = 200
    workers: int = 4
    lease_seconds: int = 120
    retention_days: int = 90
    quiet_seconds: int = 1
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    targets: Mapping[str, TargetSettings] = field(default_factory=_only_embedded)
    packs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cda_kit: Path | None = None
    dmp: DmpSettings = field(default_factory=DmpSettings)

    @property
    def site(self) -> Site:
        """What the packs need to know of the site."""
        return Site(self.canonical_base.rstrip("/"), self.overrides, self.packs)

    @property
    def secret(self) -> bytes:
        """The key of pseudonyms."""
        return self.pseudonym_key.encode()

    @property
    def database_url(self) -> str:
        """The URL for `open_store`, its password included; by default a SQLite file in the data folder."""
        if self.database is None:
            return f"sqlite:///{self.data_folder / 'adapter.db'}"
        if self.database_password is None:
            return self.database
        from sqlalchemy.engine import make_url  # Most commands need no database.

        return make_url(self.database).set(password=self.database_password).render_as_string(hide_password=False)

    def target_of(self, kind: str) -> str:
        """The name of the target that takes resources of a type."""
        named = next((name for name, target in self.targets.items() if kind in target.kinds), None)
        return named or next((name for name, target in self.targets.items() if not target.kinds), EMBEDDED)
