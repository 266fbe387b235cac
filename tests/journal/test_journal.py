"""The journal: every exchange, and for each 424 on what it depended, what was in the way, and where that is written."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from lxml import etree

from dav424.causes.cause import Cause
from dav424.causes.kinds import CAUSES
from dav424.causes.resource_access import ResourceAccess
from dav424.core import condition_codes
from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Request, Response
from dav424.core.namespaces import INVITE
from dav424.core.subject import Subject
from dav424.journal import rules
from dav424.journal.entries import MOST_OF_A_BODY, JournalEntry
from dav424.journal.journal import ExchangeJournal
from dav424.journal.render import MOST_SHOWN, as_html, as_text
from dav424.journal.report import ActionResult, ExchangeReport, report
from dav424.journal.verdicts import MOST_LISTED
from dav424.methods import METHOD_FACTS, METHODS
from dav424.proof.play import Player
from dav424.worlds.settings import Settings
from tests.batches import batches
from tests.bundled import SOURCES, Whole
from tests.client import Client, lasting, statuses
from tests.conftest import Served
from tests.determinism.conversation import collection, patch, to
from tests.effort import calls
from tests.trees import XML, lock, lockinfo, token

TREE = (
    "tree: {/f.txt: {content: f}, /c/d.txt: {content: d}, /c/e.txt: {content: e}, /box/: {}, "
    "/o/: {ordering: 'DAV:custom'}, /o/a: {}, /o/b: {}, /sum: {from: [f.txt, c/d.txt]}}\n"
)
P, Q = "<u:p>1</u:p>", "<u:q>2</u:q>"
DESTINATION = {"Destination": "{base}/new"}
Serve = Callable[..., Served]

Asking = tuple[str, str, Mapping[str, str]]
"""A path, a body and headers, as a client takes them behind the method."""
NAMESPACES = (
    'xmlns:D="DAV:" xmlns:u="urn:u" xmlns:S="http://calendarserver.org/ns/" xmlns:M="http://me.com/_namespace/"'
)


def targets(root: str, *said: str) -> str:
    """Write a body about /c/d.txt and /c/e.txt."""
    hrefs = "<D:href>d.txt</D:href><D:href>e.txt</D:href>"
    return f"<D:{root} {NAMESPACES}><D:target>{hrefs}</D:target>{''.join(said)}</D:{root}>"


def of_root(root: str) -> str:
    """Write a body about /c/ and /f.txt."""
    return targets(root).replace("d.txt", "c/").replace("e.txt", "f.txt")


def setting(*said: str) -> str:
    return f"<D:set><D:prop>{''.join(said)}</D:prop></D:set>"


def order(*lines: str) -> str:
    """Write an ORDERPATCH: who is to come last, or the URI of another type."""
    members = [
        f"<D:ordering-type><D:href>{line}</D:href></D:ordering-type>"
        if ":" in line
        else f"<D:order-member><D:segment>{line}</D:segment><D:position><D:last/></D:position></D:order-member>"
        for line in lines
    ]
    return f'<D:orderpatch xmlns:D="DAV:">{"".join(members)}</D:orderpatch>'


def batch(*requests: object) -> str:
    return json.dumps({"requests": requests})


def with_properties(content: str) -> tuple[str, str, Mapping[str, str]]:
    """Make a PUT of both."""
    written = patch(P, Q)
    headers = {"X-MSDAVEXT": "PROPPATCH", "Content-Type": "multipart/MSDAVEXTPrefixEncoded"}
    return "/f.txt", f"{len(written):016x}{written}{len(content):016x}{content}", headers


def calendar(*lines: str) -> str:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", "")
    return "\r\n".join(lines)


def sync(token: str = "") -> str:
    """Write a ``sync-collection`` of the changes since the state that a token names."""
    return (
        f"<D:sync-collection {NAMESPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
        "<D:prop><D:getetag/></D:prop></D:sync-collection>"
    )


def share(*addresses: str) -> str:
    said = "".join(f"<S:set><D:href>{each}</D:href><S:read/></S:set>" for each in addresses)
    return f"<S:share {NAMESPACES}>{said}</S:share>"


REQUESTS: dict[str, tuple[str, Mapping[str, str], str]] = {
    "OPTIONS": ("/f.txt", {}, ""),
    "GET": ("/f.txt", {}, ""),
    "HEAD": ("/f.txt", {}, ""),
    "PROPFIND": ("/f.txt", {"Depth": "0"}, ""),
    "PROPPATCH": ("/f.txt", XML, patch(P, Q)),
    "PUT": ("/f.txt", {"Content-Type": "text/plain"}, "new"),
    "MKCOL": ("/made/", XML, collection("D:mkcol", P, Q)),
    "MKCALENDAR": ("/made/", XML, collection("C:mkcalendar", P, Q)),
    "DELETE": ("/c/", {}, ""),
    "COPY": ("/c/", DESTINATION, ""),
    "MOVE": ("/c/", DESTINATION, ""),
    "LOCK": ("/c/", {**XML, "Depth": "infinity"}, lockinfo()),
    "UNLOCK": ("/f.txt", {"Lock-Token": "<urn:x>"}, ""),
    "ORDERPATCH": ("/o/", XML, order("a", "DAV:custom")),
    "REPORT": ("/c/", XML, sync()),
    "BPROPPATCH": ("/c/", XML, targets("propertyupdate", setting(P, Q))),
    "BPROPFIND": ("/c/", XML, targets("propfind", "<D:allprop/>")),
    "BDELETE": ("/c/", XML, targets("delete")),
    "BCOPY": ("/c/", {**XML, "Destination": "{base}/box/"}, targets("copy")),
    "BMOVE": ("/c/", {**XML, "Destination": "{base}/box/"}, targets("move")),
    "POST": ("/$batch", batches.JSON, batch(batches.put("1", "f.txt"), batches.put("2", "g.txt", dependsOn=["1"]))),
}
"""A request of each method, all of which would work if nothing were in the way but UNLOCK."""


def told(served: Served) -> ExchangeReport:
    """Give the last exchange, explained."""
    return report(list(served.world.journal)[-1])


def failures(explained: ExchangeReport) -> list[tuple[int, int, str | None, str]]:
    """List what failed for a reason of its own: position, status, cause, section; -1 for the whole request."""
    return [(each.position, each.status, each.cause, each.section) for each in explained.failures]


def causes(*said: str) -> str:
    return f"{TREE}causes: [{', '.join(said)}]"


# --- causes and methods ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_who_is_denied_is_told_by_what(serve: Serve, method: str) -> None:
    """Whatever the method: the request as a whole, the cause and its section."""
    served = serve(causes("{id: c, kind: denied}"))
    served.client(method, *_args(method))
    found = told(served)
    assert failures(found) == [(-1, 403, "c", "RFC 3744 7.1.1")]
    assert (found.method, found.refused and found.refused.kind, found.facts) == (method, "denied", [])


GRAPH_BATCH = batch(batches.put("1", "f.txt", "eA=="), batches.put("2", "g.txt", "eA==", dependsOn=["1"]))


def _args(method: str) -> Asking:
    path, headers, body = REQUESTS[method]
    return path, body, headers


@pytest.mark.parametrize(
    ("cause", "method", "expected"),
    [
        ("kind: protected-property, property: '{urn:u}q'", "PROPPATCH", [(1, 403, "c", "RFC 4918 15")]),
        ("kind: protected-property, property: '{urn:u}q'", "MKCOL", [(2, 403, "c", "RFC 4918 15")]),
        ("kind: protected-property, property: '{urn:u}q'", "MKCALENDAR", [(2, 403, "c", "RFC 4918 15")]),
        ("kind: value-rule, property: '{urn:u}p', enum: [x]", "PROPPATCH", [(0, 409, "c", "RFC 4918 9.2.1")]),
        ("kind: value-rule, property: '{urn:u}p', type: date, status: 422", "MKCOL", [(1, 422, "c", "RFC 4918 9.2.1")]),
        ("kind: denied, property: '{urn:u}p'", "PROPPATCH", [(0, 403, "c", "RFC 3744 7.1.1")]),
        ("kind: lock, path: /f.txt", "PROPPATCH", [(-1, 423, "c", "RFC 4918 7.5")]),
        ("kind: lock, path: /f.txt", "PUT", [(-1, 423, "c", "RFC 4918 7.5")]),
        ("kind: lock, path: /", "MKCOL", [(-1, 423, "c", "RFC 4918 7.5")]),
        ("kind: lock, path: /", "MKCALENDAR", [(-1, 423, "c", "RFC 4918 7.5")]),
        ("kind: lock, path: /c/d.txt", "LOCK", [(0, 423, "c", "RFC 4918 6.2")]),
        ("kind: lock, path: /c/", "LOCK", [(-1, 423, "c", "RFC 4918 6.2")]),
        ("kind: lock, path: /c/d.txt", "DELETE", [(1, 423, "c", "RFC 4918 7.5")]),
        ("kind: lock, path: /c/d.txt", "MOVE", [(3, 423, "c", "RFC 4918 7.5")]),
        ("kind: quota, bytes: 3", "PUT", [(0, 507, "c", "RFC 4331 6")]),
        ("kind: quota, bytes: 3", "PROPPATCH", [(0, 507, "c", "RFC 4331 6"), (1, 507, "c", "RFC 4331 6")]),
        ("kind: quota, bytes: 3", "MKCOL", [(1, 507, "c", "RFC 4331 6"), (2, 507, "c", "RFC 4331 6")]),
        ("kind: quota, properties: 1", "PROPPATCH", [(1, 507, "c", "RFC 4331 6")]),
        ("kind: quota, bytes: 4", "COPY", [(2, 507, "c", "RFC 4331 6")]),
        ("kind: read-only, path: /", "PUT", [(0, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: read-only, path: /", "PROPPATCH", [(0, 403, "c", "RFC 9110 15.5.4"), (1, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: read-only, path: /", "MKCOL", [(0, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: read-only, path: /c/d.txt", "DELETE", [(1, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: read-only, path: /new", "COPY", [(0, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: unlockable, path: /c/d.txt", "LOCK", [(0, 403, "c", "RFC 4918 9.10.3")]),
        ("kind: live-properties-lost, path: /new", "COPY", [(0, 409, "c", "RFC 4918 16")]),
        ("kind: live-properties-lost, path: /new", "MOVE", [(0, 409, "c", "RFC 4918 16")]),
        ("kind: store-fails", "PUT", [(0, 507, "c", "RFC 4918 11.5")]),
        ("kind: store-fails, nth: 2, status: 503", "PROPPATCH", [(1, 503, "c", "RFC 4918 11.5")]),
        ("kind: store-fails, path: /c/d.txt", "DELETE", [(1, 507, "c", "RFC 4918 11.5")]),
        ("kind: store-fails, at: commit", "PUT", [(0, 507, "c", "RFC 4918 11.5")]),
        ("kind: store-fails, at: commit", "PROPPATCH", [(0, 507, "c", "RFC 4918 11.5"), (1, 507, "c", "RFC 4918 11.5")]),
        ("kind: store-fails, at: commit", "LOCK", [(0, 507, "c", "RFC 4918 11.5")]),
        ("kind: store-fails, at: commit", "DELETE", [(0, 507, "c", "RFC 4918 11.5"), (1, 507, "c", "RFC 4918 11.5")]),
        ("kind: delay, milliseconds: 1", "PUT", []),
        ("kind: protected-property, property: '{urn:u}q', path: /c/d.txt", "BPROPPATCH", [(1, 403, "c", "RFC 4918 15")]),
        ("kind: lock, path: /c/e.txt", "BPROPPATCH", [(2, 423, "c", "RFC 4918 7.5")]),
        ("kind: denied, path: /c/e.txt", "BPROPFIND", [(0, 403, "c", "RFC 3744 7.1.1")]),
        ("kind: lock, path: /c/e.txt", "BDELETE", [(1, 423, "c", "RFC 4918 7.5")]),
        ("kind: read-only, path: /box/d.txt", "BCOPY", [(0, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: read-only, path: /c/e.txt", "BMOVE", [(2, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: lock, path: /o/", "ORDERPATCH", [(-1, 423, "c", "RFC 4918 7.5")]),
        ("kind: read-only, path: /o/a", "ORDERPATCH", [(0, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: unreadable, path: /f.txt, status: 504", "GET", [(-1, 504, "c", "RFC 9110 9.3.1")]),
        ("kind: unreadable, path: /f.txt", "HEAD", [(-1, 503, "c", "RFC 9110 9.3.1")]),
        ("kind: answers, path: /f.txt, status: 429", "PUT", [(-1, 429, "c", "RFC 9110 15")]),
        ("kind: answers, path: /c/d.txt, status: 503", "DELETE", [(1, 503, "c", "RFC 9110 15")]),
        ("kind: answers, path: /c/d.txt, status: 503", "LOCK", [(0, 503, "c", "RFC 9110 15")]),
        ("kind: answers, path: /f.txt, status: 504, done: true", "PUT", [(-1, 504, "c", "RFC 9110 15")]),
        ("kind: login-expired, path: /f.txt", "PUT", [(-1, 401, "c", "RFC 9110 15.5.2")]),
        ("kind: read-only, path: /f.txt", "POST", [(0, 403, "c", "RFC 9110 15.5.4")]),
        ("kind: lock, path: /f.txt", "POST", [(0, 423, "c", "RFC 4918 7.5")]),
        ("kind: store-fails, at: commit, path: /f.txt", "POST", [(0, 507, "c", "RFC 4918 11.5")]),
        ("kind: report-limit, members: 1", "REPORT", [(0, 507, "c", "RFC 6578 3.6")]),
        ("kind: denied, path: /c/e.txt", "REPORT", [(0, 403, "c", "RFC 3744 7.1.1")]),
    ],
)  # fmt: skip
def test_what_failed_is_told_with_its_cause(
    serve: Serve, cause: str, method: str, expected: list[tuple[int, int, str | None, str]]
) -> None:
    """The id of the scenario's cause, its kind and where the rule is written; all else depended on that."""
    served = serve(causes(f"{{id: c, {cause}}}"))
    served.client(method, *_args(method))
    found = told(served)
    assert failures(found) == expected
    kind = cause.removeprefix("kind: ").partition(",")[0]
    assert {each.kind for each in found.failures} <= {kind}
    _is_sound(found)


def test_the_table_above_has_every_kind_of_cause() -> None:
    """A new kind must be explained as well."""
    table = next(
        mark.args[1] for mark in test_what_failed_is_told_with_its_cause.pytestmark if mark.name == "parametrize"
    )
    shown = {cause.removeprefix("kind: ").partition(",")[0] for cause, _, _ in table}
    # Of resource types there is one in every world; the others take requests of their own: see below.
    assert shown | {"resourcetypes", "invitees", "object-limits", "object-refused", "sync-history"} == {
        kind.__struct_config__.tag for kind in CAUSES
    }


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "expected"),
    [
        ("PROPPATCH", "/f.txt", XML, patch("<D:getetag>x</D:getetag>"), (0, 403, "rfc4918:getetag", "RFC 4918 15")),
        ("MKCOL", "/m/", XML, collection("D:mkcol", "<D:resourcetype><D:collection/><u:x/></D:resourcetype>"),
         (1, 403, "rfc5689:resourcetype", "RFC 5689 3.3")),
        ("PUT", "/no/where", {}, "x", (-1, 409, None, "RFC 9110 15.5.10")),
        ("PUT", "/c/", {}, "x", (-1, 405, None, "RFC 9110 15.5.6")),
        ("GET", "/nothing", {}, "", (-1, 404, None, "RFC 9110 15.5.5")),
        ("DELETE", "/f.txt", {"If-Match": '"x"'}, "", (-1, 412, None, "RFC 9110 15.5.13")),
        ("PROPPATCH", "/f.txt", {"Content-Type": "application/json"}, "x", (-1, 415, None, "RFC 9110 15.5.16")),
        ("PROPPATCH", "/f.txt", {"Content-Type": "text/plain"}, "x", (-1, 400, None, "RFC 9110 15.5.1")),
        ("PROPPATCH", "/f.txt", XML, "<x", (-1, 400, None, "RFC 9110 15.5.1")),
        ("COPY", "/f.txt", {"Destination": "http://x/"}, "", (-1, 502, None, "RFC 4918 9.8.5")),
        ("UNLOCK", "/f.txt", {"Lock-Token": "<urn:x>"}, "", (-1, 409, None, "RFC 4918 9.11.1")),
        ("POST", "/f.txt", {}, "", (-1, 405, None, "RFC 9110 15.5.6")),
        ("POST", "/nothing", {}, "", (-1, 404, None, "RFC 9110 15.5.5")),
        ("POST", "/c/", {"Content-Type": "text/plain"}, "x", (-1, 415, None, "RFC 9110 15.5.16")),
        ("POST", "/$batch", {"Content-Type": "text/plain"}, "x", (-1, 415, None, "RFC 9110 15.5.16")),
        ("POST", "/$batch", batches.JSON, "{}", (-1, 400, None, "RFC 9110 15.5.1")),
        ("POST", "/v1.0/$batch", batches.JSON, "[", (-1, 400, None, "RFC 9110 15.5.1")),
        ("POST", "/$batch", {"Content-Type": "multipart/mixed"}, "x", (-1, 400, None, "RFC 9110 15.5.1")),
        ("POST", "/$batch", batches.JSON, batch(batches.ask("1", "get", "nothing")), (0, 404, None, "RFC 9110 15.5.5")),
        ("POST", "/c/", {"Content-Type": "text/calendar"}, calendar("SUMMARY:x"), (0, 403, None, "RFC 4791 5.3.2.1")),
        ("POST", "/c/", XML, share("nobody"), (0, 403, None, "RFC 9110 15.5.4")),
        ("ORDERPATCH", "/o/", XML, order("nobody"), (0, 403, None, "RFC 3648 6.1")),
        ("ORDERPATCH", "/f.txt", XML, order("a"), (-1, 405, None, "RFC 9110 15.5.6")),
        ("PUT", "/c/x", {"Position": "first"}, "x", (-1, 403, None, "RFC 3648 6.1")),
        ("BPROPPATCH", "/c/", XML, targets("propertyupdate", setting("<D:getetag/>")).replace("<D:href>e.txt</D:href>", ""),
         (0, 403, "rfc4918:getetag", "RFC 4918 15")),
        ("BPROPFIND", "/c/", XML, targets("propfind", "<D:allprop/>").replace("e.txt", "x"), (0, 404, None, "RFC 9110 15.5.5")),
        ("BPROPFIND", "/c/", {**XML, "Transaction": "<urn:x>"}, targets("propfind"), (0, 501, None, "RFC 9110 15.6.2")),
        ("BDELETE", "/c/", XML, "<x/>", (-1, 400, None, "RFC 9110 15.5.1")),
        ("GET", "/f.txt", {"Range": "bytes=9-"}, "", (-1, 416, None, "RFC 9110 15.5.17")),
        ("BREW", "/f.txt", {}, "", (-1, 501, None, "RFC 9110 15.6.2")),
        ("PROPPATCH", "/f.txt", XML, "<!DOCTYPE x SYSTEM 'y'><x/>", (-1, 403, None, "RFC 4918 20.6")),
    ],
)  # fmt: skip
def test_what_the_protocol_itself_refuses_has_a_rule(
    serve: Serve, *, method: str, path: str, headers: Mapping[str, str], body: str, expected: tuple[Any, ...]
) -> None:
    """Where no cause of the scenario was in the way, the rule is the protocol's."""
    served = serve(TREE)
    served.client(method, path, body, headers)
    found = told(served)
    assert failures(found) == [expected]
    assert found.failures[0].section


def test_a_refusal_by_the_protocol_is_one_sentence_and_one_section(serve: Serve) -> None:
    """The detail says it; no rule repeats it."""
    served = serve(TREE)
    served.client("GET", "/nothing")
    found = told(served)
    (failure,) = found.failures
    assert (failure.rule, failure.section) == ("", "RFC 9110 15.5.5")
    (_, refused, reason, *_) = [line.strip() for line in as_text(found).splitlines() if line]
    assert refused == "refused as a whole: 404 Not Found"
    assert reason == f"{failure.detail} (RFC 9110 15.5.5)"


def test_a_lock_of_a_client_is_no_cause(serve: Serve) -> None:
    """What it forbids has a rule all the same."""
    served = serve(TREE)
    token(served.client, "/f.txt")
    served.client("PUT", "/f.txt", "x")
    assert failures(told(served)) == [(-1, 423, None, "RFC 4918 7.5")]


@pytest.mark.parametrize("atomic", [False, True])
@pytest.mark.parametrize(
    ("method", "section"),
    [
        ("PROPPATCH", "RFC 4918 9.2"),
        ("MKCOL", "RFC 5689 3"),
        ("MKCALENDAR", "RFC 4791 5.3.1"),
        ("LOCK", "RFC 4918 9.10.3"),
        ("DELETE", "RFC 4918 9.6.1"),
        ("COPY", "RFC 4918 9.8.3"),
        ("MOVE", "RFC 4918 9.9.2"),
    ],
)
def test_a_424_is_told_with_the_rule_by_which_it_depends(
    serve: Serve, method: str, section: str, *, atomic: bool
) -> None:
    """Why the action depended on others is the method's rule, or the scenario's where it makes a whole of it."""
    refuse = {
        "PROPPATCH": "kind: protected-property, property: '{urn:u}q'",
        "MKCOL": "kind: protected-property, property: '{urn:u}q'",
        "MKCALENDAR": "kind: protected-property, property: '{urn:u}q'",
        "LOCK": "kind: unlockable, path: /c/d.txt",
        "DELETE": "kind: lock, path: /c/d.txt",
        "COPY": "kind: read-only, path: /new",
        "MOVE": "kind: lock, path: /c/d.txt",
    }[method]
    # The second cause, about everything, makes COPY go through them one by one.
    served = serve(f"{causes(f'{{id: c, {refuse}}}', '{id: o, kind: store-fails, after: 1000}')}\natomic: {atomic}")
    served.client(method, *_args(method))
    depending = [fact for fact in told(served).facts if fact.status == FAILED_DEPENDENCY]
    expected = "RFC 5842 2.4" if atomic and method in ("DELETE", "COPY", "MOVE") else section
    assert depending
    assert {fact.section for fact in depending} == {expected}
    _is_sound(told(served))


PROTECTED = "kind: protected-property, property: '{urn:u}q'"
CHANGE_SET = "\r\n".join(
    [
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n",
        *(
            f"--c\r\nContent-Type: application/http\r\nContent-ID: {name}\r\n\r\nPUT {name} HTTP/1.1\r\n\r\nx"
            for name in ("f.txt", "g.txt")
        ),
        "--c--\r\n--b--\r\n",
    ]
)
MULTIPUT = f"<M:multiput {NAMESPACES}><M:resource><D:href>d.txt</D:href>{setting(P, Q)}</M:resource></M:multiput>"


@pytest.mark.parametrize(
    ("method", "asking", "cause", "section"),
    [
        ("ORDERPATCH", _args("ORDERPATCH"), "kind: read-only, path: /o/a", "RFC 3648 7"),
        ("BPROPPATCH", _args("BPROPPATCH"), PROTECTED, "RFC 4918 9.2"),
        ("BPROPFIND", ("/c/", targets("propfind"), {**XML, "Transaction": "<urn:x>"}), "", "Exchange, Transaction header"),
        ("BDELETE", ("/", of_root("delete"), XML), "kind: lock, path: /c/d.txt", "RFC 4918 9.6.1"),
        ("BCOPY", ("/", of_root("copy"), {**XML, "Destination": "{base}/box/"}),
         "kind: read-only, path: /box/c", "RFC 4918 9.8.3"),
        ("BMOVE", ("/", of_root("move"), {**XML, "Destination": "{base}/box/"}),
         "kind: lock, path: /c/d.txt", "RFC 4918 9.9.2"),
        ("PUT", with_properties("new"), PROTECTED, "MS-WDV"),
        ("GET", ("/sum", "", {}), "kind: unreadable, path: /f.txt", "RFC 4918 11.4"),
        ("HEAD", ("/sum", "", {}), "kind: unreadable, path: /f.txt", "RFC 4918 11.4"),
        ("POST", _args("POST"), "kind: lock, path: /f.txt", "OData JSON 4.01 19.1"),
        ("POST", ("/v1.0/$batch", GRAPH_BATCH, batches.JSON), "kind: lock, path: /f.txt",
         "Microsoft Graph, JSON batching"),
        ("POST", ("/$batch", CHANGE_SET, {"Content-Type": "multipart/mixed; boundary=b"}), "kind: lock, path: /f.txt",
         "OData Protocol 4.01 11.7.7"),
        ("POST", ("/c/", MULTIPUT, XML), PROTECTED, "calendarserver-bulk-change 4.2"),
        ("POST", ("/c/", share("mailto:a@x", "mailto:b@x"), XML), "kind: invitees, known: ['mailto:a@x']",
         "CalendarServer sharing"),
    ],
)  # fmt: skip
def test_a_424_of_a_bulk_request_is_told_with_its_rule(
    serve: Serve, method: str, asking: Asking, cause: str, section: str
) -> None:
    """Of all that POST can be, each kind has its own; the cause at the bottom is the scenario's."""
    served = serve(causes(f"{{id: c, {cause}}}", "{id: o, kind: store-fails, after: 1000}") if cause else TREE)
    served.client(method, *asking)
    found = told(served)
    depending = [fact for fact in found.facts if fact.status == FAILED_DEPENDENCY]
    assert {fact.section for fact in depending} == {section}
    assert {found.facts[each].cause for fact in depending for each in fact.causes} == {"c" if cause else None}
    assert {fact.kind for fact in found.failures} == {cause.removeprefix("kind: ").partition(",")[0] or None}
    _is_sound(found)


def test_who_is_not_known_is_told_by_name(serve: Serve) -> None:
    """All are about one property of one resource, and could not be told apart otherwise."""
    served = serve(causes("{id: c, kind: invitees, known: ['mailto:a@x']}"))
    served.client("POST", "/c/", share("mailto:a@x", "mailto:b@x"), XML)
    found = told(served)
    assert failures(found) == [(1, 403, "c", "CalendarServer sharing")]
    assert [(fact.property, fact.name) for fact in found.facts] == [
        (INVITE, "invitee mailto:a@x"),
        (INVITE, "invitee mailto:b@x"),
    ]
    assert "because of 1: set invitee mailto:b@x of /c: 403 Forbidden" in as_text(found)


def test_an_object_beyond_a_limit_is_told_with_its_cause(serve: Serve) -> None:
    """It is a calendar that has the limit."""
    tree = "tree: {/cal/: {types: ['{urn:ietf:params:xml:ns:caldav}calendar']}}\n"
    served = serve(f"{tree}causes: [{{id: c, kind: object-limits, bytes: 20}}]")
    served.client("PUT", "/cal/a.ics", calendar("UID:a", "DTSTART:20260101T090000Z"), {"Content-Type": "text/calendar"})
    found = told(served)
    assert failures(found) == [(0, 403, "c", "RFC 4791 5.3.2.1")]
    assert found.failures[0].condition == condition_codes.MAX_RESOURCE_SIZE.name


def test_a_forgotten_sync_token_is_told_with_its_cause(serve: Serve) -> None:
    """It is as old as the changes since then."""
    served = serve(causes("{id: c, kind: sync-history, changes: 1}"))
    (state,) = re.findall("<D:sync-token>([^<]*)<", served.client("REPORT", *_args("REPORT")).body.decode())
    for name in ("x", "y"):
        served.client("PUT", f"/c/{name}", "new")
    served.client("REPORT", "/c/", sync(state), XML)
    assert failures(told(served)) == [(-1, 403, "c", "RFC 6578 3.2")]


def test_what_something_is_made_of_is_told(serve: Serve) -> None:
    """A source that is missing is refused by the protocol itself; one that can't be read by the scenario."""
    served = serve(causes("{id: c, kind: unreadable, path: /f.txt, status: 504}"))
    served.client("DELETE", "/c/d.txt")
    served.client("GET", "/sum")
    found = told(served)
    assert [(fact.verb, fact.path, fact.status, fact.needs) for fact in found.facts] == [
        ("read", "/f.txt", 504, ()),
        ("read", "/c/d.txt", 404, ()),
        ("make", "/sum", FAILED_DEPENDENCY, (0, 1)),
    ]
    assert failures(found) == [(0, 504, "c", "RFC 9110 9.3.1"), (1, 404, None, "RFC 9110 15.5.5")]
    assert found.facts[2].causes == [0, 1]
    _is_sound(found)


def test_the_requests_of_a_batch_are_explained_as_if_they_had_come_alone(serve: Serve) -> None:
    """Those that were carried out; what was never tried has an action alone."""
    served = serve(causes(f"{{id: c, {PROTECTED}}}"))
    body = batch(
        batches.put("a", "f.txt"),
        batches.proppatch("b", "f.txt", "p", "q"),
        batches.put("c", "g.txt", dependsOn=["b"]),
        batches.ask("d", "get", "nothing"),
    )
    served.client("POST", "/$batch", body, batches.JSON)
    found = told(served)
    assert [(part.method, part.path, part.status, part.number, part.scenario) for part in found.parts] == [
        ("PUT", "/f.txt", 204, 0, served.world.name),
        ("PROPPATCH", "/f.txt", 207, 0, served.world.name),
        ("GET", "/nothing", 404, 0, served.world.name),
    ]
    assert [failures(part) for part in found.parts] == [
        [],
        [(1, 403, "c", "RFC 4918 15")],
        [(-1, 404, None, "RFC 9110 15.5.5")],
    ]
    assert [(fact.verb, fact.path, fact.status, fact.cause) for fact in found.facts] == [
        ("send", "request a (PUT f.txt)", 204, None),
        ("send", "request b (PROPPATCH f.txt)", 403, "c"),
        ("send", "request c (PUT g.txt)", 424, None),
        ("send", "request d (GET nothing)", 404, None),
    ]
    (dependent,) = [fact for fact in found.parts[1].facts if fact.status == FAILED_DEPENDENCY]
    assert (dependent.property, dependent.causes) == ("{urn:u}p", [1])
    assert found.parts[0].curl.startswith(
        f"curl -i -X PUT http://{served.client.host}:{served.client.port}{served.client.base}/f.txt "
    )
    _is_sound(found)


def test_every_condition_has_a_rule() -> None:
    """But for one that nothing else than a cause of the scenario refuses with."""
    values = vars(condition_codes).values()
    known = {each.name for each in values if isinstance(each, ConditionCode)}
    known |= {each for each in values if isinstance(each, str) and each.startswith("{") and not each.endswith("}")}
    known |= {condition_codes.lock_token_submitted("/").name, condition_codes.no_conflicting_lock("/").name}
    known |= {condition_codes.need_privileges("/", "x").name}
    assert known - set(rules._BY_CONDITION) == {"{DAV:}preserved-live-properties"}


def test_every_method_that_can_give_a_424_has_a_rule(serve: Serve) -> None:
    """The others change nothing, or do one thing that can depend on no other; POST has several rules."""
    alone = {name for name, facts in METHOD_FACTS.items() if facts.rule is None} - {"POST"}
    assert alone == {"OPTIONS", "PROPFIND", "REPORT", "UNLOCK"}
    served = serve(TREE)
    for method in sorted(alone):
        served.client(method, *_args(method))
    held = token(served.client, "/f.txt")
    served.client("UNLOCK", "/f.txt", headers={"Lock-Token": held})
    others = [report(each) for each in served.world.journal if each.request.method in alone]
    assert {len(each.facts) for each in others} <= {0, 1}


def _is_sound(explained: ExchangeReport) -> None:
    """Check what must hold of all facts: each 424 leads to what failed by itself, and each failure has a rule.

    It must hold of those in the requests of a batch, too.
    """
    for part in explained.parts:
        _is_sound(part)
    for fact in explained.facts:
        assert explained.facts[fact.position] is fact
        if fact.status == FAILED_DEPENDENCY:
            assert fact.outcome == "failed-dependency"
            assert fact.because
            assert fact.causes
            assert {explained.facts[each].outcome for each in fact.because} <= {"failed", "failed-dependency"}
            assert {explained.facts[each].outcome for each in fact.causes} == {"failed"}
        else:
            assert (fact.because, fact.causes) == ((), ())
        assert (fact.outcome == "done") == (not fact.section)
        assert bool(fact.rule) or fact.outcome != "failed-dependency"
    for fact in explained.failures:
        assert fact.status != FAILED_DEPENDENCY
        assert fact.detail
        assert fact.section.startswith(("RFC ", "CalendarServer sharing", "calendarserver-bulk-change"))


@pytest.mark.parametrize("name", SOURCES)
def test_every_bundled_scenario_is_explained(server: Whole, name: str) -> None:
    """Each 424 in it leads to a cause that the scenario names, and what is said on the wire is what the facts say."""
    scenario = SOURCES[name]()
    player = Player(f"{server.url}s/a/{name}/", scenario)
    own = {cause.id for cause in scenario.causes}
    causes_named: set[str] = set()
    for spec in scenario.requests:
        answer = player.send(spec)
        found = server.told("a")[-1]
        assert (found.status, found.method, found.scenario) == (answer.status, spec.method, name)
        _is_sound(found)
        inside = [found, *found.parts]
        struck = {fact.cause for each in inside for fact in each.failures if fact.cause is not None}
        assert struck <= set(server.app.spaces.find("a").world(name).causes)
        causes_named |= struck & own
        for each in inside:
            for fact in each.facts:
                at_the_bottom = [each.facts[position] for position in fact.causes]
                assert bool(at_the_bottom) == (fact.status == FAILED_DEPENDENCY)
                assert {bottom.cause or bottom.section for bottom in at_the_bottom} <= struck | BY_ITSELF.get(
                    name, set()
                )
        depending = {each.id for each in answer.parts if each.status == FAILED_DEPENDENCY}
        assert depending <= {id_ for fact in found.facts for id_ in depending if _is_about(fact, id_) and fact.because}
        said = {
            (each.property, each.status) for each in answer.reported if each.status >= 400 and each not in answer.parts
        }
        if spec.method not in ("PROPFIND", "BPROPFIND"):  # what isn't there is no failure
            assert said <= {(fact.property, fact.status) for each in inside for fact in each.facts} | (
                {(None, fact.status) for fact in found.facts}  # an invitee, or an object without a URL
            )
        for written in (as_text(found), as_html(found)):
            assert all(str(fact.status) in written for each in inside for fact in [*each.failures, *each.facts])
    assert own - causes_named == NEVER_STRIKES.get(name, set()) or name == "playground"  # of which nobody asks all


def _is_about(fact: ActionResult, id_: str | None) -> bool:
    return fact.status == FAILED_DEPENDENCY and fact.path.startswith(f"request {id_} (")


BY_ITSELF = {
    "batch-if": {"RFC 9110 15.5.13"},
    "orderpatch-missing-member": {"RFC 3648 6.1"},
    "report-from-feeds": {"RFC 9110 15.5.5"},
    "report-two-causes": {"RFC 9110 15.5.5"},
}
"""The bundled scenarios in which the protocol itself refuses what others depend on, with its rule."""
NEVER_STRIKES = {"report-read-locked": {"ada-writes"}}
"""Causes that stand there to show that they are in nobody's way."""


# --- what is kept, and what not ----------------------------------------------------------------------------------------


def test_an_entry_is_there_before_the_answer(serve: Serve) -> None:
    """Whoever has the answer finds the exchange under the number in it."""
    served = serve(TREE)
    for number in range(1, 101):
        answer = served.client(("GET", "PUT", "PROPFIND")[number % 3], "/f.txt")
        assert answer.headers["Dav424-Exchange"] == str(number)
        assert served.world.journal.find(number) is not None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("PUT /test/f.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n", 413),
        ("PUT /test/f.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("PUT /test/f.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", 400),
        ("GET /test/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /test/../x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (f"GET /test/{'x' * 70_000} HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("POST /test/f.txt HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("GET /nothing/ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 403),
    ],
)
def test_what_never_reached_a_method_is_there_too(serve: Serve, request_: str, status: int) -> None:
    """With its target, its status and the rule."""
    served = serve(TREE, max_body=1000)
    assert statuses(served.client.raw(request_.encode())) == [status]
    found = told(served)
    assert (found.status, found.target, found.refused and found.refused.status) == (
        status, request_.split(" ")[1], status,
    )  # fmt: skip
    assert found.failures[0].section.startswith("RFC ")
    assert as_text(found)


def test_a_login_that_is_asked_for_is_there_too(serve: Serve) -> None:
    """A 401 has a rule; whoever then logs in is named."""
    served = serve(TREE + "users: {ada: secret}")
    served.client("GET", "/f.txt")
    assert failures(told(served)) == [(-1, 401, None, "RFC 9110 15.5.2")]
    served.client("PUT", "/nothing/x", headers=basic("ada", "secret"))
    assert (told(served).user, told(served).status) == ("ada", 409)


class Bug(Cause, frozen=True, kw_only=True, tag="bug"):
    """Is broken."""

    def refuse_access(self, access: ResourceAccess) -> None:  # noqa: ARG002 - as all kinds
        raise ZeroDivisionError


@pytest.mark.bugs
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_bug_is_there_too(serve: Serve, method: str) -> None:
    """A 500 is told as what it is, once, and the next exchange has the next number."""
    served = serve(TREE)
    served.world.change_causes({"bug": Bug(id="bug")})
    assert served.client(method, "/f.txt", "x").status == 500
    assert failures(told(served)) == [(-1, 500, None, "RFC 9110 15.6.1")]
    served.world.change_causes({"bug": None})
    assert served.client("GET", "/f.txt").headers["Dav424-Exchange"] == "2"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


SECRET = "hunter2hunter2"


@pytest.mark.own_server
@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", f"Basic {SECRET}", "Basic [redacted]"),
        ("Authorization", f"basic   {SECRET}", "basic [redacted]"),
        ("Authorization", f'Digest username="ada", response="{SECRET}"', "Digest [redacted]"),
        ("Authorization", f"Bearer {SECRET}", "Bearer [redacted]"),
        ("Authorization", SECRET, "[redacted]"),
        ("Authorization", f"{SECRET} {SECRET}", "[redacted]"),
        ("Proxy-Authorization", f"Basic {SECRET}", "Basic [redacted]"),
        ("Cookie", f"session={SECRET}", "[redacted]"),
        ("Cookie", f"session={SECRET}; other={SECRET}", "[redacted]"),
        ("X-Auth-Token", SECRET, "[redacted]"),
        ("Destination", f"http://ada:{SECRET}@host/test/new", "http://[redacted]@host/test/new"),
        ("Referer", f"http://{SECRET}@host/", "http://[redacted]@host/"),
        ("Destination", "http://host/test/a@b", "http://host/test/a@b"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("users", ["", "users: {ada: secret}"])
def test_credentials_are_not_kept(serve: Serve, users: str, name: str, value: str, kept: str) -> None:
    """Neither in the entry nor in anything that is made of it, whether they were asked for or not."""
    served = serve(TREE + users)
    served.client("COPY", "/f.txt", headers={"Destination": "{base}/new", name: value})
    entry = list(served.world.journal)[-1]
    found = report(entry)
    assert dict(found.request.headers)[name.lower()] == kept
    for written in (repr(entry), as_text(found), as_html(found), msgspec.json.encode(found).decode()):
        assert SECRET not in written


def test_credentials_in_the_target_are_not_kept(serve: Serve) -> None:
    """The absolute form of a target may have some."""
    served = serve(TREE)
    served.client.raw(f"GET http://ada:{SECRET}@host{served.client.base}/f.txt HTTP/1.1\r\nHost: host\r\n\r\n".encode())
    assert told(served).target == f"http://[redacted]@host{served.client.base}/f.txt"
    assert SECRET not in repr(list(served.world.journal))


def test_the_oldest_make_room_and_are_counted(serve: Serve) -> None:
    """By number of entries; the numbers go on."""
    served = serve(TREE, spaces=Settings(journal_entries=3))
    for _ in range(5):
        served.client("GET", "/f.txt")
    journal = served.world.journal
    assert ([entry.number for entry in journal], journal.dropped, len(journal)) == ([3, 4, 5], 2, 3)
    assert (journal.find(2), journal.find(6)) == (None, None)
    journal.clear()
    served.client("GET", "/f.txt")
    assert ([entry.number for entry in journal], journal.dropped) == ([1], 0)


def test_a_journal_can_be_left_out(serve: Serve) -> None:
    """With no entries nothing is kept; all are counted as dropped, and answers are numbered all the same."""
    served = serve(TREE, spaces=Settings(journal_entries=0))
    numbers = [served.client("GET", "/f.txt").headers["Dav424-Exchange"] for _ in range(3)]
    assert (numbers, len(served.world.journal), served.world.journal.dropped) == (["1", "2", "3"], 0, 3)


@pytest.mark.parametrize(
    ("method", "body", "headers"),
    [
        ("PUT", "x" * 300_000, {"Content-Type": "text/plain"}),
        ("PROPPATCH", patch(f"<u:p>{'x' * 300_000}</u:p>"), XML),
        ("PROPPATCH", patch(*(f"<u:p{number}/>" for number in range(300))), XML),
        ("PROPPATCH", patch(f"<u:{'p' * 40_000}/>"), XML),
        ("GET", "", {"X-Long": "x" * 60_000}),
        ("GET", "", {"If-Match": '"x"', "User-Agent": "x" * 60_000}),
        ("LOCK", lockinfo("shared", f"<D:owner>{'x' * 100_000}</D:owner>"), XML),
        ("LOCK", lockinfo("exclusive", f"<D:owner>{'x' * 100_000}</D:owner>"), XML),
        ("ORDERPATCH", order("x" * 100_000), XML),
        ("BDELETE", targets("delete").replace("d.txt", "d/" + "x" * 30_000), XML),
        ("POST", share(*(f"mailto:{number}{'x' * 50_000}" for number in range(4))), XML),
        ("POST", batch(*(batches.put(str(number), "n" * 1_000, "x" * 1_000) for number in range(50))), batches.JSON),
    ],
)  # fmt: skip
def test_bytes_are_bounded_whatever_they_are_in(
    serve: Serve, method: str, body: str, headers: Mapping[str, str]
) -> None:
    """In bodies, properties, headers, actions or locks: what entries really take is within a little of the bound."""
    served = serve(TREE, spaces=Settings(journal_bytes=1_000_000))
    for _ in range(40):
        served.client(method, "/$batch" if body.startswith("{") else PLACES.get(method, "/f.txt"), body, headers)
    journal = served.world.journal
    assert sum(entry.weight for entry in journal) == journal._weight <= 1_000_000
    assert len(journal) + journal.dropped == 40
    assert len(journal) > 1
    assert _size(list(journal)) < 2_000_000


PLACES = {"ORDERPATCH": "/o/", "BDELETE": "/c/", "POST": "/c/"}


def _size(found: object) -> int:
    """Add up what strings and bytes something holds, each once."""
    seen: dict[int, object] = {}
    todo = [found]
    while todo:
        here = todo.pop()
        if id(here) in seen or isinstance(here, type):
            continue
        seen[id(here)] = here
        if isinstance(here, dict):
            todo += [*here, *here.values()]
        elif isinstance(here, (list, tuple)):
            todo += here
        elif not isinstance(here, (str, bytes, int, float, Cause)):
            names = [name for kind in type(here).__mro__ for name in getattr(kind, "__slots__", ())]
            todo += [
                getattr(here, name) for name in (*getattr(here, "__struct_fields__", ()), *names) if hasattr(here, name)
            ]
    return sum(len(each) for each in seen.values() if isinstance(each, (str, bytes)))


def test_an_exchange_that_is_larger_than_the_journal_is_dropped(serve: Serve) -> None:
    """The bound holds, the others stay, and what is lost is counted."""
    served = serve(TREE, spaces=Settings(journal_bytes=8_000))
    served.client("GET", "/f.txt")
    served.client("PUT", "/f.txt", "x" * 9_000)
    assert (len(served.world.journal), served.world.journal.dropped) == (1, 1)
    assert served.client("HEAD", "/f.txt").headers["Dav424-Exchange"] == "3"
    assert [entry.number for entry in served.world.journal] == [1, 3]


def test_a_streamed_answer_is_not_kept(serve: Serve) -> None:
    """Nor the tree that it is written from."""
    served = serve("tree: {" + ", ".join(f"/{number}.txt: {{}}" for number in range(2_000)) + "}")
    answer = served.client("PROPFIND", "/", headers={"Depth": "1"})
    assert answer.headers.get("Transfer-Encoding") == "chunked"
    assert list(served.world.journal)[-1].answer.body == ()
    found = told(served)
    assert (found.answer.streamed, found.answer.body, found.answer.size, found.status) == (True, "", 0, 207)
    assert as_text(found)


def test_a_binary_body_is_in_base64(serve: Serve) -> None:
    """It can be read back as it was."""
    served = serve(TREE)
    content = bytes(range(256))
    served.client("PUT", "/f.txt", content)
    part = told(served).request
    assert (part.base64, base64.b64decode(part.body), part.size) == (True, content, 256)
    served.client("GET", "/f.txt")
    assert base64.b64decode(told(served).answer.body) == content


@pytest.mark.parametrize("before", ["", "x"])
def test_a_text_that_is_cut_stays_a_text(serve: Serve, before: str) -> None:
    """Though the cut may go through a character."""
    served = serve(TREE)
    content = before + "ü" * 50_000
    served.client("PUT", "/f.txt", content)
    part = told(served).request
    assert (part.base64, part.truncated, part.size) == (False, True, len(content.encode()))
    assert content.startswith(part.body)
    assert len(part.body.encode()) in (MOST_OF_A_BODY, MOST_OF_A_BODY - 1)


def test_what_head_does_not_send_is_not_in_its_answer(serve: Serve) -> None:
    """The entry has the headers alone."""
    served = serve(TREE)
    served.client("HEAD", "/f.txt")
    assert (told(served).answer.body, told(served).answer.size) == ("", 0)


def test_a_405_is_kept_as_it_was_sent(serve: Serve) -> None:
    """With Allow."""
    served = serve(TREE)
    for method, path in (("POST", "/f.txt"), ("PUT", "/c/")):
        answer = served.client(method, path)
        assert dict(told(served).answer.headers)["Allow"] == answer.headers["Allow"]


@pytest.mark.own_server
def test_the_body_of_an_answer_is_never_changed(serve: Serve) -> None:
    """With and without our own headers every answer is the same but for those."""
    ours, strict = serve(TREE), serve(TREE, strict_wire=True)
    for method in METHODS:
        said, bare = (each.client(method, *_args(method)) for each in (ours, strict))
        assert (said.status, said.body, lasting(said)) == (bare.status, bare.body, dict(bare.headers))
    assert len(strict.world.journal) == len(METHODS)


def test_many_writers_and_a_reader_lose_nothing(serve: Serve) -> None:
    """Each exchange has a number of its own, counted without holes, and who asks for what is new misses none."""
    served, seen, done = serve(TREE), list[int](), threading.Event()

    def write(thread: int) -> list[tuple[str, str]]:
        return [
            (f"/{thread}-{number}", served.client("PUT", f"/{thread}-{number}", "x").headers["Dav424-Exchange"])
            for number in range(40)
        ]

    def read() -> None:
        since = 0
        while not (done.is_set() and since == 320):
            for entry in served.world.journal.wait(lambda entry, last=since: entry.number > last, 1, 0.1):
                seen.append(entry.number)
                since = max(since, entry.number)

    with ThreadPoolExecutor(9) as pool:
        reading = pool.submit(read)
        answered = [each for pairs in pool.map(write, range(8)) for each in pairs]
        done.set()
        reading.result(timeout=10)
    by_number = {str(entry.number): entry.path for entry in served.world.journal}
    assert {number: path for path, number in answered} == by_number
    assert seen == list(range(1, 321))


# --- waiting -----------------------------------------------------------------------------------------------------------


def entry(**more: Any) -> JournalEntry:
    return JournalEntry(at=0.0, scenario="t", request=Request("GET", (), **more), answer=Response(200))


def test_who_waits_is_woken_by_what_is_wanted() -> None:
    """Not by other entries, and no sooner than there are enough."""
    journal = ExchangeJournal()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(journal.wait, lambda each: each.request.user == "ada", 2, 10.0)
        for user in ("ada", "bob", "ada"):
            time.sleep(0.05)
            assert not waiting.done()
            journal.record(entry(user=user))
        assert [each.number for each in waiting.result(timeout=5)] == [1, 3]


def test_who_waits_in_vain_gets_what_there_is() -> None:
    """When the time is up."""
    journal = ExchangeJournal()
    journal.record(entry())
    begun = time.monotonic()
    assert len(journal.wait(lambda _: True, 2, 0.2)) == 1
    assert time.monotonic() - begun >= 0.2


def test_who_waits_in_vain_gets_what_came_meanwhile_too() -> None:
    """Entries that were too few to end the wait."""
    journal = ExchangeJournal()
    journal.record(entry())
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(journal.wait, lambda _: True, 5, 0.5)
        while not journal.waiting:
            time.sleep(0.01)
        journal.record(entry())
        assert [each.number for each in waiting.result(timeout=5)] == [1, 2]


def test_a_wait_outlasts_a_cleared_and_a_full_journal() -> None:
    """Entries that the journal no longer has do not count."""
    journal = ExchangeJournal(most_entries=2)
    journal.record(entry())
    with ThreadPoolExecutor() as pool:
        cleared = pool.submit(journal.wait, lambda _: True, 2, 10.0)
        wanted = pool.submit(journal.wait, lambda each: each.request.user == "ada", 2, 10.0)
        while journal.waiting < 2:
            time.sleep(0.01)
        journal.clear()
        for user in ("ada", "bob", "bob", "ada"):
            journal.record(entry(user=user))
        assert len(cleared.result(timeout=5)) == 2
        time.sleep(0.1)
        assert not wanted.done()
        journal.record(entry(user="ada"))
        assert [each.number for each in wanted.result(timeout=5)] == [4, 5]


def test_the_error_of_a_look_ends_the_wait() -> None:
    """A look says that the client has gone."""
    journal = ExchangeJournal()

    def look() -> None:
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        journal.wait(lambda _: True, 1, 60, look)
    assert journal.waiting == 0


def test_nobody_waits_for_a_closed_journal() -> None:
    """What is there is found all the same."""
    journal = ExchangeJournal()
    journal.record(entry())
    journal.close()
    begun = time.monotonic()
    assert (len(journal.wait(lambda _: True, 1, 60)), len(journal.wait(lambda _: True, 2, 60))) == (1, 1)
    assert time.monotonic() - begun < 60


# --- explained ---------------------------------------------------------------------------------------------------------


def test_an_explanation_says_why_in_words(serve: Serve) -> None:
    """The text names the request, each action with what came of it, the cause and the section."""
    served = serve(causes("{id: no-q, kind: protected-property, property: '{urn:u}q'}"))
    served.client("PROPPATCH", *_args("PROPPATCH"))
    text = as_text(told(served))
    for said in (
        f"PROPPATCH {served.client.base}/f.txt -> 207 Multi-Status",
        "0  set {urn:u}p of /f.txt: 424 Failed Dependency",
        "because of 1: set {urn:u}q of /f.txt: 403 Forbidden {DAV:}cannot-modify-protected-property",
        "(RFC 4918 9.2)",
        "cause no-q (protected-property)",
        "(RFC 4918 15)",
        "curl -i -X PROPPATCH http://",
    ):
        assert said in text


def test_a_page_cannot_be_written_into(serve: Serve) -> None:
    """Whatever stands in a request is text on it."""
    served = serve("users: {'<b>': '<i>'}")
    served.client("PUT", "/<script>", "</pre><script>", {**basic("<b>", "<i>"), "X-A": "<script>"})
    served.client("PROPPATCH", "/%3Cscript%3E", patch("<u:p>&lt;script></u:p>"), {**XML, **basic("<b>", "<i>")})
    served.client("GET", "/%3Cscript%3E", "", basic("<b>", "<i>"))
    inside = (batches.put("1", "<script>", "<script>"), batches.put("2", "%3Cscript%3E/<script>"))
    served.client("POST", "/$batch", batch(*inside), {**batches.JSON, **basic("<b>", "<i>")})
    served.client("POST", "/%3Cscript%3E/", share("&lt;script>"), {**XML, **basic("<b>", "<i>")})
    for each in served.world.journal:
        page = as_html(report(each))
        assert "<script" not in page
        assert etree.fromstring(page.removeprefix("<!DOCTYPE html>").encode(), etree.HTMLParser()) is not None


def test_a_page_shows_the_requests_of_a_batch(serve: Serve) -> None:
    """Each with a table of its own; of very many, the first and how many more there are."""
    served = serve(causes("{id: c, kind: lock, path: /f.txt}"))
    served.client("POST", *_args("POST"))
    page = etree.fromstring(as_html(told(served)).removeprefix("<!DOCTYPE html>").encode(), etree.HTMLParser())
    headings = ["".join(each.itertext()) for each in page.iter("h2")]
    assert headings == [f"Part 1: PUT {served.client.base}/f.txt -> 423 Locked", "Replay", "Response"]
    whole, part = ["".join(each.itertext()) for each in page.iter("table")]
    assert "send request 2 (PUT g.txt)424 Failed Dependencybecause of 0: send request 1" in whole
    assert "cause c (lock)" in part
    count = MOST_SHOWN + 3
    served.client(
        "POST", "/$batch", batch(*(batches.ask(f"{each}", "get", "f.txt") for each in range(count))), batches.JSON
    )
    page = as_html(told(served))
    assert page.count(": GET") == as_text(told(served)).count(": GET") == MOST_SHOWN
    assert page.endswith("</body></html>\n")
    assert "<p>and 3 more</p>" in page
    assert "and 3 more parts" in as_text(told(served))


def test_a_page_has_the_whole_answer(serve: Serve) -> None:
    """Its status line and its headers too, in the main landmark, and reason phrases beside the statuses."""
    served = serve(causes("{id: c, kind: lock, path: /f.txt}"))
    served.client("PUT", "/f.txt", "x")
    page = etree.fromstring(as_html(told(served)).removeprefix("<!DOCTYPE html>").encode(), etree.HTMLParser())
    main = page.find("body/main")
    assert main is not None
    shown = ["".join(each.itertext()) for each in main.iter("pre")][-1]
    assert shown.startswith("HTTP/1.1 423 Locked\nContent-Type: ")
    assert "<D:lock-token-submitted>" in shown
    assert "423 Locked" in "".join(main.find("table").itertext())


def test_what_is_kept_can_be_written_as_json_and_read_back(serve: Serve) -> None:
    """By whoever has the types."""
    served = serve(causes("{id: c, kind: lock, path: /c/d.txt}"))
    for method in METHODS:
        served.client(method, *_args(method))
    for each in served.world.journal:
        found = report(each)
        assert msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(found), type=ExchangeReport)) == (
            msgspec.json.encode(found)
        )


def test_the_cost_of_an_explanation_follows_the_actions(serve: Serve) -> None:
    """And not their square: what all have in common is worked out once and listed in part."""
    costs = []
    for half in (1_000, 2_000):
        served = serve(causes(f"{{id: c, kind: store-fails, after: {half}}}"))
        served.client("PROPPATCH", "/f.txt", patch(*(f"<u:p{number}/>" for number in range(2 * half))), XML)
        costs.append(calls(lambda served=served: as_text(told(served))))
    assert costs[1] < 2.2 * costs[0]
    found = told(served)
    assert (len(found.facts), len(found.facts[0].because), len(found.facts[0].causes)) == (
        4_000,
        MOST_LISTED,
        MOST_LISTED,
    )
    assert len(msgspec.json.encode(found)) < 5_000_000
    text = as_text(found)
    assert "and of more failures" in text
    assert "and 3800 more" in text


@pytest.mark.usefixtures("curl")
@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("PROPPATCH", "/f.txt", XML, patch(P, '<u:q>it\'s "quoted" $HOME `x` \\ </u:q>').encode()),
        ("PUT", "/f.txt", {"Content-Type": "text/plain"}, b"plain\nlines\n"),
        ("PUT", "/f.txt", {}, b"no type"),
        ("PUT", "/f.txt", {}, b"@/etc/hostname"),
        ("PUT", "/f.txt", {}, bytes(range(256))),
        ("PUT", "/f.txt", {}, b"line\r\nline\r\n"),
        ("PUT", "/f.txt", {}, b"\r\\r \\0101 \\c %s 'q' \"d\" $HOME `x` \\\\ -n\r\n\n"),
        ("PUT", "/f.txt", {"Content-Type": "text/plain"}, b""),
        ("PUT", "/f.txt", {}, b""),
        ("GET", "/f.txt", {"Content-Length": "0"}, b""),
        ("POST", "/$batch", batches.JSON, batch(batches.put("1", "f.txt", "it's")).encode()),
        ("PUT", "/a%20b%5Bc%5D%7Bd%7D;e=$f'", {"Content-Type": "text/plain"}, b"x"),
        ("PUT", "/[c]{d}?q=[1]", {"Content-Type": "text/plain"}, b"x"),
        ("GET", "/f.txt", {}, b""),
        ("GET", "/f.txt", {}, b"a body"),
        ("HEAD", "/f.txt", {}, b""),
        ("GET", "/f.txt", {"X-Empty": "", "X-Quoted": "it's"}, b""),
        ("GET", "/c/../f.txt", {}, b""),
        ("GET", "//f.txt", {}, b""),
        ("MOVE", "/f.txt", {"Destination": "{base}/a%20b", "Overwrite": "F"}, b""),
    ],
)
def test_the_command_asks_the_same_again(
    serve: Serve, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> None:
    """What a shell and curl make of it arrives as the first time: method, target, headers and body."""
    served = serve(TREE)
    lines = [f"{method} {served.client.base}{path} HTTP/1.1", f"Host: {served.client.host}:{served.client.port}"]
    lines += [f"{name}: {value.replace('{base}', served.client.base)}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if body or method == "PUT" else []
    served.client.raw("\r\n".join([*lines, "", ""]).encode() + body)
    first = list(served.world.journal)[-1]
    subprocess.run(["sh", "-c", report(first).curl], check=True, capture_output=True, timeout=30)
    second = list(served.world.journal)[-1]
    assert second.number == first.number + 1
    assert _asked(second) == _asked(first)


def _asked(found: JournalEntry) -> tuple[object, ...]:
    by_curl = {"accept", "user-agent", "host"}
    headers = {name: value for name, value in found.request.headers.items() if name not in by_curl}
    return found.request.method, found.request.target, found.request.body, headers


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_who_logged_in_is_asked_for_the_password(serve: Serve, curl: str, scheme: str) -> None:
    """It is not in the command, which works with it all the same."""
    served = serve(f"{TREE}users: {{ada: secret}}\nauth: {scheme}")
    url = f"{served.url}f.txt"
    subprocess.run([curl, "-s", f"--{scheme}", "-u", "ada:secret", url], check=True, capture_output=True)
    command = told(served).curl
    assert "-u ada " in command
    assert ("--digest" in command) == (scheme == "digest")
    with_password = command.replace("-u ada ", "-u ada:secret ")
    again = subprocess.run(["sh", "-c", with_password], check=True, capture_output=True)
    assert b"200 OK" in again.stdout


def test_a_command_for_a_cut_body_says_that_it_lacks_the_rest(serve: Serve) -> None:
    """It would ask for something else."""
    served = serve(TREE)
    served.client("PUT", "/f.txt", "x" * 100_000)
    assert told(served).curl.endswith(
        "--data-binary @BODY  # replace BODY by a file with all 100000 bytes; the journal has the first 65536"
    )


def test_a_fact_can_be_said_in_a_line() -> None:
    """For messages of tests that fail."""
    fact = ActionResult(0, "set", "/f", "{urn:u}p", "failed", 403, condition="{DAV:}x")
    assert str(fact) == "set {urn:u}p of /f: 403 Forbidden {DAV:}x"
    assert str(Subject("set", ("f",), "{urn:u}p")) == "set {urn:u}p"


def test_locks_that_are_gone_are_not_kept_by_what_they_refused(serve: Serve) -> None:
    """An entry names the cause, and holds neither lock nor tree."""
    served = serve(causes("{id: c, kind: lock, path: /c/d.txt}"))
    for asked in (lambda: served.client("DELETE", "/c/"), lambda: lock(served.client, "/c/")):
        asked()
        found = list(served.world.journal)[-1]
        kept = [step.outcome for step in found.steps] + ([found.refused] if found.refused else [])
        assert {getattr(each, "by", None) for each in kept} <= {None, "c"}
        assert {getattr(each, "value", None) for each in kept} == {None}


def test_clients_of_two_spaces_have_two_journals(server: Whole) -> None:
    """One that is cleared leaves the other as it is."""
    for space in ("a", "b"):
        Client(f"{server.url}s/{space}/playground/")("GET", "/")
    server.app.spaces.find("a").journal.clear()
    assert [len(server.told(space)) for space in ("a", "b")] == [0, 1]


def test_golden_destinations_stay_inside() -> None:
    """The conversation's helper writes paths of its own scenario."""
    assert to("/x")["Destination"].startswith("/s/SPACE/golden/")


def test_the_other_meaning_of_the_number_is_explained(serve: Callable[..., Served]) -> None:
    """To Exchange it is Method Failure: what is to be done in a transaction, where none can be begun."""
    served = serve("tree: {/f.txt: {content: a}}")
    headers = {"Content-Type": "application/xml", "Transaction": "<urn:x:1>"}
    body = '<D:delete xmlns:D="DAV:"><D:target><D:href>f.txt</D:href></D:target></D:delete>'
    served.client("BDELETE", "/", body, headers)
    found = told(served)
    assert (found.status, found.reason) == (424, "Method Failure")
    (fact,) = [each for each in found.facts if each.status == 424]
    assert ("Method Failure" in fact.rule, "RFC 4918 11.4" in fact.rule, fact.causes) == (True, True, [0])


@pytest.mark.parametrize(("size", "kept"), [(4, 4), (MOST_OF_A_BODY, MOST_OF_A_BODY), (MOST_OF_A_BODY + 1, 0)])
def test_the_body_of_a_method_that_is_not_served_is_kept(serve: Serve, size: int, kept: int) -> None:
    """The journal has the body of a refused SEARCH, as far as it keeps bodies; the connection goes on."""
    served = serve(TREE)
    answer = served.client("SEARCH", "/f.txt", headers=XML, body=b"x" * size)
    request = told(served).request
    assert (answer.status, request.size, len(request.body)) == (501, kept, kept)
