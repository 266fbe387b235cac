"""What a case found: its verdict, the rules that were broken, and the exchanges that show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from dav424.probe.exchange import Probed


class Found(StrEnum):
    """A verdict, from the best to the worst; the last two say that there is none."""

    CONFORMANT = "conformant"
    SHOULD = "a SHOULD missed"
    WRONG = "wrong"
    UNSUPPORTED = "unsupported"
    UNTESTED = "could not be tested"


class Remark(Struct, frozen=True):
    """A rule that the server broke, or did not follow although it should: a sentence, and the section that has the rule."""

    found: Found
    sentence: str
    section: str


class NoVerdict(Exception):
    """A case can't be judged: the server does not support it, or something else went wrong first."""

    def __init__(self, found: Found, why: str) -> None:
        super().__init__(why)
        self.found = found


class Result(Struct, frozen=True, kw_only=True):
    """The verdict of one case.

    ``why`` says why there is no verdict. ``before`` and ``after`` are the states of resources, in words. ``shown`` is the
    position of the exchange that was judged in ``exchanges``; None if none was. ``varying`` are the outcomes of several runs, if
    these differ.
    """

    case: str
    title: str
    section: str
    found: Found
    remarks: tuple[Remark, ...] = ()
    why: str = ""
    before: Mapping[str, str] = {}
    after: Mapping[str, str] = {}
    exchanges: tuple[Probed, ...] = ()
    shown: int | None = None
    varying: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """What there is to say: each remark with its section, or why there is no verdict."""
        said = [f"{each.sentence} ({each.section})" for each in self.remarks]
        differing = [f"The runs differ: {'; '.join(self.varying)}."] if self.varying else []
        return [*said, *([self.why] if self.why else []), *differing]


def wrong(sentence: str, section: str) -> Remark:
    """Make a remark about a MUST."""
    return Remark(Found.WRONG, sentence, section)


def missed(sentence: str, section: str) -> Remark:
    """Make a remark about a SHOULD."""
    return Remark(Found.SHOULD, sentence, section)


def worst(remarks: Iterable[Remark]) -> Found:
    """Give the verdict that follows from remarks."""
    found = {each.found for each in remarks}
    return Found.WRONG if Found.WRONG in found else Found.SHOULD if found else Found.CONFORMANT


def unsupported(why: str) -> NoVerdict:
    """Make the error for a feature that the server does not have."""
    return NoVerdict(Found.UNSUPPORTED, why)


def untested(why: str) -> NoVerdict:
    """Make the error for a case whose preparation failed."""
    return NoVerdict(Found.UNTESTED, why)
