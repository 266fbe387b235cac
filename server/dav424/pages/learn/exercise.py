"""The exercises and the glossary as data, in ``exercises.yaml`` and ``glossary.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from msgspec import Meta, field

from dav424.core import decode
from dav424.pages.learn.grading import RuleName
from dav424.scenario.model import StrictStruct
from dav424.scenario.yaml_reader import read


class Attempt(StrictStruct, frozen=True, kw_only=True):
    """A request of an exercise; ``path`` starts at the root of the scenario."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class Hint(StrictStruct, frozen=True, kw_only=True):
    """A hint; the last one has the requests that solve the exercise."""

    text: str
    requests: list[Attempt] = field(default_factory=list)


class Exercise(StrictStruct, frozen=True, kw_only=True):
    """An exercise: the scenario, the goal, the request in the form at the start, three hints, and the rule that grades it.

    ``lesson`` is the sentence to remember, shown when it is solved.
    """

    title: str
    scenario: str
    goal: list[str]
    start: Attempt
    hints: Annotated[list[Hint], Meta(min_length=3, max_length=3)]
    rule: RuleName
    lesson: str

    @property
    def solution(self) -> list[Attempt]:
        """The requests of the last hint."""
        return self.hints[-1].requests


class Word(StrictStruct, frozen=True, kw_only=True):
    """A word of the glossary."""

    word: str
    meaning: str


def _data(name: str) -> object:
    return read(files(__package__).joinpath(name).read_bytes(), name).data


@cache
def exercises() -> list[Exercise]:
    """Read the exercises, in their order."""
    found: list[Exercise] = decode.to_type(_data("exercises.yaml"), list[Exercise])
    return found


@cache
def glossary() -> list[Word]:
    """Read the words, in their order."""
    found: list[Word] = decode.to_type(_data("glossary.yaml"), list[Word])
    return found
