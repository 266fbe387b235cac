"""Entity-tags: strong, weak, without quotes, or absent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import change_value
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


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
