"""What Exchange's B methods have in common: the targets in the body, and no place in a transaction.

The Request-URI is a collection and the scope: each ``DAV:target`` names resources in it, by hrefs that
may be relative to it, and the method does to each what its namesake without the B would do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.apply import AlreadyRefused
from dav424.core.batch import Action, FailedDependency, Group, Refused
from dav424.core.message import Request, Response, text_response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href, within
from dav424.core.subject import Subject
from dav424.dav import headers, request_xml
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Parts, Plan, Planner
from dav424.store.tree import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.core.subject import Verb

MOST = 1_000
"""Targets of one request."""
_TARGET, _HREF, _DEST = f"{DAV}target", f"{DAV}href", f"{DAV}dest"
METHOD_FAILURE = "Method Failure"
_TWO_MEANINGS = (
    "Exchange has this number for a method that can't be part of a transaction, and calls it Method Failure. "
    "In RFC 4918 11.4 it says that an action depended on another one, which failed: "
    "here the method depended on a transaction, and none could be begun."
)


class Target(Struct, frozen=True):
    """One resource to work on; ``dest`` is where BCOPY or BMOVE are to bring it, if the body says so."""

    path: Path
    slash: bool
    dest: Path | None = None
    dest_slash: bool = False

    def request(self, whole: Request, method: str, **sent: str) -> Request:
        """Make the request that the target stands for, with these headers beside those of the whole."""
        return replace(whole, method=method, path=self.path, slash=self.slash, headers={**whole.headers, **sent})


def scope(exchange: OpenExchange) -> None:
    """Refuse what isn't a collection: 404, or 405 for a document."""
    if isinstance(exchange.draft.get(exchange.request.path), Document):
        raise Refused(405, f"{href(exchange.request.path)} is a document; name a collection, the scope of the targets.")


def root(request: Request, *names: str) -> _Element:
    """Parse the body, whose root must have one of these names in ``DAV:``."""
    found = request_xml.parse(request)
    if found.tag not in {DAV + name for name in names}:
        wanted = " or ".join(f"DAV:{name}" for name in names)
        raise Refused(400, f"The body of {request.method} must be a {wanted}, and it is {found.tag}.")
    return found


def read(request: Request, element: _Element) -> list[Target]:
    """Read the targets in document order.

    Refuses with 400 a body that names none, or one twice, with 413 more than ``MOST`` and with 403 what
    lies outside of the Request-URI.
    """
    found: list[Target] = []
    for target in element.iterchildren(_TARGET):
        hrefs, dests = [*target.iterchildren(_HREF)], [*target.iterchildren(_DEST)]
        if not hrefs:
            raise Refused(400, "A DAV:target names nothing: it needs a DAV:href.")
        if dests and (len(hrefs), len(dests)) != (1, 1):
            raise Refused(400, "A DAV:target with a DAV:dest must hold exactly one DAV:href and one DAV:dest.")
        dest, dest_slash = _dest(request, dests[0]) if dests else (None, False)
        found += [Target(*in_scope(request, each), dest, dest_slash) for each in hrefs]
        if len(found) > MOST:
            raise Refused(413, f"The body names more than {MOST} targets; send them in several requests.")
    if not found:
        raise Refused(400, f"The body of {request.method} needs a DAV:target that holds a DAV:href.")
    refuse_twice("The target", [each.path for each in found])
    return found


def refuse_twice(what: str, paths: Sequence[Path]) -> None:
    """Refuse with 400 paths of which one occurs twice."""
    seen: set[Path] = set()
    for path in paths:
        if path in seen:
            raise Refused(400, f"{what} {href(path)} is named twice.")
        seen.add(path)


def in_scope(request: Request, element: _Element) -> tuple[Path, bool]:
    """Read a ``DAV:href``, and whether it ends in a slash; refuses with 403 one outside of the Request-URI."""
    path, slash = _resolve(request, element, "DAV:href", href(request.path, collection=True))
    if path[: len(request.path)] != request.path:
        raise Refused(403, f"The target {href(path)} lies outside of {href(request.path, collection=True)}.")
    return path, slash


def _dest(request: Request, element: _Element) -> tuple[Path, bool]:
    """Read a ``DAV:dest``, which is relative to the ``Destination`` or, without one, to the Request-URI."""
    place = headers.destination(request) if "destination" in request.headers else request.path
    return _resolve(request, element, "DAV:dest", href(place, collection=True))


def _resolve(request: Request, element: _Element, what: str, place: str) -> tuple[Path, bool]:
    sent = request_xml.text(element).strip()
    if not sent:
        raise Refused(400, f"A {what} is empty.")
    absolute = sent.startswith("/") or ":" in sent.partition("/")[0]
    found = within(sent if absolute else request.base + place + sent, request.base_path, what)
    if found is None:
        raise Refused(403, f"{what}: {sent[:80]!r} is not in {request.base}/.")
    return found


def destinations(request: Request, targets: Iterable[Target]) -> list[tuple[Path, bool]]:
    """Say where each target is to go: its own ``DAV:dest``, else its name in the ``Destination``."""
    found: list[tuple[Path, bool]] = []
    for each in targets:
        if each.dest is not None:
            found.append((each.dest, each.dest_slash))
        elif not each.path:
            raise Refused(403, "The root of a scenario can't be copied or moved into a collection.")
        else:
            found.append(((*headers.destination(request), each.path[-1]), each.slash))
    refuse_twice("The destination", [path for path, _ in found])
    return found


def plan(exchange: OpenExchange, asked: Iterable[tuple[Request, Planner]], verb: Verb) -> Plan:
    """Make a part of each target; in a transaction, an action that depends on one.

    Tagged lists of ``If`` are judged once, before the first target is touched; the others by each target.
    """
    if "transaction" in exchange.request.headers:
        return _in_transaction(exchange, verb)
    lists = exchange.if_lists
    tagged = any(each.tagged for each in lists)
    if tagged and not any(each.holds(exchange.draft) for each in lists):
        raise Refused(412, "No list of the If header holds.")
    return Parts(asked, verb, judged=tagged)


def _in_transaction(exchange: OpenExchange, verb: Verb) -> Sequence[Group]:
    """Make the method depend on a transaction, which can't be begun."""
    token = headers.transaction(exchange.request)
    path = exchange.request.path
    none = Refused(501, f"There is no transaction {token}: this server has none.")
    return [
        [Action(Subject("begin", path, name="a transaction"), AlreadyRefused(none))],
        [Action(Subject(verb, path), lambda: None, needs=(0,))],
    ]


def transaction_failure(exchange: OpenExchange) -> Response | None:
    """Answer for a method that depended on a transaction; None for one that didn't."""
    if "transaction" not in exchange.request.headers:
        return None
    own = exchange.outcomes[1]
    assert isinstance(own, FailedDependency), "no transaction can be begun"
    failed = text_response(own.status, f"{exchange.because(1)} {_TWO_MEANINGS}")
    return replace(failed, phrase=METHOD_FAILURE)
