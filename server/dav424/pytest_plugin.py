"""The pytest plugin: a server for the session, and spaces for each test.

pytest loads the plugin in every run where dav424 is installed, so it imports the server only when a test uses a fixture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dav424.testing import MakeSpace, Server, Space

_MARK = (
    "dav424(scenario, causes=[...], faults=[...], tree={...}, users={...}, dialect='...'): the space of the fixture dav424_space; "
    "keys of a nearer marker win"
)
_MARKER_KEYS = ("scenario", "causes", "faults", "tree", "users", "dialect")
_LONGEST_TEST = 86_400
"""The seconds without a request after which a server that runs elsewhere deletes the space of a run that was killed."""


class _Owned:
    """A space of the test or the fixture that made it, whose node in pytest's collection is ``node``.

    The running test began ``after`` the exchange with this number. A test that uses it ``failed``.
    """

    def __init__(self, server: Server, space: Space, node: pytest.Item | pytest.Collector) -> None:
        self.server, self.space, self.node = server, space, node
        self.after = 0
        self.failed = False


class _Owners:
    """Knows which test or fixture makes a space: its end removes the space, and a failed test reports it."""

    def __init__(self) -> None:
        self.item: pytest.Item | None = None
        self.fixtures: list[pytest.FixtureRequest] = []
        self.owned: list[_Owned] = []

    def add(self, server: Server, space: Space) -> None:
        """Note the owner of a new space: the fixture whose set-up runs, or else the test."""
        node = self.fixtures[-1].node if self.fixtures else self.item
        if node is None:
            return
        space.record()
        owned = _Owned(server, space, node)
        self.owned.append(owned)
        end = self.fixtures[-1].addfinalizer if self.fixtures else node.addfinalizer
        end(lambda: self._remove(owned))

    def _remove(self, owned: _Owned) -> None:
        from dav424.testing import AdminError  # noqa: PLC0415 - loaded already

        self.owned.remove(owned)
        keep = _keep(owned.node.config) if owned.failed and not owned.server.command else 0
        with suppress(AdminError):  # the test may have removed it
            if keep:
                owned.space.keep(keep)
            else:
                owned.space.remove()

    def begin(self, item: pytest.Item) -> None:
        """Note how far the journals are when a test begins: those of the spaces that other tests use too."""
        self.item = item
        if self.owned and "dav424_server" in getattr(item, "fixturenames", ()):
            for owned in self.owned:
                owned.after = owned.space.journal.newest

    def used_by(self, item: pytest.Item) -> list[_Owned]:
        """List the spaces of a test, and those of a wider scope that received a request in it."""
        return [
            owned
            for owned in self.owned
            if owned.node is item or (owned.node in item.listchain() and _newest(owned.space) > owned.after)
        ]


def _newest(space: Space) -> int:
    """Give the number of the latest exchange of a space; a high number if the server does not say."""
    try:
        return space.journal.newest
    except Exception:  # noqa: BLE001 - the report of the space tells it
        return 1 << 60


_OWNERS = pytest.StashKey[_Owners]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("dav424", "WebDAV test server")
    group.addoption(
        "--dav424-url",
        metavar="URL",
        help="use the server at this URL instead of starting one; an empty URL starts one (default: DAV424_URL, "
        "then dav424_url of the configuration, else start one)",
    )
    group.addoption(
        "--dav424-token",
        metavar="TOKEN",
        help="send this bearer token to its admin API (default: DAV424_ADMIN_TOKEN, else none)",
    )
    group.addoption(
        "--dav424-tls-ca",
        metavar="PATH",
        help="trust the authority in this file, which 'dav424 serve --tls-ca' writes (default: DAV424_TLS_CA, else none)",
    )
    group.addoption(
        "--dav424-scenarios",
        metavar="PATH",
        action="append",
        default=[],
        help="use the scenarios of this file or folder, besides the bundled ones; repeatable; relative to the rootdir",
    )
    group.addoption(
        "--dav424-dialects",
        metavar="PATH",
        action="append",
        default=[],
        help="use the dialects of this file or folder, besides the bundled ones; repeatable; relative to the rootdir",
    )
    group.addoption(
        "--dav424-keep",
        metavar="SECONDS",
        type=float,
        default=3600.0,
        help="with --dav424-url, keep the spaces of failed tests until they had no request for this time; 0 removes them "
        "(default: 3600)",
    )
    parser.addini("dav424_url", "use the server at this URL instead of starting one", default="")
    parser.addini("dav424_scenarios", "files and folders of scenarios, relative to the rootdir", type="linelist")
    parser.addini("dav424_dialects", "files and folders of dialects, relative to the rootdir", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARK)
    config.stash[_OWNERS] = _Owners()


def _url(config: pytest.Config) -> str:
    given = config.getoption("dav424_url")
    if given is None:
        given = os.environ.get("DAV424_URL") or config.getini("dav424_url")
    return str(given)


def _keep(config: pytest.Config) -> float:
    return float(config.getoption("dav424_keep"))


def _paths(config: pytest.Config, option: str) -> list[Path]:
    """List the files and folders of an option: relative to the rootdir, or to the working directory if they are there alone."""
    given = [*config.getini(option), *config.getoption(option)]
    begun = Path(config.invocation_params.dir)
    paths = [(config.rootpath / path, begun / path) for path in given]
    return [there if there.exists() or not here.exists() else here for there, here in paths]


def _foreign_server(config: pytest.Config, url: str) -> Server:
    """Use the server at ``url``; raises ValueError or OSError, with a sentence, if it can't be used."""
    from dav424.testing import Server  # noqa: PLC0415 - loaded only when a test needs it

    token = config.getoption("dav424_token")
    token = os.environ.get("DAV424_ADMIN_TOKEN", "") if token is None else token
    authority = config.getoption("dav424_tls_ca") or os.environ.get("DAV424_TLS_CA") or None
    if authority is not None:
        authority = config.rootpath / authority
        if not authority.is_file() and not url.startswith("https:"):
            authority = None  # a variable that is left over
    server = Server.at(url, token, authority=authority, scenarios=_paths(config, "dav424_scenarios"))
    server.ready()
    return server


def _unreachable(config: pytest.Config, url: str) -> str:
    """Say why the server at ``url`` can't be used; empty if it can."""
    try:
        _foreign_server(config, url)
    except (ValueError, OSError) as error:
        return f"--dav424-url {url}: {error}"
    return ""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look for the server before pytest-xdist starts workers, each of which would not find it; raises UsageError."""
    config = session.config
    url = _url(config)
    if url and config.getoption("tx", None):
        said = _unreachable(config, url)
        if said:
            raise pytest.UsageError(said)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test runs."""
    item.config.stash[_OWNERS].begin(item)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Note which fixture is set up, and hear of the spaces of a server, also of one that a project's own fixture starts."""
    owners = request.config.stash[_OWNERS]
    owners.fixtures.append(request)
    try:
        value = yield
    finally:
        owners.fixtures.pop()
    if fixturedef.argname == "dav424_server":
        server: Any = value
        server.on_space(lambda space: owners.add(server, space))
    return value


@pytest.fixture(scope="session")
def dav424_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """Start a server for the session; the errors of its threads are raised at the end."""
    from dav424.testing import Server  # noqa: PLC0415 - loaded only when a test needs it

    url = _url(pytestconfig)
    if url:
        said = _unreachable(pytestconfig, url)
        if said and hasattr(pytestconfig, "workerinput"):
            pytest.fail(said, pytrace=False)
        if said:
            pytest.exit(said, returncode=pytest.ExitCode.USAGE_ERROR)
        yield _foreign_server(pytestconfig, url)
        return
    scenarios, dialects = (_paths(pytestconfig, option) for option in ("dav424_scenarios", "dav424_dialects"))
    with Server(scenarios, dialects=dialects) as server:
        yield server


@pytest.fixture
def dav424(request: pytest.FixtureRequest, dav424_server: Server) -> Iterator[MakeSpace]:
    """Give a function that makes a space for this test, of a scenario, with causes, a tree and users of its own."""
    expires_in = None if dav424_server.command else _LONGEST_TEST

    def make(scenario: Any = "playground", **more: Any) -> Space:
        __tracebackhide__ = True
        return dav424_server.space(scenario, request.node.name, expires_in=expires_in, **more)

    yield make
    dav424_server.check()


@pytest.fixture
def dav424_space(request: pytest.FixtureRequest, dav424: MakeSpace) -> Space:
    """Make the space that the markers ``dav424`` describe (default: of the empty scenario ``playground``)."""
    return dav424(**_marked(request.node.iter_markers("dav424")))


def _marked(markers: Iterable[pytest.Mark]) -> dict[str, Any]:
    """Merge the keys of markers, the nearest of which comes first and wins."""
    settings: dict[str, Any] = {}
    for marker in markers:
        given = dict(marker.kwargs)
        if marker.args:
            given["scenario"], *rest = marker.args
            if rest:
                raise pytest.UsageError(
                    f"@pytest.mark.dav424 takes one scenario and keys, but it has the arguments {marker.args}"
                )
        unknown = sorted(given.keys() - set(_MARKER_KEYS))
        if unknown:
            raise pytest.UsageError(
                f"@pytest.mark.dav424 takes {', '.join(_MARKER_KEYS)}, but it has {', '.join(unknown)}"
            )
        settings = given | settings
    return settings


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journals of its spaces, with the reason of each failure, to the report of a failed test."""
    report = yield
    if report.when in ("setup", "call") and report.failed:
        used = item.config.stash[_OWNERS].used_by(item)
        if used:
            _add_journals(report, used, _keep(item.config))
    return report


def _add_journals(report: pytest.TestReport, used: list[_Owned], keep: float) -> None:
    from dav424.testing.failure_report import ReportedSpace, failure_report  # noqa: PLC0415 - a test failed

    for owned in used:
        owned.failed = True
    server = used[0].server
    kept = 0.0 if server.command else keep
    sections = failure_report(server, [ReportedSpace(owned.space, owned.after, kept) for owned in used])
    add: Callable[[str, str], None] | None = getattr(report.longrepr, "addsection", None)
    for title, text in sections:
        if add is not None:
            add(title, text)  # which is in the JUnit XML too
        else:
            report.longrepr = f"{report.longrepr}\n\n{title}\n\n{text}"
