"""Looks at properties: what a PROPPATCH of one or several answers, and what it leaves."""

from __future__ import annotations

from dav424.likeness.step import LookStep
from dav424.likeness.step_bodies import listing, proppatch, put

PROPERTY_LOOKS: dict[str, list[LookStep]] = {
    "properties": [
        put("f.txt"),
        proppatch("f.txt", "set X:A=1", "set X:B=2"),
        listing("f.txt"),
        proppatch("f.txt", "remove X:A", "remove X:never"),
        listing("f.txt"),
        proppatch("f.txt", "set D:displayname=name"),
        listing("f.txt", names="D:displayname"),
    ],
    "refused properties": [
        put("f.txt"),
        proppatch("f.txt", "set X:A=3", "set D:getetag=x", "set X:B=4"),
        proppatch("f.txt", "set D:getetag=x", "set X:A=3"),
        proppatch("f.txt", "set D:getetag=x", "set D:resourcetype=x", "set X:A=3"),
        proppatch("f.txt", "set D:getcontentlength=1"),
        proppatch("missing", "set X:A=1"),
        listing("f.txt"),
    ],
    "properties of a collection": [
        LookStep("MKCOL", "c/"),
        proppatch("c/", "set X:A=1"),
        proppatch("c/", "set X:A=3", "set D:getetag=x"),
        listing("c/"),
    ],
}
