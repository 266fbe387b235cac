"""Scenarios as data: all of them, sent with another client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dav424.scenario.file_problem import ScenarioError
from dav424.testing import ScenarioData, Server, scenarios

ALL = scenarios()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all of them."""
    with Server() as running:
        yield running


@pytest.mark.parametrize("scenario", ALL, ids=str)
def test_every_request_gets_the_status_that_the_scenario_tells(server: Server, scenario: ScenarioData) -> None:
    """They are sent in their order, with the login of their user."""
    space = server.space(scenario)
    with httpx.Client(timeout=60) as client:
        for request in scenario.requests:
            sent = request.at(space.url)
            response = client.request(
                sent.method, sent.url, headers=sent.headers_with_login, content=sent.content or None
            )
            assert (request.name, response.status_code) == (request.name, sent.status)
    space.remove()


def test_a_scenario_is_data(tmp_path: Path) -> None:
    """Written as in its file; those of ones own alone, or beside the bundled ones; a mistake is told with its place."""
    (tmp_path / "mine.yaml").write_text(
        "title: Mine\nusers: {ada: secret}\ntree: {/a.txt: {content: A}, /c/: {}}\natomic: true\n"
        "causes: [{id: ro, kind: read-only, path: /}]\n"
    )
    (mine,) = scenarios(tmp_path, bundled=False)
    assert (mine.name, mine.tree, mine.users) == ("mine", {"/a.txt": {"content": "A"}, "/c/": {}}, {"ada": "secret"})
    assert (mine.causes, mine.settings) == ([{"id": "ro", "kind": "read-only"}], {"atomic": True})
    assert {each.name for each in scenarios(tmp_path)} == {*(each.name for each in ALL), "mine"}
    (tmp_path / "wrong.yaml").write_text("titel: x\n")
    with pytest.raises(ScenarioError, match="did you mean 'title'"):
        scenarios(tmp_path)
