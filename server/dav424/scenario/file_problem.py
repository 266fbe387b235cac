"""What is wrong with a scenario file, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from msgspec import Struct


class FileProblem(Struct, frozen=True, order=True):
    """Something wrong with a file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Say it as compilers do, so that editors can jump there."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ScenarioError(Exception):
    """Scenario files can't be used; ``problems`` are all the reasons, in the order of the files."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


def suggest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that was probably meant, or list them all."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(known)}" if known else ""
