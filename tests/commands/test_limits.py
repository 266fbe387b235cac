"""The server with few file descriptors or few threads: it says so, goes on with what there is, and recovers."""

from __future__ import annotations

import http.client
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

SOON = 20.0
"""Seconds that bound an answer which should come far sooner: the machine may be busy."""
DESCRIPTORS = 64


class Limited:
    """A process of ``dav424 serve`` with limits; its log is a file."""

    def __init__(self, stack: ExitStack, log: Path, limit: Callable[[], None], *arguments: str) -> None:
        self._stack, self._log = stack, log
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dav424", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=stack.enter_context(log.open("w")), text=True,
            preexec_fn=limit,  # noqa: PLW1509 - a call into C, which takes no lock
        )  # fmt: skip
        stack.callback(self._end)
        assert self.process.stdout is not None
        self._port = int(self.process.stdout.readline().rstrip("/\n").rpartition(":")[2])

    def _end(self) -> None:
        self.process.kill()
        self.process.communicate()

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Open a connection, and send bytes on it."""
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=SOON)
        self._stack.callback(connection.close)
        connection.sendall(sent)
        return connection

    def status(self, target: str) -> int:
        """Get a status, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SOON)
        try:
            connection.request("GET", target)
            return connection.getresponse().status
        finally:
            connection.close()

    @property
    def seconds_of_work(self) -> float:
        """The time for which the process has used a processor."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def log(self) -> list[str]:
        """The lines that the server logged."""
        return self._log.read_text().splitlines()


Limit = Callable[..., Limited]


@pytest.fixture
def limited(tmp_path: Path) -> Limit:
    """Start a server with few descriptors."""
    with ExitStack() as stack:
        limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        yield partial(Limited, stack, tmp_path / "log", limit)


def test_without_descriptors_the_server_pauses_and_recovers(limited: Limit) -> None:
    """It logs at most a line a second, uses no processor, and answers when there is room again."""
    server = limited()
    silent = [server.connect() for _ in range(3 * DESCRIPTORS)]
    time.sleep(0.5)
    begun = server.seconds_of_work
    time.sleep(2)
    assert server.seconds_of_work - begun < 0.5
    assert 1 <= len(server.log) <= 4
    assert all(f"of {DESCRIPTORS} file descriptors are in use; close connections" in line for line in server.log)
    for connection in silent:
        connection.close()
    assert server.status("/playground/") == 200


def test_connections_leave_descriptors_for_files(limited: Limit) -> None:
    """A scenario that was not loaded yet can be read while no connection is accepted."""
    server = limited()
    known = server.connect()
    others = [server.connect() for _ in range(3 * DESCRIPTORS)]
    time.sleep(0.5)
    known.sendall(b"GET /report-from-feeds/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert known.recv(12) == b"HTTP/1.1 200"
    assert len(others) == 3 * DESCRIPTORS


def test_idle_connections_make_room(limited: Limit) -> None:
    """A connection that waits between two requests is closed, the one that is idle for the longest time first."""
    server = limited("--head-timeout", "0")
    asked = b"GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n"
    idle = [server.connect(asked) for _ in range(3 * DESCRIPTORS)]
    assert server.status("/playground/") == 200
    assert [connection.recv(12) for connection in idle] == [b"HTTP/1.1 200"] * len(idle)


def test_without_threads_the_server_goes_on_with_those_there_are(limited: Limit) -> None:
    """It answers while it can start none, when the slow clients have gone, and to SIGTERM."""
    server = limited()
    pid = server.process.pid
    assert server.status("/playground/") == 200
    size = next(
        int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmSize" in line
    )
    room = (size << 10) + (6 << 20)  # less than the stack of a thread
    resource.prlimit(pid, resource.RLIMIT_AS, (room, room))
    head = b"PUT /playground/%d HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
    slow = [server.connect(head % number) for number in range(30)]
    until = time.monotonic() + SOON
    while not any("The server goes on with 10 threads: can't start new thread" in line for line in server.log):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert server.status("/-/live") == 200
    for connection in slow:
        connection.close()
    assert server.status("/playground/") == 200
    server.process.terminate()
    assert server.process.wait(SOON) == 0


@pytest.mark.parametrize("threads", [1, 5, 11, 14])
def test_a_server_that_can_start_too_few_threads_does_not_start(threads: int) -> None:
    """It says so in one line, and ends with status 2."""
    program = f"""
import sys, threading
from dav424.commands.cli import main
start, left = threading.Thread.start, [{threads}]
def limited(thread):
    left[0] -= 1
    if left[0] < 0:
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = limited
sys.exit(main(["serve", "--port", "0"]))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=SOON, check=False)
    assert run.returncode == 2
    assert run.stderr == (
        "dav424: can't start: the system starts too few threads; "
        "raise its limits of memory and of threads (ulimit -v, ulimit -u)\n"
    )
