"""Our certificate is shown to whoever asks for it, and their authority is the only one that counts."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from adapter.core.errors import Permanent, Temporary
from adapter.outbound.access import Access, Tls
from adapter.outbound.credentials import connection_of
from adapter.outbound.errors import BadCredentials
from tests.outbound.logins import serving, target
from tests.parts import require
from tests.servers import LOCALHOST

BASE = "https://fhir.example.org/r4"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a server's certificate and ours, and one of somebody else."""
    require("openssl", "openssl")
    folder = tmp_path_factory.mktemp("papers")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    ca = ("-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-x509", *new, *ca, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca")
    for name, names in (("server", f"IP:{LOCALHOST}"), ("adapter", "DNS:adapter")):
        openssl(
            *(
                "req",
                "-x509",
                *new,
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-keyout",
                f"{name}.key",
                "-out",
                f"{name}.pem",
            ),
            *("-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
    openssl("ec", "-in", "adapter.key", "-aes256", "-passout", "pass:x", "-out", "locked.key")
    (folder / "both.pem").write_text((folder / "adapter.pem").read_text() + (folder / "adapter.key").read_text())
    return folder


@pytest.fixture
def strict(papers: Path) -> Iterator[str]:
    """A server that wants a certificate of the authority, and answers with its subject."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            subject = dict(pair for (pair,) in self.connection.getpeercert()["subject"])  # type: ignore[attr-defined]
            data = json.dumps({"resourceType": "CapabilityStatement", "name": subject["commonName"]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / "server.pem", papers / "server.key")
    context.load_verify_locations(papers / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(Handler, context) as server:
        yield f"https://{LOCALHOST}:{server.server_address[1]}"


@pytest.mark.parametrize(("cert", "key"), [("adapter.pem", "adapter.key"), ("both.pem", None)])
def test_our_certificate_is_shown(strict: str, papers: Path, cert: str, key: str | None) -> None:
    tls = Tls(papers / cert, papers / key if key else None, papers / "ca.pem")
    with target(strict, None, tls=tls) as server:
        assert server.capabilities()["name"] == "adapter"


def test_without_our_certificate_or_its_authority_there_is_no_connection(strict: str, papers: Path) -> None:
    for tls in (Tls(ca=papers / "ca.pem"), Tls(papers / "adapter.pem", papers / "adapter.key")):
        with target(strict, None, tls=tls) as server, pytest.raises((Permanent, Temporary)) as caught:
            server.capabilities()
        assert caught.value.code in ("target-untrusted", "target-unreachable")


@pytest.mark.parametrize(
    ("cert", "key", "ca"),
    [
        ("adapter.pem", "server.key", None),
        ("adapter.pem", "locked.key", None),
        ("adapter.key", None, None),
        ("nowhere.pem", None, None),
        (None, None, "adapter.key"),
    ],
)
def test_papers_that_cannot_be_used_are_told_at_start(
    papers: Path, cert: str | None, key: str | None, ca: str | None
) -> None:
    tls = Tls(*(papers / name if name else None for name in (cert, key, ca)))
    with pytest.raises(BadCredentials):
        connection_of(Access(BASE, tls=tls))
