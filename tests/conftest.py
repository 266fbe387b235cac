"""What all tests share: one server for the whole run, a space in it for each test, and servers for tests that need one alone."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from dav424.app import App
from dav424.scenario.load import load
from dav424.scenario.model import Scenario
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import World
from tests.client import Client

pytest_plugins = ["tests.browser", "tests.bundled"]

# The same examples in every run, so that what is red is red for a change; make soak looks for new ones. A busy machine
# makes no test red, and the fixtures that a test shares between its examples are written for that.
settings.register_profile(
    "repeatable",
    derandomize="DAV424_SOAK" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("repeatable")

# A shell starts a job in the background with both ignored, and what the tests start would inherit that.
for each in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(each) is signal.SIG_IGN:
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)

NOW = 1_700_000_000.0


def pytest_collection_finish() -> None:
    """Let the garbage collector look at no test and no module again: there are many, and they stay."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that would be skipped fails: CI installs what the tests need."""
    report = yield
    if report.skipped and "CI" in os.environ:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"CI is set, and nothing may be skipped there. {reason}"
    return report


class Served:
    """One scenario on a real socket: ``url`` of its root, a ``client`` for it, the ``app`` and its ``space`` there."""

    def __init__(self, url: str, app: App, space: ServedSpace, scenario: str) -> None:
        self.url, self.app, self.space = url, app, space
        self.client = Client(url)
        self._scenario = scenario

    @property
    def world(self) -> World:
        return self.space.world(self._scenario)


class OneServer:
    """The server of the whole run. Scenarios join as tests bring them; each test has a space of its own."""

    def __init__(self, url: str, app: App, sources: dict[str, Callable[[], Scenario]]) -> None:
        self._url, self._app, self._sources = url, app, sources
        self._names: dict[str, str] = {}
        self._numbers = count(1)

    def serve(self, yaml: str) -> Served:
        """Serve a scenario in a new space; the same text is the same scenario."""
        name = self._names.get(yaml)
        if name is None:
            scenario = load("title: test\n" + yaml, "test.yaml")
            name = self._names[yaml] = f"test{len(self._names)}"
            self._sources[name] = lambda: scenario
        space, _ = self._app.spaces.make(f"space{next(self._numbers)}")
        return Served(f"{self._url}s/{space.name}/{name}/", self._app, space, name)

    def remove(self, served: Served) -> None:
        """Remove the space of a test that has ended."""
        self._app.spaces.remove(served.space.name)


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """Find a program of the system, or skip the test; ``package`` is the one of Debian that has it."""

    def find(name: str, package: str = "") -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed; on Debian: apt-get install {package or name}")
        return path

    return find


@pytest.fixture(scope="session")
def curl(program: Callable[..., str]) -> str:
    """The path of curl; the test is skipped where it is not installed."""
    return program("curl")


@pytest.fixture(scope="session")
def run_bugs() -> list[BaseException]:
    """What went wrong in the threads of the server of the whole run."""
    return []


@pytest.fixture(scope="session")
def one_server(run_bugs: list[BaseException]) -> Iterator[OneServer]:
    """Serve for the whole run. No space expires, and the header that says when one does is not sent."""
    sources: dict[str, Callable[[], Scenario]] = {}
    app = App(sources, Settings(idle=0, start=NOW), on_bug=run_bugs.append)
    with serving(app.gateway) as url:
        yield OneServer(url, app, sources)


@pytest.fixture(scope="session")
def stopping() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Stop a server while the next tests run already: a stop waits for the server's threads. Errors are raised at the end."""
    stops: list[Future[object]] = []
    with ThreadPoolExecutor(1) as pool:
        yield lambda stop: stops.append(pool.submit(stop))
        for stopped in stops:
            stopped.result(timeout=60)


@pytest.fixture
def bugs(request: pytest.FixtureRequest, run_bugs: list[BaseException]) -> Iterator[list[BaseException]]:
    """What goes wrong in the servers' threads during a test: it fails the test, unless the test is marked ``bugs``."""
    run_bugs.clear()
    yield run_bugs
    if request.node.get_closest_marker("bugs") is not None:
        assert run_bugs, "the test is marked 'bugs', and there was none"
    elif run_bugs:
        raise BaseExceptionGroup("the server has bugs", run_bugs)


Serving = Callable[..., tuple[str, App]]


@pytest.fixture
def serve_alone(stopping: Callable[[Callable[[], object]], None], bugs: list[BaseException]) -> Iterator[Serving]:
    """Start a server for this test alone; gives its URL and its application."""
    closing: list[tuple[App, AbstractContextManager[str]]] = []

    def start(
        sources: Mapping[str, Callable[[], Scenario]], settings: Settings | None = None, **more: Any
    ) -> tuple[str, App]:
        app = App(sources, settings, on_bug=bugs.append, **more)
        server = serving(app.gateway)
        closing.append((app, server))
        return server.__enter__(), app

    yield start
    for app, server in closing:
        app.spaces.close()
        stopping(partial(server.__exit__, None, None, None))


@pytest.fixture
def serve(
    request: pytest.FixtureRequest, one_server: OneServer, serve_alone: Serving
) -> Iterator[Callable[..., Served]]:
    """Serve a scenario, written as YAML without its title, in a space of the server of the whole run.

    With settings of a server, or in a test that is marked ``own_server``, it is ``/test/`` of a server for this test.
    """
    alone = request.node.get_closest_marker("own_server") is not None
    shared: list[Served] = []

    def start(yaml: str = "", spaces: Settings | None = None, **settings: int) -> Served:
        if not (alone or spaces or settings):
            shared.append(one_server.serve(yaml))
            return shared[-1]
        scenario = load("title: test\n" + yaml, "test.yaml")
        url, app = serve_alone({"test": lambda: scenario}, spaces or Settings(start=NOW), **settings)
        return Served(f"{url}test/", app, app.spaces.default, "test")

    yield start
    for served in shared:
        one_server.remove(served)


@pytest.fixture
def dav(serve: Callable[..., Served]) -> Client:
    """A client of a world in which everything is allowed and nothing is there yet."""
    return serve("").client
