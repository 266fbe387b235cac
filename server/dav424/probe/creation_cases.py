"""The cases of MKCOL with properties, of MKCALENDAR, and of batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.namespaces import DAV
from dav424.probe.bodies import XML, A, creation
from dav424.probe.case import ProbeCase
from dav424.probe.exchange import Probed
from dav424.probe.judging import readable, statuses
from dav424.probe.place import Place
from dav424.probe.verdict import Found, Remark, missed, unsupported, wrong

_COLLECTION, _NAMED = "set D:resourcetype=<D:collection/>", "set D:displayname=probe"
_TYPE = f"{DAV}resourcetype"
_GETETAG = f"{DAV}getetag"


def _creation(
    method: str, root: str, section: str, judged: Callable[[Probed, str], Iterator[Remark]], prefer: str = ""
) -> Callable[[Place], Iterator[Remark]]:
    """Make a case that creates a collection with a property that can't be set; first one without it, as a comparison."""

    def run(place: Place) -> Iterator[Remark]:
        possible, path = place.absent("possible/"), place.absent("new/")
        is_calendar = "<C:calendar/>" if place.holds_events else ""
        kind = (f"set D:resourcetype=<D:collection/>{is_calendar}",) if method == "MKCOL" else ()
        answer = place.client.send(method, possible, creation(root, *kind, "set D:displayname=probe"), XML)
        if not answer.succeeded:
            raise unsupported(f"{method} with a property is answered {answer.status}")
        place.look(path)
        body = creation(root, *kind, "set D:displayname=probe", 'set D:getetag="probe"', "set X:A=new")
        headers = {**XML, "Prefer": prefer} if prefer else XML
        answer = place.judge(place.client.send(method, path, body, headers))
        if place.after[path].exists:
            yield wrong(
                "The request failed, but the collection is there."
                if not answer.succeeded
                else "The collection was made, although one of its properties can't be set.",
                section,
            )
        found = judged(answer, section)
        yield from (each for each in found if not prefer or each.found == Found.WRONG)

    return run


def _unknown_type(place: Place) -> Iterator[Remark]:
    """Create a collection of a type that no server has; one that takes it must report it."""
    if not place.client.send(
        "MKCOL", place.absent("possible/"), creation("D:mkcol", _COLLECTION, _NAMED), XML
    ).succeeded:
        raise unsupported("the server makes no collection with properties")
    path = place.absent("new/")
    place.look(path)
    unknown = 'set D:resourcetype=<D:collection/><X:kind xmlns:X="urn:dav424:probe"/>'
    answer = place.judge(place.client.send("MKCOL", path, creation("D:mkcol", unknown, _NAMED), XML))
    after = place.after[path]
    if answer.succeeded:
        if "kind" not in after.values.get(_TYPE, ""):
            yield wrong("The collection was made, but it is not of the requested type.", "RFC 5689 3")
        return
    if after.exists:
        yield wrong("The request failed, but the collection is there.", "RFC 5689 3")
    yield from readable(answer)
    if not any(each.failed_itself for each in answer.of_property(_TYPE)):
        yield missed("The answer does not say that resourcetype failed.", "RFC 5689 3.5")
    elif not any(each.condition == f"{DAV}valid-resourcetype" for each in answer.of_property(_TYPE)):
        yield missed("The failure of resourcetype has no valid-resourcetype.", "RFC 5689 3.3")
    if not any(each.status == FAILED_DEPENDENCY for each in answer.of_property(f"{DAV}displayname")):
        yield missed("displayname has no 424, although it depended on the type.", "RFC 5689 3.5")


def _mkcol(answer: Probed, section: str) -> Iterator[Remark]:
    if answer.succeeded:
        yield wrong(f"The server answers {answer.status}, as if all properties were set.", section)
        return
    yield from readable(answer)
    if answer.facts.shape != "mkcol-response":
        said = f"a {answer.facts.shape}" if answer.facts.shape else "nothing"
        yield wrong(f"The body has {said} instead of a mkcol-response.", "RFC 5689 3")
    elif answer.status == 207:
        yield missed("The status line says 207; that of the failure is expected.", "RFC 5689 3.5")
    yield from statuses(answer, _GETETAG, [A, f"{DAV}displayname"], "RFC 5689 3")


def _mkcalendar(answer: Probed, section: str) -> Iterator[Remark]:
    if answer.succeeded:
        yield wrong(f"The server answers {answer.status}, as if all properties were set.", section)
        return
    if answer.status != 207:
        yield wrong(
            f"The server answers {answer.status}; 207 with a status for each property is required.", "RFC 4791 5.3.1.1"
        )
        return
    if answer.xml_error:
        yield wrong(f"The body can't be parsed: {answer.xml_error}.", "RFC 4918 8.2")
    for sentence, rule in answer.facts.flaws:
        yield missed(sentence, rule)
    yield from statuses(answer, _GETETAG, [A, f"{DAV}displayname"], "RFC 4791 5.3.1.1")


def _batch(place: Place) -> Iterator[Remark]:
    """Send two requests, of which the second depends on the first, which fails."""
    missing = f"{place.base.lstrip('/')}missing"
    requests = [
        {"id": "1", "method": "GET", "url": f"/{missing}"},
        {"id": "2", "method": "GET", "url": place.base, "dependsOn": ["1"]},
    ]
    kind = {"Content-Type": "application/json", "OData-Version": "4.01"}
    place.look(place.base)
    answer = place.judge(place.client.send("POST", f"{place.base}$batch", json.dumps({"requests": requests}), kind))
    parts = {each.thing.request: each.status for each in answer.facts.said if each.thing.request}
    if answer.status != 200 or "2" not in parts:
        raise unsupported(f"POST of a batch is answered {answer.status}")
    if parts.get("1") is not None and parts["2"] != FAILED_DEPENDENCY:
        yield wrong(f"The request that depended on a failure has the status {parts['2']}.", "OData JSON 4.01 19.1")


CREATION_CASES = (
    ProbeCase(
        "g",
        "MKCOL with a property that can't be set",
        "RFC 5689 3",
        _creation("MKCOL", "D:mkcol", "RFC 5689 3", _mkcol),
    ),
    ProbeCase("g2", "MKCOL of a type that no server has", "RFC 5689 3.3", _unknown_type),
    ProbeCase(
        "k2",
        "a failed MKCOL with Prefer: return=minimal",
        "RFC 8144 2.3",
        _creation("MKCOL", "D:mkcol", "RFC 5689 3", _mkcol, "return=minimal"),
    ),
    ProbeCase(
        "j",
        "MKCALENDAR with a property that can't be set",
        "RFC 4791 5.3.1",
        _creation("MKCALENDAR", "C:mkcalendar", "RFC 4791 5.3.1", _mkcalendar),
    ),
    ProbeCase("l", "a batch with dependsOn", "OData JSON 4.01 19.1", _batch),
)
