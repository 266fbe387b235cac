"""Which characters of an href are percent-encoded, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.href_change import change_hrefs
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_KEPT_ENCODED = re.compile(r"[\x00-\x1f\x7f%]")
"""Characters that stay encoded in a raw href: it would not be XML, or not name the same resource."""


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_encoded, _ENCODINGS[value]))


def _encoded(change: Callable[[str], str], _: OpenExchange, answer: SpelledAnswer) -> None:
    change_hrefs(answer, change)


def _raw(href: str) -> str:
    return _ENCODED.sub(_raw_run, href)


def _raw_run(match: re.Match[str]) -> str:
    try:
        text = unquote_to_bytes(match[0]).decode()
    except UnicodeDecodeError:
        return match[0]
    return _KEPT_ENCODED.sub(lambda character: quote(character[0]), text)


def _lower_case(href: str) -> str:
    return _ENCODED.sub(lambda match: match[0].lower(), href)


def _all(href: str) -> str:
    """Encode all reserved characters."""
    return "/".join([quote(unquote_to_bytes(segment), safe="") for segment in href.split("/")])


def _twice(href: str) -> str:
    return href.replace("%", "%25")


_ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": _raw,
    "lower-case": _lower_case,
    "all-reserved": _all,
    "twice": _twice,
}
HREF_ENCODING = Trait(
    name="href-encoding",
    kind="spelling",
    values=Literal["usual", "raw", "lower-case", "all-reserved", "twice"],
    default="usual",
    description="The percent-encoding of hrefs: as RFC 3986 has it, none, with lower-case digits, of all reserved "
    "characters too, or twice.",
    reports=(
        "nginx-dav-ext#6",
        "nginx-dav-ext#14",
        "MEGAcmd#183",
        "cyberduck#13864",
        "webdav-client#320",
        "sabre/dav#498",
        "davdroid#578",
        "vdirsyncer#223",
        "vdirsyncer#240",
        "vdirsyncer#246",
        "vdirsyncer#491",
        "calcurse#337",
        "outlookcaldavsynchronizer#152",
        "geonetwork#1782",
    ),
    hooks=_hooks,
)
