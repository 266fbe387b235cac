"""Looks at documents: content, conditions, parts of a content."""

from __future__ import annotations

from dav424.likeness.step import LookStep
from dav424.likeness.step_bodies import TEXT, listing, put
from dav424.probe.bodies import XML

_LONG = TEXT * 200
_LONG_PUT = LookStep("PUT", "f.txt", _LONG, {"Content-Type": "text/plain"})

DOCUMENT_LOOKS: dict[str, list[LookStep]] = {
    "options": [LookStep("OPTIONS", ""), put("f.txt"), LookStep("OPTIONS", "f.txt")],
    "documents": [
        put("f.txt"),
        put("f.txt"),
        LookStep("GET", "f.txt"),
        LookStep("HEAD", "f.txt"),
        LookStep("GET", "missing"),
        LookStep("HEAD", "missing"),
        LookStep("DELETE", "missing"),
        put("no/such/f.txt"),
        LookStep("DELETE", "f.txt"),
        LookStep("GET", "f.txt"),
    ],
    "conditions": [
        put("f.txt"),
        put("f.txt", If_None_Match="*"),
        put("f.txt", If_Match='"other"'),
        LookStep("GET", "f.txt"),
        LookStep("GET", "f.txt", headers={"If-None-Match": "{etag}"}),
        put("f.txt", If_Match="{etag}"),
        LookStep("DELETE", "f.txt", headers={"If-Match": '"other"'}),
    ],
    "ranges": [
        put("f.txt"),
        LookStep("GET", "f.txt"),
        LookStep("GET", "f.txt", headers={"Range": "bytes=2-4"}),
        LookStep("GET", "f.txt", headers={"Range": "bytes=5-99"}),
        LookStep("GET", "f.txt", headers={"Range": "bytes=50-60"}),
    ],
    "part of a content": [
        put("f.txt"),
        LookStep("PUT", "f.txt", "abc", {"Content-Type": "text/plain", "Content-Range": "bytes 2-4/10"}),
        LookStep("GET", "f.txt"),
        LookStep("PUT", "new.txt", "abc", {"Content-Type": "text/plain", "Content-Range": "bytes 0-2/*"}),
    ],
    "patch": [
        put("f.txt"),
        LookStep(
            "PATCH",
            "f.txt",
            "abc",
            {"Content-Type": "application/x-sabredav-partialupdate", "X-Update-Range": "bytes=2-4"},
        ),
        LookStep("GET", "f.txt"),
    ],
    "time of a file": [
        put("f.txt", X_OC_Mtime="1000000000"),
        listing("f.txt", names="D:getlastmodified"),
        put("f.txt", X_OC_Mtime="1000000000"),
    ],
    "content coding": [
        _LONG_PUT,
        LookStep("GET", "f.txt", headers={"Accept-Encoding": "gzip"}),
        LookStep("GET", "f.txt"),
        listing("", "1", Accept_Encoding="gzip"),
        listing("missing", Accept_Encoding="gzip"),
    ],
    "methods": [
        put("f.txt"),
        *(LookStep(method, "f.txt") for method in ("REPORT", "POST", "ORDERPATCH", "BPROPFIND", "BPROPPATCH")),
        *(LookStep(method, "f.txt") for method in ("BDELETE", "BCOPY", "BMOVE", "PATCH", "UNKNOWN")),
        LookStep("MKCALENDAR", "calendar/"),
        LookStep("POST", ""),
        LookStep("REPORT", "", '<D:sync-collection xmlns:D="DAV:"/>', XML),
    ],
    "malformed": [
        put("f.txt"),
        LookStep("PROPFIND", "f.txt", "<D:broken", {**XML, "Depth": "0"}),
        LookStep("PROPPATCH", "f.txt", "<D:broken", XML),
        LookStep("LOCK", "f.txt", "<D:broken", XML),
        LookStep("PROPFIND", "f.txt", "", {"Depth": "2"}),
    ],
}
