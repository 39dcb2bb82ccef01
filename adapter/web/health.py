"""Whether the process answers, and whether it can work; no answer says anything of what is inside."""

from collections.abc import Sequence

from flask import Blueprint, Response

from adapter.core.errors import AdapterError
from adapter.core.packs import Pack
from adapter.store.engine import Store, check_schema


def health(store: Store, packs: Sequence[Pack]) -> Blueprint:
    """`/healthz`: the process answers. `/readyz`: the database is there with our tables, and packs are loaded."""
    made = Blueprint("health", __name__)

    @made.get("/healthz")
    def healthz() -> Response:
        return _said(200, "ok")

    @made.get("/readyz")
    def readyz() -> Response:
        return _said(200, "ok") if packs and _is_open(store) else _said(503, "not ready")

    return made


def _is_open(store: Store) -> bool:
    try:
        with store.read() as tx:
            check_schema(tx)
    except AdapterError:
        return False
    return True


def _said(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"})
