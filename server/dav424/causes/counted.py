"""What a scenario counts: the requests, or parts of requests, that a cause or a fault applies to."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dav424.core.writable import LARGEST_NUMBER

# In Python, $ also matches before a newline at the end; in JSON Schema it does not. (?!\n) makes both the same.
Id = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)",
        description="The name of the cause or fault. No two of a scenario have the same.",
    ),
]
Count = Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
Amount = Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)]


class Counted(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    rename="kebab",
):
    """A cause or a fault: it applies to some of its matches, which are counted from 1.

    ``nth: 3`` hits only the third, ``after: 2`` skips the first two, and ``times: 1`` hits once.
    """

    id: Id
    nth: Annotated[Count, Meta(description="Apply to this match alone, counted from 1.")] | None = None
    after: Annotated[Amount, Meta(description="Skip this number of matches first.")] = 0
    times: Annotated[Count, Meta(description="Apply at most this number of times.")] | None = None

    bystander: Annotated[
        bool, Meta(description="No request of the scenario is meant to meet it; dav424 prove checks that.")
    ] = False

    @property
    def is_counted(self) -> bool:
        """True if it doesn't apply to every match."""
        return self.nth is not None or self.after > 0 or self.times is not None

    @property
    def kind(self) -> str:
        """The ``kind`` in scenario files, such as ``read-only``."""
        return str(type(self).__struct_config__.tag)

    def applies_to(self, match: int) -> bool:
        """Say whether it applies to its ``match``-th match, counted from 1."""
        if self.nth is not None:
            return match == self.nth
        return match > self.after and (self.times is None or match <= self.after + self.times)


def count(counted: Counted, counts: dict[str, int]) -> bool:
    """Count a match of a cause or fault in ``counts``, which are by id; say whether it applies to this match."""
    match = counts[counted.id] = counts.get(counted.id, 0) + 1
    return counted.applies_to(match)
