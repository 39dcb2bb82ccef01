"""Two services to compare, each in a process of its own: our hook, and a bare route that only inserts what came.

Both stand behind the same server class and commit through the same writer thread. Prints the port, and runs until
it is stopped.
"""

import os
import sys
import threading
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, Response, request

from adapter.inbound.dialects.authentication import Credentials
from adapter.mappings import load_packs
from adapter.settings import Settings, SourceSettings
from adapter.store.engine import Store, migrate, open_store
from adapter.store.writer import GroupCommit
from adapter.web import create_app
from adapter.web.batched_logs import BatchedLog
from adapter.web.serving import Server
from bench.processes import LOCALHOST

TOKEN = "bench"  # noqa: S105  # opens nothing but this benchmark
BODY_LIMIT = 5 * 1024 * 1024


def _hook(store: Store, inbox: GroupCommit) -> Flask:
    had = SourceSettings("https://hospital.example.org/fhir", notifications=Credentials(bearer_tokens=(TOKEN,)))
    return create_app(
        store, inbox, Settings(sources={"had": had}), load_packs(only=["fr-vsp"]), request_log=BatchedLog()
    )


def _bare(store: Store, inbox: GroupCommit) -> Flask:
    app = Flask("bare")
    with store.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE bare (body BLOB NOT NULL)")

    @app.post("/hooks/had")
    def receive() -> Response:
        body = request.get_data(cache=False)

        def insert(tx: sa.Connection) -> None:
            tx.exec_driver_sql("INSERT INTO bare VALUES (?)", (body,))

        inbox.submit([], insert).result()
        return Response(b"{}", 200, content_type="application/fhir+json")

    return app


def main(kind: str, folder: str) -> None:
    """Serve `hook` or `bare` from a folder."""
    url = f"sqlite:///{Path(folder) / kind}.db"
    migrate(url)
    store = open_store(url)
    with GroupCommit(store) as inbox:
        app = {"hook": _hook, "bare": _bare}[kind](store, inbox)
        server = Server(app, LOCALHOST, 0, BODY_LIMIT)
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        # The log is written, as in a real service, to where nobody reads it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        server.run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
