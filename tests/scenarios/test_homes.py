"""The keys ``calendars``, ``address-books`` and ``principals`` of a scenario file: their mistakes, and their way back into a file."""

from __future__ import annotations

import pytest

from dav424.scenario.blueprint import blueprint
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load
from dav424.scenario.world_as_file import export

CALENDAR = "{urn:ietf:params:xml:ns:caldav}calendar"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("calendars: {/: {}}", "the root of a scenario is a plain collection"),
        ("calendars: {/a/: {}}\naddress-books: {/a/: {}}", "/a/ is in calendars, too"),
        ("calendars: {/a/: {}}\ntree: {/a: {}}", "the tree has a document /a"),
        ("calendars: {/a/: {}, /a/b/: {}}", "it is inside the calendar /a/"),
        (f"calendars: {{/a/b/: {{}}}}\ntree: {{/a/: {{types: ['{CALENDAR}']}}}}", "it is inside the calendar /a/"),
        ("calendars: {/%zz/: {}}", "isn't followed by two hexadecimal digits"),
        ("users: {ada: x}\nprincipals: {adda: {}}", "the scenario has no user 'adda'; did you mean 'ada'?"),
        ("principals: {anyone: {calendar-home: /../}}", "the path without dot segments"),
    ],
)
def test_a_mistake_is_told(text: str, problem: str) -> None:
    """With its place and the remedy."""
    with pytest.raises(ScenarioError) as raised:
        load(f"title: t\n{text}\n", "f")
    assert any(problem in str(each) for each in raised.value.problems), raised.value.problems


def test_a_calendar_can_be_in_the_tree_too() -> None:
    """The types and the properties of both count, and those of the tree win."""
    scenario = load("title: t\ncalendars: {/a/: {name: A}}\ntree: {/a/: {properties: {'{DAV:}displayname': B}}}\n", "f")
    node = blueprint("t", scenario, 0.0).initial.state.root.children["a"]
    assert ">B<" in node.properties["{DAV:}displayname"]


def test_a_cause_can_be_about_a_principal() -> None:
    """Although no entry of the tree is there."""
    assert load("title: t\ncauses: [{id: c, kind: denied, path: /principals/anyone}]\n", "f").causes


def test_the_principals_come_back_in_the_file_of_a_world() -> None:
    """With the settings that differ from the default."""
    text = "title: t\nusers: {ada: x, bob: y}\nprincipals: {ada: {name: Ada & Co, addresses: ['mailto:a@x'], calendar-home: /a/, address-book-home: none}}\n"
    made = blueprint("t", load(text, "f"), 0.0)
    written = export("t", made, made.initial, 0.0).scenario
    assert written.principals == load(text, "f").principals
