"""Looks at locks: how they are granted, refreshed, listed, and what they refuse."""

from __future__ import annotations

from dav424.likeness.step import UNKNOWN_LOCK, LookStep
from dav424.likeness.step_bodies import listing, lock, proppatch, put, refresh, transfer, unlock

_LOCKS = "D:lockdiscovery D:supportedlock"
_TREE = [LookStep("MKCOL", "c/"), put("c/a.txt"), put("c/b.txt")]


def _delete_with_token(path: str) -> LookStep:
    """Delete a member of a locked collection; some servers remove no lock of a collection that has members without one."""
    return LookStep("DELETE", path, headers={"If": "<{base}c/> (<{token}>)"})


LOCK_LOOKS: dict[str, list[LookStep]] = {
    "locks": [
        put("f.txt"),
        lock("f.txt"),
        put("f.txt"),
        put("f.txt", If="(<{token}>)"),
        lock("f.txt"),
        refresh("f.txt"),
        listing("f.txt", names=_LOCKS),
        unlock("f.txt", UNKNOWN_LOCK),
        LookStep("UNLOCK", "f.txt"),
        unlock("f.txt"),
        lock("new.txt"),
    ],
    "time-outs": [
        put("f.txt"),
        lock("f.txt", timeout="Second-100"),
        refresh("f.txt", "Second-1000"),
        unlock("f.txt"),
        put("g.txt"),
        lock("g.txt", timeout="Infinite"),
        refresh("g.txt", "Infinite"),
        unlock("g.txt"),
        put("h.txt"),
        lock("h.txt", timeout=""),
        lock("i.txt", timeout="Second-100000"),
    ],
    "a locked document": [
        put("f.txt"),
        put("g.txt"),
        lock("f.txt"),
        proppatch("f.txt", "set X:A=1"),
        transfer("COPY", "g.txt", "{base}f.txt", Overwrite="T"),
        transfer("MOVE", "g.txt", "{base}f.txt", Overwrite="T"),
        transfer("MOVE", "f.txt", "{base}h.txt"),
        LookStep("DELETE", "f.txt"),
        transfer("COPY", "f.txt", "{base}i.txt"),
    ],
    "a locked collection": [
        *_TREE,
        lock("c/", depth="infinity"),
        listing("c/", "1", names="D:lockdiscovery"),
        put("c/new.txt"),
        put("c/a.txt"),
        LookStep("MKCOL", "c/d/"),
        LookStep("DELETE", "c/b.txt"),
        LookStep("DELETE", "c/"),
        put("c/new.txt", If="<{base}c/> (<{token}>)"),
        _delete_with_token("c/new.txt"),
        unlock("c/"),
    ],
    "a lock of depth 0": [
        *_TREE,
        lock("c/"),
        put("c/new.txt"),
        put("c/a.txt"),
        LookStep("DELETE", "c/b.txt"),
        transfer("MOVE", "c/a.txt", "{base}a.txt"),
        *map(_delete_with_token, ("c/new.txt", "c/a.txt", "c/b.txt")),
    ],
    "a lock over a locked member": [*_TREE, lock("c/a.txt"), lock("c/", depth="infinity"), listing("c/", "1", _LOCKS)],
    "shared locks": [
        *_TREE,
        lock("c/a.txt", "shared"),
        lock("c/a.txt", "shared"),
        put("c/a.txt", If="(<{token}>)"),
        lock("c/a.txt"),
        listing("c/a.txt", names=_LOCKS),
        lock("c/", "shared", depth="infinity"),
        LookStep("DELETE", "c/"),
    ],
    "two locked members": [
        *_TREE,
        put("c/d.txt"),
        lock("c/a.txt"),
        lock("c/b.txt"),
        LookStep("DELETE", "c/"),
        listing("c/", "1"),
        transfer("MOVE", "c/", "{base}d/", Overwrite="F"),
        listing("c/", "1"),
        listing("d/", "1"),
    ],
}
