"""A machine without memory: 507, nothing changed, and the connection and the server go on."""

from __future__ import annotations

import http.client
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import chain, repeat
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

from dav424.journal import journal
from dav424.store.draft import Draft
from dav424.wire import framing
from tests.client import Client
from tests.conftest import Served

LIMITED = "import resource, runpy; resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000,) * 2); runpy.run_module('dav424', run_name='__main__')"


def failing(times: int, really: Callable[..., Any]) -> Callable[..., Any]:
    """Fail for want of memory a number of times, then call the real function."""
    fails = chain(repeat(True, times), repeat(False))

    def call(*arguments: Any, **named: Any) -> Any:
        if next(fails):
            raise MemoryError
        return really(*arguments, **named)

    return call


def test_a_request_without_memory_is_507(serve: Callable[..., Served], caplog: pytest.LogCaptureFixture) -> None:
    """No bug: the log has one line, without a traceback; the next request on the connection is answered."""
    served = serve("")
    connection = http.client.HTTPConnection(served.client.host, served.client.port, timeout=10)
    with (
        caplog.at_level(logging.WARNING, "dav424"),
        patch.object(Draft, "put_content", failing(1, Draft.put_content)),
    ):
        connection.request("PUT", f"{served.client.base}/f", b"x")
        response = connection.getresponse()
        assert b"sufficient-disk-space" in response.read()
        connection.request("PUT", f"{served.client.base}/f", b"x")
        again = connection.getresponse()
        again.read()
    connection.close()
    assert (response.status, again.status) == (507, 201)
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


def test_a_body_without_memory_is_507(serve: Callable[..., Served]) -> None:
    """It was not read to its end, so the connection ends."""
    client = serve("").client
    with patch.object(framing, "BytesIO", failing(1, framing.BytesIO)):
        answer = client.raw(b"PUT {base}/f HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n" + b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 507 ")
    assert b"Connection: close\r\n" in answer
    assert client("GET", "/f").status == 404


@pytest.mark.parametrize(("times", "kept"), [(1, True), (2, False)])
def test_the_journal_gives_way(serve: Callable[..., Served], times: int, *, kept: bool) -> None:
    """The change is done: its answer is the right one. The journal drops old entries, or that one."""
    served = serve("")
    served.client("GET", "/")
    with patch.object(journal, "keep", failing(times, journal.keep)):
        answer = served.client("PUT", "/f", "x")
    number = int(answer.headers["Dav424-Exchange"])
    assert (answer.status, number) == (201, 2)
    assert (served.space.journal.find(number) is not None) is kept
    assert served.space.journal.find(1) is None
    assert served.space.journal.dropped == (1 if kept else 2)
    assert int(served.client("GET", "/f").headers["Dav424-Exchange"]) == 3


def test_the_admin_api_without_memory_is_507(serve: Callable[..., Served]) -> None:
    """As a problem document."""
    served = serve("")
    client = Client(f"http://{urlsplit(served.url).netloc}")
    with patch("dav424.worlds.snapshot.Snapshot", failing(1, object)):
        answer = client("POST", f"/-/spaces/{served.space.name}/snapshots")
    assert (answer.status, answer.headers["Content-Type"]) == (507, "application/problem+json")
    assert not served.space.snapshots


def test_a_process_that_gets_no_more_memory_goes_on() -> None:
    """Under ``ulimit -v``, without a limit of its own: 507, until documents are deleted."""
    command = [sys.executable, "-c", LIMITED, "serve", "--port", "0", "--max-memory", "0"]
    settings = {**os.environ, "MALLOC_ARENA_MAX": "1"}  # each heap would take of the address space
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().partition("url=")[2].strip()
        client = Client(f"{url}playground/")
        body = b"x" * 100_000_000
        answers = [client("PUT", f"/f{number}", body).status for number in range(3)]
        full = next(status for number in range(3, 20) if (status := _put(client, f"/f{number}", body)) != 201)
        freed = client("DELETE", "/f0").status, client("DELETE", "/f1").status
        after = client("PUT", "/again", "x").status, client("GET", "/again").body
        process.terminate()
        log = process.stderr.read()
    assert answers == [201, 201, 201]
    assert full == 507
    assert (freed, after) == ((204, 204), (201, b"x"))
    assert "bug" not in log
    assert "Traceback" not in log


def _put(client: Client, path: str, body: bytes) -> int:
    """PUT after a 100 Continue or any other answer, so that a refusal is read."""
    connection = http.client.HTTPConnection(client.host, client.port, timeout=30)
    try:
        connection.request("PUT", client.base + path, body)
        return connection.getresponse().status
    except BrokenPipeError:
        return connection.getresponse().status  # the server refused, and did not read the rest
    finally:
        connection.close()
