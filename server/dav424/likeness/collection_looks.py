"""Looks at collections: how they are made, named with and without a slash, and listed."""

from __future__ import annotations

from dav424.likeness.step import LookStep
from dav424.likeness.step_bodies import ASKED, listing, lock, proppatch, put, transfer, unlock
from dav424.probe.bodies import XML, creation

_ALL = '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'
_NAMES = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
_TARGETS = (
    '<D:propfind xmlns:D="DAV:"><D:target><D:href>{path}f.txt</D:href></D:target>'
    "<D:prop><D:getetag/><D:missing/></D:prop></D:propfind>"
)
_COLLECTION = "set D:resourcetype=<D:collection/>"
_MEMBERS = [LookStep("MKCOL", "c/"), put("c/b.txt"), put("c/a.txt"), put("c/d.txt"), LookStep("MKCOL", "c/k/")]

COLLECTION_LOOKS: dict[str, list[LookStep]] = {
    "collections": [
        LookStep("MKCOL", "c/"),
        LookStep("MKCOL", "c/"),
        LookStep("MKCOL", "no/such/"),
        LookStep("MKCOL", "d/", "text", {"Content-Type": "text/plain"}),
        put("f.txt"),
        LookStep("MKCOL", "f.txt"),
        put("c/f.txt"),
        LookStep("GET", "c/"),
        LookStep("HEAD", "c/"),
        LookStep("DELETE", "c/"),
    ],
    "a collection with a slash": [
        LookStep("MKCOL", "c/"),
        put("c/"),
        LookStep("POST", "c/"),
        proppatch("c/", "set X:A=1"),
        lock("c/"),
        unlock("c/"),
        transfer("COPY", "c/", "{base}d/"),
        transfer("MOVE", "d/", "{base}e/"),
        LookStep("DELETE", "e/"),
    ],
    "a collection without a slash": [
        LookStep("MKCOL", "c/"),
        LookStep("GET", "c"),
        LookStep("HEAD", "c"),
        LookStep("OPTIONS", "c"),
        listing("c"),
        put("c"),
        proppatch("c", "set X:A=1"),
        lock("c"),
        unlock("c"),
        transfer("COPY", "c", "{base}d"),
        transfer("COPY", "c/", "{base}e"),
        transfer("MOVE", "c", "{base}f"),
        transfer("MOVE", "c/", "{base}f"),
        LookStep("MKCOL", "g"),
        LookStep("DELETE", "g"),
        LookStep("DELETE", "c"),
        LookStep("DELETE", "f"),
    ],
    "listings": [
        *_MEMBERS,
        listing("c/", "1"),
        listing("c/", "0"),
        listing("missing"),
        LookStep("PROPFIND", "missing/", "", {"Depth": "1"}),
    ],
    "deep listings": [*_MEMBERS, put("c/k/e.txt"), listing("", "infinity"), listing("c/", "infinity")],
    "all properties": [
        put("f.txt"),
        proppatch("f.txt", "set X:A=1"),
        LookStep("PROPFIND", "f.txt", _ALL, {**XML, "Depth": "0"}),
        LookStep("PROPFIND", "f.txt", _NAMES, {**XML, "Depth": "0"}),
        LookStep("PROPFIND", "", "", {"Depth": "0"}),
    ],
    "names": [
        put("a%20b.txt"),
        put("%C3%A4.txt"),
        put("a!b(c)'d.txt"),
        put("a+b&c=d.txt"),
        listing("", "1", "D:resourcetype"),
        proppatch("%C3%A4.txt", "set D:getetag=x", "set X:A=1"),
    ],
    "collections with properties": [
        LookStep("MKCOL", "c/", creation("D:mkcol", _COLLECTION, "set X:A=1"), XML),
        listing("c/", names="X:A"),
        LookStep("MKCOL", "d/", creation("D:mkcol", _COLLECTION, "set D:getetag=x", "set X:A=1"), XML),
        listing("d/", names="X:A"),
    ],
    "live values": [
        put("f.txt"),
        LookStep("MKCOL", "c/"),
        listing("f.txt", names="D:creationdate D:getlastmodified D:getetag D:getcontentlength D:getcontenttype"),
        listing("c/", names="D:creationdate D:getcontentlength D:displayname D:supportedlock"),
        listing("c/", names="D:quota-available-bytes D:quota-used-bytes"),
    ],
    "minimal answers": [
        put("f.txt"),
        listing("f.txt", names=ASKED, Prefer="return=minimal"),
        listing("f.txt", names=ASKED, Brief="t"),
        proppatch("f.txt", "set X:A=1", Prefer="return=minimal"),
        proppatch("f.txt", "set X:A=1", Brief="t"),
        LookStep("BPROPFIND", "", _TARGETS, {**XML, "Depth": "0", "Brief": "t"}),
        proppatch("f.txt", "set X:A=3", "set D:getetag=x", Prefer="return=minimal"),
    ],
}
