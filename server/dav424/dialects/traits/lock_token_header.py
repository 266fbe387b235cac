"""The ``Lock-Token`` header of a response to LOCK (RFC 4918 9.10.1), which some servers leave out."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(told=_without_brackets if value == "bare" else _without_token)


def _without_token(exchange: OpenExchange, response: Response) -> Response:
    if exchange.request.method != "LOCK":
        return response
    return replace(response, headers=[(name, value) for name, value in response.headers if name != "Lock-Token"])


def _without_brackets(exchange: OpenExchange, response: Response) -> Response:
    if exchange.request.method != "LOCK":
        return response
    changed = [(name, value.strip("<>") if name == "Lock-Token" else value) for name, value in response.headers]
    return replace(response, headers=changed)


LOCK_TOKEN_HEADER = Trait(
    name="lock-token-header",
    kind="spelling",
    values=Literal["sent", "bare", "absent"],
    default="sent",
    description="The Lock-Token header of a response that grants a lock: sent, sent without the angle brackets that its grammar demands, or absent, so that "
    "the body alone has the token.",
    reports=("wsgidav#369",),
    hooks=_hooks,
)
