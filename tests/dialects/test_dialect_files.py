"""Dialect files: their traits, what they extend, and what is said about a file that is wrong."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dav424.dialects.check_files import check_files, dialect_problems, is_dialect, is_dialect_text
from dav424.dialects.dialect_file import dialect_schema
from dav424.dialects.library import Dialects
from dav424.dialects.load import bundled_sources, dialect_sources, load_dialect, load_dialect_files
from dav424.dialects.table import TRAITS
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.files import bundled_files
from dav424.scenario.load import load

ROOT = Path(__file__).parents[2]
FILES = bundled_files("dialects")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def problems(folder: Path, **files: str) -> list[str]:
    """List the problems of files, whose places begin with their names."""
    paths = []
    for name, text in files.items():
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(text)
    with pytest.raises(ScenarioError) as raised:
        list(check_files(paths))
    return [str(each).removeprefix(f"{folder}/") for each in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("xml-typ: text/xml", "1:1: unknown key 'xml-typ'; did you mean 'xml-type'?"),
        ("xml-type: 5", "1:11: expected text, received 5; put it in quotes"),
        ("xml-type: ''", '1:11: "" is shorter than 1 character'),
        (
            "depth-infinity: refuse",
            "1:17: 'refuse' is not one of answered, cut, refused; did you mean 'refused'?",
        ),
        ("source: x\nextends: 7", "2:10: expected text, received 7; put it in quotes"),
        ("extends: sabre!", "1:10: 'sabre!' has the wrong form; write text that matches"),
        ("extends: apach", "1:10: there is no dialect 'apach'; did you mean 'apache'?"),
        ("source: a\nsource: b", "2:1: the key 'source' repeats the key in line 1; remove one of them"),
        ("source: [", "2:1: the YAML is not valid"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """As good as the errors of scenarios: the line, the column, and what to write instead."""
    (problem,) = problems(tmp_path, tried=text)
    assert problem.startswith(f"tried.yaml:{said}")


def test_a_dialect_cannot_extend_itself(tmp_path: Path) -> None:
    """Each file of the circle has the problem, and the whole circle is shown."""
    assert problems(tmp_path, a="extends: b", b="extends: c", c="extends: a") == [
        "a.yaml:1:10: a dialect can't extend itself: a extends b extends c extends a; break the circle",
        "b.yaml:1:10: a dialect can't extend itself: b extends c extends a extends b; break the circle",
        "c.yaml:1:10: a dialect can't extend itself: c extends a extends b extends c; break the circle",
    ]
    assert problems(tmp_path, own="extends: own") == [
        "own.yaml:1:10: a dialect can't extend itself: own extends own; break the circle"
    ]


def test_a_file_that_extends_a_wrong_one_is_not_to_blame(tmp_path: Path) -> None:
    """The wrong one is there, so its own problem is the only one."""
    assert problems(tmp_path, a="extends: b", b="xml-type: 5") == [
        "b.yaml:1:11: expected text, received 5; put it in quotes"
    ]


def test_a_name_comes_once(tmp_path: Path) -> None:
    """The name of a dialect is that of its file."""
    (tmp_path / "sub").mkdir()
    for file in (tmp_path / "a.yaml", tmp_path / "sub" / "a.yaml"):
        file.write_text("source: x")
    with pytest.raises(ScenarioError, match=r"a\.yaml has the same dialect name, 'a'; rename one of the two files"):
        load_dialect_files([tmp_path / "a.yaml", tmp_path / "sub" / "a.yaml"])


@pytest.mark.parametrize("name", ["a~b", "a!", "ü", "-a", "x" * 65])
def test_a_name_can_stand_in_a_url(tmp_path: Path, name: str) -> None:
    """The signs of a URL can't be in it."""
    (tmp_path / f"{name}.yaml").write_text("source: x")
    with pytest.raises(ScenarioError, match="can't be a dialect's name"):
        load_dialect_files([tmp_path / f"{name}.yaml"])


def test_a_dialect_has_the_traits_that_it_extends(tmp_path: Path) -> None:
    """Its own values win, and the default of the RFCs takes a trait back."""
    (tmp_path / "a.yaml").write_text("title: A\nxml-type: text/a\ndepth-infinity: cut")
    (tmp_path / "b.yaml").write_text("extends: a\nxml-type: text/b")
    (tmp_path / "c.yaml").write_text("extends: b\ndepth-infinity: answered")
    dialects = Dialects(lambda: dialect_sources([tmp_path]))
    assert dialects.describe("b").values == {"xml-type": "text/b", "depth-infinity": "cut"}
    assert dialects.describe("c").values == {"xml-type": "text/b"}
    assert dialects.describe("b").title == ""


def test_an_own_dialect_wins_over_a_bundled_one(tmp_path: Path) -> None:
    """As with scenarios."""
    (tmp_path / "apache.yaml").write_text("xml-type: text/mine")
    assert Dialects(lambda: dialect_sources([tmp_path])).describe("apache").values == {"xml-type": "text/mine"}


@pytest.mark.parametrize("text", ["xml-type: text/mine", "extends: apache"])
def test_the_answers_of_the_rfcs_have_no_traits(tmp_path: Path, text: str) -> None:
    """Whatever a user adds, ``rfc4918`` in a URL means the RFCs."""
    assert problems(tmp_path, rfc4918=text) == [
        "rfc4918.yaml:1:1: 'rfc4918' stands for the answers of the RFCs, so it can't have a trait; choose another name"
    ]


def test_a_dialect_without_traits_is_none() -> None:
    """A server that speaks rfc4918 by name runs nothing more than one that speaks no dialect."""
    assert Dialects().find("rfc4918") is None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_bundled_dialect_is_right(file: Path) -> None:
    """Without trust it has no problem; it has a title, says where its facts come from, and tells editors its schema."""
    found = load_dialect(file.read_bytes(), file.name)
    assert found.title
    assert found.source
    assert file.read_text().startswith("# yaml-language-server: $schema=../docs/dialect.schema.json\n")
    assert Dialects().describe(f"{file.stem}!").name == file.stem
    assert list(check_files([file])) == [f"{file}: ok"] or "note: " in next(check_files([file]))


@pytest.mark.parametrize("trait", TRAITS, ids=lambda trait: trait.name)
def test_every_trait_is_described(trait: Any) -> None:
    """Its default is a value that a file can have, and its description is a sentence."""
    written = json.dumps({trait.name: trait.default})
    assert load_dialect(written, "x").values == {trait.name: trait.default}
    assert trait.description.endswith(".")
    assert all("#" in report for report in trait.reports)


def test_the_schema_is_a_schema() -> None:
    """It is valid by the meta-schema of draft-07; the one in the docs is the same, and ``make schema`` writes it."""
    jsonschema_rs.meta.validate(dialect_schema())
    assert json.loads((ROOT / "docs" / "dialect.schema.json").read_text()) == dialect_schema()


@pytest.mark.parametrize(
    "text", [file.read_text() for file in FILES] + ["extends: a", "xml-typ: x", "title: A\nsource: x"]
)
def test_a_dialect_is_recognised(text: str) -> None:
    """By any of its keys, also by one with a mistake."""
    assert is_dialect_text(text)


@pytest.mark.parametrize(
    "text",
    [file.read_text() for file in bundled_files()]
    + ["title: A", "tre: {}", "title: A\ndialect: sabre", "requests: []\nsource: x\ntree: {}", "", "[]", "{"],
)
def test_a_scenario_is_no_dialect(text: str) -> None:
    """Neither is a file with a title alone, which is a scenario without a tree, nor one that can't be read."""
    assert not is_dialect_text(text)


@given(
    st.dictionaries(
        st.sampled_from([*(trait.name for trait in TRAITS), "title", "extends", "tree"]) | st.text(), ANYTHING
    )
)
def test_any_data_is_a_dialect_or_has_problems(data: dict[str, Any]) -> None:
    """No data raises anything else, and each problem has a place."""
    text = json.dumps(data)
    assert is_dialect(data) in (True, False)
    for problem in dialect_problems(text, ["apache"]):
        assert problem.line == 1
        assert problem.column >= 1
        assert problem.message


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_dialect_or_have_problems(text: bytes) -> None:
    """The same for text that is no YAML, or no text."""
    with suppress(ScenarioError):
        load_dialect(text, "x")


def test_a_scenario_names_a_dialect_that_there_is(tmp_path: Path) -> None:
    """The check finds others, with the place of the name."""
    assert problems(tmp_path, mine="title: x\ndialect: apachee") == [
        "mine.yaml:2:10: there is no dialect 'apachee'; did you mean 'apache'?"
    ]
    (tmp_path / "own.yaml").write_text("xml-type: text/own")
    (tmp_path / "mine.yaml").write_text("title: x\ndialect: own!")
    assert list(check_files([tmp_path / "mine.yaml", tmp_path / "own.yaml"])) == [
        f"{tmp_path}/own.yaml: ok",
        f"{tmp_path}/mine.yaml: ok",
    ]


def test_every_bundled_scenario_names_a_bundled_dialect() -> None:
    """Or none."""
    named = {load(file.read_bytes(), file.name).dialect for file in bundled_files()} - {None}
    assert {str(name).removesuffix("!") for name in named} <= bundled_sources().keys()
