"""The URLs of a world that are not in its tree: its principals, and those by which clients find them (RFC 6764 5).

/.well-known/caldav, /.well-known/carddav    301 to the principal of the user
/principals/, /principals/NAME/              can be read, and not changed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.message import Reply
from dav424.core.paths import href
from dav424.store.principals import COLLECTION_OF_PRINCIPALS
from dav424.store.tree import find

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.spine.exchange import OpenExchange

WELL_KNOWN: tuple[Path, ...] = ((".well-known", "caldav"), (".well-known", "carddav"))
_BEGINNINGS = frozenset({COLLECTION_OF_PRINCIPALS[0], WELL_KNOWN[0][0]})


def check(exchange: OpenExchange) -> None:
    """Redirect with 301 a request for a well-known URL, and refuse with 405 one that would change a principal."""
    path = exchange.request.path
    if not path or path[0] not in _BEGINNINGS:
        return
    principals = exchange.draft.principals
    if not principals.by_path or find(exchange.draft.root, path) is not None:
        return
    if path in WELL_KNOWN:
        raise _moved(exchange, principals.of_user.get(exchange.request.user, COLLECTION_OF_PRINCIPALS))
    method = exchange.request.method
    if path in principals.by_path and "principal" not in exchange.methods[method].allowed_on:
        raise Refused(405, f"{href(path, collection=True)} is a principal of the scenario; {method} can't change it.")


def _moved(exchange: OpenExchange, target: Path) -> Refused:
    """Redirect to a principal; no cache may give the answer to another user."""
    url = exchange.request.base.url(href(target, collection=True))
    detail = f"The calendars and address books of the scenario are found from {url}."
    return Refused(301, detail, reply=Reply([("Location", url), ("Cache-Control", "no-cache")]))
