"""Probe a real server, started for that; one that ends is started again for the cases that are left."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from msgspec import Struct

from dav424 import probe
from dav424.probe import Result
from dav424.probe.run import NO_ANSWER
from tests.servers.running import Running, started
from tests.servers.table import SERVERS, RealServer


class Row(Struct, frozen=True):
    """What is probed: a server where clients keep files, or where they keep calendars."""

    name: str
    server: RealServer
    calendars: bool = False

    @property
    def title(self) -> str:
        """The name of the server, for a reader."""
        return f"{self.server.title}, calendars" if self.name != self.server.name else self.server.title


ROWS = {
    each.name: each
    for server in SERVERS.values()
    for each in (
        Row(server.name, server),
        *([Row(f"{server.name}-calendar", server, calendars=True)] if server.name in {"cyrus", "xandikos"} else []),
    )
}
"""All rows of the page. Radicale has calendars alone, and is one row."""


class Probed(Struct, frozen=True):
    """What a probe found: the version of the server, a result for each case, and what it could not remove."""

    row: Row
    version: str
    results: tuple[Result, ...]
    left: tuple[str, ...]

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each case."""
        return {each.case: str(each.found) for each in self.results}


def probed(row: Row, folder: Path, only: Sequence[str] = ()) -> Probed:
    """Probe a server; ``folder`` is for its files. Raises NotInstalledError if it isn't here."""
    remaining = list(only or probe.CASES)
    results: list[Result] = []
    left: tuple[str, ...] = ()
    version = ""
    for number in count():
        with started(row.server.name, folder / str(number)) as server:
            version = server.version
            report = _probed(row, server, remaining)
        ended = next((n for n, each in enumerate(report.results, 1) if _ends_the_server(each)), None)
        results += report.results[:ended]
        left += report.left if ended is None else ()
        remaining = remaining[ended:] if ended else []
        if not remaining:
            return Probed(row, version, tuple(results), left)
    raise AssertionError


def _probed(row: Row, server: Running, only: Sequence[str]) -> probe.ProbeReport:
    user, password = login(server)
    url = server.calendars if row.calendars else server.url
    return probe.run(url or "", only=only, user=user, password=password, calendars=row.calendars)


def _ends_the_server(result: Result) -> bool:
    return "got no answer" in result.why or any(each.section == NO_ANSWER for each in result.remarks)


def login(server: Running) -> tuple[str, str]:
    """Split the value of a Basic header into the name and the password; both are empty if there is none."""
    pair = base64.b64decode((server.authorization or "").partition(" ")[2]).decode()
    user, _, password = pair.partition(":")
    return user, password
