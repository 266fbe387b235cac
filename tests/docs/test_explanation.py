"""docs/explanation.md: the statuses in its table are those of the scenarios."""

from __future__ import annotations

import re

import pytest

from dav424.app import playing
from dav424.scenario.sources import scenario_sources
from tests.docs.transcripts import ROOT

PAGE = (ROOT / "docs" / "explanation.md").read_text()
ROWS = re.findall(r"^\| `([a-z0-9-]+)` \| ([A-Z]+) \| (\d+) \| ([\d, ]*) ?\|$", PAGE, re.MULTILINE)


def test_the_table_has_rows() -> None:
    """Each method of the upper table that the server has is in the lower one."""
    assert {method for _, method, _, _ in ROWS} >= {"PROPPATCH", "MKCOL", "LOCK", "DELETE", "COPY", "MOVE", "POST"}


@pytest.mark.parametrize(("name", "method", "status", "inside"), ROWS)
def test_the_first_request_gets_the_statuses_of_its_row(name: str, method: str, status: str, inside: str) -> None:
    """The status line and the statuses that the body or the ``Link`` header reports are those of the row."""
    scenario = scenario_sources(())[name]()
    with playing(name, scenario) as (player, _):
        first = scenario.requests[0]
        answer = player.send(first)
    assert (first.method, str(answer.status)) == (method, status)
    assert sorted({entry.status for entry in answer.reported}) == [int(each) for each in re.findall(r"\d+", inside)]
