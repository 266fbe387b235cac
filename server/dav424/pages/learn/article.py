"""An article: a page of `/learn/` as data, one YAML file in the folder ``articles`` for each status code.

A block of an article has one key, which says its kind. Texts may have `` `code` ``, ``**bold**`` and links such as
``[IANA](https://www.iana.org/)``; a section of an RFC becomes a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated

from msgspec import Meta, field

from dav424.core import decode
from dav424.scenario.model import StrictStruct
from dav424.scenario.yaml_reader import read

Requests = Annotated[list[int], Meta(min_length=1)]


class Run(StrictStruct, frozen=True, kw_only=True):
    """Requests of a bundled scenario that the reader can run, by their positions in its file.

    ``times`` says how often they are sent. With ``cure``, the cure follows, and then the last request once more.
    """

    scenario: str
    requests: Requests = field(default_factory=lambda: [0])
    times: int = 1
    cure: bool = False


class Row(StrictStruct, frozen=True, kw_only=True):
    """A row of a table, with a run behind its cells."""

    cells: list[str]
    run: Run | None = None


class Table(StrictStruct, frozen=True, kw_only=True):
    """A table: the headings of its columns, and its rows."""

    head: list[str]
    rows: list[Row]


class Question(StrictStruct, frozen=True, kw_only=True):
    """A question, its answer in paragraphs, and the run that shows it."""

    ask: str
    answer: list[str]
    run: Run


class Block(StrictStruct, frozen=True, kw_only=True):
    """A part of a section; exactly one of its fields is given. ``snippets`` stands for the examples of servers."""

    text: str | None = None
    items: list[str] | None = None
    run: Run | None = None
    table: Table | None = None
    code: str | None = None
    questions: list[Question] | None = None
    snippets: bool | None = None


class Section(StrictStruct, frozen=True, kw_only=True):
    """A section with a heading; ``id`` names it in URLs."""

    id: str
    heading: str
    blocks: list[Block]


class Article(StrictStruct, frozen=True, kw_only=True):
    """The page about a status code: what it says in one paragraph, a request whose answer is live, and sections.

    ``where`` is the section that defines the code, and ``stands`` says where it stands in an answer.
    """

    status: int
    phrase: str
    summary: str
    where: str
    live: Run
    sections: list[Section]

    def runs(self) -> Iterator[tuple[str, Run]]:
        """List the runs with their names in URLs: the section, and a number in it."""
        yield "live", self.live
        for section in self.sections:
            runs = [run for block in section.blocks for run in _runs_of(block)]
            yield from ((f"{section.id}-{number}", run) for number, run in enumerate(runs, 1))


def _runs_of(block: Block) -> Iterator[Run]:
    if block.run is not None:
        yield block.run
    if block.table is not None:
        yield from (row.run for row in block.table.rows if row.run is not None)
    if block.questions is not None:
        yield from (question.run for question in block.questions)


@cache
def articles() -> dict[int, Article]:
    """Read all articles, by status code."""
    folder = files(__package__).joinpath("articles")
    found = [
        decode.to_type(read(file.read_bytes(), file.name).data, Article)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".yaml")
    ]
    return {article.status: article for article in found}
