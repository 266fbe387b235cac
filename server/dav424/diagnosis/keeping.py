"""The changes that a failed request probably left, by the rule of its method, and the request that checks them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from lxml import etree
from msgspec import Struct

from dav424.diagnosis.method_guess import plain_method
from dav424.diagnosis.pasted import BODY, HEADER, PART, PROPSTAT, RESPONSE, PastedAnswer, SaidStatus

_MOST_PROPERTIES = 20
_MOST_URLS = 5
_UNKNOWN_SERVER = "http://YOUR-SERVER"


class Keeping(Struct, frozen=True):
    """The changes that a failed request probably left: a sentence, the section behind it, and commands of curl that check it."""

    sentence: str
    section: str
    check: tuple[str, ...]


_RULES: dict[str, tuple[str, str]] = {
    "PROPPATCH": (
        "Nothing, if the server follows the rule: a PROPPATCH changes all properties or none.",
        "RFC 4918 9.2",
    ),
    "MKCOL": ("Nothing, if the server follows the rule: the collection was not created.", "RFC 5689 3"),
    "MKCALENDAR": ("Nothing, if the server follows the rule: the calendar was not created.", "RFC 4791 5.3.1"),
    "LOCK": ("Nothing, if the server follows the rule: a LOCK locks all resources or none.", "RFC 4918 9.10.3"),
    "DELETE": (
        "Part of it: the members that the answer does not name are deleted. The named ones and the collections above them stay.",
        "RFC 4918 9.6.1",
    ),
    "COPY": (
        "Part of it: what the answer does not name is copied. The named resources, and everything below them, are not.",
        "RFC 4918 9.8.5",
    ),
    "MOVE": (
        "Part of it: what the answer does not name is moved. The named resources, and everything below them, are not.",
        "RFC 4918 9.9.4",
    ),
    "POST": (
        "What the requests with a status of 2xx did is kept. A group or change set with a failed request is undone as a whole.",
        "OData JSON Format 4.01 19",
    ),
    "PUT": ("Nothing: the resource keeps its old content.", "RFC 9110 9.3.4"),
    "ORDERPATCH": ("Nothing, if the server follows the rule: the members keep their order.", "RFC 3648 6"),
}
_PARTLY = frozenset({"DELETE", "COPY", "MOVE", "POST"})
_READS = frozenset({"GET", "HEAD", "PROPFIND", "REPORT", "OPTIONS", "SEARCH"})
_UNKNOWN = (
    "That can't be known without the method of the request: LOCK, PROPPATCH and MKCOL keep nothing, DELETE, COPY and MOVE keep "
    "what the answer does not name."
)
_UNTOLD = "The answer does not tell: it names no part of the request."
_REFUSED = "Nothing: the server refused the request as a whole."


def keeping(answer: PastedAnswer, method: str, failed: Sequence[SaidStatus], *, whole: bool) -> Keeping:
    """Name the changes that a failed request left; ``whole`` means that the server refused the request before it did anything."""
    method = plain_method(method)
    if method in _READS:
        return Keeping(
            "The request only reads: it changes nothing.", "RFC 9110 9.2.1", _checks_of_reads(answer, failed)
        )
    if whole:
        return Keeping(_REFUSED, "RFC 4918 8", _checks(answer, method, failed))
    inside = any(said.where in {RESPONSE, PROPSTAT, PART} for said in failed)
    unknown = (_UNKNOWN, "RFC 4918 13") if inside else (_UNTOLD, "RFC 4918 11.4")
    sentence, section = unknown if method in _PARTLY and not inside else _RULES.get(method, unknown)
    return Keeping(sentence, section, _checks(answer, method, failed))


def _checks_of_reads(answer: PastedAnswer, failed: Sequence[SaidStatus]) -> tuple[str, ...]:
    """Ask for the failed resources themselves."""
    urls = dict.fromkeys(_url(answer, said.thing.href) for said in failed if _is_url(said.thing.href))
    return tuple(f"curl -I {shlex.quote(url)}" for url in list(urls)[:_MOST_URLS])


def _checks(answer: PastedAnswer, method: str, failed: Sequence[SaidStatus]) -> tuple[str, ...]:
    if method == "POST":
        return ()
    if any(said.where in {BODY, HEADER} and _is_url(said.thing.href) for said in failed):
        return _checks_of_reads(answer, failed)
    hrefs = [said.thing.href for said in failed if said.thing.href]
    target = answer.target or (hrefs[0] if hrefs else "")
    if not _is_url(target):
        return ()
    url = _url(answer, target)
    if method == "LOCK":
        names, depth = ["{DAV:}lockdiscovery"], "1"
    elif method in {"PROPPATCH", "ORDERPATCH"}:
        named = dict.fromkeys(said.thing.property for said in failed if said.thing.property)
        names, depth = [name for name in named if _can_be_written(name)][:_MOST_PROPERTIES], "0"
    elif method in {"MKCOL", "MKCALENDAR", "PUT"}:
        return (f"curl -I {shlex.quote(url)}",)
    else:
        names, depth = ["{DAV:}resourcetype"], "1"
    checks = [_propfind(url, names, depth)]
    destination = answer.request_headers.get("destination", "")
    if method in {"COPY", "MOVE"} and _is_url(destination):
        checks.append(_propfind(_url(answer, destination), names, depth))
    return tuple(checks)


def _can_be_written(name: str) -> bool:
    """Say whether a name is one in Clark notation: a prefix that the answer does not declare has no namespace."""
    return name.startswith("{") or ":" not in name


def _propfind(url: str, names: Sequence[str], depth: str) -> str:
    root = etree.Element("{DAV:}propfind", nsmap={"D": "DAV:"})
    if names:
        prop = etree.SubElement(root, "{DAV:}prop")
        for name in names:
            etree.SubElement(prop, name)
    else:
        etree.SubElement(root, "{DAV:}allprop")
    body = etree.tostring(root, encoding="unicode")
    return f"curl -X PROPFIND {shlex.quote(url)} -H 'Depth: {depth}' -H 'Content-Type: application/xml' --data {shlex.quote(body)}"


def _is_url(href: str) -> bool:
    return href.startswith(("/", "http://", "https://")) and href.isprintable() and " " not in href


def _url(answer: PastedAnswer, href: str) -> str:
    """Make a URL of an href by the target or the Host of the pasted request."""
    try:
        if urlsplit(href).scheme:
            return href
        host = answer.request_headers.get("host", "")
        base = answer.target if answer.target.startswith("http") else f"http://{host}" if host else _UNKNOWN_SERVER
        return urljoin(base, href)
    except ValueError:  # an authority with odd brackets
        return href if href.startswith("http") else urljoin(_UNKNOWN_SERVER, href)
