"""Start a real server, wait until it answers, and end it by its own process id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from tests.servers.place import Launch, Place, free_port
from tests.servers.table import SERVERS

READY_WITHIN = 60.0
"""Seconds that a server may need to start on a busy machine."""
ENDS_WITHIN = 10.0
_LOG_SHOWN = 4000


class NotStartedError(Exception):
    """A server ended, or did not answer in time; has the end of its log."""


class Running(Struct, frozen=True):
    """A real server that answers.

    ``url`` is the collection in which clients may work, ``calendars`` the one in which they may make calendars, if there
    is one. ``authorization`` is the header that each request needs, if there is one.
    """

    name: str
    version: str
    url: str
    calendars: str | None
    authorization: str | None
    pid: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that each request needs."""
        return {} if self.authorization is None else {"Authorization": self.authorization}


@contextmanager
def started(name: str, folder: Path) -> Iterator[Running]:
    """Start the server of that name, with its configuration, its log and its empty root in ``folder``.

    It listens on 127.0.0.1 alone, and no process of it is left at the end. Raises NotInstalledError if a package isn't
    here, and NotStartedError with the log if it does not answer.
    """
    server = SERVERS[name]
    version = server.source.version()
    (folder / "root").mkdir(parents=True)
    place = Place(folder, free_port())
    launch = server.launch(place)
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            launch.command,
            cwd=folder,
            env=_environment(folder) | launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, place, launch)
        base = f"http://127.0.0.1:{place.port}"
        calendars = None if launch.calendars is None else base + launch.calendars
        yield Running(name, version, base + launch.path, calendars, launch.authorization, process.pid)
    finally:
        _end(process)


def _environment(folder: Path) -> dict[str, str]:
    """The environment of a server: none of the settings of the one who runs the tests."""
    return {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "HOME": str(folder), "LANG": "C.UTF-8"}


def _wait_until_ready(process: subprocess.Popen[bytes], place: Place, launch: Launch) -> None:
    """Wait until the server listens, prepare it, and wait until it answers; raises NotStartedError."""
    until = time.monotonic() + READY_WITHIN
    _wait_for(lambda: _listens(place.port), process, place, until)
    if launch.prepare is not None:
        launch.prepare()
    _wait_for(lambda: _answers(place.port, launch), process, place, until)


def _wait_for(come: Callable[[], bool], process: subprocess.Popen[bytes], place: Place, until: float) -> None:
    while not come():
        if process.poll() is not None:
            raise NotStartedError(f"{process.args[0]} ended with {process.returncode}. {_log(place)}")
        if time.monotonic() > until:
            raise NotStartedError(f"{process.args[0]} did not answer in {READY_WITHIN:.0f} s. {_log(place)}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _answers(port: int, launch: Launch) -> bool:
    """Say whether OPTIONS succeeds where a client will work."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_WITHIN)
    headers = {} if launch.authorization is None else {"Authorization": launch.authorization}
    try:
        connection.request("OPTIONS", launch.path, headers=headers)
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _log(place: Place) -> str:
    text = (place.folder / "log.txt").read_text(errors="replace")
    return f"Its log ends with:\n{text[-_LOG_SHOWN:]}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and all that it has started: they are the session that began with it."""
    process.terminate()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
