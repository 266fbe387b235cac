"""Live properties: the server computes their values (RFC 4918 15, RFC 4331, RFC 3648, CalendarServer).

``LIVE`` is the table. A value is the XML inside the property's element; None means that the resource has no such
property. A client can set a property that has a ``write`` function if the scenario removes its protection. It can't set
the others, whatever the scenario says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import formatdate
from functools import cache, lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.condition_codes import CANNOT_MODIFY_PROTECTED_PROPERTY
from dav424.core.hrefs import Base
from dav424.core.markup import escape
from dav424.core.method_facts import LockScope
from dav424.core.namespaces import CALDAV, CALENDARSERVER, CARDDAV, DAV, INVITE, ME
from dav424.core.paths import href
from dav424.core.writable import EARLIEST_YEAR, is_date, utc
from dav424.dav import bulk_limits, multistatus, object_properties, principal_properties, request_xml
from dav424.dav.allowed_methods import allowed_methods
from dav424.dav.headers import http_date
from dav424.dav.if_header import ETAG
from dav424.dav.live_resource import LiveResource
from dav424.dav.supported_reports import is_synchronized, supported_reports
from dav424.dav.sync_token import sync_token
from dav424.store.draft import Draft
from dav424.store.locks import Lock
from dav424.store.ordering import UNORDERED
from dav424.store.principals import Principal, PrincipalCollection
from dav424.store.tree import COLLECTION, Collection, Derived, Document, Node
from dav424.store.written import ctag

ORDERING_TYPE = f"{DAV}ordering-type"


Kept = Literal["never", "from-file", "from-client"]
Follows = Literal["kind", "node", "more"]
"""What decides the value of a property of a resource that has no locks, and is no principal and not derived.

``kind`` is the kind of the resource, which is a document or a collection of some types, and the methods of the world. ``node``
is its node as well, and the latest arrival of a collection above it. ``more`` is whatever ``LiveResource`` holds.
"""
ReadNode = Callable[[Node, float], str | None]
"""Gives the value of such a property that follows the node; the number is the time of the latest arrival above it."""


class LiveProperty(Struct, frozen=True):
    """One live property.

    ``read`` returns the value. ``write`` returns the node with a value set, or raises ``Refused`` (default: None, for a
    property that can't be set). ``in_allprop`` says whether PROPFIND ``allprop`` returns it. ``kept`` says whether a stored
    value replaces the computed one: never, one of the scenario's tree, or also one that a client has set. ``follows`` says
    what decides the value, and ``of_node`` gives the value of one that follows the node. With ``on_collections``, no document
    has the property.
    """

    read: Callable[[LiveResource], str | None]
    write: Callable[[Node, str], Node] | None = None
    in_allprop: bool = True
    kept: Kept = "never"
    follows: Follows = "more"
    of_node: ReadNode | None = None
    on_collections: bool = False


@lru_cache(maxsize=1024)
def _created_at(second: int) -> str:
    return utc(second).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1024)
def _modified_at(second: int) -> str:
    return formatdate(second, usegmt=True)


def _creationdate(resource: LiveResource) -> str:
    return _created(resource.node)


def _created(node: Node, _: float = 0.0) -> str:
    return _created_at(math.floor(round(node.created, 6)))  # to a microsecond, as ``utc`` rounds it


def _set_creationdate(node: Node, text: str) -> Node:
    try:
        moment = datetime.fromisoformat(text)
        created = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Refused(409, f"DAV:creationdate must be a date-time of RFC 3339; received {text[:80]!r}.") from None
    _check_date("DAV:creationdate", text, created)
    return replace(node, created=created)


def _check_date(name: str, text: str, seconds: float) -> None:
    """Refuse with 409 a date that the server could not write, which lies at an end of the calendar."""
    if not is_date(seconds):
        raise Refused(409, f"{name} must lie in the years {EARLIEST_YEAR} to 9999 in UTC; received {text[:80]!r}.")


def _length(resource: LiveResource) -> str | None:
    shown = resource.draft.shown(resource.path, resource.node)
    return _length_of(shown) if shown is not None else None


def _length_of(node: Node, _: float = 0.0) -> str | None:
    return str(len(node.content)) if isinstance(node, Document) else None


def _type(resource: LiveResource) -> str | None:
    return _type_of(resource.node)


def _type_of(node: Node, _: float = 0.0) -> str | None:
    return escape(node.content_type) if isinstance(node, Document) else None


def _set_type(node: Node, text: str) -> Node:
    if not isinstance(node, Document) or not re.fullmatch(r"[\w.+-]+/[\w.+-]+([ \t]*;[\t\x20-\x7e]*)?", text, re.ASCII):
        raise Refused(409, f"DAV:getcontenttype must be the media type of a document; received {text[:80]!r}.")
    return replace(node, content_type=text)


def _etag(resource: LiveResource) -> str | None:
    shown = resource.draft.shown(resource.path, resource.node)
    return _etag_of(shown) if shown is not None else None


def _etag_of(node: Node, _: float = 0.0) -> str | None:
    return escape(node.etag) if isinstance(node, Document) else None


def _set_etag(node: Node, text: str) -> Node:
    _refuse_derived(node, "DAV:getetag")
    if not isinstance(node, Document) or text.startswith("W/") or not re.fullmatch(ETAG, text):
        raise Refused(
            409,
            f'DAV:getetag must be the strong entity-tag of a document, such as "v1"; received {text[:80]!r}.',
        )
    return replace(node, etag=text)


def _refuse_derived(node: Node, name: str) -> None:
    if isinstance(node, Derived):
        raise Refused(
            403,
            f"{name} of a derived document follows its sources, so no client can set it.",
            CANNOT_MODIFY_PROTECTED_PROPERTY,
        )


def _modified(resource: LiveResource) -> str | None:
    shown = resource.draft.shown(resource.path, resource.node)
    return _modified_at(int(resource.draft.modified(resource.path, shown))) if shown is not None else None


def _modified_of(node: Node, arrived: float) -> str:
    if isinstance(node, Collection) and node.arrived:
        arrived = max(arrived, node.arrived)
    return _modified_at(int(max(node.modified, arrived)))


def _set_modified(node: Node, text: str) -> Node:
    _refuse_derived(node, "DAV:getlastmodified")
    moment = http_date(text, now=node.modified)  # a year of two digits is near the date that it replaces
    if moment is None:
        raise Refused(409, f"DAV:getlastmodified must be an HTTP date; received {text[:80]!r}.")
    _check_date("DAV:getlastmodified", text, moment)
    return replace(node, modified=moment)


def _resourcetype(resource: LiveResource) -> str:
    if not isinstance(resource.node, Collection):
        return ""
    return "".join(multistatus.empty(name) for name in (COLLECTION, *resource.node.types))


def _supportedlock(resource: LiveResource) -> str:
    locking = resource.methods.get("LOCK") if not isinstance(resource.node, Principal | PrincipalCollection) else None
    return _lock_entries(locking.lock_scopes) if locking is not None else ""


@cache
def _lock_entries(scopes: tuple[LockScope, ...]) -> str:
    return "".join(
        f"<D:lockentry><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
        for scope in scopes
    )


def _lockdiscovery(resource: LiveResource) -> str | None:
    if "LOCK" not in resource.methods:
        return None  # RFC 4918 15.8: a server without locks need not have it
    return activelocks(resource.locks, resource.draft, resource.base)


def activelocks(locks: Iterable[Lock], draft: Draft, base: Base) -> str:
    """Write the ``DAV:activelock`` elements inside ``DAV:lockdiscovery`` (RFC 4918 15.8)."""
    return "".join(_activelock(lock, draft, base) for lock in locks)


def _activelock(lock: Lock, draft: Draft, base: Base) -> str:
    scope = "exclusive" if lock.exclusive else "shared"
    left = "Infinite" if lock.expires is None else f"Second-{max(0, int(lock.expires - draft.now))}"
    root = href(lock.root, collection=isinstance(draft.find(lock.root), Collection))
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>"
        f"<D:depth>{'infinity' if lock.infinite else '0'}</D:depth>{lock.owner}<D:timeout>{left}</D:timeout>"
        f"<D:locktoken><D:href>{escape(lock.token)}</D:href></D:locktoken>"
        f"<D:lockroot>{multistatus.href(base, root)}</D:lockroot></D:activelock>"
    )


def _quota_left(resource: LiveResource) -> str | None:
    left = resource.draft.room(resource.path)
    return str(left) if left is not None and isinstance(resource.node, Collection) else None


def _quota_used(resource: LiveResource) -> str | None:
    if not isinstance(resource.node, Collection):
        return None
    used = resource.draft.used(resource.path, resource.node)
    return str(used) if used is not None else None


def _ordering_type(resource: LiveResource) -> str | None:
    return _ordering_type_of(resource.node)


def _ordering_type_of(node: Node, _: float = 0.0) -> str | None:
    if not isinstance(node, Collection):
        return None
    order = node.order
    return f"<D:href>{escape(order.type if order is not None else UNORDERED)}</D:href>"


def _supported_methods(resource: LiveResource) -> str:
    allowed = allowed_methods(resource.methods, resource.path, resource.node)
    return "".join(f'<D:supported-method name="{name}"/>' for name in sorted(allowed))


def _supported_live(_: LiveResource) -> str:
    return _all_live()


@cache
def _all_live() -> str:
    return "".join(
        f"<D:supported-live-property><D:prop>{multistatus.empty(name)}</D:prop></D:supported-live-property>"
        for name in LIVE
    )


def _supported_reports(resource: LiveResource) -> str:
    return "".join(
        f"<D:supported-report><D:report>{multistatus.empty(name)}</D:report></D:supported-report>"
        for name in supported_reports(resource.methods, resource.draft, resource.node)
    )


def _ctag(resource: LiveResource) -> str | None:
    return _ctag_of(resource.node)


def _ctag_of(node: Node, _: float = 0.0) -> str | None:
    return ctag(node) if isinstance(node, Collection) else None


def _sync_token(resource: LiveResource) -> str | None:
    draft = resource.draft
    synced = draft.knows_changes and is_synchronized(resource.node)
    return sync_token(draft.state.changes, resource.path) if synced else None


def _bulk_requests(resource: LiveResource) -> str | None:
    return bulk_limits.announcement() if isinstance(resource.node, Collection) else None


def _invite(resource: LiveResource) -> str | None:
    return _invite_of(resource.node)


def _invite_of(node: Node, _: float = 0.0) -> str | None:
    xml = node.properties.get(INVITE)
    return request_xml.inside(xml) if xml is not None else None


def _found_by_clients(
    read: Callable[[LiveResource], str | None], kept: Kept = "from-file", follows: Follows = "more"
) -> LiveProperty:
    """Make a property by which clients find other resources: a scenario can lead them elsewhere."""
    return LiveProperty(read, in_allprop=False, kept=kept, follows=follows)


def _stated(read: Callable[[LiveResource], str | None], kept: Kept = "from-file") -> LiveProperty:
    """Make a property in which a collection states what it takes: a scenario can state a lower limit."""
    return LiveProperty(read, in_allprop=False, kept=kept, follows="kind")


def _node(
    of_node: ReadNode, read: Callable[[LiveResource], str | None], write: Callable[[Node, str], Node] | None = None
) -> LiveProperty:
    """Make a property that follows the node, and that ``allprop`` returns."""
    return LiveProperty(read, write, follows="node", of_node=of_node)


def _node_if_named(of_node: ReadNode, read: Callable[[LiveResource], str | None]) -> LiveProperty:
    """Make a property that follows the node, and that ``allprop`` leaves out."""
    return LiveProperty(read, in_allprop=False, follows="node", of_node=of_node)


def _of_collections(read: Callable[[LiveResource], str | None]) -> LiveProperty:
    """Make a property that collections alone have, and that ``allprop`` leaves out."""
    return LiveProperty(read, in_allprop=False, on_collections=True)


LIVE: dict[str, LiveProperty] = {
    f"{DAV}creationdate": _node(_created, _creationdate, _set_creationdate),
    f"{DAV}getcontentlength": _node(_length_of, _length),
    f"{DAV}getcontenttype": _node(_type_of, _type, _set_type),
    f"{DAV}getetag": _node(_etag_of, _etag, _set_etag),
    f"{DAV}getlastmodified": _node(_modified_of, _modified, _set_modified),
    f"{DAV}lockdiscovery": LiveProperty(_lockdiscovery, follows="kind"),
    ORDERING_TYPE: _node_if_named(_ordering_type_of, _ordering_type),
    f"{DAV}quota-available-bytes": _of_collections(_quota_left),
    f"{DAV}quota-used-bytes": _of_collections(_quota_used),
    f"{DAV}resourcetype": LiveProperty(_resourcetype, follows="kind"),
    f"{DAV}supported-live-property-set": LiveProperty(_supported_live, in_allprop=False, follows="kind"),
    f"{DAV}supported-method-set": LiveProperty(_supported_methods, in_allprop=False),
    f"{DAV}supported-report-set": LiveProperty(_supported_reports, in_allprop=False),
    f"{DAV}supportedlock": LiveProperty(_supportedlock, follows="kind"),
    f"{DAV}sync-token": _of_collections(_sync_token),
    f"{CALENDARSERVER}getctag": _node_if_named(_ctag_of, _ctag),
    f"{DAV}current-user-principal": _found_by_clients(principal_properties.current_user_principal),
    f"{DAV}current-user-privilege-set": _found_by_clients(principal_properties.privileges),
    f"{DAV}owner": _found_by_clients(principal_properties.owner, "from-client"),
    f"{DAV}principal-collection-set": _found_by_clients(principal_properties.principal_collection_set),
    f"{DAV}principal-URL": _found_by_clients(principal_properties.principal_url, follows="kind"),
    f"{DAV}alternate-URI-set": _found_by_clients(principal_properties.no_principals, follows="kind"),
    f"{DAV}group-member-set": _found_by_clients(principal_properties.no_principals, follows="kind"),
    f"{DAV}group-membership": _found_by_clients(principal_properties.no_principals, follows="kind"),
    f"{CALDAV}calendar-home-set": _found_by_clients(principal_properties.calendar_home_set, follows="kind"),
    f"{CALDAV}calendar-user-address-set": _found_by_clients(
        principal_properties.calendar_user_address_set, follows="kind"
    ),
    f"{CARDDAV}addressbook-home-set": _found_by_clients(principal_properties.address_book_home_set, follows="kind"),
    f"{CALDAV}supported-calendar-component-set": _stated(object_properties.components, "from-client"),
    f"{CALDAV}supported-calendar-data": _stated(object_properties.calendar_data),
    f"{CALDAV}max-resource-size": _stated(object_properties.most_bytes_of_calendars),
    f"{CALDAV}max-instances": _stated(object_properties.most_instances),
    f"{CALDAV}supported-collation-set": _stated(object_properties.calendar_collations),
    f"{CARDDAV}supported-address-data": _stated(object_properties.address_data),
    f"{CARDDAV}max-resource-size": _stated(object_properties.most_bytes_of_cards),
    f"{CARDDAV}supported-collation-set": _stated(object_properties.card_collations),
    INVITE: _node_if_named(_invite_of, _invite),
    f"{ME}bulk-requests": LiveProperty(_bulk_requests, in_allprop=False, follows="kind"),
}
