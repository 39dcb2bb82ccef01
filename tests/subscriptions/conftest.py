"""A real source, a hook that takes what it sends, and the settings of a service between them."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.parts import require
from tests.servers import LOCALHOST, sekmet

SECRET = "planted-hook-secret"


class Listening(ThreadingHTTPServer):
    """Where notifications arrive; `came` are their paths and secrets."""

    came: list[tuple[str, str | None]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with sekmet(tmp_path_factory.mktemp("subscribed")) as base:
        yield base


@pytest.fixture
def listening() -> Iterator[Listening]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.came.append((self.path, self.headers.get("X-Api-Key")))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        # The names by which http.server finds them.
        do_POST = do_PUT = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    made = Listening((LOCALHOST, 0), Handler)
    made.came = []
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def config(tmp_path: Path, server: str) -> Path:
    file = tmp_path / "adapter.toml"
    file.write_text(
        f'data_folder = "{tmp_path}"\n[sources.had]\nbase_url = "{server}"\n'
        f'notifications.header_values = ["{SECRET}"]\n[sources.open]\nbase_url = "{server}"\n',
        encoding="utf-8",
    )
    return file
