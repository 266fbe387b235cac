"""``DAV:displayname`` of a resource to which no client has given one (RFC 4918 15.2)."""

from __future__ import annotations

from functools import partial
from typing import Literal
from urllib.parse import unquote

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import TextOf, drop_missing, give_listed
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_DISPLAYNAME = "{DAV:}displayname"


def _hooks(value: str) -> Hooks:
    if value == "left-out":
        return Hooks(answer=partial(drop_missing, _DISPLAYNAME))
    return Hooks(answer=partial(_given, _TEXTS[value]))


def _given(text: TextOf, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    give_listed(exchange, answer, _DISPLAYNAME, text)


def _name(href: str) -> str:
    return unquote(href.rstrip("/").rpartition("/")[2])


def _encoded(href: str) -> str:
    return href.rstrip("/").rpartition("/")[2]


def _path(href: str) -> str:
    return unquote(href)


def _path_of_collection(href: str) -> str | None:
    return unquote(href.strip("/")) if href.endswith("/") else None


def _of_document(href: str) -> str | None:
    return None if href.endswith("/") else _name(href)


def _of_collection(href: str) -> str | None:
    return _name(href) if href.endswith("/") else None


def _empty(_: str) -> str:
    return ""


_TEXTS: dict[str, TextOf] = {
    "name": _name,
    "name-encoded": _encoded,
    "name-of-document": _of_document,
    "name-of-collection": _of_collection,
    "path": _path,
    "path-of-collection": _path_of_collection,
    "empty": _empty,
}
DISPLAY_NAMES = Trait(
    name="display-names",
    kind="spelling",
    values=Literal[
        "missing",
        "name",
        "name-encoded",
        "name-of-document",
        "name-of-collection",
        "path",
        "path-of-collection",
        "empty",
        "left-out",
    ],
    default="missing",
    description="displayname in a listing, of a resource to which no client has given one: no such property, the name of the "
    "resource in its URL, decoded or as the URL has it, that name for documents or for collections alone, the path, the path of a collection without its slashes, or an empty text. With left-out, not even the request "
    "for it is answered with 404.",
    servers=("cyrus", "go", "nginx", "wsgidav", "xandikos"),
    hooks=_hooks,
)
