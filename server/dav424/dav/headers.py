"""The request headers of RFC 4918 10 and of RFC 8144, read strictly: what is malformed is 400."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.paths import Path, is_uri, split, within
from dav424.store.ordering import UNORDERED, Position

if TYPE_CHECKING:
    from dav424.core.message import Request

INFINITY = float("inf")
DEFAULT_TIMEOUT = 3600.0
LONGEST_TIMEOUT = 2**32 - 1
_TIMEOUT = r"(?:Infinite|Second-[0-9]{1,10})"
_TIMEOUTS = re.compile(rf"[ 	,]*{_TIMEOUT}(?:[ 	]*,[ 	,]*{_TIMEOUT})*[ 	,]*", re.IGNORECASE)
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PREFERENCE = re.compile(
    rf"(?:^|,)\s*({_WORD})(?:\s*=\s*({_WORD}|{_QUOTED}))?(?:\s*;\s*{_WORD}(?:\s*=\s*(?:{_WORD}|{_QUOTED}))?)*\s*(?=,|$)"
)
_ACCEPTED = re.compile(
    rf"({_WORD}/{_WORD})(?:[ \t]*;[ \t]*(?!q=){_WORD}=(?:{_WORD}|{_QUOTED}))*(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{{0,3}})?)[^,]*)?"
)
_POSITION = re.compile(r"(?:(first|last)|(before|after)[ \t]+(\S+))", re.IGNORECASE)
_EXCLUDED = -1.0
"""The preference for a media type with ``q=0``: below that for one that ``Accept`` does not name."""
_DEPTHS = {"0": 0.0, "1": 1.0, "infinity": INFINITY}


def depth(request: Request, *allowed: str) -> float:
    """Read ``Depth``, which is the last of ``allowed`` if absent (RFC 4918 10.2)."""
    sent = request.headers.get("depth", allowed[-1]).strip(" \t").lower()
    if sent not in allowed:
        raise Refused(400, f"Depth: {sent[:40]!r} can't be used with {request.method}; send {' or '.join(allowed)}.")
    return _DEPTHS[sent]


def overwrite(request: Request) -> bool:
    """Read ``Overwrite``, true if absent (RFC 4918 10.6)."""
    sent = request.headers.get("overwrite", "T").strip(" \t").upper()
    if sent not in ("T", "F"):
        raise Refused(400, f"Overwrite: {sent[:40]!r} is neither T nor F.")
    return sent == "T"


def brief(request: Request) -> bool:
    """Read Exchange's ``Brief``, false if absent."""
    sent = request.headers.get("brief", "f").strip(" \t").lower()
    if sent not in ("t", "f"):
        raise Refused(400, f"Brief: {sent[:40]!r} is neither t nor f.")
    return sent == "t"


def transaction(request: Request) -> str:
    """Read Exchange's ``Transaction``: the token of one, in angle brackets."""
    sent = request.headers.get("transaction", "").strip(" \t")
    if not (sent.startswith("<") and sent.endswith(">") and is_uri(sent[1:-1])):
        raise Refused(400, f"Transaction: {sent[:80]!r} is not a URI in angle brackets.")
    return sent


def destination(request: Request) -> Path:
    """Read ``Destination`` (RFC 4918 10.3); refuses with 502 one outside of the world."""
    return destination_and_slash(request)[0]


def destination_and_slash(request: Request) -> tuple[Path, bool]:
    """Read ``Destination``, and whether it ends in a slash."""
    sent = request.headers.get("destination")
    if sent is None:
        raise Refused(400, f"{request.method} needs a Destination header.")
    found = within(sent.strip(" \t"), split(request.base)[0] if request.base else (), "Destination")
    if found is None:
        raise Refused(502, f"Destination: {sent[:80]!r} is not in {request.base}/, and nothing can leave it.")
    return found


def timeout(request: Request) -> float:
    """Read ``Timeout`` in seconds: the first that is asked for, an hour if absent (RFC 4918 10.7)."""
    sent = request.headers.get("timeout")
    if sent is None:
        return DEFAULT_TIMEOUT
    if not _TIMEOUTS.fullmatch(sent):
        raise Refused(400, f"Timeout: {sent[:40]!r} is not a list of Infinite and Second-N.")
    first = sent.strip(" \t,").partition(",")[0].strip(" \t").lower()
    return INFINITY if first == "infinite" else float(max(1, min(int(first.removeprefix("second-")), LONGEST_TIMEOUT)))


def lock_token(request: Request) -> str:
    """Read ``Lock-Token`` (RFC 4918 10.5): without its angle brackets too, as other servers do, unless ``strict``."""
    sent = request.headers.get("lock-token", "").strip(" \t")
    token = sent[1:-1] if sent.startswith("<") and sent.endswith(">") else sent
    if not is_uri(token) or (request.strict and token == sent):
        raise Refused(
            400, f"Lock-Token: {sent[:80]!r} is not a URI in angle brackets." if sent else "Send a Lock-Token."
        )
    return token


def overlooked(request: Request) -> list[str]:
    """Say what is malformed in a request that is nevertheless understood, unless it is ``strict``."""
    if request.method != "UNLOCK" or request.strict:
        return []
    sent = request.headers.get("lock-token", "").strip(" \t")
    if not is_uri(sent):
        return []
    return [f"Lock-Token: {sent[:80]!r} has no angle brackets (RFC 4918 10.5); with --strict it is refused."]


def ordering_type(request: Request) -> str:
    """Read ``Ordering-Type`` (RFC 3648 5.1), a URI; drafts of it called the header ``Ordered``."""
    sent = request.headers.get("ordering-type", request.headers.get("ordered", UNORDERED)).strip(" \t")
    kind = sent[1:-1] if sent.startswith("<") and sent.endswith(">") else sent
    if not is_uri(kind):
        raise Refused(400, f"Ordering-Type: {sent[:80]!r} is not a URI, such as DAV:custom.")
    return kind


def position(request: Request) -> Position | None:
    """Read ``Position`` (RFC 3648 6.1); None if there is none."""
    sent = request.headers.get("position")
    if sent is None:
        return None
    match = _POSITION.fullmatch(sent.strip(" \t"))
    if match is None:
        raise Refused(400, f"Position: {sent[:80]!r} is none of first, last, before SEGMENT and after SEGMENT.")
    end, beside, segment = match.groups()
    if end:
        return Position("first" if end.lower() == "first" else "last")
    segments, slash = split("/" + segment)
    if len(segments) != 1 or slash:
        raise Refused(400, f"Position: {segment[:80]!r} is not one segment of a path.")
    return Position("before" if beside.lower() == "before" else "after", segments[0])


def preference(request: Request, *names: str) -> str | None:
    """Give the value of a preference of one of these names (RFC 7240 2), in lower case; of several the first counts.

    It is empty for one that has no value, and None if it is absent.
    """
    sent = request.headers.get("prefer")
    if sent is None:
        return None
    asked = (each[2] or "" for each in _PREFERENCE.finditer(sent) if each[1].lower() in names)
    found = next(asked, None)
    return None if found is None else found.strip('"').lower()


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


def http_date(text: str | None) -> float | None:
    """Read an HTTP date in any of its forms, all of which are GMT (RFC 9110 5.6.7); None for what isn't one."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


COMPLIANCE_CLASSES = "1, 2, 3, extended-mkcol, ordered-collections"
