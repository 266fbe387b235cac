"""A long conversation of all methods, failures included: what is sent, and all that came back, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence

from tests.client import PREFIXES, Client

DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
LOCKINFO = (
    f"<D:lockinfo {DECLARED}><D:lockscope><D:{{}}/></D:lockscope><D:locktype><D:write/></D:locktype>"
    "<D:owner>Grace</D:owner></D:lockinfo>"
)
PROPS = f"<D:propfind {DECLARED}><D:allprop/></D:propfind>"
TITLE, FLAKY, ETAG = "<u:title>T</u:title>", "<u:flaky>1</u:flaky>", "<D:getetag>x</D:getetag>"
BASE = "/s/SPACE/golden"
USERS = "/s/SPACE/golden-users"
FIRST_LOCK, SECOND_LOCK = "{the token of the first lock}", "{the token of the second lock}"
Said = tuple[str, dict[str, str], str]


def patch(*sets: str) -> str:
    said = "".join(f"<D:set><D:prop>{each}</D:prop></D:set>" for each in sets)
    return f"<D:propertyupdate {DECLARED}>{said}</D:propertyupdate>"


def collection(root: str, *sets: str) -> str:
    return patch(*sets).replace("D:propertyupdate", root)


def to(path: str, **more: str) -> dict[str, str]:
    return {"Destination": BASE + path, **more}


TEXT = {"content-type": "text/plain"}
AS_TEXT = {"content-type": "text/xml", "accept": "text/xml"}
BATCH = json.dumps(
    {
        "requests": [
            {"id": "1", "method": "put", "url": "docs/1.txt", "headers": TEXT, "body": "B"},
            {"id": "2", "atomicityGroup": "g", "method": "put", "url": "docs/2.txt", "headers": TEXT, "body": "C"},
            {"id": "3", "atomicityGroup": "g", "method": "proppatch", "url": "docs/1.txt", "dependsOn": ["1"],
             "headers": AS_TEXT, "body": patch(TITLE, ETAG)},
            {"id": "4", "method": "get", "url": "docs/1.txt", "dependsOn": ["g"]},
            {"id": "5", "method": "delete", "url": "docs/1.txt", "dependsOn": ["1", "4"],
             "if": "$1/$succeeded and not $4/$succeeded"},
            {"id": "6", "method": "get", "url": "sum.txt", "dependsOn": ["4"], "if": "$4/$succeeded"},
        ]
    }
)  # fmt: skip
ORDER = (
    f"<D:orderpatch {DECLARED}><D:order-member><D:segment>y</D:segment><D:position><D:first/></D:position>"
    "</D:order-member><D:order-member><D:segment>{}</D:segment><D:position><D:last/></D:position></D:order-member>"
    "</D:orderpatch>"
)


EXPANDED = (
    f'<D:expand-property {DECLARED}><D:property name="current-user-principal"><D:property name="displayname"/>'
    "</D:property></D:expand-property>"
)


def targets(root: str, *hrefs: str, inside: str = "") -> str:
    named = "".join(f"<D:href>{href}</D:href>" for href in hrefs)
    return f"<D:{root} {DECLARED}><D:target>{named}</D:target>{inside}</D:{root}>"


CONVERSATION: list[Said] = [
    (f"OPTIONS {BASE}/", {}, ""),
    (f"PROPFIND {BASE}/", {"Depth": "infinity"}, PROPS),
    (f"GET {BASE}/docs/a.txt", {}, ""),
    (f"HEAD {BASE}/docs/a.txt", {}, ""),
    (f"GET {BASE}/docs/", {}, ""),
    (f"GET {BASE}/nothing", {}, ""),
    (f"GET {BASE}/docs/a.txt", {"Range": "bytes=9-"}, ""),
    (f"GET {BASE}/docs/a.txt", {"If-None-Match": "*"}, ""),
    (f"PUT {BASE}/docs/new.txt", {"Content-Type": "text/plain"}, "New\n"),
    (f"PUT {BASE}/docs/new.txt", {"Content-Type": "text/plain"}, "Newer\n"),
    (f"PUT {BASE}/small/big.txt", {"Content-Type": "text/plain"}, "eleven bytes"),
    (f"PUT {BASE}/docs/", {"Content-Type": "text/plain"}, "x"),
    (f"PUT {BASE}/nowhere/x", {"Content-Type": "text/plain"}, "x"),
    (f"PROPPATCH {BASE}/docs/a.txt", {}, patch(TITLE, ETAG, FLAKY)),
    (f"PROPPATCH {BASE}/docs/a.txt", {}, patch(FLAKY, TITLE)),
    (f"PROPPATCH {BASE}/docs/a.txt", {}, patch(FLAKY, TITLE)),
    (f"PROPPATCH {BASE}/docs/a.txt", {}, patch("<u:count>many</u:count>", TITLE)),
    (f"PROPPATCH {BASE}/docs/a.txt", {"Prefer": "return=minimal"}, patch(TITLE)),
    (f"PROPPATCH {BASE}/docs/b.txt", {}, patch(TITLE)),
    (f"PROPPATCH {BASE}/docs/b.txt", {}, patch(TITLE, "<u:other/>")),
    (f"PROPPATCH {BASE}/docs/mine/locked.txt", {}, patch(TITLE)),
    (f"PROPPATCH {BASE}/docs/a.txt", {}, PROPS),
    (f"MKCOL {BASE}/denied/", {}, ""),
    (f"MKCOL {BASE}/made/", {}, collection("D:mkcol", "<D:resourcetype><D:collection/></D:resourcetype>", TITLE)),
    (f"MKCOL {BASE}/typed/", {}, collection("D:mkcol", "<D:resourcetype><u:x/></D:resourcetype>", TITLE)),
    (f"MKCALENDAR {BASE}/cal/", {}, collection("C:mkcalendar", TITLE)),
    (f"MKCALENDAR {BASE}/cal2/", {}, collection("C:mkcalendar", TITLE, ETAG)),
    (f"LOCK {BASE}/docs/", {"Depth": "infinity"}, LOCKINFO.format("exclusive")),
    (f"LOCK {BASE}/docs/a.txt", {"Timeout": "Second-60"}, LOCKINFO.format("shared")),
    (f"LOCK {BASE}/docs/a.txt", {}, LOCKINFO.format("exclusive")),
    (f"LOCK {BASE}/unmapped.txt", {"Timeout": "Infinite"}, LOCKINFO.format("exclusive")),
    (f"PUT {BASE}/docs/a.txt", {"Content-Type": "text/plain"}, "refused"),
    (f"PUT {BASE}/docs/a.txt", {"Content-Type": "text/plain", "If": f"({FIRST_LOCK})"}, "let in"),
    (f"PUT {BASE}/docs/a.txt", {"Content-Type": "text/plain"}, "timed out"),
    (f"UNLOCK {BASE}/unmapped.txt", {"Lock-Token": SECOND_LOCK}, ""),
    (f"UNLOCK {BASE}/unmapped.txt", {"Lock-Token": SECOND_LOCK}, ""),
    (f"POST {BASE}/$batch", {"Content-Type": "application/json"}, BATCH),
    (f"POST {BASE}/$batch", {"Content-Type": "application/json"}, "{}"),
    (f"ORDERPATCH {BASE}/row/", {}, ORDER.format("z")),
    (f"ORDERPATCH {BASE}/row/", {}, ORDER.format("x")),
    (f"GET {BASE}/row/", {}, ""),
    (f"GET {BASE}/sum.txt", {}, ""),
    (f"HEAD {BASE}/sum.txt", {}, ""),
    (f"GET {BASE}/most.txt", {}, ""),
    (
        f"BPROPPATCH {BASE}/docs/",
        {},
        targets("propertyupdate", "a.txt", "mine/locked.txt", inside=f"<D:set><D:prop>{TITLE}{ETAG}</D:prop></D:set>"),
    ),
    (
        f"BPROPFIND {BASE}/docs/",
        {"Depth": "0"},
        targets("propfind", "a.txt", "nothing", inside="<D:prop><u:title/></D:prop>"),
    ),
    (f"BCOPY {BASE}/row/", to("/small/"), targets("copy", "x", "z")),
    (f"BMOVE {BASE}/", to("/row/"), targets("move", "unmapped.txt", "docs/new.txt")),
    (f"BDELETE {BASE}/docs/", {"Transaction": "<urn:x>"}, targets("delete", "mine/")),
    (f"BDELETE {BASE}/", {}, targets("delete", "docs/mine/", "cal/")),
    (f"PROPFIND {BASE}/principals/anyone/", {"Depth": "0"}, ""),
    (f"GET {BASE}/.well-known/caldav", {}, ""),
    (f"REPORT {BASE}/", {"Depth": "0"}, EXPANDED),
    (f"REPORT {BASE}/", {}, f"<u:unknown {DECLARED}/>"),
    (f"COPY {BASE}/docs/", to("/copied/"), ""),
    (f"COPY {BASE}/docs/", to("/small/docs/"), ""),
    (f"COPY {BASE}/docs/b.txt", {"Destination": "/s/OTHER/golden/b.txt"}, ""),
    (f"MOVE {BASE}/docs/", to("/moved/"), ""),
    (f"MOVE {BASE}/moved/b.txt", to("/moved/a.txt", Overwrite="F"), ""),
    (f"MOVE {BASE}/copied/", to("/elsewhere/"), ""),
    (f"DELETE {BASE}/docs/", {}, ""),
    (f"DELETE {BASE}/elsewhere/", {}, ""),
    (f"DELETE {BASE}/", {}, ""),
    (f"PROPFIND {BASE}/", {"Depth": "infinity"}, PROPS),
    (f"POST {BASE}/", {}, "x"),
    (f"BREW {BASE}/", {}, ""),
    (f"GET {BASE}/%zz", {}, ""),
    ("GET /s/SPACE/goldn/", {}, ""),
    ("PROPFIND /s/SPACE/", {"Depth": "infinity"}, ""),
    (f"GET {USERS}/f.txt", {}, ""),
    (f"GET {USERS}/f.txt", {"Authorization": "Basic YWRhOnNlY3JldA=="}, ""),
    (f"GET {USERS}/f.txt", {"Authorization": "Basic YWRhOndyb25n", "Cookie": "session=secret; b=c"}, ""),
]
"""The names of the space and of another stand as SPACE and OTHER."""
ADVANCED = 33
"""Before this request the clock of the space goes on by an hour, so that the lock of a minute is gone."""


def held(url: str | Sequence[str], space: str, advance: Callable[[], object]) -> Iterator[tuple[str, bytes]]:
    """Hold the conversation in a space; gives each request line with what came back. Several servers take turns."""
    clients, locks = [Client(each) for each in ([url] if isinstance(url, str) else url)], [FIRST_LOCK, SECOND_LOCK]
    for number, (line, headers, body) in enumerate(CONVERSATION):
        if number == ADVANCED:
            advance()
        sent = {"Host": "golden.example", "Content-Length": str(len(body)), **headers}
        if body.startswith("<"):
            sent["Content-Type"] = "application/xml"
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        head = head.replace(FIRST_LOCK, locks[0]).replace(SECOND_LOCK, locks[1])
        whole = f"{line} HTTP/1.1\r\n{head}\r\n{body}".replace("SPACE", space)
        received = clients[number % len(clients)].raw(whole.encode())
        if token := re.search(rb"Lock-Token: (<[^>]*>)", received):
            locks[locks[0] != FIRST_LOCK] = token[1].decode()
        yield (
            line,
            received.replace(f"/s/{space}/".encode(), b"/s/SPACE/").replace(
                f"Dav424-Space: {space};".encode(), b"Dav424-Space: SPACE;"
            ),
        )
