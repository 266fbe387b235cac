"""The pytest plugin: a server for the session, and spaces for each test.

pytest loads the plugin in every run where dav424 is installed, so it imports the server only when a test uses a fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dav424.testing import Server, Space

_SPACES = pytest.StashKey["list[Space]"]()
_MARK = "dav424(scenario, causes=[...]): the scenario of the fixture dav424_space, and additional causes"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("dav424", "WebDAV test server")
    group.addoption(
        "--dav424-url", metavar="URL", help="use the server at this URL instead of starting one (default: start one)"
    )
    group.addoption(
        "--dav424-token", metavar="TOKEN", default="", help="send this bearer token to its admin API (default: none)"
    )
    group.addoption(
        "--dav424-scenarios",
        metavar="PATH",
        action="append",
        default=[],
        help="serve the scenarios of this file or folder, besides the bundled ones; repeatable",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; raises UsageError for options that exclude each other."""
    config.addinivalue_line("markers", _MARK)
    if config.getoption("dav424_url") and config.getoption("dav424_scenarios"):
        raise pytest.UsageError(
            "--dav424-scenarios can't be used with --dav424-url, whose server has its own scenarios; drop one of them"
        )


@pytest.fixture(scope="session")
def dav424_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """Start a server for the session; the errors of its threads are raised at the end."""
    from dav424.testing import Server  # noqa: PLC0415 - loaded only when a test needs it

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
    """Give a function that makes a space for this test from the name of a scenario."""
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
    """Make the space that the marker ``dav424`` describes (default: of the empty scenario ``playground``)."""
    marker = request.node.get_closest_marker("dav424")
    settings = dict(marker.kwargs) if marker is not None else {}
    if marker is not None and marker.args:
        settings["scenario"], *rest = marker.args
        if rest:
            raise pytest.UsageError(
                f"@pytest.mark.dav424 takes one scenario and causes=[...], but it has the arguments {marker.args}"
            )
    unknown = settings.keys() - {"scenario", "causes"}
    if unknown:
        raise pytest.UsageError(
            f"@pytest.mark.dav424 takes scenario and causes, but it has {', '.join(sorted(unknown))}"
        )
    space = dav424(settings.get("scenario", "playground"))
    for cause in settings.get("causes", ()):
        space.put_cause(**{name.replace("-", "_"): value for name, value in cause.items()})
    return space


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journals of its spaces, with the reason of each failure, to the report of a failed test."""
    report = yield
    if report.when in ("setup", "call") and report.failed:
        for space in item.stash.get(_SPACES, []):
            report.sections.append((f"dav424 {space.scenario}", _journal(space)))
    return report


def _journal(space: Space) -> str:
    try:
        return str(space.journal) or "The server received no request for this space."
    except Exception as error:  # noqa: BLE001 - the failure of the test itself must stay readable
        return f"The journal can't be read: {error!r}"
