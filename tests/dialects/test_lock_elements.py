"""The traits that spell what an answer says of locks: ``lock-roots``, ``granted-locks`` and their like."""

import re

import pytest

from tests.dialects.conftest import Speak

LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
OWNED = LOCKINFO.replace("<D:locktype>", "<D:owner>me <D:href>http://me/</D:href></D:owner><D:locktype>")
DISCOVERY = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'


def test_no_lock_has_a_root(speak: Speak) -> None:
    """Neither in the answer to LOCK nor in a listing; the token stays."""
    client = speak("lock-roots: absent").client
    for answer in (client("LOCK", "/f", LOCKINFO, {"Depth": "0"}), client("PROPFIND", "/f", DISCOVERY, {"Depth": "0"})):
        assert b"<D:locktoken>" in answer.body
        assert b"lockroot" not in answer.body


def test_a_new_lock_stands_alone(speak: Speak) -> None:
    """The answer to LOCK has it, and a listing has both."""
    client = speak("granted-locks: new").client
    client("LOCK", "/f", LOCKINFO, {"Depth": "0"})
    second = client("LOCK", "/f", LOCKINFO, {"Depth": "0"})
    assert second.body.count(b"<D:activelock>") == 1
    assert second.headers["Lock-Token"].strip("<>").encode() in second.body
    assert client("PROPFIND", "/f", DISCOVERY, {"Depth": "0"}).body.count(b"<D:activelock>") == 2


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("sent", [b">me <D:href>http://me/</D:href></D:owner>"]),
        ("text", [b">me </D:owner>"]),
        ("empty", [b"/>"]),
        ("absent", []),
    ],
)
def test_the_owner_of_a_lock(speak: Speak, value: str, written: list[bytes]) -> None:
    """In the answer to LOCK, and in a listing."""
    client = speak(f"lock-owners: {value}").client
    for answer in (client("LOCK", "/f", OWNED, {"Depth": "0"}), client("PROPFIND", "/f", DISCOVERY, {"Depth": "0"})):
        assert b"<D:activelock>" in answer.body
        assert re.findall(rb"<D:owner(?: xmlns:D=\"DAV:\")?(/>|>.*</D:owner>)", answer.body) == written


def test_the_elements_of_a_lock_stand_in_another_order(speak: Speak) -> None:
    """Those that are not named stand at the end."""
    client = speak("lock-order: lockroot locktoken depth").client
    body = client("LOCK", "/f", LOCKINFO, {"Depth": "0"}).body
    inside = body.partition(b"<D:activelock>")[2]
    names = re.findall(rb"<D:(lockroot|locktoken|depth|locktype|lockscope|timeout)>", inside)
    assert names == [b"lockroot", b"locktoken", b"depth", b"locktype", b"lockscope", b"timeout"]


@pytest.mark.parametrize(
    ("dialect", "wish", "written"),
    [
        ("endless-timeout: Second-0", "Infinite", b"<D:timeout>Second-0</D:timeout>"),
        ("endless-timeout: Second-0", "Second-60", b"<D:timeout>Second-60</D:timeout>"),
        ("timeout-form: fractions", "Second-60", b"<D:timeout>Second-59.999</D:timeout>"),
        ("timeout-form: fractions", "Infinite", b"<D:timeout>Infinite</D:timeout>"),
        ("lock-depth-form: Infinity", "Infinite", b"<D:depth>Infinity</D:depth>"),
    ],
)
def test_the_texts_of_a_lock(speak: Speak, dialect: str, wish: str, written: bytes) -> None:
    """A lock of depth infinity, with a time-out."""
    answer = speak(dialect).client("LOCK", "/f", LOCKINFO, {"Depth": "infinity", "Timeout": wish})
    assert written in answer.body
