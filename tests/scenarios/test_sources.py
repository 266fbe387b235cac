"""What a scenario makes from others: a typing error is told with its place, and never becomes the lesson."""

from __future__ import annotations

import pytest

from dav424.scenario.blueprint import build_tree
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load, notes
from dav424.scenario.model import TreeEntry
from dav424.spine import derived_resources
from dav424.store.tree import Derived, find

TREE = "title: t\ntree:\n  /feeds/us.csv: {content: u}\n  /feeds/asia.csv: {}\n"
WRONGS = {
    "a source that is not there, with what was meant": (
        f"{TREE}  /r: {{from: [feeds/uss.csv]}}\n",
        [
            "f:5:15: the tree has no document at /feeds/uss.csv, and missing doesn't list it; did you mean '/feeds/us.csv'?"
        ],
    ),
    "a source from beside where it lies": (
        f"{TREE}  /feeds/r: {{from: [us.csv, feeds/us.csv]}}\n",
        [
            "f:5:29: the tree has no document at /feeds/feeds/us.csv, and missing doesn't list it; did you mean '/feeds/us.csv'?"
        ],
    ),
    "a typing error in what is missing": (
        f"{TREE}  /r: {{from: [feeds/eu.csv]}}\nmissing: [/feeds/ue.csv]\n",
        [
            "f:5:15: the tree has no document at /feeds/eu.csv, and missing doesn't list it; did you mean '/feeds/us.csv'?",
            "f:6:11: no document has the source /feeds/ue.csv; did you mean '/feeds/eu.csv'?",
        ],
    ),
    "something missing that is there": (
        f"{TREE}  /r: {{from: [feeds/us.csv]}}\nmissing: [/feeds/us.csv]\n",
        ["f:6:11: /feeds/us.csv is in the tree; remove it from missing or from the tree"],
    ),
    "a path that can't be": (
        f"{TREE}  /r: {{from: [../us.csv, 'a%']}}\nmissing: [/./x]\n",
        [
            "f:5:15: The path holds the segment '..'; send the path without dot segments.",
            "f:5:26: The path '/a%' has a % that isn't followed by two hexadecimal digits.",
            "f:6:11: The path holds the segment '.'; send the path without dot segments.",
        ],
    ),
    "a source that is a collection": (
        f"{TREE}  /r: {{from: [feeds, feeds/]}}\n",
        [
            "f:5:15: feeds is a collection; use the path of a document",
            "f:5:22: feeds/ is a collection; use the path of a document",
        ],
    ),
    "made from itself": (f"{TREE}  /r: {{from: [r]}}\n", ["f:5:15: /r depends on itself: /r from /r; remove a source"]),
    "a circle": (
        f"{TREE}  /a: {{from: [feeds/us.csv, b]}}\n  /b: {{from: [c]}}\n  /c: {{from: [feeds/us.csv, a]}}\n",
        ["f:7:29: /a depends on itself: /a from /b from /c from /a; remove a source"],
    ),
    "two circles": (
        f"{TREE}  /a: {{from: [b]}}\n  /b: {{from: [a]}}\n  /c: {{from: [a, d]}}\n  /d: {{from: [c]}}\n",
        [
            "f:6:15: /a depends on itself: /a from /b from /a; remove a source",
            "f:8:15: /c depends on itself: /c from /d from /c; remove a source",
        ],
    ),
    "content of its own": (
        f"{TREE}  /r: {{from: [feeds/us.csv], content: x}}\n",
        ["f:5:39: a document with sources can't have content; write a template instead"],
    ),
    "a template without sources": (
        f"{TREE}  /r: {{template: x}}\n",
        ["f:5:18: a template needs sources; list them under from"],
    ),
    "a collection made from something": (
        f"{TREE}  /r/: {{from: [feeds/us.csv]}}\n",
        ["f:5:15: a collection can't have sources; remove these, or the slash at the end of the path"],
    ),
    "a template that names no source": (
        f"{TREE}  /r: {{from: [feeds/us.csv], template: $2}}\n",
        ["f:5:40: $2 stands for no source; there is 1"],
    ),
    "bytes instead of a template": (
        f"{TREE}  /r: {{from: [feeds/us.csv], content-base64: eA==}}\n",
        ["f:5:46: a document with sources can't have content; write a template instead"],
    ),
    "a template with a dollar sign": (
        f"{TREE}  /r: {{from: [feeds/us.csv], template: $1 costs $ 5}}\n",
        ["f:5:40: the $ before ' 5' stands for nothing; write $$ for the sign itself"],
    ),
    "no source at all": (f"{TREE}  /r: {{from: []}}\n", ["f:5:14: [] has less than 1 item"]),
    "a source that is no text": (
        f"{TREE}  /r: {{from: [1]}}\n",
        ["f:5:15: expected text, received 1; put it in quotes"],
    ),
    "a status of a cure that HTTP does not know": (
        f"{TREE}cure: {{why: w, requests: [{{name: n, method: PUT, path: /x, expect: {{status: 299}}}}]}}\n",
        ["f:5:77: 299 is not a registered HTTP status code; check the number"],
    ),
    "an unknown user of a cure": (
        f"{TREE}cure: {{why: w, requests: [{{name: n, method: PUT, path: /x, user: bob, expect: {{status: 201}}}}]}}\n",
        ["f:5:66: the scenario has no user 'bob'"],
    ),
}
"""What can be wrong: the file's text, and what is said."""


@pytest.mark.parametrize(("text", "expected"), WRONGS.values(), ids=WRONGS)
def test_what_is_wrong_is_told_with_its_place(text: str, expected: list[str]) -> None:
    """File, line, column, what is wrong, and what was probably meant."""
    with pytest.raises(ScenarioError) as caught:
        load(text, "f")
    assert [str(problem) for problem in caught.value.problems] == expected


def test_a_missing_source_without_its_collection_is_noted() -> None:
    """A client can make both, so it is no error."""
    text = f"{TREE}  /r: {{from: [feed/eu.csv]}}\nmissing: [/feed/eu.csv]\n"
    (note,) = notes(text, "f")
    why = "/feed/ is not in the tree, so no client can PUT /feed/eu.csv before it makes that; add /feed/"
    assert str(note) == f"f:6:11: note: {why}"


def test_two_ways_to_one_source_are_no_circle() -> None:
    """What is made of two that are made of one, and of one twice."""
    load(f"{TREE}  /a: {{from: [feeds/us.csv]}}\n  /b: {{from: [a, a]}}\n  /c: {{from: [a, b, feeds/us.csv]}}\n", "f")


def test_a_long_chain_is_no_problem() -> None:
    """However long, it is gone through without running out of stack."""
    levels = "".join(f"  /{n}: {{from: ['{n + 1}']}}\n" for n in range(3000))
    load(f"title: t\ntree:\n{levels}  /3000: {{}}\n", "f")


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("", []),
        ("text", [b"text"]),
        ("$1$2", [0, 1]),
        ("${1}0 $10", [0, b"0 ", 9]),
        ("$$1 $$$2$$", [b"$1 $", 1, b"$"]),
        ("\u00e4$1\u00e4", [b"\xc3\xa4", 0, b"\xc3\xa4"]),
    ],
)
def test_a_template_is_taken_apart(template: str, parts: list[bytes | int]) -> None:
    """As a shell does: one dollar sign for a source, two for the sign; in UTF-8."""
    assert list(derived_resources.parts(template, 10)) == parts


@pytest.mark.parametrize("template", ["$", "$0", "$11", "${1", "${}", "$a", "$99999999999999999999", "${one}", "$$$"])
def test_what_stands_for_nothing_is_refused(template: str) -> None:
    """No dollar sign is taken for what it perhaps was meant to be."""
    with pytest.raises(ValueError, match=r"\$"):
        list(derived_resources.parts(template, 10))


def test_sources_are_found_from_the_root_or_from_beside() -> None:
    """A path without a slash at its start is from where the resource lies."""
    root = build_tree({"/c/r": TreeEntry(sources=["a%20b", "d/e", "/f"])}, 0.0)
    made = find(root, ("c", "r"))
    assert isinstance(made, Derived)
    assert made.sources == (("c", "a b"), ("c", "d", "e"), ("f",))
