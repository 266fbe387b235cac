"""``calendar-multiget`` and ``addressbook-multiget`` (RFC 4791 7.9, RFC 6352 8.7): the members that the client names.

    /cal/a.ics   its properties and its data     207 propstat
    /cal/b.ics   a cause denies it               207 status 403
    /cal/c.ics   it is gone                      207 status 404
    /other/d     it is not of this scenario      207 status 404, with the href as it was sent
    http://[     it is no URL                    207 status 400, with the href as it was sent

``Depth`` is ignored, as the RFCs say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dav424.causes.apply import AlreadyRefused
from dav424.core.batch import Action, Failed, Group, Refused, without_frames
from dav424.core.hrefs import Base
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import multistatus, request_xml
from dav424.methods.microsoft.targets import resolve
from dav424.methods.reports.object_data import has_data, object_selection
from dav424.methods.reports.report_kind import member_response, multistatus_report, plan_members
from dav424.methods.response_writer import ResponseWriter
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

_EMPTY = "an empty DAV:href"


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each href that names no member, or a member that a cause forbids to report."""
    selection = object_selection(exchange.request, root)
    named = _named(exchange, root)
    exchange.prepared = tuple(named)
    there = [each for each, refusal in named.items() if refusal is None and not isinstance(each, str)]
    refusals = [_refusal(exchange, each, refusal) for each, refusal in named.items() if refusal is not None]
    return [*plan_members(exchange, there, reads_content=has_data(selection)), *refusals]


def _refusal(exchange: OpenExchange, named: Path | str, refusal: Refused) -> Group:
    top = exchange.request.path
    subject = Subject("read", top, name=named or _EMPTY) if isinstance(named, str) else Subject("read", named)
    return [Action(subject, AlreadyRefused(refusal))]


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207 with a response for each href, in the order of the request."""
    return multistatus_report(exchange, _responses(exchange, root))


def _responses(exchange: OpenExchange, root: _Element) -> Iterator[str]:
    selection = object_selection(exchange.request, root)
    subjects = [action.subject for action in exchange.actions]
    failed = {
        subject.name or subject.path: outcome
        for subject, outcome in zip(subjects, exchange.outcomes, strict=True)
        if isinstance(subject, Subject) and isinstance(outcome, Failed)
    }
    assert isinstance(exchange.prepared, tuple), "the plan has made it"
    draft, writer = exchange.draft, ResponseWriter(exchange, selection)
    for each in exchange.prepared:
        if isinstance(each, str):
            yield multistatus.failed_response(Base(), each, failed[each or _EMPTY])
        else:
            yield from member_response(draft, writer, each, failed.get(each))


def _named(exchange: OpenExchange, root: _Element) -> dict[Path | str, Refused | None]:
    """Read the hrefs: paths, or texts that name no resource of the scenario; gives the reason for each that names no member."""
    request = exchange.request
    elements = [*root.iterchildren(f"{DAV}href")]
    if not elements:
        raise Refused(
            400, "A multiget names the members that it wants; the request has no DAV:href. Send at least one."
        )
    collection = href(request.path, collection=True)
    named: dict[Path | str, Refused | None] = {}
    for element in elements:
        try:
            path, slash = resolve(request, element, "DAV:href", collection)
        except Refused as refused:
            status = 404 if refused.status == 403 else refused.status
            named[request_xml.text(element).strip()] = without_frames(Refused(status, refused.detail))
        else:
            named[path] = _absence(exchange, path, slash=slash)
    return named


def _absence(exchange: OpenExchange, path: Path, *, slash: bool) -> Refused | None:
    """Say why a path is no member of the Request-URI; None if it is one."""
    top, node = exchange.request.path, exchange.draft.find(path)
    if path[: len(top)] != top:
        return Refused(404, f"{href(path)} is not in {href(top, collection=True)}, to which the report was sent.")
    if node is None or (slash and isinstance(node, Document)):
        return Refused(404, f"There is nothing at {href(path, collection=slash)}.")
    return None
