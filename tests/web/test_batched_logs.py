"""Lines of requests that are written together: each is written once, in order, and none stays behind at the end."""

import io
import json
import sys
import threading
from collections.abc import Iterator

import pytest

from adapter.web.batched_logs import BatchedLog


@pytest.fixture
def log() -> Iterator[BatchedLog]:
    with BatchedLog() as opened:
        yield opened


def _lines(text: str) -> list[dict[str, object]]:
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_written_by_itself(log: BatchedLog, capfd: pytest.CaptureFixture[str]) -> None:
    log("request", status=200, source=None)
    text, waited = "", threading.Event()
    while not text:
        waited.wait(0.01)
        text = capfd.readouterr().err
    (line,) = _lines(text)
    assert {**line, "at": ""} == {"at": "", "event": "request", "status": 200}


def test_what_still_waits_is_written_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    with BatchedLog() as log:
        _tell(log, 0)
    assert [line["status"] for line in _lines(capfd.readouterr().err)] == list(range(500))


def test_several_threads_lose_and_mix_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with BatchedLog() as log:
        threads = [threading.Thread(target=_tell, args=(log, 500 * number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(line["status"] for line in _lines(capfd.readouterr().err)) == list(range(2000))


class _Unread(io.StringIO):
    """What a pipe does whose reader went away."""

    asked = threading.Event()

    def write(self, text: str) -> int:
        self.asked.set()
        raise BrokenPipeError


def test_a_stderr_that_nobody_reads_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with BatchedLog() as log:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stderr", _Unread())
            log("request", status=1)
            assert _Unread.asked.wait(60)
        log("request", status=2)
    assert [line["status"] for line in _lines(capfd.readouterr().err)] == [2]


def _tell(log: BatchedLog, first: int) -> None:
    for number in range(first, first + 500):
        log("request", status=number)
