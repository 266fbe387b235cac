"""Who may use the admin API: everybody on loopback, beyond it whoever has the token, and no page of another site."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from .conftest import Api

OPEN = ("live", "ready", "version", "openapi.json", "")
GUARDED = ("spaces", "scenarios", "metrics", "spaces/default", "spaces/default/journal")


@contextmanager
def serving(*arguments: str, **variables: str) -> Iterator[dict[str, str]]:
    """Run ``dav424 serve`` and give what its ready line says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dav424", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("dav424 ready "), process.communicate(timeout=10)
    said = dict(word.split("=", 1) for word in line.split()[2:])
    try:
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        said["out"], said["err"] = process.communicate(timeout=10)
        said["code"] = str(process.returncode)


def api_of(url: str) -> Api:
    """Give the API of a server, asked over 127.0.0.1."""
    return Api(url.replace("0.0.0.0", "127.0.0.1").removesuffix("-/"))


def statuses(api: Api, paths: tuple[str, ...], headers: dict[str, str] | None = None) -> set[int]:
    return {api("GET", path, headers=headers).status for path in paths}


def test_beyond_loopback_it_is_closed_and_says_what_opens_it() -> None:
    """403 with the flags; readiness and DAV are for everybody."""
    with serving("--host", "0.0.0.0") as said:
        api = api_of(said["url"])
        assert statuses(api, GUARDED) == {403}
        assert statuses(api, OPEN) == {200}
        told = api("POST", "spaces").json["detail"]
        assert api.dav("playground/")("GET", "/").status == 200
        time.sleep(0.5)
    assert "--admin-token TOKEN" in told
    assert "--admin-open" in told
    assert "The admin API is closed" in said["out"]


def test_admin_open_opens_it() -> None:
    """For whoever wants that."""
    with serving("--host", "0.0.0.0", DAV424_ADMIN_OPEN="1") as said:
        assert statuses(api_of(said["url"]), GUARDED) == {200}


def test_a_token_opens_it_for_whoever_has_it() -> None:
    """401 with a challenge for all others; the command that is printed names the variable, not the token."""
    with serving("--host", "0.0.0.0", DAV424_ADMIN_TOKEN="s3cr-t.~+/=") as said:
        api = api_of(said["url"])
        assert statuses(api, GUARDED) == {401}
        assert statuses(api, OPEN) == {200}
        assert api("GET", "spaces").headers["WWW-Authenticate"].startswith("Bearer")
        for wrong in (
            "Bearer",
            "Bearer s3cr-t",
            "Bearer s3cr-t.~+/= x",
            "Basic s3cr-t.~+/=",
            "Bearer \xe9",
            "s3cr-t.~+/=",
        ):
            assert statuses(api, GUARDED, {"Authorization": wrong}) == {401}
        for right in ("Bearer s3cr-t.~+/=", "bearer  s3cr-t.~+/="):
            assert statuses(api, GUARDED, {"Authorization": right}) == {200}
        time.sleep(0.5)
    assert 'curl -H "Authorization: Bearer $DAV424_ADMIN_TOKEN"' in said["out"]
    assert "s3cr" not in said["out"] + said["err"]


def test_a_token_holds_on_loopback_too(start: Callable[..., Api]) -> None:
    """Whoever sets one means it."""
    assert start(token="t")("GET", "spaces").status == 401


def test_the_token_is_compared_in_constant_time() -> None:
    """By the function that is made for it."""
    import ast
    import inspect

    from dav424.admin import api

    compared = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(inspect.getsource(api)))
        if isinstance(node, ast.Call | ast.Compare) and ".token" in ast.unparse(node)
    ]
    assert len(compared) == 2  # the call, and the encode() within
    assert compared[0].startswith("hmac.compare_digest(")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("", False),
     ("127.0.0.1.example.invalid", False), ("localhost.example.invalid", False), ("::1234", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_loopback_is_what_resolves_to_it(host: str, *, loopback: bool) -> None:
    """Not what begins like it."""
    from dav424.commands.serve import _is_loopback

    assert _is_loopback(host) is loopback


@pytest.mark.parametrize("token", ["with space", "tökén", 'quo"te', "x\n"])
def test_a_token_that_no_header_can_hold_is_refused_at_once(token: str) -> None:
    """Status 2 and the reason, without the token."""
    run = subprocess.run(
        [sys.executable, "-m", "dav424", "serve", "--admin-token", token], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "the token has characters" in run.stderr


def test_admin_port_puts_it_on_a_port_of_its_own(tmp_path: Path) -> None:
    """Nothing of it is left beside DAV, and no DAV beside it; the ready line, the file and the commands know both."""
    ready = tmp_path / "ready"
    with serving("--admin-port", "0", "--ready-file", str(ready)) as said:
        file = json.loads(ready.read_text())
        assert (file["url"], file["admin"]) == (said["url"], said["admin"])
        dav, api = Api(said["url"]), api_of(said["admin"])
        assert dav("GET", "spaces").status == 404
        assert statuses(api, (*GUARDED, *OPEN)) == {200}
        assert api.dav("playground/")("GET", "/").status == 404
        assert dav.dav("s/x/playground/")("PUT", "/a", "1").status == 201
        assert [each["target"] for each in api("GET", "spaces/x/journal").json["entries"]] == ["/s/x/playground/a"]
        (first, *_) = api("GET", "scenarios/proppatch-protected").json["commands"]
        assert f" {said['url']}proppatch-protected/report.txt " in first
        assert 'method="PUT",status="201"' in api("GET", "metrics").body.decode()
        time.sleep(0.5)
    assert f"curl '{said['admin']}spaces/default/journal/last/explain?outcome=failed-dependency'" in said["out"]
    assert said["code"] == "0"


def test_admin_port_closes_with_the_host_too() -> None:
    """Another port is no other network."""
    with serving("--host", "0.0.0.0", "--admin-port", "0") as said:
        assert statuses(api_of(said["admin"]), GUARDED) == {403}


def test_a_taken_admin_port_is_one_clear_line() -> None:
    """It names the flag."""
    with serving() as said:
        port = re.search(r":(\d+)/", said["url"])
        assert port is not None
        run = subprocess.run(
            [sys.executable, "-m", "dav424", "serve", "--port", "0", "--admin-port", port[1]],
            capture_output=True, text=True, check=False, timeout=20,
        )  # fmt: skip
    assert run.returncode == 2
    assert "choose another port with --admin-port" in run.stderr
    assert "Traceback" not in run.stderr


def test_who_waits_for_the_journal_keeps_nobody_from_stopping() -> None:
    """SIGTERM ends the wait."""
    with serving() as said:
        api = api_of(said["url"])

        def wait() -> None:
            with suppress(OSError):
                api("GET", "spaces/default/journal?wait=30s")

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.3)
    waiting.join(20)
    assert not waiting.is_alive()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "file://",
        "http://[",
        "x",
        "http://[::1",
    ],
)
@pytest.mark.parametrize("call", ["GET spaces", "POST spaces/default/reset", "DELETE spaces/default/journal"])
def test_a_page_of_another_site_may_not(api: Api, origin: str, call: str) -> None:
    """A browser says which site's page it is that asks."""
    method, path = call.split()
    said = api(method, path, headers={"Origin": origin})
    assert (said.status, said.headers["Content-Type"]) == (403, "application/problem+json")


def test_a_page_of_this_server_may(api: Api) -> None:
    """Its Origin is where it came from."""
    assert api("GET", "spaces", headers={"Origin": api.url.rstrip("/")}).status == 200


def test_nothing_tells_a_browser_that_others_may(api: Api) -> None:
    """There is no CORS without a flag."""
    said = api("OPTIONS", "spaces", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert said.status == 403
    assert not [name for name in said.headers if name.startswith("Access-Control")]


def test_bodies_of_strangers_are_not_read(start: Callable[..., Api]) -> None:
    """They are refused by their headers, however long the body is."""
    head = b"PUT /-/spaces/x/tree HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n"
    assert start(token="t").dav("").raw(head).startswith(b"HTTP/1.1 401 ")
