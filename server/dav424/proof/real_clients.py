"""Real clients in the scenarios: the results that their callers got, as ``make clients-doc`` recorded them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from dav424.core import decode

_RECORD = Path(__file__).parent / "real_clients.json"
_BETTER = frozenset({"reported the truth", "returned the raw response"})
"""The verdicts on clients that do not get it wrong: their caller can see each failure."""


class RealClient(Struct, frozen=True):
    """A real client in a scenario: the result that its caller got, and the verdict of the tests on it."""

    client: str
    scenario: str
    told: str
    verdict: str

    @property
    def is_wrong(self) -> bool:
        """Whether the caller sees no failure, or not its culprit."""
        return self.verdict not in _BETTER


def real_clients(scenario: str) -> list[RealClient]:
    """List the real clients that the tests ran in a scenario."""
    return [each for each in _record() if each.scenario == scenario]


def wrong_clients(scenario: str) -> Iterator[tuple[str, list[str]]]:
    """Give each verdict on the clients that get a scenario wrong, and the clients; nothing if the tests ran none in it."""
    by_verdict: dict[str, list[str]] = {}
    for each in real_clients(scenario):
        if each.is_wrong:
            by_verdict.setdefault(each.verdict, []).append(each.client)
    yield from by_verdict.items()


@cache
def _record() -> list[RealClient]:
    found: list[RealClient] = decode.from_json(_RECORD.read_bytes(), list[RealClient])
    return found
