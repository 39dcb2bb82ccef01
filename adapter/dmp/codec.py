"""A document as JSON and back, for the outbox and for what is known of hand-overs: bytes as base64."""

from collections.abc import Mapping
from json import dumps
from typing import Any

from pydantic import BaseModel, ConfigDict

from adapter.dmp.documents import Document


class _Kept(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    document: Document


def to_plain(document: Document) -> dict[str, Any]:
    """The document in what JSON has."""
    plain: dict[str, Any] = _Kept(document=document).model_dump(mode="json")["document"]
    return plain


def to_text(document: Document) -> str:
    """The document as JSON."""
    return _Kept(document=document).model_dump_json()


def of_plain(plain: Mapping[str, Any]) -> Document:
    """What `to_plain` made; raises ValueError."""
    return of_text(dumps({"document": plain}))


def of_text(text: str) -> Document:
    """What `to_text` made; raises ValueError."""
    return _Kept.model_validate_json(text).document
