"""What the conversations of ``test_stateful.py`` brought to light, each as small as it gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Served


@pytest.mark.parametrize(("source", "target"), [("/a/b/", "/a/"), ("/a/b/", "/"), ("/a/b/f", "/a")])
def test_a_copy_of_depth_0_onto_what_holds_the_source_loses_nothing(
    serve: Callable[..., Served], source: str, target: str
) -> None:
    """RFC 4918 9.8: a COPY makes a duplicate of its source, which stays; where it can't, 403 (9.8.5)."""
    client = serve("tree: {/a/b/f: {content: x}, /a/g: {content: y}}").client
    answer = client("COPY", source, headers={"Destination": "{base}" + target, "Depth": "0"})
    assert client("GET", "/a/b/f").body == b"x"
    assert answer.status == 403


def test_a_copy_of_a_document_of_depth_0_onto_the_root_is_refused(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.8.5: 403, as without the Depth header; it is no bug of the server to be asked."""
    client = serve("tree: {/f: {content: x}}").client
    assert client("COPY", "/f", headers={"Destination": "{base}/", "Depth": "0"}).status == 403
