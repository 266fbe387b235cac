"""The work to spell an answer grows with its size, and no faster; a large listing is spelled while it is sent."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from dav424.dav.multistatus import XML_TYPE
from dav424.dialects.dialect import Dialect
from dav424.dialects.spellings import SPELLINGS
from dav424.dialects.trait import Trait
from tests.dialects.bundled_answers import BundledAnswer
from tests.dialects.large_answers import CASES, members, taken
from tests.dialects.test_many_spellings import values
from tests.effort import calls

ALL = [
    {"property-prefixes": value, "declarations": declared, "propstats": "each", "white-space": "indented"}
    for value in ("~request", "x1", "n", "")
    for declared in ("property", "propstat", "response", "multistatus")
]
"""Sets of traits that work together."""


WHOLE = [("declarations", "multistatus"), ("responses-reversed", True)]
"""The values that need the whole answer, as their descriptions say."""


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("trait", [*SPELLINGS, None], ids=lambda trait: trait.name if trait else "together")
def test_the_work_is_linear(make: Callable[[int], BundledAnswer], trait: Any) -> None:
    """Twice the size takes no more than twice the calls, whichever value the trait has."""
    chosen: list[dict[str, Any]] = ALL if trait is None else [{trait.name: value} for value in values(trait)]
    small, double = make(12), make(24)
    for each in chosen:
        dialect = Dialect("tried", each)

        def told(answer: BundledAnswer, dialect: Dialect = dialect) -> None:
            body = dialect.told(answer.exchange, answer.response).body
            assert isinstance(body, bytes), "it is written whole"

        once, twice = calls(lambda: told(small)), calls(lambda: told(double))
        assert twice <= 2.2 * once, each


def _pieces(taken_pieces: list[int], count: int) -> Iterator[bytes]:
    """Write a listing of members in pieces, and note each piece that is taken."""
    listing = members(50).body
    head, _, rest = listing.partition(b" <D:response>")
    piece, _, _ = rest.rpartition(b"</D:multistatus>")
    yield head
    for number in range(count):
        taken_pieces.append(number)
        yield b" <D:response>" + piece
    yield b"</D:multistatus>"


@pytest.mark.parametrize("trait", SPELLINGS, ids=lambda trait: trait.name)
def test_a_large_listing_is_spelled_while_it_is_sent(trait: Trait) -> None:
    """The first bytes go out after a few pieces were read, whatever the size: no value but two needs the whole."""
    for value in values(trait):
        if (trait.name, value) in WHOLE:
            continue
        taken_pieces: list[int] = []
        answer = taken("PROPFIND")
        response = replace(answer.response, headers=[("Content-Type", XML_TYPE)], body=_pieces(taken_pieces, 100))
        told = Dialect("tried", {trait.name: value}).told(answer.exchange, response).body
        assert not isinstance(told, bytes)
        next(iter(told))
        assert len(taken_pieces) < 40, value


def test_the_memory_for_a_large_listing_is_bounded() -> None:
    """A listing of more than twice the size takes no more memory."""
    assert _peak(40) < 1.2 * _peak(15)


def _peak(count: int) -> int:
    """Spell a listing of ``count`` pieces and give the most memory that it takes."""
    answer = taken("PROPFIND")
    chosen = {
        "dav-prefix": "d",
        "property-prefixes": "x1",
        "declarations": "response",
        "propstats": "each",
        "self": "last",
    }
    dialect = Dialect("tried", {**chosen, "href-form": "url", "etags": "weak", "white-space": "none"})
    response = replace(answer.response, headers=[("Content-Type", XML_TYPE)], body=_pieces([], count))
    tracemalloc.start()
    try:
        for _ in dialect.told(answer.exchange, response).body:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
