"""What real servers sent, compared element by element with what we answer in their dialects."""

from __future__ import annotations

import re

import pytest

from tests.client import Client
from tests.conftest import OneServer, Served
from tests.dialects.captures_reader import Capture, captures
from tests.dialects.compare import told
from tests.dialects.replay import Replay

CAPTURES = list(captures())
DIALECTS = {"gowebdav": "go", "cyrus-caldav": "cyrus", "sabre-caldav": "sabre"}
"""The dialects of the captures that have other names."""
DIFFERENCES = {
    r"cyrus.*-f-|gowebdav-f-": "An If header without a token is malformed: we answer 400, they 412.",
    r"nephele-h-": "Nephele lists a collection that could not be deleted because its own walk was not done; ours could be.",
    r"nephele-i2-": "Nephele names the destination of the member, and leaves out the condition.",
    r"sabre-g-": "sabre does not count DAV:resourcetype among the properties of an extended MKCOL.",
    r"xandikos-b-.*<D:remove>": "Xandikos lists a property twice that is set and removed; ours tells each property once.",
    r"xandikos-d-.*-d10": "Xandikos lets a client change the type of a collection.",
    r"xandikos-j-": "Xandikos writes the namespace of CalDAV with a typing error.",
    r"zope-d-": "Zope describes the failure with the error of its own program.",
    r"zope-f-LOCK-f17 ": "Zope refuses a shared lock of a collection for each resource of it, and ours for the request.",
}
"""Where our answer differs from the captured one, by a pattern of its name and the body of its request, and why."""


def matches(pattern: str, capture: Capture) -> bool:
    """Say whether a row of the table is about a capture."""
    return re.match(pattern, f"{capture.name} {capture.request.body}", re.DOTALL) is not None


def _difference(capture: Capture) -> str | None:
    return next((why for pattern, why in DIFFERENCES.items() if matches(pattern, capture)), None)


def _both(capture: Capture, served: Served) -> tuple[list[object], list[object]]:
    """Describe what the server sent, and what we answer to the same request in the same state."""
    dialect = DIALECTS.get(capture.server, capture.server)
    spoken = Client(served.url.replace(f"/{served.space.name}/", f"/{served.space.name}~{dialect}!/"))
    replay = Replay(served.client, spoken, capture)
    replay.prepare()
    answer = spoken(capture.method, capture.target, capture.request.body, replay.headers())
    # The name of the folder that was made for the captures is in some hrefs.
    body = re.sub(r">p[0-9a-f]{6}-", ">", capture.answer.body)
    theirs = told(capture.status, capture.answer.header("Content-Type"), body, "")
    return theirs, told(answer.status, answer.headers.get("Content-Type"), answer.body.decode(), spoken.base)


@pytest.mark.parametrize("capture", [each for each in CAPTURES if not _difference(each)], ids=lambda each: each.name)
def test_we_answer_as_the_server_did(capture: Capture, one_server: OneServer) -> None:
    """The status, the type and each element are the same, with its prefix, its place and its text."""
    served = one_server.serve("")
    theirs, ours = _both(capture, served)
    one_server.remove(served)
    assert ours == theirs


@pytest.mark.parametrize("capture", [each for each in CAPTURES if _difference(each)], ids=lambda each: each.name)
def test_a_known_difference_is_one(capture: Capture, one_server: OneServer) -> None:
    """What the table says that a dialect can't express does differ."""
    served = one_server.serve("")
    theirs, ours = _both(capture, served)
    one_server.remove(served)
    assert ours != theirs


def test_each_difference_is_met() -> None:
    """No row of the table is about a capture that is not there."""
    assert [pattern for pattern in DIFFERENCES if not any(matches(pattern, each) for each in CAPTURES)] == []
