"""The targets of Exchange's B methods (BCOPY, BDELETE, ...), and the answer to a B method in a transaction.

The Request-URI is a collection, and the scope of the request: each ``DAV:target`` names resources in it, by hrefs
that may be relative to it. The method does to each target what the method without the B does to one resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.apply import AlreadyRefused
from dav424.core.batch import Action, FailedDependency, Group, Refused
from dav424.core.message import Request, Response, text_response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import headers, if_header, request_xml
from dav424.spine import unmet_lists
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Parts, Plan, Planner
from dav424.store.tree import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.core.subject import Verb

MOST = 1_000
"""Limit for the targets of one request."""
MOST_WORK = 1_000_000
"""Limit for the conditions and instructions of all targets together."""
_TARGET, _HREF, _DEST = f"{DAV}target", f"{DAV}href", f"{DAV}dest"
METHOD_FAILURE = "Method Failure"
_TWO_MEANINGS = (
    "Exchange uses this status for a method that can't be part of a transaction, and calls it Method Failure. "
    "In RFC 4918 11.4 it means that an action depended on another action, and that action failed. "
    "This request depended on a transaction, and the server could not begin one."
)


class Target(Struct, frozen=True):
    """One resource of the request; ``dest`` is its destination for BCOPY or BMOVE, if the body has one."""

    path: Path
    slash: bool
    dest: Path | None = None
    dest_slash: bool = False

    def request(self, whole: Request, method: str, **extra: str) -> Request:
        """Make the subrequest for this target, with ``extra`` headers added to those of the whole request."""
        return replace(whole, method=method, path=self.path, slash=self.slash, headers={**whole.headers, **extra})


def scope(exchange: OpenExchange) -> None:
    """Refuse a Request-URI that isn't a collection: with 405 a document, with 404 an unmapped URL."""
    if isinstance(exchange.draft.get(exchange.request.path), Document):
        raise Refused(
            405,
            f"{href(exchange.request.path)} is a document. Send the request to a collection that contains the targets.",
        )


def root(request: Request, *names: str) -> _Element:
    """Parse the body, whose root element must have one of these names in ``DAV:``."""
    return request_xml.parse_as(request, *(DAV + name for name in names))


def read(request: Request, body: _Element) -> list[Target]:
    """Read the targets in document order.

    Refuses with 400 a body without targets, or with one target twice, with 413 more than ``MOST`` targets, and with
    403 a target outside of the Request-URI.
    """
    targets: list[Target] = []
    for target in body.iterchildren(_TARGET):
        hrefs, dests = [*target.iterchildren(_HREF)], [*target.iterchildren(_DEST)]
        if not hrefs:
            raise Refused(400, "A DAV:target has no DAV:href. Name the resource in a DAV:href.")
        if dests and (len(hrefs), len(dests)) != (1, 1):
            raise Refused(
                400,
                "A DAV:target with a DAV:dest must hold exactly one DAV:href and one DAV:dest; "
                f"the request has {len(hrefs)} and {len(dests)}.",
            )
        dest, dest_slash = _dest(request, dests[0]) if dests else (None, False)
        targets += [Target(*in_scope(request, element), dest, dest_slash) for element in hrefs]
        if len(targets) > MOST:
            raise Refused(413, f"The body names more than {MOST} targets. Send them in several requests.")
    if not targets:
        raise Refused(400, f"The body of {request.method} has no target. Send a DAV:target that holds a DAV:href.")
    refuse_twice("The target", [target.path for target in targets])
    return targets


def refuse_twice(noun: str, paths: Sequence[Path]) -> None:
    """Refuse with 400 a path that occurs twice; ``noun`` begins the sentence."""
    seen: set[Path] = set()
    for path in paths:
        if path in seen:
            raise Refused(400, f"{noun} {href(path)} occurs twice. Name it once.")
        seen.add(path)


def in_scope(request: Request, element: _Element) -> tuple[Path, bool]:
    """Read a ``DAV:href``, and whether it ends in a slash; refuses with 403 a path outside of the Request-URI."""
    path, slash = resolve(request, element, "DAV:href", href(request.path, collection=True))
    if path[: len(request.path)] != request.path:
        raise Refused(
            403, f"The target {href(path)} is outside of the Request-URI, {href(request.path, collection=True)}."
        )
    return path, slash


def _dest(request: Request, element: _Element) -> tuple[Path, bool]:
    """Read a ``DAV:dest``, which is relative to the ``Destination`` or, without one, to the Request-URI."""
    collection = headers.destination(request) if "destination" in request.headers else request.path
    return resolve(request, element, "DAV:dest", href(collection, collection=True))


def resolve(request: Request, element: _Element, name: str, collection: str) -> tuple[Path, bool]:
    """Read an href in the element ``name``, relative to ``collection``; refuses with 403 one outside of the scenario."""
    sent = request_xml.text(element).strip()
    if not sent:
        raise Refused(400, f"A {name} is empty. Send the URL of a resource.")
    absolute = sent.startswith("/") or ":" in sent.partition("/")[0]
    resolved = request.within_world(sent if absolute else f"{request.base}{collection}{sent}", name)
    if resolved is None:
        raise Refused(403, f"The {name} {sent[:80]!r} is outside of this scenario. Name a resource in {request.base}/.")
    return resolved


def destinations(request: Request, targets: Iterable[Target]) -> list[tuple[Path, bool]]:
    """Give the destination of each target: its own ``DAV:dest``, else its name in the ``Destination`` collection."""
    destinations: list[tuple[Path, bool]] = []
    for target in targets:
        if target.dest is not None:
            destinations.append((target.dest, target.dest_slash))
        elif not target.path:
            raise Refused(
                403, "The root collection of a scenario can't be copied or moved into a collection. Name its members."
            )
        else:
            destinations.append(((*headers.destination(request), target.path[-1]), target.slash))
    refuse_twice("The destination", [path for path, _ in destinations])
    return destinations


def plan_each(exchange: OpenExchange, method: str, planner: Planner, verb: Verb) -> Plan:
    """Plan ``method`` for each target, without further headers; the name of the root element is the method's."""
    request = exchange.request
    named = read(request, root(request, method.lower()))
    return plan(exchange, [(target.request(request, method), planner) for target in named], verb)


def plan(exchange: OpenExchange, parts: Sequence[tuple[Request, Planner]], verb: Verb, actions: int = 1) -> Plan:
    """Plan a subrequest for each target or, in a transaction, an action that depends on the transaction.

    Tagged lists of ``If`` are judged once, before the first change; the others for each target. Each target has a number of
    ``actions``. Refuses with 413 more than ``MOST_WORK`` for all targets.
    """
    if "transaction" in exchange.request.headers:
        return _in_transaction(exchange, verb)
    lists = exchange.if_lists
    tagged = any(state_list.tagged for state_list in lists)
    if tagged and not if_header.any_holds(lists, exchange.draft):
        raise Refused(412, unmet_lists.explanation(exchange, lists))
    for_each = actions + (0 if tagged else sum([len(state_list.conditions) for state_list in lists]))
    if len(parts) * for_each > MOST_WORK:
        raise Refused(
            413,
            f"{len(parts)} targets with {for_each} conditions and instructions each are more than {MOST_WORK} together. "
            "Send several requests.",
        )
    return Parts(parts, verb, judged=tagged)


def _in_transaction(exchange: OpenExchange, verb: Verb) -> Sequence[Group]:
    """Plan a method that depends on a transaction, which the server can't begin."""
    token = headers.transaction(exchange.request)
    path = exchange.request.path
    refused = Refused(
        501, f"This server has no transactions, and the request is in {token}. Send it without the Transaction header."
    )
    return [
        [Action(Subject("begin", path, name="a transaction"), AlreadyRefused(refused))],
        [Action(Subject(verb, path), lambda: None, needs=(0,))],
    ]


def unless_in_transaction(answer: Callable[[OpenExchange], Response]) -> Callable[[OpenExchange], Response]:
    """Wrap the ``answer`` of a B method: a request in a transaction is answered with a 424."""

    @wraps(answer)
    def answer_or_failure(exchange: OpenExchange) -> Response:
        return _failure(exchange) if "transaction" in exchange.request.headers else answer(exchange)

    return answer_or_failure


def _failure(exchange: OpenExchange) -> Response:
    own = exchange.outcomes[1]
    assert isinstance(own, FailedDependency), "the server can't begin a transaction"
    failed = text_response(own.status, f"{exchange.because(1)} {_TWO_MEANINGS}")
    return replace(failed, phrase=METHOD_FAILURE)
