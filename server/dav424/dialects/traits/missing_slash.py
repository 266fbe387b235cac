"""A collection that is named without the slash at its end (RFC 4918 5.2): served, redirected or refused."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dav424.core.batch import Refused
from dav424.core.message import Reply
from dav424.core.paths import href
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import REDIRECTIONS_AND_REFUSALS
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection

_MAKING = frozenset({"MKCOL", "MKCALENDAR"})


def _hooks(value: Mapping[str, int]) -> Hooks:
    return Hooks(before=partial(_before, value))


def _before(statuses: Mapping[str, int], exchange: OpenExchange) -> None:
    request = exchange.request
    status = statuses.get(request.method)
    if status is None or not _lacks_slash(exchange):
        return
    slashed = request.base.url(href(request.path, collection=True))
    detail = f"This server wants a slash at the end of the URL of a collection: {slashed}."
    raise Refused(status, detail, reply=Reply([("Location", slashed)]) if status < 400 else None)


def _lacks_slash(exchange: OpenExchange) -> bool:
    """Say whether the request names a collection without a slash: at its Request-URI, or at the place for its copy."""
    request = exchange.request
    if request.method in _MAKING:
        return not request.slash
    if not isinstance(exchange.draft.find(request.path), Collection):
        return False
    if not request.slash:
        return True
    return "destination" in request.headers and not headers.destination_and_slash(request)[1]


MISSING_SLASH = Trait(
    name="missing-slash",
    kind="offer",
    values=REDIRECTIONS_AND_REFUSALS,
    default={},
    description="Methods for which a collection must be named with a slash at its end, each with the status of a "
    "redirection or of a refusal. COPY and MOVE need it in their Destination, too.",
    reports=(
        "webdav-client#121",
        "webdav-client#127",
        "sardine#119",
        "docker-webdav#13",
        "Zoo-For-Zotero#160",
        "tampermonkey#1750",
        "MaterialFiles#1475",
        "omv-webdav#23",
        "webdav-js#56",
        "joplin#523",
        "davx5-ose#496",
        "webdav4#196",
        "bewcloud#32",
    ),
    hooks=_hooks,
)
