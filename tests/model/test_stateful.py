"""Any sequence of requests, on a real socket, against the model in ``model.py``.

``DAV424_SOAK=N`` runs N times as many sequences.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from lxml import etree

from dav424.app import App
from dav424.causes.kinds import CAUSES
from dav424.causes.lock import Locked
from dav424.proof.play import Answer, read
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from dav424.worlds.world import World

from .model import Failing, If, Lock, Model, Path, Verdict, below

BEGINNING = 1_700_000_000.0
PHASES = [Phase.generate, Phase.shrink]
Spot = int | tuple[int | str, ...]
SOAK = int(os.environ.get("DAV424_SOAK", "1"))
TREE = {
    ("a", "a"): b"1",
    ("a", "b", "a"): b"2",
    ("a", "b", "é c"): b"3",
    ("b", "a", "a"): b"4",
    ("b", "b"): b"5",
    ("é c",): b"6",
}
SCENARIO = "title: test\ntree:\n" + "".join(
    f"  '/{'/'.join(quote(name) for name in path)}': {{content: '{content.decode()}'}}\n"
    for path, content in TREE.items()
)
SCENARIO += "causes: [{id: fixed, kind: protected-property, property: '{urn:u}fixed'}]\n"
PROTECTED = ("{DAV:}getetag", "{urn:u}fixed")
DEAD = ("{urn:u}p", "{urn:u}q", "{urn:u}r")
StoreFails = next(cause for cause in CAUSES if cause.__name__ == "StoreFails")
CONDITIONS = {
    403: "{DAV:}cannot-modify-protected-property",
    423: "{DAV:}lock-token-submitted",
    507: "{DAV:}sufficient-disk-space",
}

names = st.sampled_from(["a", "b", "é c"])
spots = st.one_of(
    st.integers(0, 60), st.integers(0, 60), st.tuples(st.integers(0, 60), names), st.lists(names, max_size=4).map(tuple)
)
"""A resource by its number among those that there are, a member of a collection by that one's number, or any path."""
ifs = st.tuples(st.sampled_from(["none", "none", "all", "all", "one", "idiom", "wrong", "not"]), st.integers(0, 9))
failures = st.one_of(
    st.none(),
    st.none(),
    st.tuples(spots, st.sampled_from([500, 503, 507]), st.one_of(st.none(), st.integers(1, 4))),
)
instructions = st.lists(
    st.tuples(
        st.sampled_from([*DEAD, *DEAD, *PROTECTED]), st.one_of(st.none(), st.sampled_from(["1", "2", "ß&<", ""]))
    ),
    min_size=1,
    max_size=4,
)
timeouts = st.sampled_from([None, 50, 500])


class Link:
    """A connection that is kept, to the one server of this module; and its world."""

    def __init__(self, url: str, app: App) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.app = app

    @property
    def world(self) -> World:
        return self.app.spaces.default.world("test")

    def __call__(self, method: str, path: Path, body: bytes, headers: Mapping[str, str]) -> Answer:
        spelled = url_of(path)
        self._connection.request(method, spelled, body or None, dict(headers))
        return read(self._connection.getresponse(), "/test", spelled.removeprefix("/test"))

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    """Serve the scenario for as long as the module runs."""
    scenario = load(SCENARIO, "test.yaml")
    with ExitStack() as stack:
        app = App({"test": lambda: scenario}, Settings(start=BEGINNING))
        made = Link(stack.enter_context(serving(app.gateway)), app)
        stack.callback(made.close)
        yield made


def url_of(path: Path) -> str:
    return "/test/" + "/".join(quote(name) for name in path)


def path_of(href: str) -> Path:
    return tuple(name for name in href.split("/") if name)


def xml(root: str, inner: str) -> bytes:
    return f'<D:{root} xmlns:D="DAV:">{inner}</D:{root}>'.encode()


def instruct(root: str, asked: Sequence[tuple[str, str | None]]) -> bytes:
    said = []
    for name, value in asked:
        element = etree.Element(name)
        element.text = value
        verb = "remove" if value is None else "set"
        said.append(f"<D:{verb}><D:prop>{etree.tostring(element, encoding='unicode')}</D:prop></D:{verb}>")
    return xml(root, "".join(said))


class Conversation(RuleBasedStateMachine):
    """One client, the server, and the model."""

    link: ClassVar[Link]

    def __init__(self) -> None:
        super().__init__()
        self.link.app.spaces.default.reset()
        self.model = Model(TREE, PROTECTED)
        self.model.now = BEGINNING
        self.known: list[Lock] = []
        self.steps = 0

    # How things are said -----------------------------------------------------------------------------

    def spot(self, drawn: Spot) -> Path:
        if isinstance(drawn, int):
            there = self.model.everything()[1:] or [()]
            return there[drawn % len(there)]
        number, *rest = drawn or ("",)
        if isinstance(number, int):
            collections = sorted(self.model.collections)
            return (*collections[number % len(collections)], *rest)
        return drawn

    def tokens(self, drawn: tuple[str, int], path: Path) -> If:
        """Make an If header of the tokens that were ever given; dead ones, and somebody else's, among them."""
        kind, number = drawn
        if kind == "wrong":
            return If([(None, [(False, "urn:x:wrong")])])
        if kind == "not":
            return If([(None, [(True, "urn:x:wrong")])])
        if kind == "none" or not self.known:
            return If()
        one = self.known[-1 - number % len(self.known)]
        if kind == "idiom":
            return If([(None, [(False, one.token)]), (None, [(True, "DAV:no-lock")])])
        if kind == "one":
            return If([(None if path in self.model and number % 2 else one.root, [(False, one.token)])])
        return If([(lock.root, [(False, lock.token)]) for lock in self.known])

    def headers(self, sent: If, **others: str) -> dict[str, str]:
        said = {name.replace("_", "-"): value for name, value in others.items()}
        if sent.lists:
            said["If"] = " ".join(
                ("" if about is None else f"<{url_of(about)}> ")
                + "("
                + " ".join(f"{'Not ' if negated else ''}<{token}>" for negated, token in conditions)
                + ")"
                for about, conditions in sent.lists
            )
        return said

    def request(
        self, method: str, path: Path, body: bytes = b"", failing: Failing | None = None, **headers: str
    ) -> Answer:
        self.steps += 1
        if failing is None:
            return self.link(method, path, body, headers)
        cause = StoreFails(
            id="disk", path="/" + "/".join(map(quote, failing.path)), status=failing.status, nth=failing.nth
        )
        self.link.world.change_causes({"disk": cause})
        try:
            return self.link(method, path, body, headers)
        finally:
            self.link.world.change_causes({"disk": None})

    def failing(self, drawn: tuple[Spot, int, int | None] | None, *, counted: bool = True) -> Failing | None:
        if drawn is None:
            return None
        return Failing(self.spot(drawn[0]), drawn[1], drawn[2] if counted else None)

    def properties_say(self, path: Path, answer: Answer, expected: tuple[int, dict[str, int]]) -> None:
        status, said = expected
        assert (answer.status, {each.property: each.status for each in answer.reported}) == (status, said), answer.body
        assert len(answer.reported) == len(said)
        assert {path_of(each.href) for each in answer.reported} <= {path}
        for each in answer.reported:
            assert each.condition == CONDITIONS.get(each.status), each
        if not said and status in (423, 507):
            assert answer.condition == CONDITIONS[status]

    def tree_says(self, answer: Answer, verdict: Verdict) -> None:
        said = {path_of(each.href): each.status for each in answer.reported}
        complaint = verdict.complaint(answer.status, said)
        assert not complaint, (complaint, answer.status, answer.body)
        assert len(said) == len(answer.reported)
        assert (answer.status == 207) is bool(said)
        for each in answer.reported:
            assert each.property is None
            assert each.condition == CONDITIONS.get(each.status), each
        if not said and answer.status in (423, 507):
            assert answer.condition == CONDITIONS[answer.status]

    # What is done ------------------------------------------------------------------------------------

    @initialize()
    def the_server_begins_at_the_beginning(self) -> None:
        self.compare()

    @rule(where=spots, content=st.binary(max_size=8), sent=ifs, fails=failures)
    def put(self, where: Spot, content: bytes, sent: tuple[str, int], fails: Any) -> None:
        path, failing = self.spot(where), self.failing(fails)
        header = self.tokens(sent, path)
        answer = self.request("PUT", path, content, failing, **self.headers(header))
        self.properties_say(path, answer, (self.model.put(path, content, header, failing), {}))

    @rule(where=spots)
    def get(self, where: Spot) -> None:
        path = self.spot(where)
        answer = self.request("GET", path)
        assert answer.status == (200 if path in self.model else 404)
        assert path not in self.model.documents or answer.body == self.model.documents[path]

    @rule(where=spots, asked=instructions, sent=ifs, fails=failures)
    def proppatch(self, where: Spot, asked: Any, sent: tuple[str, int], fails: Any) -> None:
        path, failing = self.spot(where), self.failing(fails)
        header = self.tokens(sent, path)
        answer = self.request("PROPPATCH", path, instruct("propertyupdate", asked), failing, **self.headers(header))
        self.properties_say(path, answer, self.model.proppatch(path, asked, header, failing))

    @rule(where=spots, depth=st.sampled_from(["0", "1", "infinity"]))
    def propfind(self, where: Spot, depth: str) -> None:
        path = self.spot(where)
        body = xml("propfind", "<D:prop><p xmlns='urn:u'/><D:resourcetype/></D:prop>")
        answer = self.request("PROPFIND", path, body, Depth=depth)
        levels = {"0": 0, "1": 1, "infinity": 9}[depth]
        found = [each for each in self.model.everything() if below(each, path) and len(each) - len(path) <= levels]
        expected = {
            (each, name): 200 if "DAV:" in name or name in self.model.properties.get(each, {}) else 404
            for each in found
            for name in ("{urn:u}p", "{DAV:}resourcetype")
        }
        assert answer.status == (207 if found else 404)
        assert {(path_of(each.href), each.property): each.status for each in answer.reported} == expected

    @rule(where=spots, asked=st.one_of(st.just([]), instructions), sent=ifs, fails=failures)
    def mkcol(self, where: Spot, asked: Any, sent: tuple[str, int], fails: Any) -> None:
        path, failing = self.spot(where), self.failing(fails)
        asked = [(name, value) for name, value in asked if value is not None]
        header = self.tokens(sent, path)
        body = instruct("mkcol", asked) if asked else b""
        answer = self.request("MKCOL", path, body, failing, **self.headers(header))
        self.properties_say(path, answer, self.model.mkcol(path, header, asked, failing))

    @rule(
        where=spots,
        exclusive=st.booleans(),
        infinite=st.booleans(),
        owner=st.one_of(st.none(), st.just("me")),
        sent=ifs,
        seconds=timeouts,
    )
    def lock(
        self,
        where: Spot,
        exclusive: bool,  # noqa: FBT001 - hypothesis passes names
        infinite: bool,  # noqa: FBT001
        owner: str | None,
        sent: tuple[str, int],
        seconds: int | None,
    ) -> None:
        path = self.spot(where)
        header = self.tokens(sent, path)
        scope = "exclusive" if exclusive else "shared"
        body = f"<D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>"
        body += f"<D:owner>{owner}</D:owner>" if owner else ""
        timeout = f"Second-{seconds}" if seconds else "Infinite"
        said = self.headers(header, Depth="infinity" if infinite else "0", Timeout=timeout)
        answer = self.request("LOCK", path, xml("lockinfo", body), **said)
        status, report = self.model.lock(path, header, exclusive=exclusive, infinite=infinite)
        assert (answer.status, {path_of(each.href): each.status for each in answer.reported}) == (status, report)
        assert ("Lock-Token" in answer.headers) is (status in (200, 201))
        for each in answer.reported:
            assert each.condition == (None if each.status == 424 else "{DAV:}no-conflicting-lock")
        if status in (200, 201):
            token = answer.headers["Lock-Token"].strip("<>")
            assert token not in {lock.token for lock in self.known}
            expires = self.model.now + seconds if seconds else None
            made = Lock(token, path, exclusive, infinite, owner, expires)
            self.model.locks[token] = made
            self.known.append(made)

    @precondition(lambda self: self.known)
    @rule(number=st.integers(0, 9), where=spots, astray=st.integers(0, 3), seconds=timeouts)
    def refresh(self, number: int, where: Spot, astray: int, seconds: int | None) -> None:
        one = self.known[-1 - number % len(self.known)]
        path = one.root if astray else self.spot(where)
        header = If([(None, [(False, one.token)])])
        timeout = f"Second-{seconds}" if seconds else "Infinite"
        answer = self.request("LOCK", path, b"", **self.headers(header, Timeout=timeout))
        expires = self.model.now + seconds if seconds else None
        assert answer.status in self.model.refresh(path, header, expires)
        assert "Lock-Token" not in answer.headers

    @precondition(lambda self: self.known)
    @rule(number=st.integers(0, 9), where=spots, astray=st.integers(0, 3))
    def unlock(self, number: int, where: Spot, astray: int) -> None:
        one = self.known[-1 - number % len(self.known)]
        path = one.root if astray else self.spot(where)
        answer = self.request("UNLOCK", path, b"", **self.headers(If(), Lock_Token=f"<{one.token}>"))
        assert answer.status == self.model.unlock(path, one.token)

    @rule(where=spots, sent=ifs, fails=failures)
    def delete(self, where: Spot, sent: tuple[str, int], fails: Any) -> None:
        path, failing = self.spot(where), self.failing(fails, counted=not self.model.locks)
        header = self.tokens(sent, path)
        answer = self.request("DELETE", path, b"", failing, **self.headers(header))
        going = [each for each in self.model.everything() if below(each, path)]
        self.tree_says(answer, self.model.delete(path, header, self.struck(answer, failing, going, path)))

    def struck(self, answer: Answer, failing: Failing | None, written: list[Path], top: Path) -> Failing | None:
        """Let the answer say which write was the nth, for the RFC has no order of them; each resource is one write."""
        if failing is None or failing.nth is None or answer.status not in (201, 204, 207, failing.status):
            return failing
        said = [path_of(each.href) for each in answer.reported] or ([top] if answer.status == failing.status else [])
        inside = [path for path in written if below(path, failing.path)]
        assert len(said) == (1 if failing.nth <= len(inside) else 0)
        return Failing(said[0], failing.status, alone=True) if said and said[0] in inside else None

    @rule(
        source=spots,
        aim=spots,
        moving=st.booleans(),
        overwrite=st.sampled_from(["T", "T", "F", ""]),
        infinite=st.sampled_from([True, True, False]),
        sent=ifs,
        fails=failures,
    )
    def copy_or_move(
        self,
        source: Spot,
        aim: Spot,
        moving: bool,  # noqa: FBT001
        overwrite: str,
        infinite: bool,  # noqa: FBT001
        sent: tuple[str, int],
        fails: Any,
    ) -> None:
        here, there = self.spot(source), self.spot(aim)
        failing = self.failing(fails, counted=not self.model.locks and not moving and there not in self.model)
        header = self.tokens(sent, here)
        said = self.headers(header, Destination=url_of(there), Depth="infinity" if infinite or moving else "0")
        if overwrite:
            said["Overwrite"] = overwrite
        answer = self.request("MOVE" if moving else "COPY", here, b"", failing, **said)
        arriving = [
            (*there, *each[len(here) :])
            for each in self.model.everything()
            if below(each, here) and (infinite or each == here)
        ]
        failing = self.struck(answer, failing, arriving, there)
        verdict = self.model.copy_or_move(
            here, there, header, moving=moving, overwrite=overwrite != "F", infinite=infinite or moving, failing=failing
        )
        self.tree_says(answer, verdict)
        found = {path_of(each.href) for each in self.link("PROPFIND", (), b"", {"Depth": "infinity"}).reported}
        self.model.settle(self.model.loose - found)

    # What others do, and time ------------------------------------------------------------------------

    @rule(where=spots, exclusive=st.booleans(), infinite=st.booleans())
    def somebody_else_locks(self, where: Spot, exclusive: bool, infinite: bool) -> None:  # noqa: FBT001
        path = self.spot(where)
        here, inside = self.model.conflicts(path, exclusive=exclusive, infinite=infinite)
        if path not in self.model or not path or here or inside:
            return
        cause = Locked(
            id=f"other-{len(self.known)}",
            path="/" + "/".join(map(quote, path)),
            principal="other",
            scope="exclusive" if exclusive else "shared",
            depth="infinity" if infinite else "0",
        )
        self.link.world.change_causes({cause.id: cause})
        lock = Lock(cause.token, path, exclusive, infinite, "other", foreign=True)
        self.model.locks[lock.token] = lock
        self.known.append(lock)

    @precondition(lambda self: any(lock.foreign for lock in self.model.locks.values()))
    @rule(number=st.integers(0, 9))
    def somebody_else_unlocks(self, number: int) -> None:
        theirs = [lock for lock in self.model.locks.values() if lock.foreign]
        one = theirs[number % len(theirs)]
        self.link.world.change_causes({one.token.rpartition(":")[2]: None})
        del self.model.locks[one.token]

    @rule(seconds=st.sampled_from([10, 60, 600]))
    def time_passes(self, seconds: int) -> None:
        self.link.app.spaces.default.clock.advance(seconds)
        self.model.now += seconds

    # How things stand --------------------------------------------------------------------------------

    @invariant()
    def compare(self) -> None:
        """The whole tree: what there is, its properties, and the locks on each resource."""
        wanted = "".join(f"<{name[7:]} xmlns='urn:u'/>" for name in DEAD)
        body = xml("propfind", f"<D:prop>{wanted}<D:resourcetype/><D:lockdiscovery/></D:prop>")
        answer = self.link("PROPFIND", (), body, {"Depth": "infinity"})
        found: dict[str, Any] = {}
        for each in answer.reported:
            if each.status == 200 and each.property is not None:
                element = etree.fromstring(each.xml)
                value = locks_in(element) if each.property == "{DAV:}lockdiscovery" else element.text or ""
                found.setdefault(each.href, {})[each.property] = value
        expected: dict[str, Any] = {}
        for path in self.model.everything():
            slash = "/" if path in self.model.collections and path else ""
            expected["/" + "/".join(path) + slash] = {
                **self.model.properties.get(path, {}),
                "{DAV:}resourcetype": "",
                "{DAV:}lockdiscovery": {
                    (
                        lock.token,
                        "exclusive" if lock.exclusive else "shared",
                        "infinity" if lock.infinite else "0",
                        path_of("test/" + "/".join(lock.root)),
                        lock.owner,
                        "Infinite" if lock.expires is None else f"Second-{int(lock.expires - self.model.now)}",
                    )
                    for lock in self.model.covering(path)
                },
            }
        assert found == expected
        if self.steps % 8 == 0:
            self.contents()

    def contents(self) -> None:
        """What GET gives of each document."""
        for path, content in self.model.documents.items():
            assert self.link("GET", path, b"", {}).body == content

    def teardown(self) -> None:
        self.contents()


def locks_in(element: etree._Element) -> set[tuple[Any, ...]]:
    """Read a lockdiscovery."""
    found = []
    for lock in element:
        scope = lock.find("{DAV:}lockscope")[0].tag.rpartition("}")[2]
        root = lock.findtext("{DAV:}lockroot/{DAV:}href") or ""
        found.append(
            (
                lock.findtext("{DAV:}locktoken/{DAV:}href"),
                scope,
                lock.findtext("{DAV:}depth"),
                path_of(unquote(root)),
                lock.findtext("{DAV:}owner"),
                lock.findtext("{DAV:}timeout"),
            )
        )
    assert len(set(found)) == len(found), "a lock is listed twice"
    return set(found)


def test_any_conversation_goes_as_the_rfc_says(link: Link) -> None:
    """Status, report, and the whole tree after each step."""
    Conversation.link = link
    machine = Conversation.TestCase()
    machine.settings = settings(
        max_examples=60 * SOAK,
        stateful_step_count=50,
        suppress_health_check=list(HealthCheck),
        phases=PHASES,
    )
    machine.runTest()
