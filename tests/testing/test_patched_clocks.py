"""Tests that patch the clocks of their process: the server in it goes by the real ones."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

COMMON = """
import datetime, time, urllib.error, urllib.request
from unittest import mock
import freezegun, pytest, time_machine
marked = pytest.mark.dav424(causes=[{"id": "ro", "kind": "read-only", "path": "/"}])

def put(space):
    request = urllib.request.Request(space.url + "a", b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    refused.value.close()
    return refused.value.code

def check(space):
    assert put(space) == 403
    moved = space.advance(60)
    assert moved.isoformat() in ("2026-01-01T00:01:00+00:00", "2026-01-01T00:02:00+00:00")
    assert space.now == moved
    space.put_cause("more", "quota", bytes=1)
    assert list(space.tree) == ["/"]
    space.set_tree({"/": {"created": "2026-01-01T00:00:00Z"}})
    space.restore(space.snapshot())
    assert space.journal.last.outcomes["a"].cause == "ro"
    assert space.journal.wait(1, 0.2, method="PUT")
    assert put(space) == 403
"""
LOADED_WHILE_PATCHED = """
@pytest.fixture
def frozen():
    with patched("2024-01-01"):
        yield

@marked
def test_a_fixture_before(frozen, dav424_space):
    check(dav424_space)

@marked
def test_afterwards(dav424_space):
    check(dav424_space)

def test_the_wall_clock_is_the_real_one():
    from dav424.testing import Server
    real = time.time()
    with patched("2001-01-01"), Server(wall_clock=True, tls=True) as server:
        assert abs(server.space("playground").now.timestamp() - real) < 600
"""
LOADED_BEFORE = """
@marked
def test_inside(dav424_space):
    with patched("2024-01-01"):
        check(dav424_space)
    check(dav424_space)

@marked
@patched("2030-01-01")
def test_a_decorator(dav424_space):
    check(dav424_space)

@pytest.fixture
def frozen(dav424_space):
    with patched("2024-01-01"):
        yield

@marked
def test_a_fixture_after(dav424_space, frozen):
    check(dav424_space)

@pytest.fixture(scope="module")
def shared(dav424_server):
    space = dav424_server.space("playground")
    space.put_cause("ro", "read-only", path="/")
    yield space
    space.remove()

def test_a_jump(shared):
    with freezegun.freeze_time("2026-01-01") as frozen:
        put(shared)
        frozen.tick(7200)
        check(shared)

def test_after_the_jump(shared):
    check(shared)
"""
PATCHES = {
    "freezegun": "patched = freezegun.freeze_time",
    "time-machine": "patched = time_machine.travel",
    "mock": """
def patched(_):
    return mock.patch.multiple(time, time=lambda: 0.0, monotonic=lambda: 1e12, sleep=lambda _: None)
""",
}


@pytest.mark.parametrize("tests", [LOADED_BEFORE, LOADED_WHILE_PATCHED], ids=["before", "while-patched"])
@pytest.mark.parametrize("patch", PATCHES)
def test_a_patched_clock_leaves_spaces_alone(pytester: pytest.Pytester, patch: str, tests: str) -> None:
    """Each call works, and the causes stay, in whatever order; also if the server was imported under the patch."""
    pytester.makepyfile(COMMON + PATCHES[patch] + tests)
    run = pytester.runpytest_subprocess("-q", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
    run.assert_outcomes(passed=tests.count("def test_"))
