"""The reference of the site: nothing of the code is missing in it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dav424.admin.routes import ROUTES
from dav424.causes.kinds import CAUSES
from dav424.commands.flags import FIND_FLAGS, JOURNAL_FLAGS, SCENARIO_FLAGS, SERVE_FLAGS
from dav424.scenario.json_schema import schema
from docs._ext import reference
from docs._ext.schema_tables import keys, kind


def _section(text: str, heading: str) -> str:
    """Give the part of a page below a heading of the second level."""
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(section)


def test_the_flag_table_is_that_of_the_command() -> None:
    """Each row of ``serve`` has a flag and its variable; no flag is missing, and none is made up."""
    rows = re.findall(
        r"^\| `(--[a-z-]+)[^`]*`<br>`(\w+)` \|", _section(reference.commands(), "dav424 serve"), re.MULTILINE
    )
    assert rows == [(flag.name, flag.variable) for flag in (*SCENARIO_FLAGS, *SERVE_FLAGS)]


def test_the_flags_of_the_other_commands_are_there() -> None:
    """``journal`` has those that find a server, and those that choose exchanges."""
    rows = re.findall(r"^\| `(--[a-z-]+)", _section(reference.commands(), "dav424 journal"), re.MULTILINE)
    assert rows == [flag.name for flag in (*FIND_FLAGS, *JOURNAL_FLAGS)]


def test_a_default_is_the_one_of_the_flag_whatever_the_variables_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the machine that builds the site changes nothing."""
    monkeypatch.setenv("DAV424_PORT", "8080")
    assert "| `--port N`<br>`DAV424_PORT` | 4240 |" in reference.commands()


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: str(cause.__struct_config__.tag))
def test_every_kind_of_cause_has_its_settings(cause: type) -> None:
    """Its section has the first line of its docstring, its section of a standard and a row for each setting."""
    section = _section(reference.causes(), str(cause.__struct_config__.tag))
    assert str(cause.__doc__).partition("\n")[0] in section
    assert cause.section in section
    assert {f"| `{name}` |" for name in cause.__struct_encode_fields__} <= set(
        re.findall(r"^\| `[\w-]+` \|", section, re.MULTILINE)
    )


def test_every_key_of_a_scenario_file_is_there() -> None:
    """The keys of the file itself come first, and then those of each object in it, but for causes."""
    text = reference.scenario_files()
    assert keys(schema()) in text
    kinds = {cause.__name__ for cause in CAUSES}
    for name, definition in schema()["definitions"].items():
        assert (f"\n## {name}\n" in text) == (name not in kinds)
        if name not in kinds:
            assert all(f"| `{key}` |" in _section(text, name) for key in definition["properties"])


@pytest.mark.parametrize("page", [reference.scenario_files, reference.causes])
def test_every_key_has_a_meaning(page: Callable[[], str]) -> None:
    """Each key says what it is for, or leads to the object in it; the heading of a cause is its ``kind``."""
    silent = [line for line in page().splitlines() if re.match(r"\| `(?!kind`).*\|  \|$", line) and "](" not in line]
    assert silent == []


def test_every_route_is_there() -> None:
    """Each route has a heading with its method and its path."""
    text = reference.admin_api()
    assert [route for route in ROUTES if f"\n## {route.method} {route.path}\n" not in text] == []


def test_the_page_on_python_has_the_public_names() -> None:
    """Each public module says what it exports, and is shown with its members."""
    for module in reference.MODULES:
        assert f".. automodule:: {module}\n   :members:" in reference.python()


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "string"}, "text"),
        ({"type": "array", "items": {"$ref": "#/definitions/Cure"}}, "list of [Cure](#cure)"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of text"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "whole number or nothing"),
        ({"type": ["object", "null"]}, "object or nothing"),
        ({"enum": ["any", 1]}, "`any`, `1`"),
        ({}, "any value"),
    ],
)
def test_a_schema_is_shown_in_words(schema: dict[str, object], shown: str) -> None:
    """A reader needs no JSON Schema."""
    assert kind(schema) == shown


def test_a_bar_in_a_description_stays_in_its_cell() -> None:
    """It is escaped, and line breaks become spaces."""
    table = keys(
        {"properties": {"a": {"type": "string", "description": "one |\n two", "default": "x"}}, "required": []}
    )
    assert table.splitlines()[2] == '| `a` | text | `"x"` | one \\| two |'
