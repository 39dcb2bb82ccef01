"""What only the site can say about its documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapter.dmp.documents import Organization

DEFAULT_LIMIT = 10 * 1024 * 1024
"""Bytes of the largest attachment; a choice of this project, as no source gives the limit of the DMP."""


@dataclass(frozen=True, slots=True)
class DmpSite:
    """`custodian` keeps the documents. `facility_types` are codes of JDV_J02 by national id of a structure (FINESS),
    `facility_type` that of all others; `practice_setting` is a code of JDV_J04 for documents whose pack names none.
    `in_production`: the real INS counts, and one of a test domain does not; elsewhere the other way about. `largest`
    is in bytes of an attachment.
    """

    custodian: Organization | None = None
    facility_type: str | None = None
    facility_types: Mapping[str, str] = field(default_factory=dict)
    practice_setting: str | None = None
    in_production: bool = True
    largest: int = DEFAULT_LIMIT
