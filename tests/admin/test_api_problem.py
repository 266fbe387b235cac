"""The pointers of an API problem, without a server."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest

from dav424.admin.api_problem import invalid
from dav424.admin.payloads import TreeJson
from dav424.core import decode


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"resources": {"/ok": {}, "/a": {"content": 1}}}, "/resources/~1a/content"),
        ({"resources": {"/ok": {}, "/a": {"content": 1}}, "unknown": 1}, "/resources/~1a/content"),
        (
            {"resources": {"/ok": {"properties": {}}, "/a": {"properties": {"{u}ok": "", "{u}a": 1}}}, "unknown": 1},
            "/resources/~1a/properties/{u}a",
        ),
        ({"resources": {"/ok": {}, "no path": {}}}, "/resources/no path"),
    ],
)
def test_the_pointer_leads_to_the_first_bad_value(data: dict[str, Any], pointer: str) -> None:
    """It names the keys that msgspec leaves out, whatever else is wrong, and the data stay unchanged."""
    before = deepcopy(data)
    with pytest.raises(msgspec.ValidationError) as raised:
        decode.to_type(data, TreeJson)
    problem = invalid(raised.value, data, TreeJson)
    assert [error.pointer for error in problem.document.errors] == [pointer]
    assert data == before
