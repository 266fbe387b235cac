"""POST (RFC 9110 9.3.3): does what the place and the media type of the body say.

Who can be posted to stands in one list, that of ``methods.METHODS``. Every one is a method of its own, with
``plan`` and ``answer``, and says where it stands and what it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from dav424.batch import Group, Refused
from dav424.exchange import Exchange, Method, Request, Response


class FrontEnd(Method, Protocol):
    """Something that can be posted to; ``types`` are the media types that it takes, in lower case."""

    @property
    def types(self) -> Sequence[str]:
        """The media types that it takes, in lower case."""

    def stands_at(self, request: Request) -> bool:
        """Say whether this is the place for it."""


class Post:
    """The method POST, over what can be posted to."""

    def __init__(self, *front_ends: FrontEnd) -> None:
        self._front_ends = front_ends

    def plan(self, exchange: Exchange) -> Iterable[Group]:
        """Leave it to who takes it; refuses with 405 where nobody stands, with 415 what nobody takes there."""
        return self._find(exchange.request).plan(exchange)

    def answer(self, exchange: Exchange) -> Response:
        """Leave it to who took it."""
        return self._find(exchange.request).answer(exchange)

    def _find(self, request: Request) -> FrontEnd:
        here = [each for each in self._front_ends if each.stands_at(request)]
        if not here:
            raise Refused(
                405, f"POST can't be done here. Batches go to {request.base}/$batch and {request.base}/v1.0/$batch."
            )
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        for each in here:
            if sent in each.types:
                return each
        taken = " or ".join(media_type for each in here for media_type in each.types)
        raise Refused(
            415, f"POST takes {taken} here, and the body {f'is {sent[:80]}' if sent else 'says of no type to be'}."
        )
