"""The answer to a MKCOL of a URL that a resource has."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.paths import href
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(status: int, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    request, refused = exchange.request, exchange.refused
    exists = request.method == "MKCOL" and refused is not None and refused.status == 405 and refused.by is None
    if not exists or exchange.draft.find(request.path) is None:
        return
    answer.status = status
    answer.set_header("Allow", None)
    if status == 301:
        answer.set_header("Location", request.base.url(href(request.path, collection=True)))


EXISTING_MKCOL = Trait(
    name="existing-mkcol",
    kind="spelling",
    values=Literal[405, 409, 301, 406],
    default=405,
    description="The status of a MKCOL of a URL that a resource has; 301 redirects to the URL with a slash at its end.",
    reports=("rclone#3513", "easywebdav#7", "opencloud#3203", "WebDAV-Daemon#36"),
    hooks=_hooks,
)
