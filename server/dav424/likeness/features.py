"""The features of an answer: what it says and how, as a bag of small facts that can be counted and compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dav424.likeness.answer_text import OfServer, body_text, normaliser
from dav424.likeness.seen import SeenLook
from dav424.likeness.xml_features import xml_features
from dav424.probe.exchange import Probed
from dav424.probe.place import lock_token

_COMPARED = (
    "location",
    "content-range",
    "content-encoding",
    "accept-ranges",
    "x-oc-mtime",
    "preference-applied",
    "dav",
    "allow",
    "ms-author-via",
    "public",
    "dasl",
    "x-msdavext",
)
"""Headers whose values are compared."""
_OF_OPTIONS = frozenset({"dav", "allow", "ms-author-via", "public", "dasl", "x-msdavext"})
_ANY = range(100, 600)
_SENT_WITH = {"location": range(300, 400), "accept-ranges": range(200, 300)}
_LISTS = frozenset({"dav", "allow", "public"})
_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]*)")


class Feature(NamedTuple):
    """One fact about an answer: its ``kind``, ``where`` it is, and ``what`` is there."""

    kind: str
    where: str
    what: str


WEIGHTS = {
    "exchange": 40.0,
    "status": 40.0,
    "parses": 10.0,
    "content": 8.0,
    "code": 6.0,
    "type": 4.0,
    "header": 4.0,
    "element": 3.0,
    "declaration": 2.0,
    "space": 2.0,
    "empty": 2.0,
    "order": 2.0,
    "text": 2.0,
    "phrase": 1.0,
    "prefix": 0.3,
    "declares": 0.3,
    "members": 0.5,
    "properties": 0.5,
    "page": 0.3,
    "sentence": 0.1,
}
"""How much a difference of a kind counts, when the nearest dialect is searched for; the kinds that are put aside count for little."""
OF_ANOTHER_STATUS = 40.0
"""How much an answer counts that has another status, beside all that it should say: what else it says is then no hint."""
PUT_ASIDE = frozenset({"page", "sentence", "members", "properties", "prefix", "declares"})
"""Kinds in which two answers may differ and still be the same: how a page is built, its sentences, prefixes, and the order of members and properties."""
Features = Counter[Feature]


def describe(seen: SeenLook, server: OfServer) -> list[Features]:
    """Describe each answer of a look at a server."""
    put_aside = normaliser(server, seen.base)
    etags: dict[str, str] = {}
    tokens: list[str] = []

    def normal(text: str) -> str:
        for token in tokens:
            text = text.replace(token, "TOKEN")
        return put_aside(text)

    found = []
    for answer in seen.exchanges:
        granted = lock_token(answer) if answer.method == "LOCK" else ""
        if granted and granted not in tokens:
            tokens.append(granted)
        found.append(Counter(_features(answer, normal, etags)))
        if answer.method == "GET" and "etag" in answer.headers:
            etags[answer.path] = answer.headers["etag"]
    return found


def _features(answer: Probed, normal: Callable[[str], str], etags: dict[str, str]) -> Iterator[Feature]:
    yield Feature("status", "", str(answer.status))
    if answer.status == 207:
        yield Feature("phrase", "", _status_phrase(answer))
    yield from _headers(answer, normal)
    yield from _etag(answer, normal, etags)
    text = normal(body_text(answer))
    kind = answer.headers.get("content-type", "").replace(" ", "").lower()
    is_xml = bool(text) and (
        ("xml" in kind and "html" not in kind) or (text.startswith("<?xml") and "<html" not in text)
    )
    fetched = answer.method in {"GET", "HEAD"} and answer.status < 300
    if answer.method == "HEAD":
        return
    if is_xml and not fetched:
        yield Feature("type", "", kind or "absent")
        yield from (Feature(*each) for each in xml_features(text))
    elif fetched:
        page = "html" in kind
        yield Feature("content", "", "a page" if page else _in_order(text) if "text/calendar" in kind else text)
    elif answer.status >= 400 or answer.method == "OPTIONS":
        yield Feature("type", "", (kind or "absent") if text else "no body")
        yield from (Feature("page", "", part) for part in _page(answer, kind, text))


def _in_order(event: str) -> str:
    """Sort the content lines of an event: a server may store its properties in another order."""
    return "\n".join(sorted(event.splitlines()))


def _page(answer: Probed, kind: str, text: str) -> set[str]:
    """Say of what the body of a failure consists: its tags, or what kind of text it is."""
    if "html" in kind:
        return {tag.lower() for tag in _TAG.findall(text)}
    said = text.strip().removeprefix(str(answer.status)).strip()
    return {"the reason phrase" if said.lower() in {_status_phrase(answer).lower(), ""} else "a text"}


def _status_phrase(answer: Probed) -> str:
    return answer.received.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2].partition(" ")[2].strip()


def _headers(answer: Probed, normal: Callable[[str], str]) -> Iterator[Feature]:
    for name in _COMPARED:
        if name in _OF_OPTIONS and answer.method != "OPTIONS":
            continue
        value = answer.headers.get(name)
        if value is None or answer.status not in _SENT_WITH.get(name, _ANY):
            continue
        value = normal(value)
        if name in _LISTS:
            value = ", ".join(sorted(each.strip() for each in value.split(",")))
        yield Feature("header", name, value)
    token = answer.headers.get("lock-token")
    if token is not None:
        yield Feature("header", "lock-token", "in brackets" if token.startswith("<") else "bare")


def _etag(answer: Probed, normal: Callable[[str], str], etags: dict[str, str]) -> Iterator[Feature]:
    etag = answer.headers.get("etag")
    if etag is None:
        return
    form = form_of_etag(normal(etag))
    if answer.method == "HEAD" and answer.path in etags and etags[answer.path] != etag:
        form += ", another one than that of GET"
    yield Feature("header", "etag", form)


def form_of_etag(etag: str) -> str:
    """Say how an entity-tag is written."""
    return "weak" if etag.startswith("W/") else "strong" if etag.startswith('"') else "unquoted"


def _status(answer: Features) -> str:
    return next((each.what for each in answer if each.kind == "status"), "")


def cost(theirs: Features, ours: Features) -> float:
    """Say how much two answers differ; 0 if they are the same."""
    if theirs == ours:
        return 0.0
    if _status(theirs) != _status(ours):
        return OF_ANOTHER_STATUS + 2 * sum(count * WEIGHTS[each.kind] for each, count in theirs.items())
    return sum(
        abs(theirs[each] - ours[each]) * WEIGHTS[each.kind]
        for each in theirs.keys() | ours.keys()
        if theirs[each] != ours[each]
    )


def differing(theirs: Features, ours: Features) -> list[tuple[Feature, int]]:
    """List the features in which two answers differ, but for those that are put aside; a count above 0 is of theirs."""
    return sorted(
        (each, theirs[each] - ours[each])
        for each in theirs.keys() | ours.keys()
        if theirs[each] != ours[each] and each.kind not in PUT_ASIDE
    )
