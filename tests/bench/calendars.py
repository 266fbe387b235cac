"""A calendar of many events, beside Radicale and Xandikos with the same events.

    multiget        the properties and the data of 1,000 members, one in ten
    time range      the events of one month
    sync            the changes since a token: ten events were written anew

Each server answers once before it is measured, so that its caches are filled. The rounds go from server to server.
``make servers-install`` installs the other two.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from tests.bench import servers
from tests.bench.load import Connection, request
from tests.servers.running import started

XML = {"Content_Type": "application/xml; charset=utf-8"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
PROPS = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
START = datetime(2024, 1, 1, 9, tzinfo=UTC)
CHANGED = 10


class CalendarServer(Struct):
    """A server with a calendar at ``path``; ``headers`` are those that it wants, such as a login.

    ``files`` has the files of its calendars: to write them takes a second, and many PUTs take it an hour. None for a
    server that has none.
    """

    name: str
    port: int
    path: str
    headers: dict[str, str]
    files: Path | None = None

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """Send a request over a connection of its own."""
        connection = Connection(self.port)
        try:
            status, content = connection.ask(request(method, path, body.encode(), **self.headers, **headers))
        finally:
            connection.close()
        return status, content.decode()

    def report(self, body: str) -> str:
        """Send a REPORT about the members, which must be answered with 207."""
        status, content = self.ask("REPORT", self.path, body, **XML, Depth="1")
        assert status == 207, (self.name, status, content[:500])
        return content


def event(number: int, summary: str = "Meeting") -> str:
    """Write an event: three a day, and every tenth comes back each week for a quarter of a year."""
    start = START + timedelta(hours=8 * number)
    rule = ["RRULE:FREQ=WEEKLY;COUNT=13"] if number % 10 == 0 else []
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example//EN",
        "BEGIN:VEVENT",
        f"UID:event-{number}@example.com",
        "DTSTAMP:20240101T000000Z",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        *rule,
        f"SUMMARY:{summary} {number}",
        "LOCATION:Room 424",
        "DESCRIPTION:The decisions of last time\\, and the next steps",
        "ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED:mailto:ada@example.com",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def fill(server: CalendarServer, events: int) -> None:
    """Make the calendar with its events."""
    status, content = server.ask("MKCALENDAR", server.path)
    assert status == 201, (server.name, status, content[:300])
    if server.files is None:
        for number in range(events):
            _put(server, number, "Meeting")
        return
    (folder,) = (each for each in server.files.rglob("bench") if each.is_dir())
    for number in range(events):
        (folder / f"{number}.ics").write_bytes(event(number).encode())
    if (folder / ".git").exists():
        git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", "The events of the benchmark"], check=True)


def _put(server: CalendarServer, number: int, summary: str) -> None:
    path, data = f"{server.path}{number}.ics", event(number, summary)
    status, content = server.ask("PUT", path, data, Content_Type="text/calendar; charset=utf-8")
    assert status in (201, 204), (server.name, status, content[:300])


def multiget(server: CalendarServer, events: int) -> float:
    """Ask for one member in ten."""
    hrefs = "".join(f"<D:href>{server.path}{number}.ics</D:href>" for number in range(0, events, 10))
    return _timed(
        server,
        f"<C:calendar-multiget {NAMESPACES}>{PROPS}{hrefs}</C:calendar-multiget>",
        lambda content: content.count("BEGIN:VCALENDAR") == events // 10,
    )


def time_range(server: CalendarServer, events: int) -> float:
    """Ask for the events of the month in the middle."""
    start = START + timedelta(hours=4 * events)
    span = f'start="{start:%Y%m%dT%H%M%SZ}" end="{start + timedelta(days=30):%Y%m%dT%H%M%SZ}"'
    inside = f'<C:comp-filter name="VEVENT"><C:time-range {span}/></C:comp-filter>'
    return _timed(
        server,
        f"<C:calendar-query {NAMESPACES}>{PROPS}<C:filter><C:comp-filter name='VCALENDAR'>{inside}</C:comp-filter>"
        "</C:filter></C:calendar-query>",
        lambda content: content.count("BEGIN:VCALENDAR") > 50,
    )


def sync(server: CalendarServer, events: int) -> float:
    """Change ten events, and ask what changed."""
    body = f"<D:sync-collection {NAMESPACES}><D:sync-token>{{}}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    token = _token(server)
    for number in range(0, events, events // CHANGED):
        _put(server, number, f"Changed at {time.time_ns()}")
    return _timed(server, body.format(token), lambda content: content.count("200 OK") >= CHANGED)


def _token(server: CalendarServer) -> str:
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:sync-token/></D:prop></D:propfind>'
    _, content = server.ask("PROPFIND", server.path, body, **XML, Depth="0")
    found = re.search(r"sync-token[^>]*>([^<]+)<", content)
    assert found is not None, content
    return found[1]


def _timed(server: CalendarServer, body: str, is_right: Callable[[str], bool]) -> float:
    begun = time.perf_counter()
    content = server.report(body)
    taken = time.perf_counter() - begun
    assert is_right(content), (server.name, content[:500])
    return taken


MEASURES: tuple[tuple[str, Callable[[CalendarServer, int], float]], ...] = (
    ("multiget of 1 in 10", multiget),
    ("time range of a month", time_range),
    ("sync of ten changes", sync),
)


def started_servers(stack: ExitStack, folder: Path) -> list[CalendarServer]:
    """Start the servers."""
    own = stack.enter_context(servers.dav424(folder))
    found = [CalendarServer("dav424", own.port, f"{own.base}/bench/", {})]
    for name in ("radicale", "xandikos"):
        other = stack.enter_context(started(name, folder / name))
        place = urlsplit(other.calendars or "")
        assert place.port is not None, "the server listens on one"
        headers = {key.replace("-", "_"): value for key, value in other.headers.items()}
        found.append(CalendarServer(name, place.port, f"{place.path}bench/", headers, folder / name / "root"))
    return found


def compare(events: int, rounds: int) -> list[list[str]]:
    """Measure all, and give the rows of the table: the median times, and the median of the ratios of each round."""
    rows = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        found = started_servers(stack, Path(name))
        for server in found:
            begun = time.perf_counter()
            fill(server, events)
            written = time.perf_counter() - begun
            print(f"{server.name}: {events} events in {written:.0f} s, {'PUT' if server.files is None else 'as files'}")
        for title, measure in MEASURES:
            times = [[measure(server, events) for server in found] for _ in range(rounds + 1)][1:]
            for place, server in enumerate(found):
                ratio = statistics.median(each[0] / each[place] for each in times)
                rows.append([title, server.name, _milliseconds(each[place] for each in times), f"{ratio:.3f}"])
    return rows


def _milliseconds(times: Iterable[float]) -> str:
    return f"{statistics.median(times) * 1000:.1f} ms"


HEAD = ["request", "server", "time", "dav424 / server"]

if __name__ == "__main__":
    for row in compare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, 5):
        print(row)
