"""The report of a red test: its size, where it is, and that its commands can be pasted."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from dav424.testing import Server
from tests.testing.test_plugin import CLIENT

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _alone(pytester: pytest.Pytester) -> None:
    """Leave out of these runs the plugins that take long to load."""
    pytester.makeini("[pytest]\naddopts = -p no:schemathesis -p no:anyio\n")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server that runs elsewhere."""
    with Server() as server:
        server.space().remove()  # which imports the admin API: pytester forgets what a test imports
        yield server


def names(server: Server) -> list[str]:
    return [space.name for space in server._app.spaces.all()][1:]


def report(pytester: pytest.Pytester, *options: str) -> str:
    """Run pytest, and give the section of the first space."""
    text = pytester.runpytest_subprocess("-q", *options).stdout.str()
    return re.split(r"^-{3,} dav424 [\w-]+ -{3,}\n", text, flags=re.MULTILINE)[1].partition("\n=====")[0]


def paste(text: str, url: str) -> tuple[list[str], list[str]]:
    """Paste the commands of a report into a shell; give the statuses that it tells, and those of the answers."""
    there = text.replace("http://127.0.0.1:4240/", url)
    lines = re.findall(
        r"^(?:printf .*\n?.*\| |echo .* \| )?curl [^\n]*(?:\n[^\n]+)*?$(?=\n\n|\n?\Z)", there, re.MULTILINE
    )
    told, got = re.findall(r"^Exchange \d+, .* -> (\d+)", text, re.MULTILINE), []
    for line in [each for block in lines for each in ([block] if "-i" in block else block.splitlines())]:
        run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=True)
        if " -i " in line:
            got += re.findall(r"^HTTP/1.1 (\d+)", run.stdout, re.MULTILINE)[-1:]
    return told, got


RED = (
    CLIENT
    + """
import pytest
@pytest.mark.dav424(causes=[{"id": "disk", "kind": "store-fails", "times": 2}])
def test_it(dav424_space):
    for _ in range(3):
        ask("PUT", dav424_space.url + "a", b"x")
    dav424_space.put_cause("ro", "read-only", path="/a")
    ask("PUT", dav424_space.url + "a", b"it's \\xff")
    dav424_space.remove_cause("ro")
    dav424_space.set_tree({"/l": {"locks": [{"token": "urn:x:1", "expires": "2026-01-01T00:01:00Z"}]}})
    ask("DELETE", dav424_space.url + "l")
    dav424_space.advance(60)
    ask("DELETE", dav424_space.url + "l")
    ask("PROPPATCH", dav424_space.url, BODY)
    assert 0
"""
)
ANSWERS = ["507", "507", "201", "403", "423", "204", "207"]


@pytest.mark.parametrize("foreign", [False, True])
def test_the_commands_of_a_report_get_the_same_answers(
    pytester: pytest.Pytester, running: Server, *, foreign: bool
) -> None:
    """In their order, twice: on a server that is started as the report says, or on the one that the test used."""
    pytester.makepyfile(RED)
    text = report(pytester, *(["--dav424-url", running.url] if foreign else []))
    assert ("\ndav424 serve\n" in text) is not foreign
    assert ("keeps this space until it had no request for 3600 seconds" in text) is foreign
    for _ in range(2):
        assert paste(text, running.url) == (ANSWERS, ANSWERS)
    for name in names(running):
        running._app.spaces.remove(name)


def test_a_cure_and_a_login_are_pasted_too(pytester: pytest.Pytester) -> None:
    """The cure sends its own requests; a user is sent with the password that the scenario gives."""
    (pytester.path / "mine.yaml").write_text(
        """
title: Mine
users: {ada: secret}
tree: {/a.txt: {content: A}}
causes: [{id: ro, kind: read-only, path: /}]
requests: [{name: Write, method: PUT, path: /a.txt, user: ada, body: x, expect: {status: 403}}]
cure: {why: It is open., remove: [ro], requests: [{name: Read, method: GET, path: /a.txt, user: ada, expect: {status: 200}}]}
"""
    )
    pytester.makepyfile(
        """
import base64, urllib.request, urllib.error
def ask(space, user):
    login = base64.b64encode(f"{user}:secret".encode()).decode()
    url = space.url if not user.startswith("s+") else space.url.replace(f"s/{space.name}/", "")
    request = urllib.request.Request(url + "a.txt", b"x", {"Authorization": f"Basic {login}"}, method="PUT")
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as error:
        error.close()
def test_it(dav424):
    space = dav424("mine")
    ask(space, "ada")
    space.cure()
    ask(space, "ada")
    ask(space, space.user("ada"))
    assert 0
"""
    )
    text = report(pytester, "--dav424-scenarios", "mine.yaml")
    assert f"\ndav424 serve --scenarios {pytester.path / 'mine.yaml'}\n" in text
    assert "The cure above sends it." in text
    with Server(pytester.path / "mine.yaml") as server:
        told, got = paste(text, server.url)
    assert (told, got) == (["403", "200", "204", "204"], ["403", "204", "204"])


def test_a_report_is_bounded(pytester: pytest.Pytester) -> None:
    """64 kB for all spaces of a test, with the newest exchanges and how much is left out; also for one long exchange."""
    pytester.makepyfile(
        CLIENT
        + """
def test_many(dav424):
    for _ in range(2):
        space = dav424()
        for number in range(150):
            ask("PUT", space.url + f"f{number}", b"x" * 20_000)
    assert 0
def test_long(dav424_space):
    ask("PUT", dav424_space.url + "long", b"y" * 65_000)
    assert 0
def test_long_call(dav424_space):
    dav424_space.set_tree({"/f": {"content": "z" * 1_000_000}})
    ask("GET", dav424_space.url)
    assert 0
"""
    )
    run = pytester.runpytest_subprocess("-q", "--junitxml=out.xml")
    run.assert_outcomes(failed=3)
    failures = [
        (each.text or "").partition("dav424 playground")[2]
        for each in ET.parse(pytester.path / "out.xml").iter("failure")
    ]
    sizes = [len(each.encode()) for each in failures]
    assert (max(sizes) <= 64_000, sizes) == (True, sizes)
    many, long, call = failures
    assert re.findall(r"(\d+) older exchanges are left out here \((\d{7}) bytes\)", many)
    assert many.count("Exchange 150, 2026") == 2
    assert "Exchange 149: PUT /s/" in many or "Exchange 149, 2026" in many
    assert re.search(r"\.\.\. \d+ bytes of this exchange are left out", long)
    assert "Exchange 1, 2026" in long
    assert re.search(
        r"^0 older exchanges and 1 calls of the admin API are left out here \(10\d{5} bytes\)", call, re.MULTILINE
    )
    assert "Exchange 1, 2026" in call


@pytest.mark.parametrize("options", [[], ["-n", "1"], ["--tb=short"], ["--tb=native"]])
def test_a_report_is_in_the_junit_xml(pytester: pytest.Pytester, options: list[str]) -> None:
    """Of a failed call, of a failed set-up, and of a failure without a traceback."""
    pytester.makepyfile(
        CLIENT
        + """
import pytest
def test_call(dav424_space):
    ask("GET", dav424_space.url)
    assert 0
def test_without_traceback(dav424_space):
    ask("GET", dav424_space.url)
    pytest.fail("because", pytrace=False)
@pytest.fixture
def made(dav424_space):
    ask("GET", dav424_space.url)
    assert 0
def test_setup(made):
    pass
"""
    )
    pytester.runpytest_subprocess("-q", "--junitxml=out.xml", *options).assert_outcomes(failed=2, errors=1)
    tree = ET.parse(pytester.path / "out.xml")
    texts = [each.text or "" for kind in ("failure", "error") for each in tree.iter(kind)]
    assert [text.count("Exchange 1, 2026-01-01T00:00:00Z: GET /s/") for text in texts] == [1, 1, 1]


@pytest.mark.parametrize(("keep", "kept"), [(None, 3600.0), ("60", 60.0), ("0", None)])
def test_spaces_of_failed_tests_are_kept(
    pytester: pytest.Pytester, running: Server, keep: str | None, kept: float | None
) -> None:
    """On a server that runs elsewhere, and for so long; those of the others are removed."""
    pytester.makepyfile("def test_red(dav424):\n    dav424()\n    assert 0\ndef test_green(dav424_space):\n    pass\n")
    options = [] if keep is None else ["--dav424-keep", keep]
    pytester.runpytest_subprocess("-q", "--dav424-url", running.url, *options).assert_outcomes(passed=1, failed=1)
    spaces = [running._app.spaces.find(name) for name in names(running)]
    assert [space.idle for space in spaces] == ([kept] if kept else [])
    for space in spaces:
        assert space.name.startswith("test_red-")
        running._app.spaces.remove(space.name)


WIDE = (
    CLIENT
    + """
import pytest, hypothesis, hypothesis.strategies as st
seen = {}

def made(server, scope):
    space = seen[scope] = server.space("playground", scope)
    ask("PUT", space.url + "setup", b"x")
    return space

def there(server):
    return {scope for scope, space in seen.items() if ask("GET", server.url + f"-/spaces/{space.name}") == 200}

@pytest.fixture(scope="session")
def of_session(dav424_server):
    yield made(dav424_server, "session")
    assert "session" in there(dav424_server)  # it is removed afterwards

@pytest.fixture(scope="module")
def of_module(dav424_server):
    return made(dav424_server, "module")

@pytest.fixture(scope="class")
def of_class(request):
    return made(request.getfixturevalue("dav424_server"), "class")

class TestClass:
    def test_red(self, of_class, of_module, of_session, dav424_server):
        ask("GET", of_class.url)
        ask("GET", of_module.url)
        assert 0

    def test_red_again(self, of_class, of_module):
        ask("GET", of_class.url)
        assert there(of_module and seen["class"] and type("S", (), {"url": of_class.url.partition("s/")[0]})) == {"session", "module", "class"}
        assert 0

def test_the_space_of_the_class_is_gone(dav424_server):
    assert there(dav424_server) == {"session", "module"}

@hypothesis.settings(max_examples=3)
@hypothesis.given(st.integers())
def test_examples(dav424_server, number):
    made(dav424_server, "example")
    assert "example" in there(dav424_server)

def test_the_spaces_of_examples_are_gone(dav424_server):
    assert "example" not in there(dav424_server)
"""
)


def test_spaces_of_wider_scopes(pytester: pytest.Pytester, running: Server) -> None:
    """A red test reports those that received a request in it; the end of their scope removes them."""
    pytester.makepyfile(WIDE)
    options = ["-p", "no:randomly", "--dav424-keep", "0", "--dav424-url", running.url]
    run = pytester.runpytest_subprocess("-q", *options)
    run.assert_outcomes(failed=2, passed=3)
    first, second = re.split(r"_ TestClass.test_red_again _", run.stdout.str())
    headings = [re.findall(r"^-+ dav424 playground -+$", part, re.MULTILINE) for part in (first, second)]
    assert [len(each) for each in headings] == [3, 1]
    assert "The exchanges up to 2 came before this test: other tests use the space too." in second
    assert names(running) == []


def test_a_server_of_ones_own(pytester: pytest.Pytester) -> None:
    """A project can define the fixture ``dav424_server`` itself, such as one with TLS; reports and removal work as well."""
    pytester.makepyfile(
        """
import pytest, ssl, urllib.request
from dav424.testing import Server
@pytest.fixture(scope="session")
def dav424_server():
    with Server(tls=True) as server:
        yield server
def test_it(dav424_server, dav424_space):
    context = ssl.create_default_context(cadata=dav424_server.authority.decode())
    urllib.request.urlopen(dav424_space.url, context=context).close()
    assert 0
def test_gone(dav424_server):
    assert len(dav424_server._app.spaces.all()) == 1
"""
    )
    run = pytester.runpytest_subprocess("-q")
    run.assert_outcomes(failed=1, passed=1)
    run.stdout.fnmatch_lines(
        ["dav424 serve --tls --tls-ca ca.pem", "export CURL_CA_BUNDLE=ca.pem*", "Exchange 1, *GET*"]
    )


def test_a_refused_call_has_a_short_traceback(pytester: pytest.Pytester) -> None:
    """The line of the test, and the message: nothing of dav424's own code."""
    pytester.makepyfile(
        """
from dav424.testing import Server
def test_fixture(dav424):
    dav424("propatch-protected")
def test_cause(dav424_space):
    dav424_space.put_cause("x", "lok")
def test_journal(dav424_space):
    dav424_space.journal.last
"""
    )
    run = pytester.runpytest_subprocess("-q")
    run.assert_outcomes(failed=3)
    assert "def __call__" not in run.stdout.str()
    assert "server/dav424" not in run.stdout.str()
    assert len(run.stdout.lines) < 60
