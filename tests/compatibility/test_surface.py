"""Nothing is gone that a released version has promised; docs/compatibility.md says what is promised."""

from __future__ import annotations

import re
from pathlib import Path

from tests.compatibility.surface import PROMISED, surface

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def test_nothing_that_was_promised_is_gone() -> None:
    """What is named here was in a release: a later one with the same first number keeps it."""
    promised = PROMISED.read_text().splitlines()
    assert len(promised) > 1000
    assert sorted({*promised} - {*surface()}) == []


def test_a_release_promises_all_that_it_has() -> None:
    """When the changelog begins with a version, ``python -m tests.compatibility.surface`` has been run for it."""
    newest = re.search(r"^## (.*)$", CHANGELOG.read_text(), re.MULTILINE)
    assert newest is not None
    if newest[1] != "Unreleased":
        assert PROMISED.read_text().splitlines() == surface()


def test_the_surface_names_each_kind_of_thing() -> None:
    """One example of each: a flag, a key and a value of a file, a trait, a route and its query, an option, a parameter."""
    assert {
        "command serve --port",
        "scenario file: causes",
        "scenario file, lock: depth",
        "scenario file, denied: kind: denied",
        "dialect file: protected-status: 409",
        "admin API GET /-/spaces/{space}/journal?wait",
        "pytest --dav424-url",
        "pytest ini dav424_url",
        "pytest fixture dav424_space",
        "Python dav424.testing.Server.space(scenario)",
        "Python dav424.wsgi.ServeKeywords.strict_wire",
    } <= {*surface()}
