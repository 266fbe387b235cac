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


def test_a_lock_on_the_collection_alone_does_not_open_its_members(serve: Callable[..., Served]) -> None:
    """My shared lock of depth 0 lets me write the collection; its members are still covered by somebody else's."""
    served = serve(
        "tree: {/c/x: {}, /f: {content: new}}\n"
        "causes: [{id: theirs, kind: lock, path: /c/, scope: shared, depth: infinity}]\n"
    )
    client = served.client
    lockinfo = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    mine = client("LOCK", "/c/", lockinfo, {"Depth": "0"}).headers["Lock-Token"]
    answer = client("COPY", "/f", headers={"Destination": "{base}/c/", "If": f"<{{base}}/c/> ({mine})"})
    assert [(each.href, each.status) for each in answer.reported] == [("/c/x", 423)]
    assert client("GET", "/c/x").status == 200


def test_a_move_past_a_failure_takes_no_lock_along(serve: Callable[..., Served]) -> None:
    """A member that I locked arrives without its lock, also where another member has to stay behind."""
    served = serve("tree: {/c/mine: {}, /c/stays: {}}\ncauses: [{id: r, kind: read-only, path: /c/stays}]\n")
    client = served.client
    lockinfo = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    mine = client("LOCK", "/c/mine", lockinfo, {"Depth": "0"}).headers["Lock-Token"]
    moved = client("MOVE", "/c/", headers={"Destination": "{base}/d/", "If": f"<{{base}}/c/mine> ({mine})"})
    assert [(each.href, each.status) for each in moved.reported] == [("/c/stays", 403)]
    assert b"activelock" not in client("PROPFIND", "/d/mine", headers={"Depth": "0"}).body
