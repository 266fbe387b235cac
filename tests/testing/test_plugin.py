"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dav424.testing import Server

pytest_plugins = ["pytester"]

CLIENT = """
import urllib.request, urllib.error
BODY = b'''<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop><u:a>1</u:a><D:getetag>"x"</D:getetag>
</D:prop></D:set></D:propertyupdate>'''
def ask(method, url, body=None):
    request = urllib.request.Request(url, body, {"Content-Type": "application/xml"}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
"""


@pytest.fixture(autouse=True)
def _alone(pytester: pytest.Pytester) -> None:
    """Leave out of these runs the plugins that take long to load."""
    pytester.makeini("[pytest]\naddopts = -p no:schemathesis -p no:hypothesispytest -p no:anyio\n")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server that runs elsewhere."""
    with Server() as server:
        yield server


def test_a_refused_property_is_reported(pytester: pytest.Pytester) -> None:
    """The fixture makes spaces, and their journals say what came of each property."""
    pytester.makepyfile(
        CLIENT
        + """
def test_it(dav424):
    space = dav424("proppatch-protected")
    assert ask("PROPPATCH", space.url + "report.txt", BODY) == 207
    assert space.journal.last.outcomes["report.txt", "{DAV:}getetag"].status == 403
    assert dav424("proppatch-protected").url != space.url
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


@pytest.mark.parametrize("where", ["call", "setup"])
def test_a_red_test_prints_what_was_asked_and_why(pytester: pytest.Pytester, where: str) -> None:
    """Each href and property, because of what, and a curl line; in a set-up as well."""
    body = '    space = dav424("proppatch-protected")\n    ask("PROPPATCH", space.url + "report.txt", BODY)\n    assert 0\n'
    if where == "call":
        pytester.makepyfile(CLIENT + f"def test_it(dav424):\n{body}")
    else:
        pytester.makepyfile(
            CLIENT + f"import pytest\n@pytest.fixture\ndef made(dav424):\n{body}\ndef test_it(made):\n    pass\n"
        )
    run = pytester.runpytest_subprocess("-q")
    run.stdout.fnmatch_lines(
        [
            "*dav424 proppatch-protected*",
            "Exchange 1, 2026-01-01T00:00:00Z: PROPPATCH /s/*/report.txt -> 207 Multi-Status",
            "*set {urn:u}a of /report.txt: 424 Failed Dependency",
            "*because of 1: set {DAV:}getetag of /report.txt: 403 Forbidden*",
            "*cause getetag-is-protected (protected-property)",
            "curl -i -X PROPPATCH http://127.0.0.1:*/report.txt*",
        ]
    )


def test_a_green_test_prints_nothing(pytester: pytest.Pytester) -> None:
    """Nor does a red one without a space."""
    pytester.makepyfile("def test_green(dav424_space):\n    pass\ndef test_red():\n    assert 0\n")
    run = pytester.runpytest_subprocess("-q")
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.no_fnmatch_line("*dav424*")


def test_the_marker_describes_the_space(pytester: pytest.Pytester) -> None:
    """A scenario and causes, on a test or a class; without it, an empty place; the marker is known to pytest."""
    pytester.makepyfile(
        CLIENT
        + """
import pytest
@pytest.mark.dav424(scenario="playground", causes=[{"id": "disk", "kind": "store-fails", "times": 2}])
def test_causes(dav424_space):
    assert [ask("PUT", dav424_space.url + "a", b"x") for _ in range(3)] == [507, 507, 201]
@pytest.mark.dav424("proppatch-protected")
class TestClass:
    def test_scenario(self, dav424_space):
        assert dav424_space.scenario == "proppatch-protected"
def test_none(dav424_space):
    assert ask("PUT", dav424_space.url + "a", b"x") == 201
"""
    )
    pytester.runpytest_subprocess("-q", "--strict-markers", "-W", "error").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('scenario="plaground"', "*Did you mean /playground/*"),
        ('scenaro="playground"', "*takes scenario and causes, but it has scenaro*"),
        ('"playground", "other"', "*takes one scenario*"),
        ('causes=[{"id": "x", "kind": "lok"}]', "*/kind: 'lok' is not one of *did you mean 'lock'*"),
    ],
)
def test_a_marker_that_means_nothing_is_told(pytester: pytest.Pytester, arguments: str, said: str) -> None:
    """As an error of the test, with what was meant."""
    pytester.makepyfile(f"import pytest\n@pytest.mark.dav424({arguments})\ndef test_it(dav424_space):\n    pass\n")
    run = pytester.runpytest_subprocess("-q")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines([said])


def test_a_bug_of_the_server_is_raised(pytester: pytest.Pytester) -> None:
    """In the test that met it, though its client took the 500 well."""
    pytester.makepyfile(
        CLIENT
        + """
from dav424.methods import get
def test_it(dav424_space, monkeypatch):
    monkeypatch.setattr(get, "plan", lambda _: 1 / 0)
    ask("GET", dav424_space.url)
"""
    )
    run = pytester.runpytest_subprocess("-q")
    run.assert_outcomes(passed=1, errors=1)
    run.stdout.fnmatch_lines(["*ZeroDivisionError*"])


def test_spaces_are_removed_after_the_test(pytester: pytest.Pytester, running: Server) -> None:
    """Also if the test has removed them itself."""
    pytester.makepyfile("def test_it(dav424):\n    dav424('playground').remove()\n    dav424('playground')\n")
    pytester.runpytest_subprocess("-q", "--dav424-url", running.url).assert_outcomes(passed=1)
    assert [space.name for space in running._app.spaces.all()] == ["default"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dav424-url", "127.0.0.1:1"], "*is not the URL of a server*"),
        (["--dav424-url", "http://127.0.0.1:1"], "*--dav424-url http://127.0.0.1:1: *refused*"),
        (
            ["--dav424-url", "http://x/", "--dav424-scenarios", "."],
            "*--dav424-scenarios can't be used with --dav424-url*",
        ),
    ],
)
def test_options_that_lead_nowhere_end_the_run(pytester: pytest.Pytester, options: list[str], said: str) -> None:
    """Once, and not in every test."""
    pytester.makepyfile("def test_1(dav424_space):\n    pass\ndef test_2(dav424_space):\n    pass\n")
    run = pytester.runpytest_subprocess("-q", *options)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(said.replace("*", ".*").replace("(", r"\("), run.stdout.str() + run.stderr.str())


def test_scenarios_of_ones_own(pytester: pytest.Pytester) -> None:
    """From the option."""
    (pytester.path / "mine.yaml").write_text("title: Mine\n")
    pytester.makepyfile("def test_it(dav424):\n    assert dav424('mine').tree\n")
    pytester.runpytest_subprocess("-q", "--dav424-scenarios", "mine.yaml").assert_outcomes(passed=1)


def test_eight_workers_times_two_hundred_tests_on_one_server(pytester: pytest.Pytester, running: Server) -> None:
    """Each plants a cause and counts what it sees: no test sees another's."""
    pytester.makepyfile(
        CLIENT
        + """
import pytest
@pytest.mark.parametrize("number", range(1600))
def test_it(dav424, number):
    space = dav424("playground")
    space.put_cause("disk", "store-fails", times=1 + number % 2)
    statuses = [ask("PUT", space.url + f"n{number}", b"x") for _ in range(2)]
    assert statuses == ([507, 507] if number % 2 else [507, 201])
    assert [each.number for each in space.journal] == [1, 2]
    assert [path for path in space.tree if path.startswith("/n")] == ([] if number % 2 else [f"/n{number}"])
"""
    )
    run = pytester.runpytest_subprocess("-q", "-n", "8", "--dav424-url", running.url, timeout=240)
    run.assert_outcomes(passed=1600)
    running.check()


def test_workers_with_a_server_each(pytester: pytest.Pytester) -> None:
    """Without the option, each worker starts its own."""
    pytester.makepyfile(
        "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_it(dav424_space, n):\n    dav424_space.tree\n"
    )
    pytester.runpytest_subprocess("-q", "-n", "2").assert_outcomes(passed=8)


def test_the_plugin_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    """In a run that asks for no fixture: of dav424 the package and the plugin, and nothing of the server's stack."""
    pytester.makepyfile(
        """
import sys
def test_it():
    assert {name for name in sys.modules if name.split(".")[0] == "dav424"} == {"dav424", "dav424.pytest_plugin"}
    assert not sys.modules.keys() & {"cheroot", "lxml", "msgspec", "wsgidav", "yaml", "rpds", "jsonschema_rs"}
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_the_plugin_is_imported_at_once() -> None:
    """Once pytest is there, it brings two modules, so that no run pays for it: make bench has the milliseconds."""
    code = (
        "import pytest, typing, contextlib, sys; before = set(sys.modules); import dav424.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["dav424", "dav424.pytest_plugin"]
