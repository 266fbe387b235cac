"""Each real server starts in a folder of its own, answers, and leaves nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.client import Client
from tests.installed import NotInstalledError
from tests.servers.conftest import Start, started_or_skipped
from tests.servers.place import Launch
from tests.servers.running import NotStartedError, started
from tests.servers.sources import Debian
from tests.servers.table import SERVERS, RealServer

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//dav424//tests//EN
BEGIN:VEVENT
UID:one
DTSTAMP:20240101T000000Z
DTSTART:20240101T000000Z
SUMMARY:One
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("name", SERVERS)
def test_a_real_server_answers(name: str, real: Start) -> None:
    """It tells its methods, takes a document where clients work, and lists it."""
    server = real(name)
    client = Client(server.url)
    options = client("OPTIONS", "/", headers=server.headers)
    assert "PROPFIND" in {name.lower(): value for name, value in options.headers.items()}["allow"]
    where = "/made/one.ics"
    # A server with calendars alone takes no other collection.
    make = "MKCALENDAR" if server.url == server.calendars else "MKCOL"
    assert client(make, "/made/", headers=server.headers).status == 201
    kind = {"Content-Type": "text/calendar"}
    assert client("PUT", where, EVENT, server.headers | kind).status in {201, 204}
    assert b"SUMMARY:One" in client("GET", where, headers=server.headers).body
    listed = client("PROPFIND", "/made/", headers=server.headers | {"Depth": "1"})
    assert listed.status == 207
    assert b"one.ics" in listed.body


@pytest.mark.parametrize("name", [name for name in SERVERS if name in {"cyrus", "radicale", "xandikos"}])
def test_a_calendar_server_makes_a_calendar(name: str, real: Start) -> None:
    """It does so below the URL for calendars."""
    server = real(name)
    client = Client(server.calendars or "")
    assert client("MKCALENDAR", "/new/", headers=server.headers).status == 201


@pytest.mark.parametrize("name", SERVERS)
def test_no_process_is_left(name: str, tmp_path: Path) -> None:
    """All that a server has started ends with it."""
    with started_or_skipped(name, tmp_path / name) as server:
        assert _processes(server.pid, tmp_path)
    assert _processes(server.pid, tmp_path) == []


def test_a_server_that_ends_shows_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has what the server wrote before it ended."""
    command = [sys.executable, "-c", "print('the port is taken'); raise SystemExit(3)"]
    broken = RealServer("broken", "Broken", Debian("dpkg"), lambda _: Launch(command))
    monkeypatch.setitem(SERVERS, "broken", broken)
    with (
        pytest.raises(NotStartedError, match=r"(?s)ended with 3\..*the port is taken"),
        started("broken", tmp_path / "x"),
    ):
        pass


def test_a_missing_package_is_named() -> None:
    """The error says what to install, and not what is there."""
    with pytest.raises(NotInstalledError, match=r"apt-get install --no-install-recommends no-such-package$"):
        Debian("dpkg", ("no-such-package",)).version()


def _processes(session: int, folder: Path) -> list[str]:
    """List the processes of a session, and all others that were given a path in a folder; no zombies."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
            state, _, _, of_session = (process / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it has ended meanwhile
            continue
        if state != "Z" and (int(of_session) == session or str(folder) in command):
            found.append(command)
    return found
