"""The cases of PROPPATCH: all or nothing, in document order, with a status for each property."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dav424.core.namespaces import DAV
from dav424.probe.bodies import XML, A, B, C, clark, declared_at_root
from dav424.probe.case import ProbeCase
from dav424.probe.exchange import Probed
from dav424.probe.judging import (
    changes,
    failed_update,
    readable,
    refused_for_lock,
    short,
    statuses,
    stored,
    stored_twice,
)
from dav424.probe.place import NO_METHOD, Place
from dav424.probe.verdict import Found, NoVerdict, Remark, missed, unsupported, wrong

_GETETAG = f"{DAV}getetag"
_DISPLAYNAME = f"{DAV}displayname"
_MODIFIED = f"{DAV}getlastmodified"
_RESOURCETYPE = f"{DAV}resourcetype"


def _prepared(place: Place) -> str:
    """Make a resource whose property A was set to ``old``, and give its path. Case b finds a server that loses A."""
    path = place.subject()
    place.with_properties(path, "set X:A=old")
    place.look(path)
    return path


def _mixed(*instructions: str, headers: dict[str, str] | None = None) -> Callable[[Place], Iterator[Remark]]:
    """Make a case that sends these instructions, of which the one for getetag can't succeed."""
    others = [clark(each.split()[1].partition("=")[0]) for each in instructions if "getetag" not in each]

    def run(place: Place) -> Iterator[Remark]:
        path = _prepared(place)
        answer = place.judge(place.update(path, *instructions, headers=headers))
        found = failed_update(answer, place.before[path], place.after[path], _GETETAG, dict.fromkeys(others))
        yield from (each for each in found if headers is None or each.found == Found.WRONG)
        yield from stored_twice(place.after[path])

    return run


def _order(place: Place) -> Iterator[Remark]:
    path = _prepared(place)
    for instructions, value in (
        (("set X:A=1", "remove X:A", "set X:A=2"), "2"),
        (("remove X:A", "set X:A=3", "remove X:A"), ""),
    ):
        answer = place.judge(place.update(path, *instructions))
        found = [*readable(answer), *_in_order(place, answer, instructions, value)]
        yield from found
        if found:  # the exchange that shows it is the last one
            return


def _in_order(place: Place, answer: Probed, instructions: tuple[str, ...], value: str) -> Iterator[Remark]:
    if not answer.succeeded and (answer.status != 207 or any(each.failed_itself for each in answer.facts.said)):
        yield wrong(f"{', '.join(instructions)} is answered {_said(answer.status, answer.facts.said)}.", "RFC 4918 9.2")
    else:
        yield from stored(place.after[answer.path].values, {A: value}, "RFC 4918 9.2")


def _said(status: int, said: object) -> str:
    inside = ", ".join(str(each.status) for each in said) if isinstance(said, tuple) else ""
    return f"{status} {inside}".rstrip()


def _remove_absent(place: Place) -> Iterator[Remark]:
    path = _prepared(place)
    answer = place.judge(place.update(path, "remove X:C", "set X:B=new"))
    yield from readable(answer)
    if not answer.succeeded and (answer.status != 207 or any(each.failed_itself for each in answer.facts.said)):
        yield wrong(
            f"To remove a property that is not there is no error, but the answer is {_said(answer.status, answer.facts.said)}.",
            "RFC 4918 14.23",
        )
    else:
        yield from stored(place.after[path].values, {B: "new"}, "RFC 4918 9.2")


def _locked(place: Place) -> Iterator[Remark]:
    path = place.document("f")
    place.locked(path)
    place.look(path)
    answer = place.judge(place.update(path, "set X:A=new"))
    if answer.status in NO_METHOD:
        raise unsupported(f"PROPPATCH is answered {answer.status}")
    yield from changes(place.before[path], place.after[path], [A], "RFC 4918 7")
    yield from refused_for_lock(answer, path, "RFC 4918 7")


def _live(name: str, value: str) -> Callable[[Place], Iterator[Remark]]:
    """Make a case that sets a live property beside one of a client: both, or none."""
    live = clark(name)

    def run(place: Place) -> Iterator[Remark]:
        path = place.subject()
        other, text = _beside(place, path, live), "new"
        place.look(path)
        answer = place.judge(place.update(path, f"set {name}={value}", f"set {other}={text}"))
        if answer.status in NO_METHOD:
            raise unsupported(f"PROPPATCH is answered {answer.status}")
        before, after = place.before[path], place.after[path]
        if place.holds_events and before.values.get(_RESOURCETYPE) != after.values.get(_RESOURCETYPE):
            place.update(path, "set D:resourcetype=<D:collection/><C:calendar/>")  # else it could not be removed
        yield from stored_twice(after)
        if answer.succeeded or (answer.status == 207 and all(each.status == 200 for each in answer.facts.said)):
            yield from readable(answer)
            yield from stored(after.values, {clark(other): text}, "RFC 4918 9.2")
            yield from _set(live, value, before.values.get(live), after.values.get(live))
            return
        if other == "D:displayname" and any(each.failed_itself for each in answer.of_property(_DISPLAYNAME)):
            raise unsupported(
                "the server sets no property of a client, and no displayname, beside which another can fail"
            )
        yield from failed_update(answer, before, after, live, [clark(other)])
        if live == _DISPLAYNAME:
            yield missed("The server refuses a new displayname, which should not be protected.", "RFC 4918 15.2")

    return run


def _beside(place: Place, path: str, live: str) -> str:
    """Name a property that can be set beside a live one: one of a client, or else displayname."""
    try:
        place.with_properties(path, "set X:A=old")
    except NoVerdict as refused:
        if refused.found != Found.UNSUPPORTED or live == _DISPLAYNAME:
            raise
        return "D:displayname"
    return "X:B"


def _declared(place: Place) -> Iterator[Remark]:
    path = place.subject()
    place.look(path)
    answer = place.judge(place.client.send("PROPPATCH", path, declared_at_root("X:A", "new"), XML))
    yield from readable(answer)
    if answer.status in {200, 204, 207} and not any(each.failed_itself for each in answer.facts.said):
        yield from stored(place.after[path].values, {A: "new"}, "RFC 4918 9.2")
    elif answer.status < 500 or answer.status == 501:
        raise unsupported(f"PROPPATCH of a property of a client is answered {_said(answer.status, answer.facts.said)}")


def _set(live: str, value: str, before: str | None, after: str | None) -> Iterator[Remark]:
    """Judge a live property that the server said it has set."""
    if before == after and after != value:
        yield wrong(f"The server reports success, but {short(live)} has not changed.", "RFC 4918 9.2.1")
    elif live == _MODIFIED:
        yield missed("The server set getlastmodified, which should be protected.", "RFC 4918 15.7")
    elif live == _RESOURCETYPE:
        yield wrong(
            "The server set resourcetype, and the resource reports to be of a kind that it is not.", "RFC 4918 15.9"
        )


def _two_failures(place: Place) -> Iterator[Remark]:
    """Judge a PROPPATCH with two failures: each has its own status, and nothing depends."""
    path = _prepared(place)
    answer = place.judge(place.update(path, 'set D:getetag="probe"', "set D:getcontentlength=1", "set X:A=new"))
    yield from changes(place.before[path], place.after[path], [A], "RFC 4918 9.2")
    if answer.status == 207:
        yield from statuses(answer, _GETETAG, [A])
        second = answer.of_property(f"{DAV}getcontentlength")
        if not second:
            yield wrong("The answer has no status for getcontentlength.", "RFC 4918 9.2.1")
        elif second[0].status == 200:
            yield wrong("getcontentlength is protected, but its status is 200.", "RFC 4918 9.2.1")
    else:
        yield from failed_update(answer, place.before[path], place.after[path], _GETETAG, [A])


def _named(place: Place) -> Iterator[Remark]:
    """Judge a failure beside displayname, which servers have that store no properties of clients; it may fail itself."""
    path = place.base
    place.look(path)
    answer = place.judge(place.update(path, "set D:displayname=probe", 'set D:getetag="probe"'))
    if answer.status in NO_METHOD:
        raise unsupported(f"PROPPATCH is answered {answer.status}")
    before, after = place.before[path], place.after[path]
    fails_itself = any(each.failed_itself for each in answer.of_property(_DISPLAYNAME))
    yield from changes(before, after, [_DISPLAYNAME], "RFC 4918 9.2")
    yield from failed_update(answer, before, after, _GETETAG, [] if fails_itself else [_DISPLAYNAME])


def _remove_beside(place: Place) -> Iterator[Remark]:
    """Judge a failure beside the removal of an absent property, which is no failure of its own."""
    path = _prepared(place)
    answer = place.judge(place.update(path, "remove X:C", 'set D:getetag="probe"', "set X:A=new"))
    yield from failed_update(answer, place.before[path], place.after[path], _GETETAG, [C, A])


def _malformed(place: Place) -> Iterator[Remark]:
    path = _prepared(place)
    body = '<D:propertyupdate xmlns:D="DAV:" xmlns:X="urn:dav424:probe"><D:set><D:prop><X:A>new</X:A></D:prop></D:set>'
    answer = place.judge(place.client.send("PROPPATCH", path, body, XML))
    yield from changes(place.before[path], place.after[path], [A], "RFC 4918 9.2")
    if answer.status != 400:
        section = "RFC 4918 8.2"
        said = f"A body that is not well-formed is answered {answer.status}; 400 is required."
        yield wrong(said, section) if answer.status < 400 or answer.status >= 500 else missed(said, section)


PROPERTY_CASES = (
    ProbeCase(
        "a", "set A, getetag, set B", "RFC 4918 9.2", _mixed("set X:A=new", 'set D:getetag="probe"', "set X:B=new")
    ),
    ProbeCase("a2", "the failure comes first", "RFC 4918 9.2", _mixed('set D:getetag="probe"', "set X:A=new")),
    ProbeCase(
        "a3",
        "a property is set twice before the failure",
        "RFC 4918 9.2",
        _mixed("set X:A=1", "set X:A=2", 'set D:getetag="probe"'),
    ),
    ProbeCase(
        "a4", "a property is removed before the failure", "RFC 4918 9.2", _mixed("remove X:A", 'set D:getetag="probe"')
    ),
    ProbeCase("a5", "two failures beside a property", "RFC 4918 9.2.1", _two_failures),
    ProbeCase("a6", "a body that is not well-formed", "RFC 4918 8.2", _malformed),
    ProbeCase("a7", "set displayname, getetag of a collection", "RFC 4918 9.2", _named),
    ProbeCase("a8", "remove of an absent property beside a failure", "RFC 4918 14.23", _remove_beside),
    ProbeCase("b", "the order of set and remove", "RFC 4918 9.2", _order),
    ProbeCase("b2", "remove of a property that is absent", "RFC 4918 14.23", _remove_absent),
    ProbeCase("b3", "a prefix that is declared at the root", "RFC 4918 8.2", _declared),
    ProbeCase("c", "PROPPATCH on a locked resource", "RFC 4918 7", _locked),
    ProbeCase(
        "d1", "set getlastmodified, set B", "RFC 4918 15.7", _live("D:getlastmodified", "Wed, 01 Jan 2020 00:00:00 GMT")
    ),
    ProbeCase("d2", "set creationdate, set B", "RFC 4918 15.1", _live("D:creationdate", "2020-01-01T00:00:00Z")),
    ProbeCase("d3", "set displayname, set B", "RFC 4918 15.2", _live("D:displayname", "probe")),
    ProbeCase("d4", "set resourcetype, set B", "RFC 4918 15.9", _live("D:resourcetype", "<D:collection/>")),
    ProbeCase(
        "k",
        "a failure with Prefer: return=minimal",
        "RFC 8144 2",
        _mixed("set X:A=new", 'set D:getetag="probe"', "set X:B=new", headers={"Prefer": "return=minimal"}),
    ),
)
