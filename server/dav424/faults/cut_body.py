"""A body that ends too soon, and whose length says that this is its end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from dav424.causes.cause import PropertyName
from dav424.causes.counted import Amount
from dav424.core.message import SizedBody
from dav424.faults.fault import MOST_REWRITTEN, AnswerToSpoil, Body, Fault, Spoilt


class CutBody(Fault, frozen=True, kw_only=True, tag="cut-body"):
    """The fault cuts the body of an answer: at a byte, in the middle of an element, or in the middle of the body.

    The framing fits: ``Content-Length`` is that of the cut body. A connection that ends in the body is the kind
    ``close`` or ``reset``.
    """

    bytes: Annotated[Amount, Meta(description="The bytes of the body that are left.")] | None = None
    inside: (
        Annotated[PropertyName, Meta(description="The name of an element: the body ends in the last one of it.")] | None
    ) = None

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Cut the body if it is longer than that."""
        body, length = answer.body, answer.length
        at = self._position(body, length)
        if at is None or (length is not None and at >= length):
            return None
        cut = body[:at] if isinstance(body, bytes) else SizedBody(at, _first(body, at))
        whole = f"of {length} bytes" if length is not None else "of a body of unknown length"
        return Spoilt(replace(answer.response, body=cut), f"cut the body after {at} {whole}")

    def _position(self, body: Body, length: int | None) -> int | None:
        """Give the number of bytes that are left; None if the body has no such place."""
        if self.inside is not None:
            return _middle_of_last(self.inside, body) if isinstance(body, bytes) else None
        if self.bytes is not None:
            # A body of unknown length is longer than what faults can hold whole.
            return self.bytes if length is not None or self.bytes <= MOST_REWRITTEN else None
        return length // 2 if length else None


def _middle_of_last(name: str, body: bytes) -> int | None:
    """Find the middle of the content of the last element of a name, whatever its prefix."""
    local = re.escape(name.rpartition("}")[2].encode())
    starts = list(re.finditer(rb"<(?:[^\s<>/:]+:)?%b(?=[\s/>])[^<>]*>" % local, body))
    if not starts:
        return None
    start = starts[-1]
    end = re.compile(rb"</(?:[^\s<>/:]+:)?%b\s*>" % local).search(body, start.end())
    if end is None:  # an empty element
        return start.end() - 1
    return (start.end() + end.start()) // 2


def _first(body: Iterable[bytes], length: int) -> Iterator[bytes]:
    """Give the first bytes of a body."""
    left = length
    for piece in body:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return
