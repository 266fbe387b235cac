"""The cases of LOCK: a whole tree or nothing, who may write, and what a lock protects."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.diagnosis.pasted import PROPSTAT
from dav424.probe.case import ProbeCase
from dav424.probe.exchange import Probed
from dav424.probe.judging import readable, refused_for_lock, untouched
from dav424.probe.place import NO_METHOD, Place, lock_token, locks_tree
from dav424.probe.verdict import Remark, missed, unsupported, wrong

_TREE = "RFC 4918 9.10.3"


def _over(scope: str, *, deep: bool = False) -> Callable[[Place], Iterator[Remark]]:
    """Make a case that locks a collection in which a member has a lock of this scope."""

    def run(place: Place) -> Iterator[Remark]:
        tree = place.collection("m")
        if deep:
            place.collection("m/s")
        member = place.document("m/s/child" if deep else "m/child")
        place.locked(member, scope)
        place.look(tree, member)
        answer = place.judge(place.lock(tree, depth="infinity"))
        yield from _refused_tree(answer, tree, member)
        if len(place.after[tree].locks) > len(place.before[tree].locks):
            yield wrong("The collection has a lock, although the LOCK was to be refused.", _TREE)
        yield from untouched(place, member, _TREE)

    return run


def _refused_tree(answer: Probed, tree: str, member: str) -> Iterator[Remark]:
    """Judge the refusal of a lock: 207 that names the member, with the status of the Request-URI beside it."""
    if lock_token(answer) or answer.succeeded:
        yield wrong(
            f"The server grants the lock ({answer.status}), over a lock that conflicts with it.", "RFC 4918 9.10.5"
        )
        return
    if answer.status != 207:
        yield wrong(
            f"The server answers {answer.status}; 207 that names the locked member is required, "
            "since the lock of the Request-URI itself was possible.",
            _TREE,
        )
        return
    yield from readable(answer)
    if not any(each.failed_itself for each in answer.of_resource(member)):
        yield wrong("The 207 does not name the locked member.", _TREE)
    whole = answer.of_resource(tree)
    if not any(each.status == FAILED_DEPENDENCY for each in whole):
        yield missed("The 207 has no 424 for the Request-URI.", _TREE)
    elif all(each.where == PROPSTAT for each in whole):
        yield missed("The 424 of the Request-URI is that of a property, as in RFC 2518.", "RFC 4918 9.10.9")


def _shared(place: Place) -> Iterator[Remark]:
    tree = place.collection("m")
    member = place.document("m/child")
    token = place.locked(member, "shared")
    place.look(tree, member)
    answer = place.judge(place.lock(tree, "shared", "infinity"))
    if lock_token(answer) and not locks_tree(answer):
        raise unsupported("the server locks the collection alone, although Depth: infinity is requested")
    if not lock_token(answer):
        yield wrong(
            f"A shared lock over a shared lock is answered {answer.status}; it must be granted.", "RFC 4918 9.10.5"
        )
    elif not place.shows(place.put(member, "two", {"If": f"(<{token}>)"})).succeeded:
        yield wrong("The holder of one of two shared locks can't write with its token.", "RFC 4918 6.2")


def _write(method: str) -> Callable[[Place], Iterator[Remark]]:
    """Make a case that sends a request to a locked document without its token."""

    def run(place: Place) -> Iterator[Remark]:
        path = place.document("f")
        place.locked(path)
        place.look(path)
        if method == "PUT":
            answer = place.put(path, "two")
        elif method == "DELETE":
            answer = place.client.send("DELETE", path)
        else:
            answer = place.transfer("MOVE", path, place.path("g"))
        place.judge(answer)
        yield from untouched(place, path, "RFC 4918 7")
        yield from refused_for_lock(answer, path, "RFC 4918 7")

    return run


def _kept(place: Place) -> Iterator[Remark]:
    path = place.document("f")
    token = place.locked(path)
    place.look(path)
    answer = place.judge(place.put(path, "two", {"If": f"(<{token}>)"}))
    if not answer.succeeded:
        yield wrong(f"PUT with the token of the lock is answered {answer.status}.", "RFC 4918 7")
    if not place.is_protected(path, "three"):
        yield wrong("After a PUT with the token, the lock no longer protects the resource.", "RFC 4918 7")
        return
    place.update(path, "set X:A=1", headers={"If": f"(<{token}>)"})
    if not place.is_protected(path, "three"):
        yield wrong("After a PROPPATCH with the token, the lock no longer protects the resource.", "RFC 4918 7")


def _copied(place: Place) -> Iterator[Remark]:
    path = place.document("f")
    place.locked(path)
    place.look(path)
    place.judge(place.transfer("COPY", path, place.path("g")))
    yield from untouched(place, path, "RFC 4918 7")
    if not place.is_protected(path, "two"):
        yield wrong("After a COPY of the resource, the lock no longer protects it.", "RFC 4918 7")


def _overwritten(place: Place) -> Iterator[Remark]:
    source, path = place.document("f"), place.document("g", "other")
    token = place.locked(path)
    place.look(path)
    condition = f"<{place.client.access.origin}{path}> (<{token}>)"
    answer = place.judge(place.transfer("COPY", source, path, {"If": condition}))
    if answer.status in NO_METHOD:
        raise unsupported(f"COPY is answered {answer.status}")
    if not answer.succeeded:
        yield wrong(f"COPY with the token of the destination is answered {answer.status}.", "RFC 4918 7.5")
    elif not place.is_protected(path, "two"):
        yield missed("After a COPY onto the resource, the lock no longer protects it.", "RFC 4918 7")


def _new_member(place: Place) -> Iterator[Remark]:
    tree = place.collection("m")
    place.locked(tree, depth="infinity")
    new = place.path("m/new")
    place.look(tree, new)
    answer = place.judge(place.put(new, "one"))
    if place.after[new].exists:
        yield wrong("A member was added to a collection that is locked with Depth: infinity.", "RFC 4918 7.4")
    yield from refused_for_lock(answer, tree, "RFC 4918 7.4")


def _old_member(place: Place) -> Iterator[Remark]:
    tree = place.collection("m")
    member = place.document("m/child")
    place.locked(tree, depth="infinity")
    place.look(member)
    answer = place.judge(place.put(member, "two"))
    yield from untouched(place, member, "RFC 4918 7.4")
    yield from refused_for_lock(answer, tree, "RFC 4918 7.4")


def _unmapped(place: Place) -> Iterator[Remark]:
    tree = place.collection("m")
    place.locked(tree, depth="infinity")
    new = place.path("m/new")
    place.look(new)
    answer = place.judge(place.lock(new))
    if answer.succeeded:
        yield wrong("The server grants an exclusive lock in a tree that has one.", "RFC 4918 9.10.5")
    elif answer.status not in {207, 423}:
        yield wrong(f"The server answers {answer.status} for a locked tree; 423 is required.", "RFC 4918 9.10.6")
    elif place.after[new].exists:
        yield wrong("The LOCK was refused, but it made an empty resource.", "RFC 4918 7.3")


def _second(place: Place) -> Iterator[Remark]:
    path = place.document("f")
    place.locked(path)
    place.look(path)
    answer = place.judge(place.lock(path))
    if lock_token(answer):
        yield wrong("The server grants a second exclusive lock on the same resource.", "RFC 4918 9.10.5")
    elif answer.status != 423:
        yield wrong(f"A second exclusive LOCK is answered {answer.status}; 423 is required.", "RFC 4918 9.10.6")
    elif not answer.facts.condition.endswith("}no-conflicting-lock"):
        yield missed("The 423 has no no-conflicting-lock.", "RFC 4918 16")
    yield from untouched(place, path, "RFC 4918 9.10.5")


LOCK_CASES = (
    ProbeCase("c2", "PUT to a locked document", "RFC 4918 7", _write("PUT")),
    ProbeCase("c3", "DELETE of a locked document", "RFC 4918 7", _write("DELETE")),
    ProbeCase("c4", "MOVE of a locked document", "RFC 4918 7", _write("MOVE")),
    ProbeCase("c5", "a lock stays after PUT and PROPPATCH with its token", "RFC 4918 7", _kept),
    ProbeCase("c6", "a lock stays after COPY of its resource", "RFC 4918 7", _copied),
    ProbeCase("c7", "a lock stays after COPY onto its resource", "RFC 4918 7", _overwritten),
    ProbeCase("e", "LOCK of a tree over a locked child", _TREE, _over("exclusive")),
    ProbeCase("e2", "LOCK of a tree over a locked grandchild", _TREE, _over("exclusive", deep=True)),
    ProbeCase("e3", "exclusive LOCK of a tree over a shared lock", "RFC 4918 9.10.5", _over("shared")),
    ProbeCase("e4", "PUT of a new member into a locked tree", "RFC 4918 7.4", _new_member),
    ProbeCase("e5", "PUT to a member of a locked tree", "RFC 4918 7.4", _old_member),
    ProbeCase("e6", "LOCK of a new URL in a locked tree", "RFC 4918 9.10.6", _unmapped),
    ProbeCase("e7", "a second exclusive LOCK", "RFC 4918 9.10.6", _second),
    ProbeCase("f", "shared LOCK of a tree over a shared lock", "RFC 4918 9.10.5", _shared),
)
