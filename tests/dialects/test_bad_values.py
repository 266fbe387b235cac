"""Values that a dialect file can't have: the problem names the line, the value and the remedy."""

from __future__ import annotations

import pytest

from dav424.dialects.load import load_dialect
from dav424.scenario.file_problem import ScenarioError


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("methods-absent: {LOK: 405}", "'LOK' is not one of BCOPY, "),
        ("methods-absent: {LOCK: 200}", "200 is not one of 400, "),
        ("missing-slash: {GET: 304}", "304 is not one of 301, "),
        ("failures-hidden: {PUT: 200}", "'PUT' is not one of COPY, DELETE, "),
        ("longest-lock: 0", "expected unlimited or a whole number that is at least 1, received 0"),
        ("redirects: [{to: /x}]", "the key 'from' is missing; add it"),
        ("redirects: [{from: x, to: /y}]", "'x' has the wrong form; write text that matches ^/"),
        ("locks-ignored: [PUTT]", "'PUTT' is not one of "),
        ("options-headers: {a b: x}", "'a b' has the wrong form; "),
        ("gzip: sometimes", "'sometimes' is not one of accepted, always, never"),
    ],
)
def test_a_bad_value_is_a_problem(text: str, problem: str) -> None:
    """One problem, at its place."""
    with pytest.raises(ScenarioError) as raised:
        load_dialect(text, "tried.yaml")
    (found,) = raised.value.problems
    assert (found.line, found.message.startswith(problem)) == (1, True), found.message


def test_no_trait_states_424() -> None:
    """No status of a dialect file can be 424: the batch alone decides that."""
    for text in ("methods-absent: {LOCK: 424}", "missing-slash: {GET: 424}", "destination-host: 424"):
        with pytest.raises(ScenarioError):
            load_dialect(text, "tried.yaml")
