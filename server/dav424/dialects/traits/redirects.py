"""Resources that have moved to another path, another host or another scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct

from dav424.causes.cause import SubtreePath
from dav424.core import decode
from dav424.core.batch import Refused
from dav424.core.message import Reply, Request
from dav424.core.paths import Path, href, split
from dav424.core.writable import FIELD_VALUE
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import RedirectStatus
from dav424.spine.exchange import OpenExchange


class Redirect(
    Struct, frozen=True, kw_only=True, rename={"origin": "from", "target": "to"}, forbid_unknown_fields=True
):
    """A redirection of a resource and of all that lies below it."""

    origin: Annotated[SubtreePath, Meta(description="A path in the scenario.")]
    target: Annotated[
        str,
        Meta(
            pattern=FIELD_VALUE,
            min_length=1,
            description="Where it is now: a path in the scenario, an absolute URL, or a scheme such as https: alone.",
        ),
    ]
    status: Annotated[RedirectStatus, Meta(description="The status of the redirection.")] = 301


def _hooks(value: Sequence[Mapping[str, Any]]) -> Hooks:
    redirects = [(split(each.origin)[0], each) for each in decode.to_type(value, list[Redirect])]
    return Hooks(before=partial(_before, redirects))


def _before(redirects: Sequence[tuple[Path, Redirect]], exchange: OpenExchange) -> None:
    request = exchange.request
    for top, redirect in redirects:
        if request.path[: len(top)] == top:
            location = _location(request, request.path[len(top) :], redirect.target)
            raise Refused(redirect.status, f"It is at {location} now.", reply=Reply([("Location", location)]))


def _location(request: Request, below: Path, target: str) -> str:
    if target.endswith(":"):
        return f"{target}//{request.headers.get('host', 'localhost')}{request.target}"
    rest = href(below, collection=request.slash) if below else "/" if request.slash else ""
    moved = target.rstrip("/") + rest or "/"
    return request.base.url(moved) if target.startswith("/") else moved


REDIRECTS = Trait(
    name="redirects",
    kind="offer",
    values=list[Redirect],
    default=[],
    description="Paths of the scenario that the server redirects, with all below them: to another path, another host "
    "or another scheme.",
    reports=(
        "webdav-client#311",
        "rclone#2635",
        "opendal#2146",
    ),
    hooks=_hooks,
)
