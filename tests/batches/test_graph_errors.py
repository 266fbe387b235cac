"""The errors of Microsoft Graph, from responses that no method here writes yet: a cause can write a body of its own."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dav424.core.message import Response
from dav424.methods.batch_requests.graph import own_error

JSON = [("content-type", "application/json; charset=utf-8")]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, {"error": {"code": "TooManyRequests", "message": "Wait.", "innerError": {"date": "2026"}}}),
        ([("Content-Type", "application/json")], {"error": {"code": "a", "message": ""}}),
    ],
)
def test_an_error_of_graphs_form_keeps_its_members(headers: list[tuple[str, str]], body: Any) -> None:
    """It replaces the server's own code and message."""
    assert own_error(Response(503, headers, msgspec.json.encode(body))) == body["error"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b"{"),
        (JSON, b"\xff"),
        (JSON, b"[]"),
        (JSON, b"1"),
        (JSON, b'{"error": "a"}'),
        (JSON, b'{"error": {"code": 1, "message": "a"}}'),
        (JSON, b'{"error": {"code": "a"}}'),
        ([("Content-Type", "text/plain")], b'{"error": {"code": "a", "message": "b"}}'),
        ([], b'{"error": {"code": "a", "message": "b"}}'),
    ],
)
def test_a_body_of_another_form_is_no_error_of_graph(headers: list[tuple[str, str]], body: bytes) -> None:
    """So the server writes the error."""
    assert own_error(Response(503, headers, body)) == {}
