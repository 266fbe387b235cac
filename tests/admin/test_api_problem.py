"""The pointers of an API problem: one for each mistake in a body."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from dav424.admin.api_problem import invalid
from dav424.admin.tree_payloads import TreeJson

from .conftest import Api


@pytest.mark.parametrize(
    ("data", "pointers"),
    [
        ({"resources": {"/ok": {}, "/a": {"content": 1}}}, ["/resources/~1a/content"]),
        ({"resources": {"/ok": {}, "/a": {"content": 1}}, "unknown": 1}, ["/resources/~1a/content", "/unknown"]),
        (
            {"resources": {"/ok": {"properties": {}}, "/a": {"properties": {"{u}ok": "", "{u}a": 1}}}, "unknown": 1},
            ["/resources/~1a/properties/{u}a", "/unknown"],
        ),
        ({"resources": {"/ok": {}, "no path": {}}}, ["/resources/no path"]),
        ({"resources": {"/a": {}, "/b": {"etag": "bad"}}, "oops": 1}, ["/resources/~1b/etag", "/oops"]),
        ({"resources": {"/a": {"locks": [{}, {"token": 1, "x": 2}]}}},
         ["/resources/~1a/locks/0", "/resources/~1a/locks/1/token", "/resources/~1a/locks/1/x"]),
        ({"resources": {"/a": {"types": ["{u}1", "{u}b", "p:c"]}}}, ["/resources/~1a/types/0", "/resources/~1a/types/2"]),
        ({"resources": {"/a": {"properties": {"{u}a": {"xml": 1, "y": 2}}}}},
         ["/resources/~1a/properties/{u}a/xml", "/resources/~1a/properties/{u}a/y"]),
        ({"resources": {"/a": {"from": []}, "/b": {"from": [1]}}}, ["/resources/~1a/from", "/resources/~1b/from/0"]),
        ({"x - at `$.y": 1, "resources": {}}, ["/x - at `$.y"]),
        ({"a[...]": 1, "b": 2, "resources": {}}, ["/a[...]", "/b"]),
        ({"resources": {"/a - at `$[...]`": {"content": 1}}}, ["/resources/~1a - at `$[...]`/content"]),
        ({}, [""]),
        ([], [""]),
        (None, [""]),
    ],
)  # fmt: skip
def test_each_bad_value_has_a_pointer(data: Any, pointers: list[str]) -> None:
    """It names the keys that msgspec leaves out, whatever else is wrong, and the data stay unchanged."""
    before = deepcopy(data)
    problem = invalid(data, TreeJson)
    assert [error.pointer for error in problem.document.errors] == pointers
    assert all(error.detail for error in problem.document.errors)
    assert data == before


@pytest.mark.parametrize(
    ("call", "body", "pointers"),
    [
        ("PUT spaces/a/tree?scenario=plain", {"resources": {"/a": {}, "/b": {"etag": "bad"}}, "oops": 1},
         ["/resources/~1b/etag", "/oops"]),
        ("PUT spaces/a/tree?scenario=plain", {"resources": {"/a": {"content": 1}, "/b/%": {}, "/c": {"types": ["{u}t"]}}},
         ["/resources/~1a/content", "/resources/~1b~1%", "/resources/~1c/types"]),
        ("POST spaces", {"x - at `$.y": 1}, ["/x - at `$.y"]),
        ("POST spaces", {"name": "a b", "scenario": "none"}, ["/name", "/scenario"]),
        ("POST spaces/a/causes?scenario=plain", {"id": "a b", "kind": "lock", "path": "/none"}, ["/id", "/path"]),
        ("POST spaces/a/causes?scenario=plain", {"id": "a", "kind": "lock", "path": "/none", "oops": 1}, ["/oops", "/path"]),
        ("PUT spaces/a/causes/a?scenario=plain", {"kind": "delay", "milliseconds": -1, "times": 0},
         ["/milliseconds", "/times"]),
        ("POST spaces/a/causes?scenario=plain", {"id": "a", "kind": "none"}, ["/kind"]),
        ("POST spaces/a/causes?scenario=plain", {"id": "a", "kind": 7, "x": 1}, ["/kind"]),
        ("POST spaces/a/causes?scenario=plain", {"id": "a"}, [""]),
        ("POST spaces/a/clock", {"advance": [], "set": "never"}, ["/advance", "/set"]),
        ("POST spaces/a/restore", {"snapshot": 1, "x": 1}, ["/snapshot", "/x"]),
    ],
)  # fmt: skip
def test_two_mistakes_are_two_errors(api: Api, call: str, body: Any, pointers: list[str]) -> None:
    """One 422 tells all of them, those that the types allow included."""
    api("PUT", "spaces/a", {"scenario": "plain"})
    said = api(*call.split(), body)
    assert (said.status, said.pointers) == (422, pointers), said.body
