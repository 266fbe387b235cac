"""The status of a request that has replaced a resource, or has made one (RFC 9110 9.3.4, RFC 4918 9.8.5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import by_method
from dav424.spine.exchange import OpenExchange


def _hooks(usual: Mapping[str, int], value: Mapping[str, int]) -> Hooks:
    return Hooks(answer=partial(_with_status, usual, value))


def _hooks_of_overwritten(value: int | Mapping[str, int]) -> Hooks:
    """Give those for each method; a number is of the three whose answer has no content."""
    return _hooks(_OVERWRITTEN, dict.fromkeys(_WITHOUT_CONTENT, value) if isinstance(value, int) else value)


def _with_status(
    usual: Mapping[str, int], statuses: Mapping[str, int], exchange: OpenExchange, answer: SpelledAnswer
) -> None:
    method = exchange.request.method
    done = answer.original.status if answer.original is not None else answer.status
    if method in statuses and done == usual[method]:
        answer.status = statuses[method]


_OVERWRITTEN = {"PUT": 204, "COPY": 204, "MOVE": 204, "LOCK": 200}
_WITHOUT_CONTENT = ("PUT", "COPY", "MOVE")
_CREATED = {"PUT": 201, "COPY": 201, "MOVE": 201, "LOCK": 201, "MKCOL": 201, "MKCALENDAR": 201}
OVERWRITTEN_STATUS = Trait(
    name="overwritten-status",
    kind="spelling",
    values=Literal[204, 200, 201] | by_method(_OVERWRITTEN, (204, 200, 201), "{PUT: 201}"),
    default=204,
    description="The status of a PUT, COPY or MOVE that has replaced a resource, in place of 204: a status for all three, or for each method; and that of a "
    "LOCK of a resource that was there, in place of 200.",
    servers=("go", "pywebdav3"),
    hooks=_hooks_of_overwritten,
)
CREATED_STATUS = Trait(
    name="created-status",
    kind="spelling",
    values=by_method(_CREATED, (201, 200, 204), "{COPY: 204}"),
    default={},
    description="The status of a request that has made a resource, in place of 201.",
    servers=("apache", "nginx"),
    hooks=partial(_hooks, _CREATED),
)
