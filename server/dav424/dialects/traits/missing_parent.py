"""The status of a request for a resource whose parent is missing (RFC 4918 9.3.1, 9.7.1, 9.8.5 have 409, RFC 9110 has 404)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dav424.dav import headers
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.outcomes import in_own_words
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import REFUSAL_STATUSES, by_method
from dav424.spine.exchange import OpenExchange


def _hooks(value: Mapping[str, int]) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(statuses: Mapping[str, int], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    request = exchange.request
    status = statuses.get(request.method)
    if status is None or answer.status not in (404, 409) or not answer.is_error or in_own_words(exchange):
        return
    to_destination = request.method in ("COPY", "MOVE") and answer.status == 409
    path = headers.destination(request) if to_destination else request.path
    if path and exchange.draft.find(path[:-1]) is None:
        answer.status = status


_METHODS = ("COPY", "DELETE", "GET", "LOCK", "MKCALENDAR", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "PUT")
MISSING_PARENT = Trait(
    name="missing-parent",
    kind="spelling",
    values=by_method(_METHODS, REFUSAL_STATUSES, "{PUT: 403}"),
    default={},
    description="The status of a request for a resource whose parent is missing, by method, in place of 409, or of 404 for one that the method "
    "needs.",
    servers=("go", "nginx", "radicale"),
    hooks=_hooks,
)
