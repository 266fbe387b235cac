"""The facts of all methods, in the order of the ``Allow`` header. No module of a method is needed to know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.method_facts import COLLECTIONS, READABLE, RESOURCES, UNMAPPED, Facts, MethodFacts
from dav424.methods.reports import REPORTS

if TYPE_CHECKING:
    from dav424.core.method_facts import Rule

BATCH = ("$batch",)
GRAPH_BATCH = ("v1.0", "$batch")
"""The paths that take batches."""
_ATOMIC_RULE: Rule = ("The scenario makes this operation atomic: all or nothing.", "RFC 5842 2.4")
_GET = MethodFacts(
    safe=True,
    has_body=False,
    privilege="read",
    allowed_on=READABLE,
    rule=("A derived document needs all of its sources.", "RFC 4918 11.4"),
)
_DELETE = MethodFacts(
    has_body=False,
    reaches_members=True,
    atomicity="steps",
    privilege="unbind",
    allowed_on=RESOURCES,
    rule=("A collection can be deleted only after all of its members.", "RFC 4918 9.6.1"),
    atomic_rule=_ATOMIC_RULE,
)
_COPY = MethodFacts(
    reaches_members=True,
    atomicity="steps",
    has_body=False,
    privilege="read",
    allowed_on=RESOURCES,
    rule=("A member can be copied only after its collection.", "RFC 4918 9.8.3"),
    atomic_rule=_ATOMIC_RULE,
)
_MOVE = replace(
    _COPY,
    privilege="unbind",
    rule=(
        "A member can be moved only after its collection, and a collection leaves its place only after all of its members.",
        "RFC 4918 9.9.2",
    ),
)


def _for_each_target(facts: MethodFacts) -> MethodFacts:
    """Give the facts of the batch that does the same for each of its targets."""
    return replace(facts, atomicity="parts", has_body=True, reaches_members=False, allowed_on=COLLECTIONS)


METHOD_FACTS: Facts = {
    "OPTIONS": MethodFacts(safe=True, has_body=False, privilege="read", allowed_on=READABLE | UNMAPPED),
    "PROPFIND": MethodFacts(
        safe=True, reaches_members=True, lists_properties=True, privilege="read", allowed_on=READABLE
    ),
    "REPORT": MethodFacts(
        safe=True,
        reaches_members=True,
        lists_properties=True,
        privilege="read",
        allowed_on=READABLE,
        reports=tuple(REPORTS),
    ),
    "PROPPATCH": MethodFacts(
        privilege="write-properties",
        allowed_on=RESOURCES,
        rule=("The instructions of a PROPPATCH succeed or fail together.", "RFC 4918 9.2"),
    ),
    "GET": _GET,
    "HEAD": _GET,
    "DELETE": _DELETE,
    "COPY": _COPY,
    "MOVE": _MOVE,
    "LOCK": MethodFacts(
        reaches_members=True,
        lock_scopes=("exclusive", "shared"),
        allowed_on=RESOURCES | UNMAPPED,
        rule=("A lock covers all of its resources, or the server does not grant it.", "RFC 4918 9.10.3"),
    ),
    "UNLOCK": MethodFacts(has_body=False, privilege="unlock", allowed_on=RESOURCES),
    "PUT": MethodFacts(
        privilege="write-content",
        allowed_on=frozenset({"document", "unmapped"}),
        rule=("The content and the properties of a PUT are stored together or not at all.", "MS-WDV"),
    ),
    "MKCOL": MethodFacts(
        privilege="bind",
        allowed_on=UNMAPPED,
        rule=("The collection is made with all of its properties or not at all.", "RFC 5689 3"),
    ),
    "MKCALENDAR": MethodFacts(
        privilege="bind",
        allowed_on=UNMAPPED,
        rule=("The calendar is made with all of its properties or not at all.", "RFC 4791 5.3.1"),
    ),
    "ORDERPATCH": MethodFacts(
        allowed_on=COLLECTIONS,
        rule=("The changes of an ORDERPATCH succeed or fail together.", "RFC 3648 7"),
    ),
    "BPROPPATCH": MethodFacts(
        atomicity="parts",
        privilege="write-properties",
        allowed_on=COLLECTIONS,
        rule=("The instructions for one target succeed or fail together.", "RFC 4918 9.2"),
    ),
    "BPROPFIND": MethodFacts(
        atomicity="parts",
        lists_properties=True,
        privilege="read",
        allowed_on=COLLECTIONS,
        rule=("A method in a transaction needs the transaction.", "Exchange, Transaction header"),
    ),
    "BDELETE": _for_each_target(_DELETE),
    "BCOPY": _for_each_target(_COPY),
    "BMOVE": _for_each_target(_MOVE),
    "POST": MethodFacts(atomicity="parts", allowed_on=COLLECTIONS, allowed_at=frozenset({BATCH, GRAPH_BATCH})),
}
