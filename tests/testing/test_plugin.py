"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import os
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
        server.space().remove()  # which imports the admin API: pytester forgets what a test imports
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


def test_markers_merge(pytester: pytest.Pytester) -> None:
    """Key by key, and the nearest wins: that of the test before those of its class and its module."""
    pytester.makepyfile(
        CLIENT
        + """
import pytest
pytestmark = pytest.mark.dav424(tree={"/t": {"content": "T"}}, causes=[{"id": "a", "kind": "read-only", "path": "/"}])
@pytest.mark.dav424("proppatch-protected", tree={"/u": {"content": "U"}})
class TestClass:
    @pytest.mark.dav424(causes=[{"id": "b", "kind": "quota", "bytes": 1}])
    def test_it(self, dav424_space):
        assert dav424_space.scenario == "proppatch-protected"
        assert sorted(dav424_space.tree) == ["/", "/u"]
        assert [id for id in ("a", "b") if id in dav424_space.causes] == ["b"]
def test_module(dav424_space):
    assert sorted(dav424_space.tree) == ["/", "/t"]
    assert ask("PUT", dav424_space.url + "t", b"x") == 403
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)


def test_a_space_is_made_with_what_it_needs(pytester: pytest.Pytester) -> None:
    """Causes are added to those of the scenario; a tree and users replace its own."""
    pytester.makepyfile(
        CLIENT
        + """
import base64
def test_it(dav424):
    space = dav424(causes=[{"id": "disk", "kind": "store-fails", "times": 1}], tree={"/c/": {}, "/c/f": {"content": "F"}})
    assert [ask("PUT", space.url + "c/f", b"x") for _ in range(2)] == [507, 204]
    protected = dav424("proppatch-protected", causes=[{"id": "ro", "kind": "read-only", "path": "/"}])
    assert {"ro", "getetag-is-protected"} < protected.causes.keys()
def test_users(dav424):
    space = dav424(users={"ada": "secret"})
    assert ask("GET", space.url) == 401
    login = base64.b64encode(b"ada:secret").decode()
    request = urllib.request.Request(space.url, headers={"Authorization": f"Basic {login}"})
    assert urllib.request.urlopen(request).status == 200
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('scenario="plaground"', "*Did you mean /playground/*"),
        ('scenaro="playground"', "*takes scenario, causes, faults, tree, users, dialect, but it has scenaro*"),
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
        (["--dav424-url", "http://127.0.0.1:1", "-n", "2"], "*--dav424-url http://127.0.0.1:1: *refused*"),
    ],
)
def test_options_that_lead_nowhere_end_the_run(pytester: pytest.Pytester, options: list[str], said: str) -> None:
    """Once, and not in every test."""
    pytester.makepyfile("def test_1(dav424_space):\n    pass\ndef test_2(dav424_space):\n    pass\n")
    run = pytester.runpytest_subprocess("-q", *options)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(said.replace("*", ".*").replace("(", r"\("), run.stdout.str() + run.stderr.str())


MINE = """
title: Mine
tree: {/a.txt: {content: A}}
causes: [{id: ro, kind: read-only, path: /a.txt}]
"""
USES_MINE = (
    CLIENT
    + """
def test_it(dav424):
    space = dav424("mine")
    assert [ask("GET", space.url + "a.txt"), ask("PUT", space.url + "a.txt", b"x")] == [200, 403]
"""
)


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("by", ["option", "ini", "addopts"])
def test_scenarios_of_ones_own(pytester: pytest.Pytester, running: Server, by: str, *, foreign: bool) -> None:
    """Relative to the rootdir, from any folder; a server that runs elsewhere gets the scenario from the client."""
    (pytester.path / "mine.yaml").write_text(MINE)
    pytester.mkdir("sub").joinpath("test_it.py").write_text(USES_MINE)
    options = ["--dav424-url", running.url] if foreign else []
    if by == "option":
        options += ["--dav424-scenarios", "mine.yaml"]
    else:
        line = "dav424_scenarios = mine.yaml" if by == "ini" else "addopts = --dav424-scenarios mine.yaml"
        pytester.makeini(f"[pytest]\n{line}\n")
    pytester.makeconftest("")
    pytester.chdir()
    os.chdir(pytester.path / "sub")
    pytester.runpytest_subprocess("-q", "--rootdir", pytester.path, *options).assert_outcomes(passed=1)


def test_a_scenario_with_settings_needs_a_server_that_has_its_file(pytester: pytest.Pytester, running: Server) -> None:
    """The message names the settings that can't be sent."""
    (pytester.path / "mine.yaml").write_text("title: Mine\natomic: true\n")
    pytester.makepyfile("def test_it(dav424):\n    dav424('mine')\n")
    run = pytester.runpytest_subprocess("-q", "--dav424-url", running.url, "--dav424-scenarios", "mine.yaml")
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["*does not have the scenario 'mine', and its settings atomic can't be sent*--scenarios*"])


IN_DIALECT = """
import urllib.request
import pytest

@pytest.mark.dav424(%s)
def test_it(dav424_space):
    request = urllib.request.Request(dav424_space.url, method="PROPFIND", headers={"Depth": "0"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"] == "text/mine"
"""


@pytest.mark.parametrize("by", ["option", "ini"])
def test_the_marker_names_a_dialect(pytester: pytest.Pytester, by: str) -> None:
    """A bundled one, or one of the test suite."""
    (pytester.path / "mine.yaml").write_text("xml-type: text/mine\n")
    pytester.makepyfile(IN_DIALECT % "dialect='mine'")
    options = ["--dav424-dialects", "mine.yaml"] if by == "option" else []
    if by == "ini":
        pytester.makeini("[pytest]\ndav424_dialects = mine.yaml\n")
    pytester.runpytest_subprocess("-q", *options).assert_outcomes(passed=1)


def test_the_dialect_of_a_scenario_reaches_another_server(pytester: pytest.Pytester) -> None:
    """A server that lacks the scenario gets its dialect with its tree."""
    (pytester.path / "own.yaml").write_text("xml-type: text/mine\n")
    (pytester.path / "scenario.yaml").write_text("title: Mine\ndialect: own\n")
    pytester.makepyfile(IN_DIALECT % "'scenario'")
    with Server(dialects=pytester.path / "own.yaml") as server:
        run = pytester.runpytest_subprocess("-q", "--dav424-url", server.url, "--dav424-scenarios", "scenario.yaml")
    run.assert_outcomes(passed=1)


WHERE = "def test_it(dav424_server):\n    assert dav424_server.url == {url!r}\n    assert dav424_server.token == {token!r}\n"


@pytest.mark.parametrize("by", ["variable", "ini", "option"])
def test_where_the_server_is(
    pytester: pytest.Pytester, running: Server, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """The option counts before the variable, and that before the configuration; a token comes in a variable too."""
    pytester.makeini(f"[pytest]\ndav424_url = {running.url if by == 'ini' else 'http://127.0.0.1:1'}\n")
    monkeypatch.setenv("DAV424_ADMIN_TOKEN", "secret")
    if by != "ini":
        monkeypatch.setenv("DAV424_URL", running.url if by == "variable" else "http://127.0.0.1:2")
    pytester.makepyfile(WHERE.format(url=running.url, token="secret"))
    options = ["--dav424-url", running.url] if by == "option" else []
    pytester.runpytest_subprocess("-q", *options).assert_outcomes(passed=1)


def test_an_empty_url_starts_a_server(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a project that names one can run without it."""
    monkeypatch.setenv("DAV424_URL", "http://127.0.0.1:1")
    pytester.makepyfile("def test_it(dav424_space):\n    assert dav424_space.tree\n")
    pytester.runpytest_subprocess("-q", "--dav424-url=").assert_outcomes(passed=1)


@pytest.mark.parametrize("by", ["variable", "option"])
def test_the_authority_of_a_server_with_tls(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """From the variable that the GitHub action sets, or from the option; without it the certificate is refused."""
    with Server(tls=True) as server:
        file = pytester.path / "ca.pem"
        file.write_bytes(server.authority)
        monkeypatch.setenv("DAV424_URL", server.url)
        pytester.makepyfile(
            "def test_it(dav424_server, dav424_space):\n    assert b'CERT' in dav424_server.authority\n"
        )
        untrusted = pytester.runpytest_subprocess("-q")
        assert (untrusted.ret, "CERTIFICATE_VERIFY_FAILED" in untrusted.stdout.str()) == (4, True)
        if by == "variable":
            monkeypatch.setenv("DAV424_TLS_CA", str(file))
        options = ["--dav424-tls-ca", "ca.pem"] if by == "option" else []
        pytester.runpytest_subprocess("-q", *options).assert_outcomes(passed=1)


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
