"""Failures that the server does not tell: it answers with a success, and the actions that failed stay undone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dav424.core.batch import Done
from dav424.core.message import Response
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import by_method
from dav424.spine.exchange import OpenExchange


def _hooks(value: Mapping[str, int]) -> Hooks:
    return Hooks(told=partial(_told, value))


def _told(statuses: Mapping[str, int], exchange: OpenExchange, response: Response) -> Response:
    status = statuses.get(exchange.request.method)
    if status is None or exchange.refused is not None:
        return response
    return response if all(isinstance(each, Done) for each in exchange.outcomes) else Response(status)


FAILURES_HIDDEN = Trait(
    name="failures-hidden",
    kind="fault",
    values=by_method(["PROPPATCH", "MKCOL", "MKCALENDAR", "DELETE", "COPY", "MOVE"], (200, 201, 204), "{COPY: 200}"),
    default={},
    description="Methods of which the server tells no failure of a member or a property, each with the status of a "
    "success that it answers with.",
    reports=("nwebdav#52", "go-webdav#21", "planify#2196"),
    hooks=_hooks,
)
