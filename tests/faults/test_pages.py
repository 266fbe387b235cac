"""Pages name the faults: of a scenario, of a space, and of an exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from dav424.testing import Server, Space

XML = {"Content-Type": "application/xml"}


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server of this module."""
    with Server() as server:
        yield server


@pytest.fixture
def page(running: Server) -> Callable[..., str]:
    """Read a page, or send a form of it."""

    def read(path: str, **form: str) -> str:
        data = urlencode(form).encode() if form else None
        with urlopen(Request(f"{running.url}{path}", data, {"Accept": "text/html"}), timeout=20) as response:
            return str(response.read().decode())

    return read


def test_the_page_of_a_scenario_lists_its_faults(page: Callable[..., str]) -> None:
    """With their settings, below its causes."""
    text = page("-/ui/s/fault-short-listing")
    assert "<dt>On the way to the client</dt>" in text
    assert "<code>cut-body</code>: times 1, methods PROPFIND, inside {DAV:}response" in text.replace("&#34;", '"')
    assert "On the way" not in page("-/ui/s/proppatch-protected")


@pytest.mark.parametrize(
    "name",
    ["fault-short-listing", "fault-empty-207", "fault-causes-left-out", "fault-repeated-propstat", "fault-utf-16"],
)
def test_a_scenario_with_faults_runs_on_its_page(page: Callable[..., str], name: str) -> None:
    """The page shows what a client gets."""
    assert "207 Multi-Status" in page(f"-/ui/s/{name}", action="run")


def test_a_space_lists_and_removes_its_faults(running: Server, page: Callable[..., str]) -> None:
    """The page counts the answers that they changed."""
    space: Space = running.space("playground", tree={"/f": {"content": "x"}})
    space.put_fault("empty", "empty-body")
    urlopen(f"{space.url}f", timeout=20).close()
    path = f"-/ui/space/{space.name}"
    assert "empty-body in playground, changed one answer" in page(path)
    told = page(f"-/ui/space/{space.name}/1")
    assert "the fault <code>empty</code> (empty-body) left the body out" in told
    assert "The fault empty is removed." in page(path, action="mend empty", of="playground")
    assert space.faults == {}
