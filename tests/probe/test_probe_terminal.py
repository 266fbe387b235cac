"""The command on a terminal: the prompt for a password, the progress bar and colours, which pipes do not get."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dav424.testing import Server


def _on_a_terminal(*arguments: str, typed: bytes = b"", **variables: str) -> tuple[int, str]:
    """Run the command on a terminal of its own; gives the exit status and all that it shows."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dav424", "probe", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm", **variables},
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            read = os.read(leader, 65536)
        except OSError:  # the last process has closed the terminal
            break
        if not read:
            break
        shown += read
        if typed and b"Password of " in shown:
            os.write(leader, typed)
            typed = b""
    os.close(leader)
    return process.wait(60), shown.decode()


def test_a_terminal_gets_a_progress_bar_and_colours() -> None:
    """The bar counts the cases; a pipe gets neither."""
    with Server() as server:
        url = f"{server.url}s/default~go!/playground/"
        status, shown = _on_a_terminal(url, "--only", "c2,h")
        piped = subprocess.run(
            [sys.executable, "-m", "dav424", "probe", url, "--only", "c2,h"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert status == 1
    assert "] 1/2 c2" in shown
    assert "[####################] 2/2 h" in shown
    assert "\x1b[" in shown
    assert piped.stderr == ""
    assert "\x1b[" not in piped.stdout


class _Basic(BaseHTTPRequestHandler):
    """Asks for Basic, keeps the Authorization headers, and makes no collection."""

    def do_MKCOL(self) -> None:
        self.server.seen.append(self.headers.get("Authorization"))  # type: ignore[attr-defined]
        self.send_response(403 if self.headers.get("Authorization") else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_MKCALENDAR(self) -> None:
        self.do_MKCOL()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize("typed", [b"secret\n", b""])
def test_a_password_is_typed_or_in_a_variable(typed: bytes) -> None:
    """The prompt does not show it; the process list has neither."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Basic) as guarded:
        guarded.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=guarded.serve_forever)
        thread.start()
        variables = {} if typed else {"DAV424_PROBE_PASSWORD": "secret"}
        try:
            url = f"http://127.0.0.1:{guarded.server_port}/"
            status, shown = _on_a_terminal(url, "--user", "me", typed=typed, **variables)
        finally:
            guarded.shutdown()
            thread.join()
    assert status == 2
    assert ("Password of me: " in shown) == bool(typed)
    assert "answers MKCOL with 403" in shown
    assert "Basic bWU6c2VjcmV0" in guarded.seen  # type: ignore[attr-defined]


def test_the_process_list_has_no_secret() -> None:
    """A token and a password are variables alone, which the command line of the process does not have."""
    with Server() as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "dav424", "probe", f"{server.url}playground/", "--user", "me", "--rate", "20"],
            env={**os.environ, "DAV424_PROBE_PASSWORD": "secret", "DAV424_PROBE_TOKEN": "token"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while (command := Path(f"/proc/{process.pid}/cmdline").read_bytes()) == b"":
                assert process.poll() is None
        finally:
            process.terminate()
            process.wait(60)
    assert b"probe" in command
    assert b"secret" not in command
    assert b"token" not in command
