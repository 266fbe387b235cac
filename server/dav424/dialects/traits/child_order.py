"""The order of the elements in a ``DAV:propstat`` and in a ``DAV:response``."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.manner import CHILD_ORDERS, ChildOrder
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_ordered, CHILD_ORDERS[value]))


def _ordered(order: ChildOrder, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.children = order


CHILD_ORDER = Trait(
    name="child-order",
    kind="spelling",
    values=Literal["status-before-error", "error-before-status", "status-first", "description-first"],
    default="status-before-error",
    description="Where the status, the condition and the description stand in a propstat or a response: in the order "
    "of RFC 4918 14, the condition before the status, the status first in propstats, or the description first everywhere.",
    reports=("gowebdav#89", "webdav-client#218"),
    hooks=_hooks,
)
