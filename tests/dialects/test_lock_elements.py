"""The traits ``lock-roots`` and ``granted-locks``: what an answer says of locks."""

from tests.dialects.conftest import Speak

LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
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
