"""A PROPFIND is answered with the same bytes, whether a template, the memory of an answer or neither of them wrote it."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from dav424.app import App
from dav424.core.memory import total
from dav424.core.message import Response
from dav424.dav.live_properties import LIVE
from dav424.methods import response_writer, written_listings
from dav424.scenario.load import load
from dav424.store.tree import with_child
from dav424.store.written import Written
from dav424.wire.in_process import in_process
from dav424.worlds.settings import Settings
from tests.conftest import NOW

XML = {"Content-Type": "application/xml"}
SCENARIO = b"""
title: All kinds of resources
users: {ada: a, bob: b}
tree:
  /cal/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"]}
  /cal/a.ics: {content: "BEGIN:VCALENDAR\\r\\nEND:VCALENDAR\\r\\n", type: text/calendar}
  /row/: {ordering: "DAV:custom"}
  /row/x: {content: X, properties: {"{urn:u}a": "1 % 2", "{DAV:}displayname": "An x"}}
  /row/y: {content: Y, type: text/plain}
  /sum.txt: {from: [row/x, row/y, odd/t.txt]}
  /odd/: {properties: {"{urn:%7E}h": "%s"}}
  /odd/t.txt: {content: T}
  /mine/: {}
  /mine/hidden/f: {content: F}
causes:
  - {id: hidden, kind: denied, path: /mine/hidden/, methods: [PROPFIND], users: [bob]}
  - {id: often, kind: denied, path: /odd/t.txt, methods: [PROPFIND], nth: 5}
  - {id: room, kind: quota, path: /row/, bytes: 300}
  - {id: held, kind: lock, path: /odd/t.txt, principal: Ada}
"""
NAMES = ["a", "a b", "\u00fc&<", "100%", "c.txt", "d'e", "f;g=h,i", "[x]"]
TYPES = ["text/plain", "text/calendar", 'a/b; c="&"']
ASKED = [*LIVE, "{urn:u}a", "{urn:u}b", "{urn:%7E}h", "{urn:none}x", "{DAV:}displayname"]


class World:
    """A world that a random series of requests changes, in the space ``/s/NAME``; some URLs name it in another spelling."""

    def __init__(self, seed: int) -> None:
        scenario = load(SCENARIO, "t.yaml")
        self.app = App({"t": lambda: scenario}, Settings(start=NOW))
        self.space, _ = self.app.spaces.make("one")
        self.random = random.Random(seed)
        self.tokens: list[tuple[str, str]] = []
        self.asked = [self.names() for _ in range(4)]

    def ask(self, method: str, path: str, body: str = "", user: str = "ada", **headers: str) -> Response:
        """Send a request; the body of the response is the list of its pieces."""
        sent = {**(XML if body.startswith("<") else {}), **{name.replace("_", "-"): v for name, v in headers.items()}}
        http = in_process(method, path, sent, body.encode(), host="h", scheme="http")
        return self.app.gateway(http, user)

    def paths(self) -> list[str]:
        """List the paths that are there, encoded, and two that are not."""
        found, todo = ["/none", "/none/"], [("", self.space.world("t").state.root)]
        while todo:
            path, node = todo.pop()
            found.append(path + "/" * hasattr(node, "children"))
            todo += [(f"{path}/{quote(name)}", child) for name, child in getattr(node, "children", {}).items()]
        return sorted(found)

    def change(self) -> None:
        """Change the world at random; some of the requests fail."""
        choose, base = self.random.choice, "/s/one/t"
        path = choose(self.paths())
        new = f"{path.rstrip('/')}/{quote(choose(NAMES))}"
        match self.random.randrange(11):
            case 0 | 1 | 2:
                self.ask("PUT", base + new, choose(NAMES), Content_Type=choose(TYPES))
            case 3:
                self.ask("MKCOL", base + new)
            case 4:
                self.ask("DELETE", base + path) if path not in ("/", "") else None
            case 5:
                self.ask(choose(["COPY", "MOVE"]), base + path, Destination=base + new)
            case 6:
                name = choose(["<u:a>1</u:a>", "<u:b>&lt;%</u:b>", "<u:a/><D:owner>me</D:owner>"])
                what = choose(["set", "remove"])
                body = f"<D:propertyupdate xmlns:D='DAV:' xmlns:u='urn:u'><D:{what}><D:prop>{name}</D:prop></D:{what}></D:propertyupdate>"
                self.ask("PROPPATCH", base + path, body)
            case 7:
                scope = f"<D:lockscope><D:{choose(['exclusive', 'shared'])}/></D:lockscope>"
                body = f"<D:lockinfo xmlns:D='DAV:'>{scope}<D:locktype><D:write/></D:locktype></D:lockinfo>"
                answer = self.ask("LOCK", base + path, body, Depth=choose(["0", "infinity"]), Timeout="Second-60")
                self.tokens += [(path, v) for name, v in answer.headers if name == "Lock-Token"]
            case 8 if self.tokens:
                locked, token = self.tokens.pop()
                self.ask("UNLOCK", base + locked, Lock_Token=token)
            case _:
                self.space.clock.advance(choose([1, 30, 90.5]))

    def names(self) -> str:
        """Ask for properties at random."""
        choose = self.random.choice
        sampled = self.random.sample(ASKED, choose([0, 1, 4, len(ASKED)]))
        named = "".join(f"<x:{n.partition('}')[2]} xmlns:x='{n[1:].partition('}')[0]}'/>" for n in sampled)
        common = "<D:getetag/><D:getlastmodified/><D:getcontentlength/><D:resourcetype/><D:displayname/>"
        return choose(
            [
                "<D:allprop/>",
                "<D:propname/>",
                f"<D:prop>{common}</D:prop>",
                f"<D:prop>{named}</D:prop>",
                f"<D:allprop/><D:include>{named}</D:include>",
            ]
        )

    def question(self) -> tuple[str, str, str, dict[str, str]]:
        """Make a PROPFIND at random: its path, its body, its user and its headers."""
        choose = self.random.choice
        headers = {"Depth": choose(["0", "1", "1", "infinity"])} | choose([{}, {}, {"Prefer": "return=minimal"}])
        path = choose(["/s/one/t", "/s/one/t", "//s/%6Fne/t", "/s/one~apache/t"]) + choose(self.paths())
        return path, f"<D:propfind xmlns:D='DAV:'>{choose(self.asked)}</D:propfind>", choose(["ada", "bob"]), headers

    def answer(
        self, question: tuple[str, str, str, dict[str, str]], counts: dict[str, int]
    ) -> tuple[int, list[tuple[str, str]], list[bytes]]:
        """Ask a question with these counters of the causes, and tell the answer."""
        path, body, user, headers = question
        self.space.world("t").counts = dict(counts)
        return told(self.ask("PROPFIND", path, body, user, **headers))


def pieces(response: Response) -> list[bytes]:
    """Give the pieces of a body."""
    return [response.body] if isinstance(response.body, bytes) else list(response.body)


def told(response: Response) -> tuple[int, list[tuple[str, str]], list[bytes]]:
    """Give all of a response but the number of its exchange."""
    return response.status, [each for each in response.headers if each[0] != "Dav424-Exchange"], pieces(response)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Remember the answers of one test alone."""
    kept = Written()
    monkeypatch.setattr(written_listings, "ANSWERS", kept)
    yield kept
    kept.clear()


@pytest.mark.parametrize("seed", range(12))
def test_all_ways_write_the_same(seed: int, answers: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between random changes: with neither, then with both, and then once more."""
    world, most = World(seed), 0
    for _ in range(60):
        for _ in range(world.random.randrange(4)):
            world.change()
        question, counts = world.question(), dict(world.space.world("t").counts)
        with monkeypatch.context() as plain:
            plain.setattr(response_writer, "templates", lambda *_: None)
            plain.setattr(written_listings, "ANSWERS", Written())
            expected = world.answer(question, counts)
        assert world.answer(question, counts) == expected
        assert world.answer(question, counts) == expected
        most = max(most, len(answers))
    assert most > 3, "some were kept"


def served(scenario: bytes = b"title: t") -> App:
    """Serve a scenario."""
    read = load(scenario, "t.yaml")
    return App({"t": lambda: read}, Settings(start=NOW))


def ask(app: App, method: str, path: str, body: str = "", user: str | None = "", **headers: str) -> Response:
    """Send a request."""
    sent = {**XML, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return app.gateway(in_process(method, path, sent, body.encode(), host="h", scheme="http"), user)


def listed(app: App, path: str, user: str | None = "", **headers: str) -> bytes:
    """List all properties of a collection and its members, in a short answer."""
    body = ask(app, "PROPFIND", path, ALL, user, **{"Depth": "1", **headers}).body
    assert isinstance(body, bytes)
    return body


ALL = "<D:propfind xmlns:D='DAV:'><D:allprop/></D:propfind>"


def test_an_unchanged_collection_is_written_once(answers: Written) -> None:
    """The second answer is the first one; a change of a member, or of a property, makes another one."""
    app = served()
    ask(app, "PUT", "/t/f", "x")
    first = ask(app, "PROPFIND", "/t/", ALL, Depth="1").body
    assert ask(app, "PROPFIND", "/t/", ALL, Depth="1").body is first
    ask(app, "PUT", "/t/f", "more")
    assert b">4</D:getcontentlength>" in ask(app, "PROPFIND", "/t/", ALL, Depth="1").body
    assert len(answers) == 1, "the old root is gone, and its answer with it"


def test_a_long_answer_comes_in_the_same_pieces(answers: Written) -> None:
    """It is streamed again."""
    app = served()
    for number in range(300):
        ask(app, "PUT", f"/t/{number}", "x")
    first = pieces(ask(app, "PROPFIND", "/t/", ALL, Depth="1"))
    again = ask(app, "PROPFIND", "/t/", ALL, Depth="1").body
    assert not isinstance(again, bytes)
    assert len(first) > 2
    assert [id(piece) for piece in again] == [id(piece) for piece in first]
    assert len(answers) == 1


def test_spaces_of_one_scenario_have_their_own(answers: Written) -> None:
    """They share the nodes, and their URLs are others."""
    app = served(b"title: t\ntree: {/f: {content: x}}")
    for name in ("one", "two", "one"):
        app.spaces.make(name)
        body = ask(app, "PROPFIND", f"/s/{name}/t/", ALL, Depth="1").body
        assert isinstance(body, bytes)
        assert body.count(b"<D:href>/s/%s/t/" % name.encode()) == 2
    assert len(answers) == 2


@pytest.mark.parametrize("name", ["lockdiscovery", "quota-used-bytes", "current-user-principal", "sync-token", "owner"])
def test_an_answer_that_follows_more_than_the_nodes_is_not_kept(name: str, answers: Written) -> None:
    """Locks expire, quotas belong to paths, users differ, and a token tells of the whole tree."""
    app = served(b"title: t\ncauses: [{id: l, kind: lock, path: /f}]\ntree: {/f: {content: x}}")
    asked = f"<D:propfind xmlns:D='DAV:'><D:prop><D:{name}/></D:prop></D:propfind>"
    assert ask(app, "PROPFIND", "/t/", asked, Depth="1").status == 207
    assert len(answers) == 0


def test_kept_answers_count_and_go_with_their_nodes(answers: Written) -> None:
    """The answer counts as memory that the server holds, and not after the collection was deleted."""
    app = served()
    ask(app, "MKCOL", "/t/c/")
    ask(app, "PUT", "/t/c/f", "x")
    before = total()
    ask(app, "PROPFIND", "/t/c/", ALL, Depth="1")
    assert (len(answers), total() - before > 1000) == (1, True)
    ask(app, "DELETE", "/t/c/")
    assert len(answers) == 0


def test_a_lock_above_is_told(answers: Written) -> None:
    """It is not in the node of the collection that it covers."""
    app = served(b"title: t\ntree: {/a/b/f: {content: x}}")
    free = listed(app, "/t/a/b/")
    scope = "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
    body = f"<D:lockinfo xmlns:D='DAV:'>{scope}</D:lockinfo>"
    assert ask(app, "LOCK", "/t/a/", body, Depth="infinity", Timeout="Second-60").status == 200
    assert listed(app, "/t/a/b/").count(b"Second-60") == 2
    app.spaces.default.clock.advance(40)
    assert listed(app, "/t/a/b/").count(b"Second-20") == 2
    app.spaces.default.clock.advance(40)
    assert listed(app, "/t/a/b/") == free
    assert len(answers) == 1


def test_a_member_that_is_denied_is_told_to_its_user_alone(answers: Written) -> None:
    """Both users ask about the same node."""
    app = served(
        b"title: t\nusers: {ada: a, bob: b}\ntree: {/c/f: {content: x}}\n"
        b"causes: [{id: no, kind: denied, path: /c/f, methods: [PROPFIND], users: [bob]}]"
    )
    told_to = [listed(app, "/t/c/", user) for user in ("ada", "bob", "ada")]
    assert [b" 403 " in each for each in told_to] == [False, True, False]
    assert len(answers) == 1


def test_a_move_there_and_back_is_told(answers: Written) -> None:
    """The node is the same, at the same path; its members count as modified when they came there."""
    app = served(b"title: t\ntree: {/a/b/f: {content: x}}")
    first = listed(app, "/t/a/b/")
    app.spaces.default.clock.advance(3600)
    for there, back in (("/t/a/", "/t/z/"), ("/t/z/", "/t/a/")):
        assert ask(app, "MOVE", there, Destination=f"http://h{back}").status == 201
    assert listed(app, "/t/a/b/") == first.replace(b"22:13:20 GMT", b"23:13:20 GMT")
    assert len(answers) == 2


def test_urls_are_spelled_as_they_were_sent(answers: Written) -> None:
    """Of the same collection."""
    app = served(b"title: t\ntree: {/a@b/f: {content: x}}")
    for sent in (b"/t/a@b/", b"/t/a%40b/", b"/t/a@b/"):
        assert b"<D:href>%sf</D:href>" % sent in listed(app, sent.decode())
    assert len(answers) == 2


def test_a_dialect_without_locks_says_so(answers: Written) -> None:
    """At the same URL: the user names the dialect."""
    app = served(b"title: t\ntree: {/f: {content: x}}")
    app.spaces.make("one")
    for user, locks in (("s+one", True), ("s+one~class-1", False), ("s+one", True)):
        login = "Basic " + b64encode(f"{user}:".encode()).decode()
        assert (b"supportedlock><D:lockentry>" in listed(app, "/t/", None, Authorization=login)) == locks
    assert len(answers) == 2


def test_a_percent_sign_is_no_place_for_a_value(answers: Written) -> None:
    """In the name or in the value of a property."""
    app = served(b"title: t\ntree: {/f: {content: x, properties: {'{urn:%25}a': '%s %(x)s'}}}")
    body = "<D:propfind xmlns:D='DAV:' xmlns:u='urn:%25'><D:prop><u:a/><u:b/><D:getetag/></D:prop></D:propfind>"
    for _ in range(2):
        found = ask(app, "PROPFIND", "/t/", body, Depth="1").body
        assert isinstance(found, bytes)
        assert (found.count(b'="urn:%25">%s %(x)s<'), found.count(b'="urn:%25"/>')) == (1, 3)
    assert len(answers) == 1


def test_an_empty_value_is_an_empty_element(answers: Written) -> None:
    """As of a document whose type was removed, beside one that has a type."""
    app = served(b"title: t\ntree: {/a: {content: x, type: text/plain}, /b: {content: x, type: text/plain}}")
    world = app.spaces.default.world("t")
    root = with_child(world.state.root, "b", replace(world.state.root.children["b"], content_type=""))
    world.state = replace(world.state, root=root)
    body = listed(app, "/t/")
    assert (body.count(b"<D:getcontenttype/>"), body.count(b"<D:getcontenttype>text/plain<")) == (1, 1)
    assert len(answers) == 0, "a response that was written without a template"
