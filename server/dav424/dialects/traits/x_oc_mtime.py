"""``X-OC-Mtime``: a client of ownCloud sets the time at which a file was last modified, with its content."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from dav424.core.batch import Action, Group, Refused
from dav424.core.message import Response
from dav424.core.paths import Path
from dav424.core.subject import Subject
from dav424.core.writable import is_date
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from dav424.store.draft import Draft

_SECONDS = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?")
_HEADER = "x-oc-mtime"


def _hooks(_: str) -> Hooks:
    return Hooks(plan=_plan, told=_accepted)


def _plan(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Let the action that writes the resource set its time, too: a PUT, or a MOVE of a document."""
    request = exchange.request
    if request.method not in ("PUT", "MOVE") or _HEADER not in request.headers:
        return groups
    seconds = _seconds(request.headers[_HEADER])
    path = headers.destination(request) if request.method == "MOVE" else request.path
    return [[_dating(action, exchange.draft, path, seconds) for action in group] for group in groups]


def _seconds(sent: str) -> float:
    text = sent.strip(" \t")
    if not _SECONDS.fullmatch(text) or not is_date(float(text)):
        raise Refused(400, f"X-OC-Mtime: {text[:40]!r} is no time; send the seconds since 1970.")
    return float(text)


def _dating(action: Action, draft: Draft, path: Path, seconds: float) -> Action:
    subject = action.subject
    if not isinstance(subject, Subject) or subject.verb not in ("write", "move") or subject.path != path:
        return action
    return Action(subject, partial(_run, action, draft, path, seconds), action.needs)


def _run(action: Action, draft: Draft, path: Path, seconds: float) -> object:
    effect = action.run()
    draft.replace(path, replace(draft.get(path), modified=seconds))
    return effect


def _accepted(exchange: OpenExchange, response: Response) -> Response:
    request = exchange.request
    if request.method not in ("PUT", "MOVE") or _HEADER not in request.headers or response.status not in (201, 204):
        return response
    return replace(response, headers=[*response.headers, ("X-OC-MTime", "accepted")])


X_OC_MTIME = Trait(
    name="x-oc-mtime",
    kind="offer",
    values=Literal["ignored", "accepted"],
    default="ignored",
    description="The request header X-OC-Mtime of a PUT or MOVE: ignored, or the new getlastmodified, which the "
    "response header X-OC-MTime accepts.",
    reports=(
        "nextcloud-upload#935",
        "nextcloud-upload#1032",
        "nextcloud-upload#1038",
        "MaterialFiles#1569",
        "documentation#10740",
        "dav-server-rs#70",
        "sftpgo#1018",
    ),
    hooks=_hooks,
)
