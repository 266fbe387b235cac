"""Random offers and faults over random requests: no bug, and the journal tells each change.

Without ``!``, no resource is lost unless a request removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from dav424.app import App
from dav424.core.batch import Done, FailedDependency
from dav424.core.paths import Path, split
from dav424.dialects.faults import FAULTS
from dav424.dialects.library import Dialects
from dav424.dialects.load import DialectData, LoadedDialect, load_dialect
from dav424.dialects.offers import OFFERS
from dav424.dialects.traits.gzip_answers import GZIP
from dav424.journal.entries import JournalEntry
from dav424.proof.play import Answer
from dav424.scenario.load import load
from dav424.store.content import whole
from dav424.store.tree import Document, walk
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from dav424.worlds.space import ServedSpace
from tests.client import Client
from tests.conftest import NOW
from tests.dialects.test_faults import ALL_FAULTS

SCENARIO = """
title: test
tree: {/a.txt: {content: Milk}, /d/a.txt: {content: A}, /d/locked.txt: {content: L}, /d/s/x.txt: {content: X}, /e/a.txt: {content: E}}
causes:
  - {id: locked, kind: lock, path: /d/locked.txt}
  - {id: protected, kind: protected-property, property: "{urn:u}p"}
"""
LOCKED = ("d", "locked.txt")
REFUSALS = [{"LOCK": 405, "UNLOCK": 405}, {"MKCALENDAR": 501}, {"DELETE": 403}, {"GET": 404, "PROPFIND": 409}]
SAMPLES: Mapping[str, list[Any]] = {
    "methods-absent": REFUSALS,
    "methods-refused": REFUSALS,
    "redirects": [[{"from": "/d/", "to": "/e/"}], [{"from": "/a.txt", "to": "https:", "status": 302}]],
    "missing-slash": [{"GET": 301, "DELETE": 409, "MKCOL": 409}, {"COPY": 409, "MOVE": 307, "PROPFIND": 308}],
    "collections-refuse": REFUSALS,
    "documents-refuse": [{"PROPPATCH": 403}, {"LOCK": 405, "PUT": 409}],
    "collection-listing": ["empty"],
    "depth-infinity": ["refused", "cut"],
    "prefer": ["ignored"],
    "brief": ["ignored"],
    "destination-encoding": ["lenient"],
    "destination-scheme": [502],
    "destination-host": [502, 400],
    "destination-path": [400],
    "overwrite-default": ["F"],
    "atomic-methods": [["DELETE"], ["DELETE", "COPY", "MOVE"]],
    "extended-mkcol": ["ignored", "done-for-xml", 415],
    "depth-zero": ["members-too"],
    "unasked-properties": [["resourcetype"], ["displayname", "getetag"]],
    "refused-properties": [["displayname"], ["dead"]],
    "shared-locks": [501],
    "shared-lock-tokens": ["all"],
    "lock-over-shared": [423],
    "default-lock": [60, "infinite"],
    "endless-lock": [60],
    "lock-timeout": [60],
    "longest-lock": [30],
    "lock-refresh": ["halved"],
    "ranges": ["ignored", "unasked", "inside"],
    "partial-put": ["done", "ignored"],
    "patch": ["sabre"],
    "x-oc-mtime": ["accepted"],
    "gzip": ["accepted", "always"],
}
"""Values of each offer other than the default."""
FAULT_SAMPLES: Mapping[str, list[Any]] = {
    "preconditions": ["ignored"],
    "overwrite-f": ["ignored"],
    "lock-depth": ["zero"],
    "if-header": ["ignored"],
    "locks-ignored": [["PUT", "DELETE"], ["COPY", "MOVE", "PROPPATCH", "MKCOL"]],
    "member-locks-ignored": [["DELETE", "COPY", "MOVE", "LOCK"]],
    "protected-properties": ["unchanged", "stored"],
    "dead-properties": ["dropped"],
    "failed-proppatch": ["until-failure", "others-kept"],
    "failed-mkcol": ["collection-kept", "others-kept"],
    "collection-copy": ["destination-deleted"],
    "properties-lost": [["COPY", "MOVE", "PUT"]],
    "moved-locks": ["moved"],
    "refused-move": ["copied"],
    "refused-delete": ["done", "done-without-slash"],
    "locks-dropped": [["LOCK", "PUT", "PROPPATCH", "COPY"]],
    "failures-hidden": [{"PROPPATCH": 200, "MKCOL": 201, "DELETE": 204, "COPY": 204, "MOVE": 201}],
    "minimal-failures": ["hidden"],
}
"""Values of each fault other than the default."""

LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
UPDATE = (
    '<D:{0} xmlns:D="DAV:"><D:set><D:prop><u:a xmlns:u="urn:u">1</u:a></D:prop></D:set>'
    '<D:set><D:prop><u:p xmlns:u="urn:u">1</u:p></D:prop></D:set></D:{0}>'
)
BODIES = {
    "PUT": ["", "new", "MilkMilkMilk"],
    "PATCH": ["ab"],
    "PROPPATCH": [UPDATE.format("propertyupdate"), ""],
    "MKCOL": ["", UPDATE.format("mkcol")],
    "LOCK": [LOCKINFO.format("exclusive"), LOCKINFO.format("shared"), ""],
}
METHODS = [
    "GET",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "COPY",
    "MOVE",
    "MKCOL",
    "LOCK",
    "UNLOCK",
    "PROPFIND",
    "PROPPATCH",
    "PATCH",
]
PATHS = [
    "/",
    "/a.txt",
    "/d",
    "/d/",
    "/d/a.txt",
    "/d/locked.txt",
    "/d/s",
    "/d/s/",
    "/e/",
    "/e",
    "/new",
    "/new/",
    "/no/x",
]
HEADERS = {
    "Depth": ["0", "1", "infinity"],
    "Destination": ["{base}" + path for path in PATHS] + ["http://other.example{base}/new", "{base}/new x"],
    "Overwrite": ["T", "F"],
    "Range": ["bytes=0-2", "bytes=0-99", "bytes=-1"],
    "Content-Range": ["bytes 0-1/2", "bytes 3-5/6", "none"],
    "X-Update-Range": ["append", "bytes=1-2", "bytes=3-", "none"],
    "Content-Type": ["application/xml", "application/x-sabredav-partialupdate"],
    "Timeout": ["Second-600", "Infinite"],
    "X-OC-Mtime": ["1000000000", "then"],
    "Prefer": ["return=minimal"],
    "If-Match": ["*", '"other"'],
    "If": ["(<urn:uuid:0>)", "(Not <DAV:no-lock>)"],
    "Accept-Encoding": ["gzip"],
    "Expect": ["100-continue"],
}


def chosen(options: Mapping[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Give some of the names, each with one of its values."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in options.items()})


class Sent(Struct, frozen=True):
    """A request to send."""

    method: str
    path: str
    body: str
    headers: dict[str, str]


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """Draw a request."""
    method = draw(st.sampled_from(METHODS))
    path, body = draw(st.sampled_from(PATHS)), draw(st.sampled_from(BODIES.get(method, [""])))
    return Sent(method, path, body, draw(chosen(HEADERS)))


def documents(space: ServedSpace) -> dict[Path, bytes]:
    """Give the content of each document."""
    found = walk(space.world("test").state.root, ())
    return {path: whole(node.content) for path, node in found if isinstance(node, Document)}


def related(path: Path, sent: str, headers: Mapping[str, str]) -> bool:
    """Say whether a request may change a document: it is at or below the Request-URI or the Destination."""
    urls = [
        sent,
        *([headers["Destination"].partition("{base}")[2].replace(" ", "%20")] if "Destination" in headers else []),
    ]
    return any(path[: len(top)] == top for top in (split(url)[0] for url in urls))


@pytest.mark.parametrize("trait", [*OFFERS, GZIP, *FAULTS], ids=lambda trait: trait.name)
def test_each_trait_is_tried(trait: Any) -> None:
    """Another value than its default."""
    samples = (SAMPLES | FAULT_SAMPLES)[trait.name]
    assert samples
    assert trait.default not in samples


Check = Callable[[Client, ServedSpace, Sent], None]
TRIES = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture
def try_out() -> Iterator[Callable[[str, Mapping[str, Any], list[Sent], Check], None]]:
    """Check each request in a new space, and in a dialect with these traits; the server must have no bug."""
    bugs: list[BaseException] = []
    scenario = load(SCENARIO, "test.yaml")
    app = App({"test": lambda: scenario}, Settings(start=NOW), dialects=Dialects(dict), on_bug=bugs.append)
    numbers = count()
    with serving(app.gateway) as url:

        def run(dialect: str, values: Mapping[str, Any], sent: list[Sent], check: Check) -> None:
            app.dialects.replace({"tried": LoadedDialect(DialectData(values=values))})
            name = f"space{next(numbers)}"
            client = Client(f"{url}s/{name}~{dialect}/test/")
            client("OPTIONS", "/")
            for request in sent:
                check(client, app.spaces.find(name), request)
            app.spaces.remove(name)

        yield run
    assert bugs == []


def test_random_offers(try_out: Callable[..., None]) -> None:
    """No 500; the locked document stays; a refusal changes nothing; a document goes only by a request for it.

    The dialect has all faults, too, and is named without ``!``.
    """
    faults = load_dialect(ALL_FAULTS, "faults.yaml").values

    @TRIES
    @given(values=chosen(SAMPLES), sent=st.lists(requests(), min_size=1, max_size=12))
    def run(values: dict[str, Any], sent: list[Sent]) -> None:
        try_out("tried", {**faults, **values}, sent, _keeps_what_it_must)

    run()


def test_random_faults(try_out: Callable[..., None]) -> None:
    """No 500, and each change is one of an action that the journal has as done."""

    @TRIES
    @given(values=chosen({**FAULT_SAMPLES, **SAMPLES}), sent=st.lists(requests(), min_size=1, max_size=12))
    def run(values: dict[str, Any], sent: list[Sent]) -> None:
        try_out("tried!", values, sent, _tells_each_change)

    run()


def _keeps_what_it_must(client: Client, space: ServedSpace, sent: Sent) -> None:
    before = documents(space)
    answer = client(sent.method, sent.path, sent.body, sent.headers)
    after = documents(space)
    assert answer.status != 500
    assert after[LOCKED] == before[LOCKED]
    if answer.status >= 300:
        assert after == before
    for document in changed(before, after):
        assert sent.method in ("PUT", "PATCH", "DELETE", "COPY", "MOVE", "LOCK")
        assert related(document, sent.path, sent.headers)
    _has_causes(list(space.journal)[-1], answer)


def _tells_each_change(client: Client, space: ServedSpace, sent: Sent) -> None:
    before = documents(space)
    answer = client(sent.method, sent.path, sent.body, sent.headers)
    assert answer.status != 500
    entry = list(space.journal)[-1]
    done = [step.subject.path for step in entry.steps if isinstance(step.outcome, Done) or step.effect.members]
    for document in changed(before, documents(space)):
        assert any(document[: len(path)] == path for path in done)
    _has_causes(entry, answer)


def changed(before: dict[Path, bytes], after: dict[Path, bytes]) -> list[Path]:
    """List the documents that have come, gone or got another content."""
    return [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]


def _has_causes(entry: JournalEntry, answer: Answer) -> None:
    """Check that each 424 depends on a failure."""
    dependent = [step.outcome for step in entry.steps if isinstance(step.outcome, FailedDependency)]
    assert all(not isinstance(entry.steps[on].outcome, Done) for outcome in dependent for on in outcome.on)
    assert answer.status != 424
    if b" 424 " in answer.body:
        assert dependent
