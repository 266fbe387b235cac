"""What was asked is let go of once it is answered, but for what the journal keeps."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from types import FrameType

from dav424.app import App
from dav424.scenario.load import load
from dav424.store.state import State
from dav424.wire.head import parse
from tests.bundled import Whole
from tests.determinism.conversation import held
from tests.determinism.test_determinism import MORE, api
from tests.scenarios.test_prove import Alone


@contextmanager
def collected() -> Iterator[list[object]]:
    """Let no garbage be collected meanwhile; gives what there is to collect at the end."""
    found: list[object] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def ours(thing: object) -> str | None:
    """Name a thing that this package made; None if it is another's."""
    if isinstance(thing, FrameType):
        module = str(thing.f_globals.get("__name__"))
        return f"a frame of {module}.{thing.f_code.co_qualname}" if module.startswith("dav424.") else None
    return repr(type(thing)) if type(thing).__module__.startswith("dav424.") else None


def test_no_request_leaves_a_cycle(whole: Callable[..., Whole]) -> None:
    """All methods, failures included: nothing waits for the garbage collector, bodies and trees least of all."""
    served = whole(more={name: load(file.read_bytes(), file.name) for name, file in MORE.items()})

    def converse(space: str) -> None:
        later = partial(api, served.url, "POST", f"spaces/{space}/clock", {"advance": "PT1H"})
        assert list(held(served.url, space, later))
        assert served.client()("GET", "/s/default/%zz").status == 404

    converse("warm")
    with collected() as garbage:
        converse("again")
    left = {name for thing in garbage if (name := ours(thing))}
    assert left <= {"<class 'dav424.dav.request_xml._DoctypeSpotter'>"}, "lxml and a parser's target hold each other"


def test_what_is_in_a_cycle_is_found() -> None:
    """The test above would fail."""

    def fail() -> None:
        served = load(b"title: t", "t.yaml")
        cycle: list[object] = [served]
        cycle.append(cycle)

    with collected() as garbage:
        fail()
    assert [name for thing in garbage if (name := ours(thing))] == ["<class 'dav424.scenario.model.Scenario'>"]


def test_what_was_deleted_is_let_go_of_after_the_answer() -> None:
    """To free a large tree takes longer than to delete it; whoever deletes it need not wait for that."""
    scenario = load(b"title: t\ntree: {/many/a.txt: {}}", "t.yaml")
    app = App({"t": lambda: scenario})
    http = Alone(parse(b"DELETE /t/many/ HTTP/1.1\r\nHost: h"), BytesIO())
    assert app.gateway(http).status == 204
    assert isinstance(http.held, State)
    assert "many" in http.held.root.children
    assert "many" not in app.spaces.default.world("t").state.root.children
    app.spaces.close()
