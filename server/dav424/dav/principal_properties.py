"""Live properties that say who the users are, and where their calendars and address books are.

RFC 3744 4 and 5, RFC 5397, RFC 4791 6.2, RFC 6352 7.1, RFC 6638 2.4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.core.markup import escape
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.dav import multistatus
from dav424.store.principals import COLLECTION_OF_PRINCIPALS, Principal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dav424.core.hrefs import Base
    from dav424.dav.live_resource import LiveResource


def current_user_principal(resource: LiveResource) -> str | None:
    """Name the principal of the user who sent the request (RFC 5397 3); None in a world without principals."""
    principals = resource.draft.principals
    if not principals.by_path:
        return None
    path = principals.of_user.get(resource.user)
    return _hrefs(resource.base, [path]) if path is not None else multistatus.empty(f"{DAV}unauthenticated")


def principal_collection_set(resource: LiveResource) -> str | None:
    """Name the collection of the principals (RFC 3744 5.8)."""
    return _hrefs(resource.base, [COLLECTION_OF_PRINCIPALS]) if resource.draft.principals.by_path else None


def owner(resource: LiveResource) -> str | None:
    """Name the principal in whose home set the resource is (RFC 3744 5.1); empty if several share it."""
    if not resource.draft.principals.by_path:
        return None
    path = resource.path if isinstance(resource.node, Principal) else resource.draft.principals.owner(resource.path)
    return _hrefs(resource.base, [path]) if path is not None else ""


def privileges(resource: LiveResource) -> str:
    """List the privileges of the user who sent the request (RFC 3744 5.4)."""
    return "".join(
        f"<D:privilege>{multistatus.empty(f'{DAV}{name}')}</D:privilege>" for name in resource.privileges(resource.path)
    )


def principal_url(resource: LiveResource) -> str | None:
    """Name a principal by its URL (RFC 3744 4.2)."""
    return _hrefs(resource.base, [resource.path]) if isinstance(resource.node, Principal) else None


def no_principals(resource: LiveResource) -> str | None:
    """List the groups of a principal, or its members or other URLs: there are none (RFC 3744 4.1, 4.3, 4.4)."""
    return "" if isinstance(resource.node, Principal) else None


def calendar_home_set(resource: LiveResource) -> str | None:
    """Name the collection of the calendars of a principal (RFC 4791 6.2.1); None if it has none."""
    return _home(resource, resource.node.homes.calendars) if isinstance(resource.node, Principal) else None


def address_book_home_set(resource: LiveResource) -> str | None:
    """Name the collection of the address books of a principal (RFC 6352 7.1.1); None if it has none."""
    return _home(resource, resource.node.homes.address_books) if isinstance(resource.node, Principal) else None


def calendar_user_address_set(resource: LiveResource) -> str | None:
    """List the addresses of a principal in calendars (RFC 6638 2.4.1), its URL the last of them."""
    if not isinstance(resource.node, Principal):
        return None
    named = "".join(f"<D:href>{escape(address)}</D:href>" for address in resource.node.addresses)
    return named + _hrefs(resource.base, [resource.path])


def _home(resource: LiveResource, home: Path | None) -> str | None:
    return _hrefs(resource.base, [home]) if home is not None else None


def _hrefs(base: Base, paths: Iterable[Path]) -> str:
    return "".join(multistatus.href(base, href(path, collection=True)) for path in paths)
