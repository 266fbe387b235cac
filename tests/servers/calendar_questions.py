"""What a client of calendars asks, and what a server answers in a word: for dav424 and for servers beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from dav424.proof.play import Answer
from tests.client import Client, told

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//dav424//tests//EN
BEGIN:VEVENT
UID:{0}
DTSTAMP:20240101T000000Z
DTSTART:20240101T000000Z
SUMMARY:{1}
END:VEVENT
END:VCALENDAR
"""
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'


class Asking(Struct):
    """A new calendar of a server with the events a, b and c, and the token of a first sync."""

    client: Client
    headers: Mapping[str, str]
    token: str = ""

    def send(self, method: str, path: str, body: str = "", **headers: str) -> str:
        """Send a request, and tell the answer in the short notation."""
        sent = {"Content-Type": "application/xml", **self.headers, **headers}
        return told(self.client(method, path, body, sent)).replace("/new/", "")

    def put(self, name: str, summary: str = "", uid: str = "") -> str:
        """Put an event."""
        kind = {"Content-Type": "text/calendar"}
        return self.send("PUT", f"/new/{name}.ics", EVENT.format(uid or name, summary or name), **kind)

    def sync(self, token: str, more: str = "", **headers: str) -> str:
        """Ask for the changes since a token."""
        body = (
            f"<D:sync-collection {NAMESPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{more}"
            "<D:prop><D:getetag/></D:prop></D:sync-collection>"
        )
        sent = {"Content-Type": "application/xml", **self.headers, **headers}
        answer = self.client("REPORT", "/new/", body, sent)
        found = re.search(rb"sync-token>([^<]+)<", answer.body)
        self.token = found[1].decode() if found else self.token
        return _members(answer)

    def multiget(self, *names: str) -> str:
        """Read events by their names."""
        base = self.client.base
        hrefs = "".join(f"<D:href>{base}/new/{name}</D:href>" for name in names)
        body = f"<C:calendar-multiget {NAMESPACES}><D:prop><D:getetag/></D:prop>{hrefs}</C:calendar-multiget>"
        return _members(self.client("REPORT", "/new/", body, {"Content-Type": "application/xml", **self.headers}))


def _members(answer: Answer) -> str:
    """Tell the status of each member, by name; "/" is the calendar itself."""
    lines = [f"{each.href.removeprefix('/new/') or '/'} {each.status}" for each in answer.reported]
    condition = answer.condition.rpartition("}")[2] if answer.condition else ""
    return " ".join(filter(None, [str(answer.status), condition, ", ".join(sorted(lines))]))


def open_calendar(client: Client, headers: Mapping[str, str]) -> Asking:
    """Make a calendar with three events, and sync it."""
    asking = Asking(client, headers)
    assert client("MKCALENDAR", "/new/", headers=dict(headers)).status == 201
    for name in "abc":
        assert asking.put(name)[:3] in {"201", "204"}
    asking.sync("")
    return asking


def _changes(asking: Asking) -> str:
    asking.put("new")
    asking.put("a", "Other")
    asking.send("DELETE", "/new/b.ics")
    return asking.sync(asking.token)


def _principal(asking: Asking) -> str:
    body = f"<D:propfind {NAMESPACES}><D:prop><D:current-user-principal/></D:prop></D:propfind>"
    return asking.send("PROPFIND", "/new/", body, Depth="0")


QUESTIONS: dict[str, tuple[str, Callable[[Asking], str]]] = {
    "the principal of the user": ("RFC 5397 3", _principal),
    "a sync with an empty token": ("RFC 6578 3.4", lambda asking: asking.sync("")),
    "a sync without changes": ("RFC 6578 3.8", lambda asking: asking.sync(asking.token)),
    "one event new, one changed, one removed": ("RFC 6578 3.5", _changes),
    "a sync with at most one member": (
        "RFC 6578 3.7",
        lambda asking: asking.sync("", "<D:limit><D:nresults>1</D:nresults></D:limit>"),
    ),
    "a token that no server gave": ("RFC 6578 3.2", lambda asking: asking.sync("urn:none")),
    "a sync with `Depth: 1`": ("RFC 6578 3.2", lambda asking: asking.sync("", Depth="1")),
    "a multiget with a member that is gone": ("RFC 4791 7.9", lambda asking: asking.multiget("a.ics", "gone.ics")),
    "an unknown report": ("RFC 3253 3.6", lambda asking: asking.send("REPORT", "/new/", '<x xmlns="urn:x"/>')),
    "an event that is no iCalendar": (
        "RFC 4791 5.3.2.1",
        lambda asking: asking.send("PUT", "/new/x.ics", "nonsense", **{"Content-Type": "text/calendar"}),
    ),
    "an event with the UID of another": ("RFC 4791 5.3.2.1", lambda asking: asking.put("x", uid="a")),
    "a calendar inside of a calendar": ("RFC 4791 4.2", lambda asking: asking.send("MKCALENDAR", "/new/inner/")),
}
