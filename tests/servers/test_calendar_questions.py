"""dav424, Radicale and Xandikos are asked the same; docs/calendars.md has what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.docs.transcripts import ROOT
from tests.servers.calendar_questions import QUESTIONS, open_calendar
from tests.servers.conftest import Start

PAGE = (ROOT / "docs" / "calendars.md").read_text()
ROWS = {
    cells[0]: cells[1:]
    for line in PAGE.partition("| question | dav424 |")[2].partition("\n\n")[0].splitlines()[2:]
    if len(cells := [cell.strip() for cell in line.strip("| ").split(" | ")]) == 5
}


def test_the_page_has_every_question() -> None:
    """With the section that decides it."""
    assert {question: cells[-1] for question, cells in ROWS.items()} == {
        question: section for question, (section, _) in QUESTIONS.items()
    }


@pytest.mark.parametrize("question", QUESTIONS)
def test_dav424_answers_as_the_page_says(serve: Callable[..., Served], question: str) -> None:
    """And as the section wants it."""
    asking = open_calendar(serve("").client, {})
    assert ROWS[question][0] == _cell(QUESTIONS[question][1](asking))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("name", "column"), [("radicale", 1), ("xandikos", 2)])
def test_the_others_answer_as_the_page_says(real: Start, name: str, column: int, question: str) -> None:
    """The version on record says the very same."""
    server = real(name)
    asking = open_calendar(Client(server.calendars or ""), server.headers)
    assert ROWS[question][column] == _cell(QUESTIONS[question][1](asking))


def _cell(answer: str) -> str:
    return re.sub(r"\s+", " ", answer).replace("|", "\\|")
