"""Looks at COPY and MOVE: destinations, overwriting, and trees."""

from __future__ import annotations

from dav424.likeness.step import LookStep
from dav424.likeness.step_bodies import listing, proppatch, put, transfer

TRANSFER_LOOKS: dict[str, list[LookStep]] = {
    "copies": [
        put("f.txt"),
        transfer("COPY", "f.txt", "{base}g.txt"),
        transfer("COPY", "f.txt", "{base}g.txt", Overwrite="T"),
        transfer("COPY", "f.txt", "{base}g.txt", Overwrite="F"),
        transfer("COPY", "f.txt", "{base}no/such/g.txt"),
        transfer("COPY", "f.txt", "{base}f.txt"),
        transfer("COPY", "missing", "{base}h.txt"),
        transfer("MOVE", "f.txt", "{base}i.txt"),
        transfer("MOVE", "i.txt", "{base}g.txt", Overwrite="T"),
    ],
    "destinations": [
        put("f.txt"),
        transfer("COPY", "f.txt", "{path}a.txt"),
        transfer("COPY", "f.txt", "http://elsewhere.example{path}b.txt"),
        transfer("COPY", "f.txt", "https://elsewhere.example{path}c.txt"),
        transfer("COPY", "f.txt", "ftp://elsewhere.example{path}d.txt"),
        transfer("COPY", "f.txt", "{base}a b.txt"),
        transfer("COPY", "f.txt", "{other}e.txt"),
        LookStep("COPY", "f.txt"),
    ],
    "overwriting by default": [
        put("f.txt"),
        put("g.txt"),
        transfer("COPY", "f.txt", "{base}g.txt"),
        transfer("MOVE", "f.txt", "{base}g.txt"),
    ],
    "copies of trees": [
        LookStep("MKCOL", "c/"),
        put("c/a.txt"),
        proppatch("c/a.txt", "set X:A=1"),
        transfer("COPY", "c/", "{base}d/", Depth="infinity"),
        listing("d/a.txt", names="X:A"),
        transfer("COPY", "c/", "{base}e/", Depth="0"),
        listing("e/", "1", names="D:resourcetype"),
        transfer("COPY", "c/", "{base}d/", Overwrite="T"),
        transfer("MOVE", "c/", "{base}f/"),
        listing("f/a.txt", names="X:A"),
        LookStep("DELETE", "f/"),
    ],
}
