"""The patterns of ``value-rule`` on a real socket: whatever the pattern and the value, the answer comes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dav424.causes.value_rule import PatternError, compiled
from tests.conftest import Served
from tests.trees import XML

RULE = 'tree: {/f: {content: x}}\ncauses: [{id: r, kind: value-rule, property: "{urn:u}p", pattern: %s}]'
BODY = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop><u:p>%s</u:p></D:prop></D:set></D:propertyupdate>'
)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)*b", "a*a*a*a*a*b", "(a?){99}a{99}b"])
def test_a_pattern_takes_linear_time(serve: Callable[[str], Served], pattern: str) -> None:
    """Each would take exponential or cubic time by trial: a value of 100,000 letters is refused at once."""
    client = serve(RULE % json.dumps(pattern)).client
    answer = client("PROPPATCH", "/f", BODY % ("a" * 100_000), XML)
    assert [each.status for each in answer.reported] == [409]
    assert client.say("PROPPATCH /f set u:p=" + "a" * 99 + "b") == "207  u:p 200"


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("[0-9]{1,3}", "123", "1234"),
        ("a|ab", "ab", "abc"),
        (r"\pL+", "\u00e9t\u00e9", "1"),
        ("(?i)milk", "MILK", "milky"),
        ("^a$", "a", "aa"),
        (".", "\u20ac", "ab"),
    ],
)
def test_a_pattern_matches_the_whole_value(serve: Callable[[str], Served], pattern: str, good: str, bad: str) -> None:
    """Not only its beginning."""
    client = serve(RULE % json.dumps(pattern)).client
    assert client.say(f"PROPPATCH /f set u:p={good}") == "207  u:p 200"
    assert client.say(f"PROPPATCH /f set u:p={bad}") == "207  u:p 409"


def test_a_value_that_is_too_long_for_its_pattern_is_told(serve: Callable[[str], Served]) -> None:
    """A pattern of thousands of instructions is tried on values that are short enough."""
    pattern = "(((a?){30}){30})*b"
    client = serve(RULE % json.dumps(pattern)).client
    answer = client("PROPPATCH", "/f", BODY % ("a" * 100_000), XML)
    assert [each.status for each in answer.reported] == [409]
    assert b"has 100000 characters; its pattern is tried on at most " in answer.body


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?!a)", "(?<=a)b", r"(a)\1", "(?P<x>a)(?P=x)", "a++", "(?>a)", r"a\Z", "(", "[", "a{1000}"]
)
def test_the_admin_api_says_what_it_does_not_take(serve: Callable[[str], Served], pattern: str) -> None:
    """422 with a pointer and the remedy; the scenario keeps its causes."""
    served = serve(RULE % json.dumps("a"))
    space, scenario = served.client.base.split("/")[2:4]
    client = type(served.client)(served.url.partition("/s/")[0])
    path = f"/-/spaces/{space}/causes?scenario={scenario}"
    cause = {"id": "new", "kind": "value-rule", "property": "{urn:u}q", "pattern": pattern}
    answer = client("POST", path, json.dumps(cause), {"Content-Type": "application/json"})
    assert answer.status == 422
    (error,) = json.loads(answer.body)["errors"]
    assert error["pointer"] == "/pattern"
    assert "RE2" in error["detail"] or "999" in error["detail"]


def test_an_enum_is_listed_in_part(serve: Callable[[str], Served]) -> None:
    """A message lists 20 allowed values."""
    enum = json.dumps([f"v{number}" for number in range(1000)])
    client = serve(
        f'tree: {{/f: {{content: x}}}}\ncauses: [{{id: r, kind: value-rule, property: "{{urn:u}}p", enum: {enum}}}]'
    ).client
    answer = client("PROPPATCH", "/f", BODY % "x", XML)
    assert b"v19 and 980 others" in answer.body
    assert b"v20" not in answer.body


def test_half_a_surrogate_pair_is_no_pattern() -> None:
    """A YAML file can have one; a message can't."""
    with pytest.raises(PatternError, match="surrogate"):
        compiled("\ud800")
