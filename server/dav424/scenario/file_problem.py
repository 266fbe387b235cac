"""A problem of a scenario file: the file, the line, the column, and a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from msgspec import Struct

_MOST_COMPARED = 200
_LONGEST_WORD = 200
"""Limits for the known words that a word is compared with, and for its characters: the comparison is slow."""
MOST_LISTED = 20
"""The most known words that a message lists."""


class FileProblem(Struct, frozen=True, order=True):
    """One problem of a file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Write ``file:line:column: message``, as compilers do, so that editors can jump to the position."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ScenarioError(Exception):
    """Scenario files have problems; ``problems`` has all of them, sorted by file and position."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


def unknown_dialect(name: str, known: Iterable[str]) -> str:
    """Say that no dialect has a name, and suggest another one."""
    return f"there is no dialect {name!r}{suggest(name, sorted(known))}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that is most like ``word``; an empty text if none is like it."""
    import difflib  # noqa: PLC0415 - for mistakes alone

    near = difflib.get_close_matches(word[:_LONGEST_WORD], list(islice(known, _MOST_COMPARED)), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def suggest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that is most like ``word``, or list the known words, at most ``MOST_LISTED`` of them."""
    known = list(known)
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return did_you_mean(word, known) or (f"; use one of: {', '.join(known[:MOST_LISTED])}{more}" if known else "")
