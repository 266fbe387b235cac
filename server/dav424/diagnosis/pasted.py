"""What people paste: answers of servers, with what they have of the requests, and what these answers say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.reason_phrases import reason

_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:\{|\[\s*+[\[{\"\]])")
_NONE: Mapping[str, str] = MappingProxyType({})


class UnreadableText(Exception):
    """The text holds no answer that can be read; the message says why, and what to paste instead."""


class PastedAnswer(Struct, frozen=True, kw_only=True):
    """One answer, and the parts of its request that were pasted.

    ``status`` is None if the text has no status line. The names of headers are lower-case. ``method`` and ``target`` are
    empty, and ``request_body`` too, if the text does not have them. ``target`` is a path or an absolute URL. If
    ``is_message``, the body is the message of a client, such as that of an exception.
    """

    status: int | None = None
    headers: Mapping[str, str] = _NONE
    body: bytes = b""
    method: str = ""
    target: str = ""
    request_headers: Mapping[str, str] = _NONE
    request_body: bytes = b""
    is_message: bool = False

    @property
    def media_type(self) -> str:
        """The media type of the body without parameters, in lower case; empty if the head does not name one."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class SaidThing(Struct, frozen=True, kw_only=True):
    """What an answer speaks of: a resource, its property, a request of a batch, or the request itself if all are empty.

    ``href`` is as the server wrote it. ``property`` is in Clark notation. ``request`` is the id of a request in a batch, or
    its position in a multipart answer.
    """

    href: str = ""
    property: str = ""
    request: str = ""

    def __str__(self) -> str:
        """Name it in a sentence, such as ``{DAV:}getetag of /a.txt``."""
        names = [self.property, self.href] if self.property or self.href else []
        text = " of ".join(filter(None, names))
        if not self.request:
            return text or "the request"
        return f"{text} in request {self.request}" if text else f"request {self.request}"


class SaidStatus(Struct, frozen=True, kw_only=True):
    """One status that an answer gives to one thing.

    * ``status`` is None for a failure whose status the answer does not tell.
    * ``condition`` is the condition code in Clark notation; ``condition_hrefs`` are the resources that it names.
    * ``where`` says in which place of the answer the status stands.
    * ``because`` are the things that the answer or the request names as what this thing depended on.
    * ``retry_after`` is the value of the header beside it.
    * ``has_value`` says that a property has a value beside its status, as in answers to PROPFIND.
    * ``by_client`` says that the description is the message of a client, and not a text of the server.
    """

    thing: SaidThing
    status: int | None
    where: str
    condition: str = ""
    condition_hrefs: tuple[str, ...] = ()
    description: str = ""
    because: tuple[SaidThing, ...] = ()
    has_value: bool = False
    retry_after: str = ""
    by_client: bool = False

    @property
    def failed_itself(self) -> bool:
        """Whether the thing failed on its own; a redirect counts, since the thing was not done."""
        if self.status == FAILED_DEPENDENCY:
            return False
        return self.status is None or (self.status >= 300 and self.status != 304)

    @property
    def words(self) -> str:
        """The status with its registered phrase."""
        return f"{self.status} {reason(self.status)}" if self.status is not None else "a failure without a status"


def looks_like_json(body: bytes) -> bool:
    """Say whether a text is meant as JSON: an object, or a list, but no line of a log that begins with [ERROR]."""
    return _JSON_START.match(body) is not None


def said_of_part(
    name: str, answer: PastedAnswer, facts: BodyFacts, because: tuple[SaidThing, ...] = ()
) -> Iterator[SaidStatus]:
    """Give what the answer to one request of a batch says: its status, and then what its own body names."""
    yield SaidStatus(
        thing=SaidThing(request=name),
        status=answer.status,
        where=PART,
        condition=facts.condition,
        condition_hrefs=facts.condition_hrefs,
        description=facts.description,
        because=because,
        retry_after=answer.headers.get("retry-after", ""),
    )
    for entry in facts.said:
        yield replace(entry, thing=replace(entry.thing, request=name))


STATUS_LINE = "status line"
RESPONSE = "response"
PROPSTAT = "propstat"
PART = "part of a batch"
BODY = "body"
HEADER = "header"
"""The places in which a status can stand."""


class BodyFacts(Struct, frozen=True, kw_only=True):
    """What a body says.

    ``shape`` is the name of its format, such as ``multistatus``. ``status`` is the one that it gives to the answer as a whole;
    None if it gives none. ``flaws`` are the rules of the format that it breaks, as
    sentences with the section of the standard behind them.
    """

    shape: str = ""
    status: int | None = None
    said: tuple[SaidStatus, ...] = ()
    condition: str = ""
    condition_hrefs: tuple[str, ...] = ()
    description: str = ""
    flaws: tuple[tuple[str, str], ...] = ()
