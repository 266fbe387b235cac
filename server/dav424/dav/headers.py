"""The request headers of RFC 4918 10, RFC 3648, RFC 8144 and Exchange.

A malformed header is refused with 400, except for ``Timeout``, which is only a wish. ``Lock-Token`` is also accepted
without its angle brackets, unless the server is strict.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.paths import Path, is_uri, split
from dav424.core.patterns import pattern
from dav424.store.ordering import UNORDERED, Position

if TYPE_CHECKING:
    from dav424.core.message import Request

INFINITY = float("inf")
DEFAULT_TIMEOUT = 3600.0
LONGEST_TIMEOUT = 2**32 - 1
_TIMEOUT = pattern(r"infinite|second-([0-9]++)", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = "|".join(_MONTHS)
_DAY = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_TIME = "(?P<hour{0}>[0-9]{{2}}):(?P<minute{0}>[0-9]{{2}}):(?P<second{0}>[0-5][0-9]|60)"
_HTTP_DATE = pattern(
    rf"(?:{_DAY}), (?P<day>[0-9]{{2}}) (?P<month>{_MONTH}) (?P<year>[0-9]{{4}}) {_TIME.format('')} GMT"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
    rf"(?P<day_>[0-9]{{2}})-(?P<month_>{_MONTH})-(?P<year_>[0-9]{{2}}) {_TIME.format('_')} GMT"
    rf"|(?:{_DAY}) (?P<month__>{_MONTH}) (?P<day__>[0-9]{{2}}| [0-9]) {_TIME.format('__')} (?P<year__>[0-9]{{4}})"
)
"""The forms of IMF-fixdate, RFC 850 and asctime; the name of the day is not compared with the date."""
_LANGUAGE_TAG = pattern(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]++"
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PREFERENCE = pattern(
    rf"(?:^|,)\s*({_WORD})(?:\s*=\s*({_WORD}|{_QUOTED}))?(?>(?:\s*;\s*{_WORD}(?:\s*=\s*(?:{_WORD}|{_QUOTED}))?)*)\s*(?=,|$)"
)
_ACCEPTED = pattern(
    rf"({_WORD}/{_WORD})(?>(?:[ \t]*;[ \t]*(?!q=){_WORD}=(?:{_WORD}|{_QUOTED}))*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{{0,3}})?)[^,]*)?"
)
_POSITION = pattern(r"(?:(first|last)|(before|after)[ \t]+(\S+))", re.IGNORECASE)
_EXCLUDED = -1.0
"""The preference for a media type with ``q=0``: below that for one that ``Accept`` does not name."""
_DEPTHS = {"0": 0.0, "1": 1.0, "infinity": INFINITY}


def depth(request: Request, *allowed: str) -> float:
    """Read ``Depth`` (RFC 4918 10.2). Default: the last of ``allowed``."""
    sent = request.headers.get("depth", allowed[-1]).strip(" \t").lower()
    if sent not in allowed:
        raise Refused(400, f"Depth: {request.method} doesn't take {sent[:40]!r}; send {' or '.join(allowed)}.")
    return _DEPTHS[sent]


def overwrite(request: Request) -> bool:
    """Read ``Overwrite`` (RFC 4918 10.6). Default: true."""
    sent = request.headers.get("overwrite", "T").strip(" \t").upper()
    if sent not in ("T", "F"):
        raise Refused(400, f"Overwrite: {sent[:40]!r} is neither T nor F; send one of them.")
    return sent == "T"


def brief(request: Request) -> bool:
    """Read Exchange's ``Brief``. Default: false."""
    sent = request.headers.get("brief", "f").strip(" \t").lower()
    if sent not in ("t", "f"):
        raise Refused(400, f"Brief: {sent[:40]!r} is neither t nor f; send one of them.")
    return sent == "t"


def transaction(request: Request) -> str:
    """Read Exchange's ``Transaction``: the token of a transaction, with its angle brackets."""
    sent = request.headers.get("transaction", "").strip(" \t")
    if not (sent.startswith("<") and sent.endswith(">") and is_uri(sent[1:-1])):
        raise Refused(400, f"Transaction: {sent[:80]!r} is not a URI in angle brackets; send <URI>.")
    return sent


def destination(request: Request) -> Path:
    """Read the path of ``Destination`` (RFC 4918 10.3). Refuses with 502 a destination outside of the scenario."""
    return destination_and_slash(request)[0]


def destination_and_slash(request: Request) -> tuple[Path, bool]:
    """Read the path of ``Destination``, and whether it ends in a slash."""
    sent = request.headers.get("destination")
    if sent is None:
        raise Refused(400, f"{request.method} needs a Destination header.")
    found = request.within_world(sent.strip(" \t"), "Destination")
    if found is None and request.within_world(sent.strip(" \t").partition("?")[0], "Destination") is not None:
        raise Refused(502, f"Destination: {sent[:80]!r} has a query, as no resource here has; send it without '?'.")
    if found is None:
        raise Refused(502, f"Destination: {sent[:80]!r} is outside of {request.base}/; send a URL inside it.")
    return found


def timeout(request: Request) -> float:
    """Read the first choice of ``Timeout`` that the server understands, in seconds (RFC 4918 10.7). Default: an hour.

    The header is a wish, which a server need not consider, so a malformed one is no reason to refuse the lock. The choices
    that are too long or too short become the longest and the shortest possible.
    """
    choices = request.headers.get("timeout", "").split(",")
    first = next((match for choice in choices if (match := _TIMEOUT.fullmatch(choice.strip(" \t")))), None)
    if first is None:
        return DEFAULT_TIMEOUT
    if first[1] is None:
        return INFINITY
    digits = first[1].lstrip("0") or "0"
    return float(
        max(1, min(int(digits), LONGEST_TIMEOUT)) if len(digits) <= len(str(LONGEST_TIMEOUT)) else LONGEST_TIMEOUT
    )


def language_tags(text: str) -> list[str] | None:
    """Read a list of language tags (RFC 9110 8.5), such as ``de, en-GB``; None if the text is not such a list."""
    tags = [tag for each in text.split(",") if (tag := each.strip(" \t"))]
    return tags if all(map(_LANGUAGE_TAG.fullmatch, tags)) else None


def content_language(request: Request) -> str:
    """Read ``Content-Language`` (RFC 9110 8.5). Default: empty. Refuses with 400 a malformed one."""
    sent = request.headers.get("content-language")
    if sent is None:
        return ""
    tags = language_tags(sent)
    if tags is None:
        raise Refused(400, f"Content-Language: {sent[:80]!r} is not a list of language tags; send such as de, en-GB.")
    return ", ".join(tags)


def lock_token(request: Request) -> str:
    """Read ``Lock-Token`` (RFC 4918 10.5). Unless ``strict``, accept it without angle brackets, as other servers do."""
    sent = request.headers.get("lock-token", "").strip(" \t")
    token = sent[1:-1] if sent.startswith("<") and sent.endswith(">") else sent
    if not is_uri(token) or (request.strict and token == sent):
        raise Refused(
            400,
            f"Lock-Token: {sent[:80]!r} is not a URI in angle brackets; send <URI>."
            if sent
            else f"{request.method} needs a Lock-Token header; send one.",
        )
    return token


def overlooked(request: Request) -> list[str]:
    """List the malformed headers that the server accepts in this request. A ``strict`` server accepts none."""
    if request.method != "UNLOCK" or request.strict:
        return []
    sent = request.headers.get("lock-token", "").strip(" \t")
    if not is_uri(sent):
        return []
    return [f"Lock-Token: {sent[:80]!r} has no angle brackets (RFC 4918 10.5); with --strict the server refuses it."]


def ordering_type(request: Request) -> str:
    """Read ``Ordering-Type``, a URI (RFC 3648 5.1). Drafts of the RFC called the header ``Ordered``."""
    sent = request.headers.get("ordering-type", request.headers.get("ordered", UNORDERED)).strip(" \t")
    kind = sent[1:-1] if sent.startswith("<") and sent.endswith(">") else sent
    if not is_uri(kind):
        raise Refused(400, f"Ordering-Type: {sent[:80]!r} is not a URI; send one, such as DAV:custom.")
    return kind


def position(request: Request) -> Position | None:
    """Read ``Position`` (RFC 3648 6.1). Default: None."""
    sent = request.headers.get("position")
    if sent is None:
        return None
    match = _POSITION.fullmatch(sent.strip(" \t"))
    if match is None:
        raise Refused(400, f"Position: {sent[:80]!r} is not valid; send first, last, before SEGMENT or after SEGMENT.")
    end, beside, segment = match.groups()
    if end:
        return Position("first" if end.lower() == "first" else "last")
    segments, slash = split("/" + segment)
    if len(segments) != 1 or slash:
        raise Refused(400, f"Position: {segment[:80]!r} is not a path segment; send one name without a slash.")
    return Position("before" if beside.lower() == "before" else "after", segments[0])


def preference(request: Request, *names: str) -> str | None:
    """Return the value of the first preference in ``Prefer`` with one of these names, in lower case (RFC 7240 2).

    The value is empty for a preference without a value. The result is None if there is no such preference.
    """
    sent = request.headers.get("prefer")
    if sent is None:
        return None
    matches = (match for match in _PREFERENCE.finditer(sent) if match[1].lower() in names)
    first = next(matches, None)
    return None if first is None else (first[2] or "").strip('"').lower()


def prefers_minimal(request: Request) -> bool:
    """Say whether ``Prefer`` asks for ``return=minimal`` (RFC 8144 2)."""
    return preference(request, "return") == "minimal"


def accepted(accept: str, offers: Sequence[str]) -> str:
    """Choose the offered media type that the value of an ``Accept`` header prefers (RFC 9110 12.5.1).

    Of equally preferred types the first offer is chosen. A media type in the header takes precedence over a range
    such as ``text/*``. A type with ``q=0`` is excluded as long as another is offered. If the header accepts no offer, or
    is malformed, the first offer that it does not exclude is chosen: a response of another type is more helpful than none.
    """
    quality: dict[str, float] = {}
    for element in accept.lower().split(","):
        match = _ACCEPTED.fullmatch(element.strip(" \t"))
        if match is not None:
            quality[match[1]] = float(match[2] or 1) or _EXCLUDED

    def preference_for(offer: str) -> float:
        ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        return next((quality[media_range] for media_range in ranges if media_range in quality), 0.0)

    return max(offers, key=preference_for)


_COMMON_FORMS = ("text/plain", "text/html", "application/xml", "application/json")


def prefers_html(headers: Mapping[str, str]) -> bool:
    """Say whether a client prefers HTML by name, as browsers do."""
    accept = headers.get("accept", "")
    return "text/html" in accept.lower() and accepted(accept, _COMMON_FORMS) == "text/html"


def http_date(text: str | None, now: float) -> float | None:
    """Read an HTTP-date in any of its three forms, as seconds since 1970 (RFC 9110 5.6.7); None for any other text.

    A year of two digits that would be more than 50 years after ``now`` is one of the century before.
    """
    match = _HTTP_DATE.fullmatch(text.strip(" \t")) if text is not None else None
    if match is None:
        return None
    found = {name.rstrip("_"): value for name, value in match.groupdict().items() if value is not None}
    year = int(found["year"])
    if len(found["year"]) == 2:
        this_year = datetime.fromtimestamp(now, UTC).year
        year += this_year - this_year % 100
        year -= 100 if year > this_year + 50 else 0
    # The grammar allows a leap second, which Python's calendar lacks.
    hour, minute, second = int(found["hour"]), int(found["minute"]), min(int(found["second"]), 59)
    try:
        moment = datetime(year, _MONTHS.index(found["month"]) + 1, int(found["day"]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp()


_COMPLIANCE_CLASSES = (
    ("1", "PROPFIND"),
    ("2", "LOCK"),
    ("3", "PROPFIND"),
    ("extended-mkcol", "MKCOL"),
    ("ordered-collections", "ORDERPATCH"),
)
"""The compliance classes, each with the method that a server of the class has (RFC 4918 18, RFC 5689 3.1, RFC 3648 10)."""


_WITH_LIBRARIES = ("calendar-access", "addressbook")
"""The classes of RFC 4791 5.1 and RFC 6352 6.1, whose reports read events and cards."""


def compliance_classes(methods: Container[str], *, reads_objects: bool) -> str:
    """Write the value of ``DAV`` for a server with these methods (RFC 4918 10.1).

    Only a server that ``reads_objects`` has the reports of calendars and address books.
    """
    classes = [name for name, method in _COMPLIANCE_CLASSES if method in methods]
    if reads_objects and "REPORT" in methods:
        classes += _WITH_LIBRARIES
    return ", ".join(classes)
