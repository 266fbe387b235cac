"""The cases of DELETE, COPY and MOVE: locked members, and what travels with a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dav424.probe.bodies import A
from dav424.probe.case import ProbeCase
from dav424.probe.judging import locked_member, untouched
from dav424.probe.place import NO_METHOD, Place
from dav424.probe.verdict import Remark, missed, unsupported, wrong

_NOT_ALLOWED = {405, 501}


def _tree(place: Place, name: str = "m", text: str = "locked") -> tuple[str, str]:
    """Make a collection with two documents; gives its path, and that of the document that a case locks."""
    tree = place.collection(name)
    place.document(f"{name}/free")
    return tree, place.document(f"{name}/locked", text)


def _delete(end: str) -> Callable[[Place], Iterator[Remark]]:
    """Make a case that deletes a collection; its URL ends with a slash, or does not."""

    def run(place: Place) -> Iterator[Remark]:
        tree, member = _tree(place)
        place.locked(member)
        place.look(tree, member, place.path("m/free"))
        answer = place.judge(place.client.send("DELETE", tree.rstrip("/") + end))
        if 300 <= answer.status < 400:
            raise unsupported(f"the URL of a collection without a slash is redirected with {answer.status}")
        yield from locked_member(answer, member, "RFC 4918 9.6.1")
        yield from untouched(place, member, "RFC 4918 9.6.1")
        if not place.after[tree].exists:
            yield wrong("The collection is gone, although a member of it was locked.", "RFC 4918 9.6.1")
        elif answer.status == 423 and not place.after[place.path("m/free")].exists:
            yield wrong("The status is that of a whole failure, but another member is gone.", "RFC 4918 9.6.1")

    return run


def _copy(place: Place) -> Iterator[Remark]:
    source, _ = _tree(place, "src")
    tree, member = _tree(place, "dst", "old")
    place.locked(member)
    place.look(tree, member)
    answer = place.judge(place.transfer("COPY", source, tree, {"Overwrite": "T"}))
    touched = [*untouched(place, member, "RFC 4918 9.8.5")]
    if answer.status in _NOT_ALLOWED and not touched:
        raise unsupported(f"COPY of a collection onto another one is answered {answer.status}")
    yield from locked_member(answer, member, "RFC 4918 9.8.5")
    yield from touched


def _copy_the_rest(place: Place) -> Iterator[Remark]:
    source, _ = _tree(place, "src")
    tree, member = _tree(place, "dst", "old")
    other = place.path("dst/free")
    place.put(other, "other")
    place.locked(member)
    place.look(tree, member, other)
    answer = place.judge(place.transfer("COPY", source, tree, {"Overwrite": "T"}))
    if answer.status != 207:
        raise unsupported(f"COPY over a locked member is answered {answer.status}, not 207: it is not done in part")
    if place.after[other].content == place.before[other].content or not place.after[other].exists:
        yield missed("The other member, which is not locked, is not copied.", "RFC 4918 9.8.3")


def _move_onto(place: Place) -> Iterator[Remark]:
    source, moved = _tree(place, "src")
    tree, member = _tree(place, "dst", "old")
    place.locked(member)
    place.look(source, moved, tree, member)
    answer = place.judge(place.transfer("MOVE", source, tree, {"Overwrite": "T"}))
    touched = [*untouched(place, member, "RFC 4918 9.9.3")]
    if answer.status in _NOT_ALLOWED and not touched:
        raise unsupported(f"MOVE of a collection onto another one is answered {answer.status}")
    yield from locked_member(answer, member, "RFC 4918 9.9.4")
    yield from touched
    if not answer.succeeded and not place.after[moved].exists:
        yield wrong("The member of the source that could not move is gone.", "RFC 4918 9.9.4")


def _move(place: Place) -> Iterator[Remark]:
    tree, member = _tree(place)
    place.locked(member)
    copied = place.path("n/locked")
    place.look(tree, member, copied)
    answer = place.judge(place.transfer("MOVE", tree, place.absent("n/")))
    touched = [*untouched(place, member, "RFC 4918 9.9.4")]
    if answer.status in _NOT_ALLOWED and not touched:
        raise unsupported(f"MOVE of a collection is answered {answer.status}")
    yield from locked_member(answer, member, "RFC 4918 9.9.4", copied)
    yield from touched
    if place.after[member].exists and place.after[copied].exists:
        yield missed("The locked member is at both places, but should be at one.", "RFC 4918 9.9.2")


def _properties_travel(method: str, section: str) -> Callable[[Place], Iterator[Remark]]:
    def run(place: Place) -> Iterator[Remark]:
        path, to = place.document("f"), place.path("g")
        place.with_properties(path, "set X:A=old")
        place.look(path, to)
        if place.before[path].values.get(A) != "old":
            raise unsupported("the server stores no properties of clients on documents")
        answer = place.judge(place.transfer(method, path, to))
        if answer.status in NO_METHOD:
            raise unsupported(f"{method} is answered {answer.status}")
        if not answer.succeeded:
            yield wrong(f"{method} of a document is answered {answer.status}.", section)
        elif place.after[to].values.get(A) != "old":
            yield missed(f"A property of a client is lost by {method}.", section)

    return run


def _put_keeps(place: Place) -> Iterator[Remark]:
    path = place.document("f")
    place.with_properties(path, "set X:A=old")
    place.look(path)
    if place.before[path].values.get(A) != "old":
        raise unsupported("the server stores no properties of clients on documents")
    place.judge(place.put(path, "two"))
    if place.after[path].values.get(A) != "old":
        yield missed("A property of a client is lost by PUT.", "RFC 4918 9.7.1")


def _lock_stays(place: Place) -> Iterator[Remark]:
    path, to = place.document("f"), place.path("g")
    token = place.locked(path)
    place.look(path, to)
    answer = place.judge(place.transfer("MOVE", path, to, {"If": f"<{place.client.access.origin}{path}> (<{token}>)"}))
    if not answer.succeeded:
        yield wrong(f"MOVE with the token of the lock is answered {answer.status}.", "RFC 4918 7.5")
    elif place.after[to].locks or place.shows(place.put(to, "two", was=path)).status == 423:
        yield wrong("The lock moved with its resource.", "RFC 4918 7.6")


def _overwrite(method: str) -> Callable[[Place], Iterator[Remark]]:
    def run(place: Place) -> Iterator[Remark]:
        path, to = place.document("f"), place.document("g", "other")
        place.look(path, to)
        answer = place.judge(place.transfer(method, path, to, {"Overwrite": "F"}))
        if place.after[to].content != place.before[to].content:
            yield wrong("Overwrite: F was sent, but the destination is overwritten.", "RFC 4918 10.6")
        if answer.status in NO_METHOD:
            raise unsupported(f"{method} is answered {answer.status}")
        if answer.status != 412:
            yield wrong(
                f"The server answers {answer.status} for a destination that exists; 412 is required.", "RFC 4918 10.6"
            )

    return run


def _precondition(headers: dict[str, str], section: str = "RFC 9110 13.2.2") -> Callable[[Place], Iterator[Remark]]:
    def run(place: Place) -> Iterator[Remark]:
        path = place.document("f")
        place.look(path)
        answer = place.judge(place.put(path, "two", headers))
        if place.after[path].content != place.before[path].content:
            yield wrong("The precondition is false, but the document is overwritten.", section)
        if answer.status != 412:
            yield wrong(f"A PUT whose precondition is false is answered {answer.status}; 412 is required.", section)

    return run


TREE_CASES = (
    ProbeCase("h", "DELETE of a collection with a locked child", "RFC 4918 9.6.1", _delete("/")),
    ProbeCase("h2", "the same DELETE without a slash", "RFC 4918 9.6.1", _delete("")),
    ProbeCase("i1", "COPY onto a collection with a locked child", "RFC 4918 9.8.5", _copy),
    ProbeCase("i2", "MOVE of a collection with a locked child", "RFC 4918 9.9.4", _move),
    ProbeCase("i3", "COPY keeps properties", "RFC 4918 9.8.2", _properties_travel("COPY", "RFC 4918 9.8.2")),
    ProbeCase("i4", "MOVE keeps properties", "RFC 4918 9.9.1", _properties_travel("MOVE", "RFC 4918 9.9.1")),
    ProbeCase("i5", "PUT keeps properties", "RFC 4918 9.7.1", _put_keeps),
    ProbeCase("i6", "a lock does not move", "RFC 4918 7.6", _lock_stays),
    ProbeCase("i7", "MOVE onto a collection with a locked child", "RFC 4918 9.9.3", _move_onto),
    ProbeCase("i8", "COPY of the other members", "RFC 4918 9.8.3", _copy_the_rest),
    ProbeCase("n1", "COPY with Overwrite: F", "RFC 4918 10.6", _overwrite("COPY")),
    ProbeCase("n2", "MOVE with Overwrite: F", "RFC 4918 10.6", _overwrite("MOVE")),
    ProbeCase(
        "n3", "PUT with an If-Match that is false", "RFC 9110 13.1.1", _precondition({"If-Match": '"dav424-probe"'})
    ),
    ProbeCase("n4", "PUT with If-None-Match: *", "RFC 9110 13.1.2", _precondition({"If-None-Match": "*"})),
    ProbeCase(
        "n5",
        "PUT with an If header that is false",
        "RFC 4918 10.4",
        _precondition({"If": '(["dav424-probe"])'}, "RFC 4918 12.1"),
    ),
)
