"""Entity-tags: strong, weak, without quotes, or absent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import change_value
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Document
from dav424.store.written import ctag


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_changed, _FORMS[value]))


def _changed(form: Callable[[str], str | None], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    answer.change_header("ETag", form)
    change_value(exchange, answer, "{DAV:}getetag", form)


def weak(etag: str) -> str:
    """Make an entity-tag weak."""
    return etag if etag.startswith("W/") else f"W/{etag}"


def _unquoted(etag: str) -> str:
    return etag.removeprefix("W/").strip('"')


def _listed(value: str) -> Hooks:
    return Hooks(answer=partial(_changed_in_listings, _FORMS[value]))


def _changed_in_listings(form: Callable[[str], str | None], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    change_value(exchange, answer, "{DAV:}getetag", form)


def _of_lock(_: str) -> Hooks:
    return Hooks(answer=_sent_with_lock)


def _sent_with_lock(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    node = exchange.draft.find(exchange.request.path)
    if exchange.request.method == "LOCK" and answer.status < 300 and node is not None:
        answer.set_header("ETag", node.etag if isinstance(node, Document) else f'"{ctag(node)}"')


def _absent(_: str) -> None:
    return None


_FORMS: dict[str, Callable[[str], str | None]] = {"weak": weak, "unquoted": _unquoted, "absent": _absent}
ETAGS = Trait(
    name="etags",
    kind="spelling",
    values=Literal["strong", "weak", "unquoted", "absent"],
    default="strong",
    description="Entity-tags in ETag and in getetag: strong, weak, without quotes, or absent. Conditional headers are "
    "compared with the strong one.",
    reports=(
        "go-webdav#118",
        "go-webdav#165",
        "dav4jvm#7",
        "seafdav#82",
        "lastGLANCE#73",
        "personium#5",
        "sabre/dav#70",
    ),
    hooks=_hooks,
)
LISTED_ETAGS = Trait(
    name="listed-etags",
    kind="spelling",
    values=Literal["as-sent", "weak", "unquoted"],
    default="as-sent",
    description="getetag in a listing: as ETag, or weak or without quotes where ETag is strong.",
    servers=("wsgidav", "nephele"),
    hooks=_listed,
)
LOCK_ETAGS = Trait(
    name="lock-etags",
    kind="spelling",
    values=Literal["absent", "sent"],
    default="absent",
    description="ETag in the answer to a LOCK that was granted: absent, or the entity-tag of the resource.",
    servers=("lighttpd",),
    hooks=_of_lock,
)
