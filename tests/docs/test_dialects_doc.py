"""docs/dialects.md: it is the page that the code makes, and each need of client authors has something that produces it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dav424.dialects.table import TRAITS
from dav424.scenario.sources import scenario_sources
from docs._ext import dialects_page
from tests.docs.transcripts import ROOT

MOST_OF_ALL = 10
"""Reports from which on a need has a scenario, if it is one that a scenario can show."""
WITHOUT_SCENARIO = {"CORS"}
"""A need about a preflight, which no failing request shows."""


def test_the_page_is_current() -> None:
    """``make dialects-doc`` writes it."""
    assert (ROOT / "docs" / "dialects.md").read_text(encoding="utf-8") == dialects_page.page()


def test_the_needs_are_ranked_and_each_is_met() -> None:
    """By traits, by scenarios, or by something else that is named."""
    needs = dialects_page.needs()
    assert needs == sorted(needs, key=lambda need: -need.reports)
    assert [need.need for need in needs if not (need.traits or need.scenarios or need.other)] == []
    shown = {need.need for need in needs if need.scenarios}
    assert {need.need for need in needs if need.reports >= MOST_OF_ALL} - shown == WITHOUT_SCENARIO


def test_a_name_that_there_is_not_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trait that was renamed leaves no dead name in the table."""
    file = tmp_path / "needs.yaml"
    file.write_text("- need: Much\n  reports: 9\n  traits: [etag]\n")
    monkeypatch.setattr(dialects_page, "NEEDS", file)
    with pytest.raises(ValueError, match=r"needs.yaml: Much: there is no trait or scenario etag"):
        dialects_page.needs()


def test_every_trait_is_on_the_page() -> None:
    """With its reports."""
    text = (ROOT / "docs" / "dialects.md").read_text(encoding="utf-8")
    for trait in TRAITS:
        assert f"| `{trait.name}` |" in text
        assert all(report in text for report in trait.reports)


def test_the_scenarios_of_needs_name_reports() -> None:
    """A scenario that is in the table for a dialect says which reports it would have answered."""
    sources = scenario_sources()
    named = {name for need in dialects_page.needs() for name in need.scenarios}
    assert [name for name in sorted(named) if sources[name]().dialect and not sources[name]().reports] == []
