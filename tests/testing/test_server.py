"""dav424.testing: a server in this process or elsewhere, spaces, journals and matchers."""

from __future__ import annotations

import asyncio
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dav424.methods import get
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load
from dav424.testing import AdminError, Outcomes, Server, Space, assert_outcomes, assert_unchanged
from tests.client import Client

PROPPATCH = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop><u:a>1</u:a><D:getetag>&quot;x&quot;</D:getetag>'
    "</D:prop></D:set></D:propertyupdate>"
)
XML = {"Content-Type": "application/xml"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests of this module."""
    with Server() as running:
        yield running


@pytest.fixture
def space(server: Server) -> Space:
    """A space in which a protected property refuses."""
    return server.space("proppatch-protected")


def ask(space: Space, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> int:
    """Ask a space, and give the status."""
    return Client(space.url.rstrip("/"))(method, "/" + path, body, headers or {}).status


def test_it_stops_at_once_while_it_is_asked() -> None:
    """A client that holds a connection open, one that waits for the journal and one that is held up don't keep it."""
    server = Server()
    slow = server.space("playground")
    slow.put_cause("slow", "delay", milliseconds=30_000)
    address = urlsplit(server.url)
    idle = http.client.HTTPConnection(address.hostname or "", address.port or 0)
    idle.request("GET", "/")
    idle.getresponse().read()

    def ignore(task: Callable[[], object]) -> None:
        with suppress(OSError, AdminError, TimeoutError, http.client.HTTPException):
            task()

    tasks: list[Callable[[], object]] = [lambda: slow.journal.wait(9, 30), lambda: ask(slow, "GET", "")]
    waiting = [threading.Thread(target=ignore, args=(task,)) for task in tasks]
    for thread in waiting:
        thread.start()
    time.sleep(0.3)
    begun = time.monotonic()
    server.close()
    assert time.monotonic() - begun < 20, "the calls above would keep it for half a minute"
    idle.close()
    for thread in waiting:
        thread.join(5)
        assert not thread.is_alive()


def test_it_can_be_closed_twice() -> None:
    """The second time there is nothing to do."""
    server = Server()
    server.close()
    server.close()


UNCLOSED = {
    "unused": "Server()",
    "error": "server = Server()\nraise SystemExit('what the script says')",
    "waiting": """
server = Server()
space = server.space("playground")
space.put_cause("slow", "delay", milliseconds=60_000)
for task in (lambda: space.journal.wait(9, 60), lambda: urllib.request.urlopen(space.url)):
    threading.Thread(target=task, daemon=True).start()
while not server._app.spaces.find(space.name).worlds:
    time.sleep(0.01)
""",
}


@pytest.mark.parametrize("script", UNCLOSED)
def test_a_server_that_is_not_closed_lets_the_interpreter_end(script: str) -> None:
    """Whether it was used, or has requests in progress; the process says what it would say without it."""
    code = f"import threading, time, urllib.request\nfrom dav424.testing import Server\n{UNCLOSED[script]}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    said = "what the script says\n" if script == "error" else ""
    assert (run.returncode, run.stdout, run.stderr) == (int(bool(said)), "", said)


def test_servers_stand_side_by_side() -> None:
    """Each on a port of its own."""
    with Server() as one, Server() as other:
        assert one.url != other.url


def test_a_bug_in_a_thread_is_raised_in_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets a 500; check raises what was the matter, once."""
    with Server() as server:
        space = server.space("playground")
        monkeypatch.setattr(get, "plan", lambda _: 1 / 0)
        assert ask(space, "GET", "") == 500
        with pytest.raises(ZeroDivisionError):
            server.check()
        server.check()
        assert [ask(space, "GET", "") for _ in range(2)] == [500, 500]
        with pytest.raises(ExceptionGroup) as several:
            server.check()
        assert len(several.value.exceptions) == 2


def test_a_bug_is_raised_when_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if nobody asked before."""
    server = Server()
    space = server.space("playground")
    monkeypatch.setattr(get, "plan", lambda _: 1 / 0)
    ask(space, "GET", "")
    with pytest.raises(ZeroDivisionError):
        server.close()


@pytest.mark.parametrize("one", [True, False])
def test_scenarios_of_ones_own(tmp_path: Path, *, one: bool) -> None:
    """A folder, or several places; a mistake is told with its place before anything starts."""
    (tmp_path / "mine.yaml").write_text("title: Mine\ntree: {/a.txt: {content: A}}\n")
    with Server(str(tmp_path) if one else [tmp_path]) as server:
        assert ask(server.space("mine"), "GET", "a.txt") == 200
    (tmp_path / "wrong.yaml").write_text("titel: Mine\n")
    with pytest.raises(ScenarioError, match="did you mean 'title'"):
        Server([tmp_path])


def test_a_space_of_no_scenario_says_which_was_meant(server: Server) -> None:
    """And where in the call."""
    with pytest.raises(AdminError, match=r"Did you mean /proppatch-protected/\?(?s:.*)/scenario"):
        server.space("propatch-protected")


def test_names_are_made_fit_and_unique(server: Server) -> None:
    """Whatever a test is called."""
    spaces = [server.space("playground", "test_ü[a/b c]" + "x" * 100) for _ in range(2)]
    assert spaces[0].name != spaces[1].name
    assert [ask(space, "GET", "") for space in spaces] == [200, 200]


def test_the_journal_has_outcomes_by_path_and_property(space: Space) -> None:
    """What failed, what depended on it, and because of what."""
    assert ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML) == 207
    last = space.journal.last
    assert last.outcomes["report.txt", "{DAV:}getetag"].status == 403
    fact = last.outcomes["/report.txt", "{urn:u}a"]
    assert (fact.outcome, fact.causes) == ("failed-dependency", [1])
    assert [each.property for each in last.failures] == ["{DAV:}getetag"]
    assert "curl -i -X PROPPATCH" in str(last)
    assert len(space.journal) == 1
    assert space.journal[1] == last


def test_a_path_is_found_as_it_is_read_and_as_it_is_spelled(server: Server) -> None:
    """A file's name may have a space, and a percent sign."""
    space = server.space("playground")
    ask(space, "PUT", "a%20%25b.txt", "x")
    outcomes = space.journal.last.outcomes
    assert outcomes["a %b.txt"] == outcomes["a%20%25b.txt"] == outcomes["/a %b.txt"]
    assert space.journal.entries(path="a %b.txt") == space.journal.entries(path="/a%20%25b.txt") != []


def test_an_outcome_that_isnt_there_says_which_are(space: Space) -> None:
    """A KeyError that can be read."""
    ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML)
    outcomes = space.journal.last.outcomes
    with pytest.raises(KeyError) as missing:
        outcomes["report.txt", "{DAV:}etag"]
    assert str(missing.value).splitlines()[-1] == (
        "  set {DAV:}getetag of /report.txt: 403 Forbidden {DAV:}cannot-modify-protected-property"
    )
    assert outcomes.get("nothing") is None
    assert len(outcomes) == 2
    assert isinstance(outcomes, Outcomes)


def test_a_request_refused_as_a_whole_has_an_outcome(server: Server) -> None:
    """By its path."""
    space = server.space("proppatch-locked")
    before = space.tree
    (path,) = [each for each in before if not each.endswith("/")]
    assert ask(space, "DELETE", path[1:]) == 423
    assert space.journal.last.outcomes[path].status == 423


def test_a_journal_is_read_by_number(space: Space) -> None:
    """Also from its end; a number that it lacks is an IndexError that says which it has."""
    for name in ("a", "b"):
        ask(space, "PUT", name, "x")
    assert [space.journal[number].path for number in (1, 2, -1, -2)] == ["/a", "/b", "/b", "/a"]
    for number in (0, 3, -3, -10):
        with pytest.raises(IndexError, match=rf"no exchange {number} .* has numbers 1 to 2"):
            space.journal[number]
    space.journal.clear()
    with pytest.raises(IndexError, match="has no exchange"):
        space.journal[-1]


def test_a_task_waits_for_the_journal(space: Space) -> None:
    """While it waits, the other tasks of the event loop run: one of them sends the request."""

    async def main() -> list[str]:
        waiting = asyncio.create_task(space.journal.wait_async(1, 20, method="PUT"))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(ask, space, "PUT", "a", "x")
        return [entry.path for entry in await waiting]

    assert asyncio.run(main()) == ["/a"]


def test_statuses_are_those_that_the_client_saw(server: Server) -> None:
    """Of the requested resource: 201 for a new one, 204 for one that it replaced or deleted."""
    space = server.space()
    for method, path, status in (
        ("PUT", "a", 201),
        ("PUT", "a", 204),
        ("GET", "a", 200),
        ("MKCOL", "c/", 201),
        ("DELETE", "a", 204),
    ):
        assert ask(space, method, path, "x" if method == "PUT" else "") == status
        outcomes = space.journal.last.outcomes
        assert method == "GET" or outcomes[path].status == status


def test_names_stay_readable(server: Server) -> None:
    """A long name is cut at its end, where parameters are."""
    assert server.space(name="test_copy[over-quota]-" + "x" * 100).name.startswith("test_copy-over-quota-xxx")


def test_an_empty_journal_says_so(space: Space) -> None:
    """There is no last one."""
    with pytest.raises(LookupError, match="is empty: the server received no request"):
        _ = space.journal.last


def test_exchanges_can_be_waited_for(space: Space) -> None:
    """Until they are there; a time-out says what is there instead."""
    threading.Timer(0.2, ask, (space, "GET", "report.txt")).start()
    assert [each.method for each in space.journal.wait(method="GET", path="report.txt", timeout=10)] == ["GET"]
    with pytest.raises(
        TimeoutError, match=r"0 of 1 exchanges match after 0.05 s; the journal has:\n  1: GET /report.txt 200"
    ):
        space.journal.wait(method="PUT", timeout=0.05)


def test_time_causes_and_snapshots(server: Server) -> None:
    """Everything that the admin API has, as methods."""
    space = server.space("playground")
    assert space.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert space.advance(timedelta(minutes=1)) == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert space.advance(-60) == space.now == datetime(2026, 1, 1, tzinfo=UTC)
    kept = space.snapshot()
    space.put_cause("disk", "store-fails", times=2)
    assert [ask(space, "PUT", "n.txt", "x") for _ in range(3)] == [507, 507, 201]
    assert space.counts == {"disk": 3}
    assert space.causes["disk"]["kind"] == "store-fails"
    space.remove_cause("disk")
    assert "/n.txt" in space.tree
    space.restore(kept)
    assert "/n.txt" not in space.tree
    space.set_tree({"/only.txt": {"content": "1"}})
    assert [*space.tree] == ["/", "/only.txt"]
    space.reset()
    assert len(space.journal) == 0
    space.remove()
    with pytest.raises(AdminError, match="404"):
        _ = space.now


def test_the_state_as_a_scenario_file(server: Server) -> None:
    """A server that serves the file goes on from there."""
    space = server.space("playground")
    space.put_cause("disk", "store-fails", times=2)
    assert ask(space, "PUT", "n.txt", "x") == 507
    scenario = load(space.scenario_file(), "failing.yaml")
    assert [(cause.id, cause.times) for cause in scenario.causes] == [("disk", 1)]


def test_the_cure_of_a_scenario(space: Space) -> None:
    """The very same request is then done."""
    assert ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML) == 207
    space.cure()
    ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML)
    assert space.journal.last.failures == []


def test_the_cure_of_a_scenario_sends_its_requests(server: Server) -> None:
    """The missing source is put, and a failure of that is an error."""
    space = server.space("report-from-feeds")
    assert ask(space, "GET", "report.html") == 424
    assert [(each["method"], each["status"]) for each in space.cure()] == [("PUT", 201)]
    assert ask(space, "GET", "report.html") == 200
    space.reset()
    space.put_cause("l", "lock", path="/feeds/")
    with pytest.raises(AdminError, match=r"PUT /feeds/eu\.csv\) was answered 423 Locked; expected: 201"):
        space.cure()


def test_outcomes_are_matched_with_a_difference_to_read(space: Space) -> None:
    """What was expected and what was, all of it, and the exchange explained."""
    ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML)
    last = space.journal.last
    assert_outcomes(last, {("report.txt", "{DAV:}getetag"): 403, ("report.txt", "{urn:u}a"): 424})
    with pytest.raises(AssertionError) as wrong:
        assert_outcomes(last, {("report.txt", "{urn:u}a"): 200, "other.txt": 200})
    assert str(wrong.value).splitlines()[:3] == [
        "{urn:u}a of report.txt: expected 200, received 424",
        "other.txt: expected 200, but the request had no action on it",
        "{DAV:}getetag of report.txt: received 403, but no status was expected",
    ]
    assert "because of 1: set {DAV:}getetag" in str(wrong.value)


def test_what_must_not_change_is_compared(space: Space) -> None:
    """A refused request passes; one that is done is shown line by line."""
    with assert_unchanged(space):
        ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML)
    with pytest.raises(AssertionError) as wrong, assert_unchanged(space):
        ask(space, "PUT", "report.txt", "new content")
    assert '+  "content": "new content",' in str(wrong.value)


def test_an_error_in_the_block_is_not_hidden(space: Space) -> None:
    """It is the reason, whatever has changed."""
    with pytest.raises(ZeroDivisionError), assert_unchanged(space):
        raise ZeroDivisionError(ask(space, "PUT", "report.txt", "new"))


@pytest.mark.parametrize("url", ["127.0.0.1:4240", "localhost:4240", "ftp://x/", "", "http://"])
def test_an_address_that_is_no_url_is_told(url: str) -> None:
    """Rather than nobody answering there."""
    with pytest.raises(ValueError, match="is not the URL of a server"):
        Server.at(url)


def test_a_server_elsewhere_with_a_token() -> None:
    """All works as in process; without the token the API says what it wants."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dav424", "serve", "--host", "0.0.0.0", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DAV424_ADMIN_TOKEN": "secret"},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split("url=")[1].strip().replace("0.0.0.0", "127.0.0.1")
        with Server.at(url, "secret") as server:
            space = server.space("proppatch-protected")
            ask(space, "PROPPATCH", "report.txt", PROPPATCH, XML)
            assert space.journal.last.outcomes["report.txt", "{DAV:}getetag"].status == 403
        server = Server.at(url)
        server.ready()
        with pytest.raises(AdminError, match="401 The request has no valid token"):
            server.space("playground")
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_nobody_answers() -> None:
    """An OSError, as of any client."""
    with Server() as gone:
        pass
    with pytest.raises(OSError, match="refused"):
        Server.at(gone.url).ready()
