"""``principal-match`` (RFC 3744 9.3): the resources in a collection that are the user, or belong to the user.

<self/>                                 among the principals: that of the user
<principal-property><owner/>            resources whose property names the principal of the user
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dav424.core.batch import Group, Refused
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.dav import headers, multistatus, request_xml
from dav424.methods.failure_answers import failures
from dav424.methods.reports.object_data import object_selection
from dav424.methods.reports.report_kind import member_responses, multistatus_report, plan_members
from dav424.methods.resource_properties import PropertySelection, live_resource, propstats
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import walk

if TYPE_CHECKING:
    from lxml.etree import _Element


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each resource that matches, and that a cause forbids to read."""
    headers.depth(exchange.request, "0")
    return plan_members(exchange, _found(exchange, root), reads_content=False)


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207 with the properties of each resource that matches."""
    selection, failed = object_selection(exchange.request, root), dict(failures(exchange))
    return multistatus_report(exchange, member_responses(exchange, _found(exchange, root), selection, failed))


def _found(exchange: OpenExchange, root: _Element) -> list[Path]:
    owned = root.find(f"{DAV}principal-property")
    if (owned is None) == (root.find(f"{DAV}self") is None):
        raise Refused(400, "A DAV:principal-match must have a DAV:self or a DAV:principal-property, and not both.")
    principals, top = exchange.draft.principals, exchange.request.path
    user = principals.of_user.get(exchange.request.user)
    if user is None:
        return []
    if owned is None:
        return [path for path, _ in principals.all() if path == user and path[: len(top)] == top and top]
    named = tuple(child.tag for child in request_xml.elements(owned))
    if len(named) != 1:
        raise Refused(400, f"DAV:principal-property must name one property; the request names {len(named)}.")
    url = multistatus.href(exchange.request.base, href(user, collection=True))
    return [path for path, node in walk(exchange.draft.get(top), top) if _names(exchange, path, named[0], url)]


def _names(exchange: OpenExchange, path: Path, name: str, url: str) -> bool:
    """Say whether a property of a resource has the href of the user."""
    resource = live_resource(exchange, exchange.request.base, path, exchange.draft.get(path))
    return any(url in xml for part in propstats(resource, PropertySelection((name,))) for xml in part.properties)
