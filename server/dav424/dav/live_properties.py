"""Live properties: the server computes their values (RFC 4918 15, RFC 4331, RFC 3648, CalendarServer).

``LIVE`` is the table. A value is the XML inside the property's element; None means that the resource has no such
property. A client can set a property that has a ``write`` function if the scenario removes its protection. It can't set
the others, whatever the scenario says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.condition_codes import CANNOT_MODIFY_PROTECTED_PROPERTY
from dav424.core.hrefs import Base
from dav424.core.markup import escape
from dav424.core.method_facts import Facts
from dav424.core.namespaces import CALENDARSERVER, DAV, INVITE, ME
from dav424.core.paths import Path, href
from dav424.core.writable import EARLIEST_YEAR, is_date, utc
from dav424.dav import bulk_limits, multistatus, request_xml
from dav424.dav.allowed_methods import allowed_methods
from dav424.dav.headers import http_date
from dav424.dav.if_header import ETAG
from dav424.store.locks import Lock
from dav424.store.ordering import UNORDERED
from dav424.store.tree import COLLECTION, Collection, Derived, Document, Node, ctag

ORDERING_TYPE = f"{DAV}ordering-type"

if TYPE_CHECKING:
    from dav424.store.draft import Draft


class LiveResource(Struct, frozen=True):
    """A node at its path, as live properties need it.

    ``base`` is the path of the world as URLs begin, and ``methods`` are those of the world.
    """

    path: Path
    node: Node
    draft: Draft
    base: Base
    locks: tuple[Lock, ...]
    methods: Facts


class LiveProperty(Struct, frozen=True):
    """One live property.

    ``read`` returns the value. ``write`` returns the node with a value set, or raises ``Refused`` (default: None, for a
    property that can't be set). ``in_allprop`` says whether PROPFIND ``allprop`` returns it.
    """

    read: Callable[[LiveResource], str | None]
    write: Callable[[Node, str], Node] | None = None
    in_allprop: bool = True


def _creationdate(resource: LiveResource) -> str:
    return utc(resource.node.created).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    return str(len(shown.content)) if isinstance(shown, Document) else None


def _type(resource: LiveResource) -> str | None:
    return escape(resource.node.content_type) if isinstance(resource.node, Document) else None


def _set_type(node: Node, text: str) -> Node:
    if not isinstance(node, Document) or not re.fullmatch(r"[\w.+-]+/[\w.+-]+([ \t]*;[\t\x20-\x7e]*)?", text, re.ASCII):
        raise Refused(409, f"DAV:getcontenttype must be the media type of a document; received {text[:80]!r}.")
    return replace(node, content_type=text)


def _etag(resource: LiveResource) -> str | None:
    shown = resource.draft.shown(resource.path, resource.node)
    return escape(shown.etag) if isinstance(shown, Document) else None


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
    return formatdate(int(resource.draft.modified(resource.path, shown)), usegmt=True) if shown is not None else None


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


def _supportedlock(_: LiveResource) -> str:
    return "".join(
        f"<D:lockentry><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
        for scope in ("exclusive", "shared")
    )


def _lockdiscovery(resource: LiveResource) -> str:
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
    return str(resource.node.weight) if isinstance(resource.node, Collection) else None


def _ordering_type(resource: LiveResource) -> str | None:
    if not isinstance(resource.node, Collection):
        return None
    order = resource.node.order
    return f"<D:href>{escape(order.type if order is not None else UNORDERED)}</D:href>"


def _supported_methods(resource: LiveResource) -> str:
    allowed = allowed_methods(resource.methods, resource.path, resource.node)
    return "".join(f'<D:supported-method name="{name}"/>' for name in sorted(allowed))


def _supported_live(_: LiveResource) -> str:
    return "".join(
        f"<D:supported-live-property><D:prop>{multistatus.empty(name)}</D:prop></D:supported-live-property>"
        for name in LIVE
    )


def _ctag(resource: LiveResource) -> str | None:
    return ctag(resource.node) if isinstance(resource.node, Collection) else None


def _bulk_requests(resource: LiveResource) -> str | None:
    return bulk_limits.announcement() if isinstance(resource.node, Collection) else None


def _invite(resource: LiveResource) -> str | None:
    xml = resource.node.properties.get(INVITE)
    return request_xml.inside(xml) if xml is not None else None


LIVE: dict[str, LiveProperty] = {
    f"{DAV}creationdate": LiveProperty(_creationdate, _set_creationdate),
    f"{DAV}getcontentlength": LiveProperty(_length),
    f"{DAV}getcontenttype": LiveProperty(_type, _set_type),
    f"{DAV}getetag": LiveProperty(_etag, _set_etag),
    f"{DAV}getlastmodified": LiveProperty(_modified, _set_modified),
    f"{DAV}lockdiscovery": LiveProperty(_lockdiscovery),
    ORDERING_TYPE: LiveProperty(_ordering_type, in_allprop=False),
    f"{DAV}quota-available-bytes": LiveProperty(_quota_left, in_allprop=False),
    f"{DAV}quota-used-bytes": LiveProperty(_quota_used, in_allprop=False),
    f"{DAV}resourcetype": LiveProperty(_resourcetype),
    f"{DAV}supported-live-property-set": LiveProperty(_supported_live, in_allprop=False),
    f"{DAV}supported-method-set": LiveProperty(_supported_methods, in_allprop=False),
    f"{DAV}supportedlock": LiveProperty(_supportedlock),
    f"{CALENDARSERVER}getctag": LiveProperty(_ctag, in_allprop=False),
    INVITE: LiveProperty(_invite, in_allprop=False),
    f"{ME}bulk-requests": LiveProperty(_bulk_requests, in_allprop=False),
}
