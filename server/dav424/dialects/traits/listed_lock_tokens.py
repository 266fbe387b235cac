"""The token of a lock in ``DAV:lockdiscovery`` (RFC 4918 15.8), which a server can hide from those that list it."""

from __future__ import annotations

from typing import Literal

from dav424.core.namespaces import DAV
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import change_each_lock
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_LOCKTOKEN = f"{DAV}locktoken"


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_hide)


def _hide(_: OpenExchange, answer: SpelledAnswer) -> None:
    """Remove the tokens from a multistatus; the response that grants a lock still has the token of that lock."""
    if answer.is_multistatus:
        change_each_lock(answer, _without_token)


def _without_token(lock: XmlElement) -> None:
    lock.content = [each for each in lock.content if not isinstance(each, XmlElement) or each.name != _LOCKTOKEN]


LISTED_LOCK_TOKENS = Trait(
    name="listed-lock-tokens",
    kind="spelling",
    values=Literal["shown", "hidden"],
    default="shown",
    description="The lock tokens in the lockdiscovery that a PROPFIND lists: shown, or hidden.",
    reports=("sabre/dav#1130", "sabre/dav#472"),
    hooks=_hooks,
)
