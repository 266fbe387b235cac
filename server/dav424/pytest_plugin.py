"""The pytest plugin: a server for the session, and spaces for each test.

Nothing of the server is imported before a test asks for a fixture: the plugin is loaded in every run of
pytest where dav424 is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dav424.testing import Server, Space

_SPACES = pytest.StashKey["list[Space]"]()
_MARK = "dav424(scenario, causes=[...]): what the fixture dav424_space is a copy of, and what else is in the way there"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("dav424", "WebDAV test server")
    group.addoption("--dav424-url", metavar="URL", help="use the server at this URL instead of starting one")
    group.addoption("--dav424-token", metavar="TOKEN", default="", help="what its admin API wants as a bearer token")
    group.addoption(
        "--dav424-scenarios",
        metavar="PATH",
        action="append",
        default=[],
        help="a file or folder of scenarios; repeatable",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known; raises UsageError for options that exclude each other."""
    config.addinivalue_line("markers", _MARK)
    if config.getoption("dav424_url") and config.getoption("dav424_scenarios"):
        raise pytest.UsageError("--dav424-scenarios is for a server that is started here, not for that of --dav424-url")


@pytest.fixture(scope="session")
def dav424_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """Serve for the whole session; what went wrong in its threads is raised at the end."""
    from dav424.testing import Server  # noqa: PLC0415 - nothing heavy before it is needed

    url = pytestconfig.getoption("dav424_url")
    if url:
        try:
            server = Server.at(url, pytestconfig.getoption("dav424_token"))
            server.ready()
        except (ValueError, OSError) as error:
            pytest.exit(f"--dav424-url {url}: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
        yield server
        return
    with Server(pytestconfig.getoption("dav424_scenarios")) as server:
        yield server


@pytest.fixture
def dav424(request: pytest.FixtureRequest, dav424_server: Server) -> Iterator[Callable[[str], Space]]:
    """Make a space that this test has to itself, of the scenario whose name it calls this with."""
    from dav424.testing import AdminError  # noqa: PLC0415 - as above

    spaces: list[Space] = []
    request.node.stash[_SPACES] = spaces

    def make(scenario: str) -> Space:
        spaces.append(dav424_server.space(scenario, request.node.name))
        return spaces[-1]

    yield make
    for space in spaces:
        with suppress(AdminError):  # the test may have removed it
            space.remove()
    dav424_server.check()


@pytest.fixture
def dav424_space(request: pytest.FixtureRequest, dav424: Callable[[str], Space]) -> Space:
    """Give a space as the marker ``dav424`` describes it; without one, an empty place where everything is allowed."""
    marker = request.node.get_closest_marker("dav424")
    settings = dict(marker.kwargs) if marker is not None else {}
    if marker is not None and marker.args:
        settings["scenario"], *rest = marker.args
        if rest:
            raise pytest.UsageError(f"@pytest.mark.dav424 takes one scenario, and causes=[...]: {marker.args}")
    unknown = settings.keys() - {"scenario", "causes"}
    if unknown:
        raise pytest.UsageError(f"@pytest.mark.dav424 takes scenario and causes, not {', '.join(sorted(unknown))}")
    space = dav424(settings.get("scenario", "playground"))
    for cause in settings.get("causes", ()):
        space.put_cause(**{name.replace("-", "_"): value for name, value in cause.items()})
    return space


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a test that failed what its spaces were asked, what came of it, and why."""
    report = yield
    if report.when in ("setup", "call") and report.failed:
        for space in item.stash.get(_SPACES, []):
            report.sections.append((f"dav424 {space.scenario}", _told(space)))
    return report


def _told(space: Space) -> str:
    try:
        return str(space.journal) or "nothing was asked of it"
    except Exception as error:  # noqa: BLE001 - the test's own failure is what is to be read
        return f"its journal can't be read: {error!r}"
