"""Conversations with a WebDAV server, which are had with a real one and with ours in its dialect.

Each begins in an empty collection of its own. ``{token}`` is the latest lock token that the server has granted in the
conversation, ``{base}`` the URL of the collection, and
``{path}`` its path.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

XML = {"Content-Type": "application/xml; charset=utf-8"}
_NAMES = 'xmlns:D="DAV:" xmlns:X="http://peers.example/ns"'
_ASKED = "<D:resourcetype/><D:getcontentlength/><D:getetag/><D:getlastmodified/><X:A/><X:missing/>"
PROPFIND = f"<D:propfind {_NAMES}><D:prop>{_ASKED}</D:prop></D:propfind>"


class Step(Struct, frozen=True):
    """One request; ``path`` is relative to the collection of the conversation."""

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def put(path: str, **headers: str) -> Step:
    return Step("PUT", path, "content", {"Content-Type": "text/plain", **_spelled(headers)})


def update(path: str, *instructions: str, **headers: str) -> Step:
    """A PROPPATCH with instructions such as ``set X:A=1`` and ``remove X:A``."""
    parts = []
    for each in instructions:
        verb, _, said = each.partition(" ")
        name, _, value = said.partition("=")
        parts.append(f"<D:{verb}><D:prop><{name}>{value}</{name}></D:prop></D:{verb}>")
    body = f"<D:propertyupdate {_NAMES}>{''.join(parts)}</D:propertyupdate>"
    return Step("PROPPATCH", path, body, {**XML, **_spelled(headers)})


def lock(path: str, scope: str = "exclusive", depth: str = "0") -> Step:
    body = (
        f'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>'
        "<D:owner>me</D:owner></D:lockinfo>"
    )
    return Step("LOCK", path, body, {**XML, "Depth": depth, "Timeout": "Second-600"})


def listing(path: str, depth: str = "0") -> Step:
    return Step("PROPFIND", path, PROPFIND, {**XML, "Depth": depth})


def move(method: str, path: str, to: str, **headers: str) -> Step:
    return Step(method, path, headers={"Destination": to, **_spelled(headers)})


def _spelled(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


CONVERSATIONS: dict[str, list[Step]] = {
    "options": [Step("OPTIONS", "")],
    "documents": [
        put("f.txt"),
        put("f.txt"),
        Step("GET", "f.txt"),
        Step("HEAD", "f.txt"),
        Step("GET", "missing"),
        Step("DELETE", "missing"),
        put("no/such/f.txt"),
        put("f.txt", If_None_Match="*"),
        put("f.txt", If_Match='"other"'),
        Step("DELETE", "f.txt"),
    ],
    "collections": [
        Step("MKCOL", "c/"),
        Step("MKCOL", "c/"),
        Step("MKCOL", "no/such/"),
        Step("MKCOL", "d/", "text", {"Content-Type": "text/plain"}),
        put("c/f.txt"),
        listing("c/", "1"),
        listing("missing"),
        Step("DELETE", "c/"),
    ],
    "properties": [
        put("f.txt"),
        update("f.txt", "set X:A=1", "set X:B=2"),
        listing("f.txt"),
        update("f.txt", "remove X:A", "remove X:never"),
        update("f.txt", "set X:A=3", "set D:getetag=x", "set X:B=4"),
        update("f.txt", "set D:displayname=name"),
        update("f.txt", "set D:resourcetype=x"),
        update("f.txt", "set X:A=3", "set D:getetag=x", Prefer="return=minimal"),
        update("missing", "set X:A=1"),
        Step("PROPPATCH", "f.txt", "<D:broken", XML),
    ],
    "locks": [
        put("f.txt"),
        lock("f.txt"),
        put("f.txt"),
        put("f.txt", If="(<{token}>)"),
        lock("f.txt"),
        Step("LOCK", "f.txt", headers={"If": "(<{token}>)", "Timeout": "Second-600"}),
        Step("DELETE", "f.txt"),
        Step("UNLOCK", "f.txt", headers={"Lock-Token": "<opaquelocktoken:0e0c0d4f-6a8c-4a9c-8f4d-2b6f3f2d7c11>"}),
        Step("UNLOCK", "f.txt", headers={"Lock-Token": "<{token}>"}),
        lock("new.txt"),
    ],
    "locked-child": [
        Step("MKCOL", "c/"),
        put("c/a.txt"),
        put("c/b.txt"),
        lock("c/a.txt"),
        lock("c/", depth="infinity"),
    ],
    "shared": [
        Step("MKCOL", "c/"),
        put("c/a.txt"),
        lock("c/a.txt", "shared"),
        lock("c/a.txt", "shared"),
        put("c/a.txt", If="(<{token}>)"),
    ],
    "delete": [
        Step("MKCOL", "c/"),
        put("c/a.txt"),
        put("c/b.txt"),
        lock("c/b.txt"),
        Step("DELETE", "c/"),
        listing("c/", "1"),
    ],
    "copy": [
        put("f.txt"),
        move("COPY", "f.txt", "{base}g.txt"),
        move("COPY", "f.txt", "{base}g.txt"),
        move("COPY", "f.txt", "{base}g.txt", Overwrite="F"),
        move("COPY", "f.txt", "{base}no/such/g.txt"),
        move("COPY", "f.txt", "http://elsewhere.example{path}g.txt"),
        move("COPY", "missing", "{base}h.txt"),
        move("MOVE", "f.txt", "{base}i.txt"),
    ],
    "copy-onto-lock": [
        Step("MKCOL", "c/"),
        put("c/a.txt"),
        Step("MKCOL", "d/"),
        put("d/a.txt"),
        lock("d/a.txt"),
        move("COPY", "c/", "{base}d/", Overwrite="T", Depth="infinity"),
    ],
    "move-lock": [
        Step("MKCOL", "c/"),
        put("c/a.txt"),
        put("c/b.txt"),
        lock("c/a.txt"),
        move("MOVE", "c/", "{base}d/", Overwrite="F"),
        listing("c/", "1"),
    ],
}


def event(path: str, uid: str, **headers: str) -> Step:
    """A PUT of an event."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dav424//tests//EN", "BEGIN:VEVENT", f"UID:{uid}"]
    lines += [
        "DTSTAMP:20240101T000000Z",
        "DTSTART:20240101T000000Z",
        "DTEND:20240101T010000Z",
        "SUMMARY:One",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return Step("PUT", path, "\r\n".join(lines), {"Content-Type": "text/calendar", **_spelled(headers)})


IN_A_CALENDAR: dict[str, list[Step]] = {
    "options": [Step("OPTIONS", "")],
    "events": [
        event("one.ics", "one"),
        event("one.ics", "one"),
        event("one.ics", "one", If_None_Match="*"),
        Step("GET", "one.ics"),
        Step("GET", "missing.ics"),
        Step("DELETE", "missing.ics"),
        listing("", "1"),
        listing("missing.ics"),
        Step("LOCK", "one.ics", lock("one.ics").body, {**XML, "Depth": "0"}),
        Step("COPY", "one.ics", headers={"Destination": "{base}two.ics"}),
        Step("MOVE", "one.ics", headers={"Destination": "{base}two.ics"}),
        Step("DELETE", "two.ics"),
    ],
    "properties": [
        update("", "set X:A=1"),
        listing(""),
        update("", "set X:A=3", "set D:getetag=x", "set X:B=4"),
        update("", "set X:A=3", "set D:getetag=x", Prefer="return=minimal"),
        update("", "remove X:A"),
        update("missing.ics", "set X:A=1"),
        Step("PROPPATCH", "", "<D:broken", XML),
    ],
    "again": [Step("MKCALENDAR", "")],
}
"""Conversations in a calendar, for the servers that have them."""
