"""A FHIR server that takes its time: transactions and searches by identifier, each answered after a delay.

Prints the port, and runs until it is stopped.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from bench.processes import LOCALHOST

_ABLE: dict[str, Any] = {
    "resourceType": "CapabilityStatement",
    "rest": [{"mode": "server", "interaction": [{"code": "transaction"}]}],
}
_NOTHING: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def handler(delay: float) -> type[BaseHTTPRequestHandler]:
    """Answers after `delay` seconds; nobody's resources are found, since each is written once."""
    numbers = count(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(_ABLE)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(_NOTHING if self.path.endswith("/_search") else self._stored(json.loads(sent)))

        def _stored(self, bundle: dict[str, Any]) -> dict[str, Any]:
            entries = []
            for entry in bundle["entry"]:
                place = f"{entry['resource']['resourceType']}/{next(numbers)}/_history/1"
                entries.append({"response": {"status": "201", "location": place, "etag": 'W/"1"'}})
            return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}

        def _answer(self, resource: dict[str, Any]) -> None:
            time.sleep(delay)
            body = json.dumps(resource).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def main(delay: str) -> None:
    """Serve with a delay in seconds."""
    server = ThreadingHTTPServer((LOCALHOST, 0), handler(float(delay)))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
