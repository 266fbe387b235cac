"""The quota of a server without one."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import give_missing
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_given, str((1 << 63) - 1) if value == "enormous" else value))


def _given(text: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    give_missing(exchange, answer, "{DAV:}quota-available-bytes", text)


QUOTA_UNLIMITED = Trait(
    name="quota-unlimited",
    kind="spelling",
    values=Literal["missing", "-1", "-2", "-3", "enormous"],
    default="missing",
    description="quota-available-bytes where no quota limits a resource: no such property, as RFC 4331 has it, a negative "
    "number, as ownCloud and Nextcloud have it, or 2 to the power of 63.",
    reports=("owncloud/client#3940", "davx5-ose#943", "nextcloud/server#23058", "owncloud/core#11776", "MEGAcmd#244"),
    hooks=_hooks,
)
