"""What real clients make of faults: http.client, httpx, curl and the fetch of Node."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable, Mapping

import httpx
import pytest

from tests.conftest import Served

FETCH = """
const [url, method, times] = process.argv.slice(1);
for (let time = 0; time < Number(times); time++) {
  try {
    const response = await fetch(url, { method, signal: AbortSignal.timeout(20000) });
    console.log(JSON.stringify([response.status, (await response.text()).length]));
  } catch (error) {
    console.log(JSON.stringify(["failed", error.cause?.code ?? error.name]));
  }
}
"""
TREE = "tree: {/f: {content: '0123456789'}}\n"
BROKEN: Mapping[str, str] = {
    "close in the body": "kind: close",
    "close before the head": "kind: close, at: before-head",
    "reset before the head": "kind: reset, at: before-head",
    "reset in the body": "kind: reset",
    "a length that is too long": "kind: wrong-length, by: 5",
}
WHOLE: Mapping[str, tuple[str, int]] = {
    "a pause before the head": ("kind: pause, milliseconds: 40", 10),
    "a pause before the body": ("kind: pause, milliseconds: 40, before: body", 10),
    "small chunks": ("kind: dribble, bytes: 3, milliseconds: 2", 10),
    "small pieces": ("kind: dribble, bytes: 3, milliseconds: 2, chunked: false", 10),
    "a cut body that is framed well": ("kind: cut-body", 5),
    "a close after the body": ("kind: close, at: after-body", 10),
}


def _serve(serve: Callable[..., Served], fault: str) -> str:
    return f"{serve(f'{TREE}faults: [{{id: it, {fault}}}]').url}f"


def _read(url: str) -> bytes:
    """Read with http.client."""
    parts = httpx.URL(url)
    connection = http.client.HTTPConnection(parts.host, parts.port, timeout=20)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.fixture(scope="session")
def fetch(program: Callable[..., str]) -> Callable[..., list[list[object]]]:
    """Let Node fetch a URL; gives for each time the status and the length of the body, or the error."""
    node = program("node", "nodejs")

    def ask(url: str, method: str = "GET", times: int = 1) -> list[list[object]]:
        script = [node, "--input-type=module", "--eval", FETCH, "--", url, method, str(times)]
        said = subprocess.run(script, capture_output=True, text=True, timeout=60, check=True).stdout
        return [json.loads(line) for line in said.splitlines()]

    return ask


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_an_error_to_each_client(
    serve: Callable[..., Served], curl: str, fetch: Callable[..., list[list[object]]], fault: str
) -> None:
    """None of them gives a body that isn't whole."""
    url = _serve(serve, fault)
    with pytest.raises(httpx.TransportError):
        httpx.get(url, timeout=20)
    assert subprocess.run([curl, "-sS", "-o", "-", url], capture_output=True, check=False).returncode in (18, 52, 56)
    assert fetch(url)[0][0] == "failed"
    with pytest.raises((http.client.HTTPException, OSError)):
        _read(url)


@pytest.mark.parametrize(("fault", "length"), WHOLE.values(), ids=WHOLE)
def test_a_slow_or_short_answer_is_none(
    serve: Callable[..., Served], curl: str, fetch: Callable[..., list[list[object]]], fault: str, length: int
) -> None:
    """Each of them gives the whole body that was framed."""
    url = _serve(serve, fault)
    assert len(httpx.get(url, timeout=20).content) == length
    assert len(subprocess.run([curl, "-sSf", url], capture_output=True, check=True).stdout) == length
    assert fetch(url) == [[200, length]]


def test_a_close_between_two_requests(serve: Callable[..., Served], fetch: Callable[..., list[list[object]]]) -> None:
    """A client that keeps connections meets it at its second request: httpx says so; fetch may send it again."""
    url = _serve(serve, "kind: close, at: next-request, times: 1")
    with httpx.Client(timeout=20) as client:
        assert client.get(url).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(url)
        assert client.get(url).status_code == 200
    assert [status for status, _ in fetch(url, times=2)] == [200, 200]


def test_a_refusal_while_the_body_is_sent(serve: Callable[..., Served], curl: str) -> None:
    """Curl stops sending, and tells the status; httpx reads the answer, too."""
    served = serve(
        f"{TREE}causes: [{{id: no, kind: denied, methods: [PUT]}}]\nfaults: [{{id: it, kind: early-answer, methods: [PUT]}}]"
    )
    answer = httpx.put(f"{served.url}f", content=b"x" * 30_000_000, timeout=20)
    assert answer.status_code == 403
    command = [curl, "-sS", "-o", "-", "-w", "%{http_code}", "-H", "Expect:", "-T", "-", f"{served.url}f"]
    said = subprocess.run(command, input=b"x" * 3_000_000, capture_output=True, check=False).stdout
    assert said.endswith(b"403")
