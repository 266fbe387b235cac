"""What the bundled dialects do to the stored state, as it was measured at the real servers.

Each row of ``MEASURED`` has the faults of one server: what happened there that no RFC allows. The dialect with ``!`` does
the same, and without ``!`` nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from dav424.dialects.library import Dialects
from dav424.dialects.load import dialect_sources
from tests.client import Client
from tests.conftest import OneServer, Served

TREE = """
tree:
  /h/a.txt: {content: A}
  /h/b.txt: {content: B}
  /new/b.txt: {content: new}
  /old/b.txt: {content: old}
  /m/a.txt: {content: A}
  /m/b.txt: {content: B}
  /e/b.txt: {content: B}
  /c.txt: {content: C}
"""
LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
XML = {"Content-Type": "application/xml", "Depth": "infinity"}


class Tried:
    """One world, seen plain by ``client``, and in a dialect by ``spoken``."""

    def __init__(self, served: Served, dialect: str) -> None:
        self.client = served.client
        self.spoken = Client(served.url.replace(f"/{served.space.name}/", f"/{served.space.name}~{dialect}/"))

    def lock(self, path: str) -> None:
        """Lock a resource; the dialect may not grant locks."""
        assert self.client("LOCK", path, LOCKINFO, XML).status in (200, 201)

    def content(self, path: str) -> bytes | None:
        """Read a document; None if it is not there."""
        answer = self.client("GET", path)
        return answer.body if answer.status == 200 else None

    def send(self, method: str, path: str, target: str) -> None:
        """Send a COPY or MOVE with an absolute URL as its Destination, which each server takes."""
        url = f"http://{self.spoken.host}:{self.spoken.port}{self.spoken.base}{target}"
        self.spoken(method, path, headers={"Destination": url, "Overwrite": "T", "Depth": "infinity"})


def _deletes_locked(tried: Tried) -> bool:
    tried.lock("/h/b.txt")
    tried.spoken("DELETE", "/h/")
    return tried.content("/h/b.txt") is None


def _deletes_locked_without_slash(tried: Tried) -> bool:
    tried.lock("/h/b.txt")
    tried.spoken("DELETE", "/h")
    return tried.content("/h/b.txt") is None


def _overwrites_locked(tried: Tried) -> bool:
    tried.lock("/old/b.txt")
    tried.send("COPY", "/new/", "/old/")
    return tried.content("/old/b.txt") == b"new"


def _hides_a_failed_copy(tried: Tried) -> bool:
    tried.lock("/old/b.txt")
    url = f"http://{tried.spoken.host}:{tried.spoken.port}{tried.spoken.base}/old/"
    answer = tried.spoken("COPY", "/new/", headers={"Destination": url, "Overwrite": "T"})
    return answer.status == 200 and tried.content("/old/b.txt") == b"old"


def _moves_locked(tried: Tried) -> bool:
    tried.lock("/m/b.txt")
    tried.send("MOVE", "/m/", "/n/")
    return tried.content("/m/b.txt") is None and tried.content("/n/b.txt") == b"B"


def _moves_the_lock(tried: Tried) -> bool:
    return _moves_locked(tried) and tried.client("PUT", "/n/b.txt", "x").status == 423


def _leaves_locked_at_both(tried: Tried) -> bool:
    tried.lock("/m/b.txt")
    tried.send("MOVE", "/m/", "/n/")
    return tried.content("/m/b.txt") == tried.content("/n/b.txt") == b"B"


def _locks_over_locked(tried: Tried) -> bool:
    tried.lock("/e/b.txt")
    tried.spoken("LOCK", "/e/", LOCKINFO, XML)
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
    received = tried.client("PROPFIND", "/e/b.txt", body, {"Depth": "0"}).body
    return len(re.findall(rb"<D:activelock>", received)) == 2


def _changes_properties_of_locked(tried: Tried) -> bool:
    tried.lock("/c.txt")
    tried.spoken.say("PROPPATCH /c.txt set u:a=1")
    return tried.client.say("PROPFIND /c.txt u:a") == "207  u:a 200"


def _tells_a_failure(said: str) -> bool:
    return re.search(r"D:getetag 4[0-9]{2}", said) is not None


def _keeps_a_failed_collection(tried: Tried) -> bool:
    said = tried.spoken.say("MKCOL /made/ set D:displayname=made set D:getetag=x")
    return _tells_a_failure(said) and tried.client("PROPFIND", "/made/").status == 207


def _keeps_half_of_a_proppatch(tried: Tried) -> bool:
    said = tried.spoken.say("PROPPATCH /c.txt set D:displayname=half set D:getetag=x")
    return _tells_a_failure(said) and tried.client.say("PROPFIND /c.txt D:displayname") == "207  D:displayname 200"


def _hides_a_minimal_failure(tried: Tried) -> bool:
    answer = tried.spoken("PROPPATCH", "/c.txt", _GETETAG, {**XML, "Prefer": "return=minimal", "Depth": "0"})
    return answer.status == 200


def _accepts_a_protected_property(tried: Tried) -> bool:
    before = tried.client("GET", "/c.txt").headers["ETag"]
    answer = tried.spoken("PROPPATCH", "/c.txt", _GETETAG, {**XML, "Depth": "0"})
    accepted = [each.status for each in answer.reported if each.property == "{DAV:}getetag"] == [200]
    return accepted and tried.client("GET", "/c.txt").headers["ETag"] == before


_GETETAG = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set></D:propertyupdate>'
)
Fault = Callable[[Tried], bool]
FAULTS: tuple[Fault, ...] = (
    _deletes_locked,
    _deletes_locked_without_slash,
    _overwrites_locked,
    _hides_a_failed_copy,
    _moves_locked,
    _moves_the_lock,
    _leaves_locked_at_both,
    _locks_over_locked,
    _changes_properties_of_locked,
    _keeps_a_failed_collection,
    _keeps_half_of_a_proppatch,
    _hides_a_minimal_failure,
    _accepts_a_protected_property,
)
_DELETES = {_deletes_locked, _deletes_locked_without_slash}
MEASURED: dict[str, set[Fault]] = {
    "apache": set(),
    "cyrus": _DELETES | {_moves_locked, _moves_the_lock, _changes_properties_of_locked, _hides_a_minimal_failure},
    "go": _DELETES | {_overwrites_locked, _moves_locked},
    "lighttpd": _DELETES | {_hides_a_failed_copy, _moves_locked},
    "nephele": set(),
    "nginx": {_deletes_locked, _overwrites_locked, _moves_locked},
    "radicale": {_accepts_a_protected_property},
    "rfc4918": set(),
    "sabre": {_overwrites_locked, _locks_over_locked, _keeps_a_failed_collection},
    "tomcat": {_leaves_locked_at_both},
    "wsgidav": {_deletes_locked_without_slash},
    "xandikos": {_keeps_a_failed_collection, _keeps_half_of_a_proppatch},
    "zope": {_overwrites_locked, _moves_locked, _moves_the_lock},
}
"""The faults of each server, measured; radicale and xandikos have no locks."""


@pytest.fixture
def served(one_server: OneServer) -> Iterator[Served]:
    """A world with the tree."""
    world = one_server.serve(TREE)
    yield world
    one_server.remove(world)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("server", MEASURED)
def test_a_fault_is_that_of_the_server(served: Served, server: str, fault: Fault) -> None:
    """With ``!`` it is there if the server has it."""
    assert fault(Tried(served, f"{server}!")) is (fault in MEASURED[server])


@pytest.mark.parametrize(
    ("server", "fault"),
    [(server, fault) for server, faults in MEASURED.items() for fault in FAULTS if fault in faults],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_without_an_exclamation_mark_it_is_not_there(served: Served, server: str, fault: Fault) -> None:
    """The dialect answers as the server, and keeps the state as the RFCs say."""
    assert not fault(Tried(served, server))


def test_each_bundled_dialect_with_faults_was_measured() -> None:
    """A new one has a row here."""
    dialects = Dialects(dialect_sources)
    with_faults = {name for name in dialects.names if dialects.describe(name).left_out}
    assert with_faults <= MEASURED.keys()
