"""The probe against this server: nothing is wrong in the RFCs' dialect, and each fault of a dialect is found."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dav424 import probe
from dav424.dialects.faults import FAULTS
from dav424.probe.access import ProbeAccess
from dav424.probe.as_data import as_json, as_junit
from dav424.probe.as_text import as_html, as_markdown, as_text
from dav424.probe.client import NoAnswerError, ProbeClient
from dav424.probe.login import RequestLogin
from dav424.probe.run import run_cases
from dav424.testing import Server
from tests.client import Client
from tests.probe.planted import PLANTED

NAMES = {planted: f"fault{number}" for number, planted in enumerate(PLANTED)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a dialect for each fault."""
    folder = tmp_path_factory.mktemp("dialects")
    for (trait, value), name in NAMES.items():
        (folder / f"{name}.yaml").write_text(f"title: One fault\n{trait}: {value}\n")
    with Server(dialects=folder) as running:
        yield running


def _speaking(server: Server, dialect: str) -> str:
    return f"{server.url}s/default~{dialect}/playground/"


def _members(url: str) -> bytes:
    return Client(url)("PROPFIND", "/", headers={"Depth": "1"}).body


def test_the_rfcs_dialect_has_no_wrong_case(server: Server) -> None:
    """No SHOULD is missed either; only a batch in a collection is not served."""
    report = probe.run(f"{server.url}playground/")
    assert [(each.case, each.sentences) for each in report.results if each.found != "conformant"] == [
        ("l", ["POST of a batch is answered 404"])
    ]
    assert report.left == ()
    assert b"dav424-probe" not in _members(f"{server.url}playground/")


@pytest.mark.parametrize("planted", PLANTED, ids=" ".join)
def test_each_planted_fault_is_found(server: Server, planted: tuple[str, str]) -> None:
    """It is found by the cases of the table, which find nothing where the fault does not work."""
    cases, name = sorted(PLANTED[planted]), NAMES[planted]
    report = probe.run(_speaking(server, f"{name}!"), only=cases)
    assert {each.case for each in (*report.wrong, *report.missed)} == set(cases)
    assert report.left == ()
    without = probe.run(_speaking(server, name), only=cases)
    assert {str(each.found) for each in without.results} == {"conformant"}


def test_no_fault_is_forgotten() -> None:
    """The table has every trait that is a fault."""
    assert {trait for trait, _ in PLANTED} == {trait.name for trait in FAULTS}


def test_a_remark_has_the_bytes_and_the_states(server: Server) -> None:
    """The exchange that was judged, with a sentence, its section, and the states before and after."""
    name = NAMES["failed-proppatch", "until-failure"]
    (result,) = probe.run(_speaking(server, f"{name}!"), only=["a"]).results
    assert result.sentences[0] == "The request can't be done as a whole, but A was 'old', and is 'new'. (RFC 4918 9.2)"
    assert result.shown is not None
    judged = result.exchanges[result.shown]
    assert judged.sent.startswith(b"PROPPATCH ")
    assert b"getetag" in judged.sent
    assert judged.received.startswith(b"HTTP/1.1 207 ")
    (before,), (after,) = result.before.values(), result.after.values()
    assert "A='old'" in before
    assert "A='new'" in after


def test_runs_that_differ_are_named(server: Server) -> None:
    """The worst run is kept, and the outcomes of all are listed."""
    name, count = NAMES["locks-ignored", "[PUT]"], iter(range(9))
    case = probe.CASES["c2"]
    urls = [_speaking(server, name), _speaking(server, f"{name}!")]

    def run(place):  # noqa: ANN001, ANN202 - a case
        place.base = place.base.replace(f"{name}/", f"{name}!/") if next(count) else place.base
        yield from case.run(place)

    report = run_cases(ProbeAccess(url=urls[0]), [type(case)("c2", case.title, case.section, run)], repeat=2)
    (result,) = report.results
    assert str(result.found) == "wrong"
    assert result.varying == ("423: conformant", "204: wrong")


def test_the_formats_say_the_same(server: Server) -> None:
    """Each format has each case; JUnit has the failures, with --strict also those of a SHOULD."""
    name = NAMES["refused-move", "copied"]
    report = probe.run(_speaking(server, f"{name}!"), only=["h", "i2", "l"])
    assert as_text(report, 80).splitlines()[1:4] == [
        "h   conformant: DELETE of a collection with a locked child (RFC 4918 9.6.1)",
        "i2  a SHOULD missed: MOVE of a collection with a locked child (RFC 4918 9.9.4)",
        "      The locked member is at both places, but should be at one. (RFC 4918",
    ]
    data = json.loads(as_json(report))
    assert [each["verdict"] for each in data["results"]] == ["conformant", "a SHOULD missed", "unsupported"]
    assert data["results"][1]["exchanges"][data["results"][1]["judged"]]["sent"].startswith("MOVE ")
    assert ET.fromstring(as_junit(report)).attrib["failures"] == "0"
    suite = ET.fromstring(as_junit(report, strict=True))
    assert (suite.attrib["failures"], suite.attrib["skipped"], len(suite)) == ("1", "1", 3)
    assert "MOVE " in (suite.findtext("testcase/failure") or "")
    assert "| i2 | MOVE of a collection with a locked child | RFC 4918 9.9.4 | a SHOULD missed |" in as_markdown(report)
    assert "<td>a SHOULD missed</td>" in as_html(report)


def _dav424(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dav424", "probe", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **variables},
        check=False,
    )


def test_the_exit_status(server: Server) -> None:
    """0: nothing wrong; 1: something wrong, with --strict a SHOULD too; 2: no case could run."""
    missed = _speaking(server, f"{NAMES['refused-move', 'copied']}!")
    assert _dav424(missed, "--only", "i2").returncode == 0
    assert _dav424(missed, "--only", "i2", "--strict").returncode == 1
    wrong = _dav424(_speaking(server, f"{NAMES['locks-ignored', '[PUT]']}!"), "--only", "c2")
    assert wrong.returncode == 1
    assert "\x1b" not in wrong.stdout
    for arguments, said in (
        (["http://127.0.0.1:9/"], "got no answer"),
        (["ftp://x/"], "is not a URL"),
        ([missed, "--only", "zz"], "there is no case 'zz'"),
        (["http://me:secret@127.0.0.1/"], "the URL has a login"),
        ([f"{server.url}no-such-scenario/"], "answers MKCOL and MKCALENDAR with a failure (404)"),
        ([missed, "--user", "me"], "set DAV424_PROBE_PASSWORD"),
        ([missed.replace("http", "https"), "--ca", "no-such-file"], "--ca no-such-file can't be used"),
    ):
        run = _dav424(*arguments)
        assert (run.returncode, run.stdout) == (2, ""), run
        assert said in run.stderr
        assert "could not be removed" not in run.stderr
        assert "Traceback" not in run.stderr


def test_list_names_all_cases() -> None:
    """It needs no server."""
    lines = _dav424("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(probe.CASES)


def test_a_case_is_kept_for_another_client(server: Server) -> None:
    """The printed request gets the failure that the case is about, and nothing was sent before it."""
    url = f"{server.url}playground/"
    run = _dav424(url, "--keep", "h")
    assert run.returncode == 0, run.stderr
    command = run.stdout.splitlines()[-1]
    found = re.fullmatch(r"curl -i -X DELETE (\S+/)", command)
    assert found is not None, run.stdout
    collection = found[1].removeprefix(url.rstrip("/"))
    client = Client(url)
    answer = client("DELETE", collection)
    assert [(each.href, each.status) for each in answer.reported] == [(f"{collection}locked", 423)]
    # An UNLOCK with the token that the server lists, then the collection can go.
    listed = client("PROPFIND", f"{collection}locked", headers={"Depth": "0"})
    token = re.search(rb"locktoken>\s*<D:href>([^<]+)", listed.body)
    assert token is not None
    client("UNLOCK", f"{collection}locked", headers={"Lock-Token": f"<{token[1].decode()}>"})
    scratch = "/" + collection.split("/")[1] + "/"
    assert client("DELETE", scratch).status == 204


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_probe_removes_its_collection(server: Server, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM: the scratch collection is gone, and the exit status is 2."""
    url = f"{server.url}playground/"
    process = subprocess.Popen(
        [sys.executable, "-m", "dav424", "probe", url, "--rate", "20"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while b"dav424-probe" not in _members(url):
        assert process.poll() is None
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said.splitlines()[-1] == "dav424: interrupted; the scratch collection is removed"
    assert b"dav424-probe" not in _members(url)


def test_a_collection_that_can_not_be_removed_is_named(server: Server) -> None:
    """The report has its path, and the answer to DELETE."""
    name = NAMES["preconditions", "ignored"]
    case = probe.CASES["n3"]

    def run(place):  # noqa: ANN001, ANN202 - a case
        place.client.send = _refusing(place.client.send)
        yield from case.run(place)

    report = run_cases(ProbeAccess(url=_speaking(server, name)), [type(case)("n3", case.title, case.section, run)])
    (left,) = report.left
    assert re.fullmatch(r"/s/default~\w+/playground/dav424-probe-\w+/ \(DELETE is answered 423\)", left)


def _refusing(send):  # noqa: ANN001, ANN202 - the method of a client
    def sending(method, path, body=b"", headers=None):  # noqa: ANN001, ANN202 - the same
        if method == "DELETE":
            send("LOCK", path, _LOCKINFO, {"Content-Type": "application/xml", "Depth": "infinity"})
        return send(method, path, body, headers)

    return sending


_LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'


class _Guarded(BaseHTTPRequestHandler):
    """Asks for a login, and keeps the Authorization headers."""

    def do_GET(self) -> None:
        seen = self.headers.get("Authorization")
        self.server.seen.append(seen)  # type: ignore[attr-defined]
        self.send_response(200 if seen else 401)
        if not seen:
            for challenge in self.server.challenges:  # type: ignore[attr-defined]
                self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize(
    ("challenges", "login", "expected"),
    [
        (['Basic realm="x"'], {"user": "me", "password": "pw"}, r"Basic bWU6cHc="),
        (
            ['Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256', 'Basic realm="x"'],
            {"user": "me"},
            r"Digest .*SHA-256.*",
        ),
        (
            ['Digest realm="x", nonce="n", algorithm=NEW', 'Basic realm="x"'],
            {"user": "me", "password": "pw"},
            r"Basic bWU6cHc=",
        ),
        (["Bearer"], {"token": "t"}, r"Bearer t"),
    ],
)
def test_the_login_is_the_one_that_the_server_asks_for(
    challenges: list[str], login: dict[str, str], expected: str
) -> None:
    """The strongest scheme that is known is used, and the record of the exchange has no secret."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Guarded) as guarded:
        guarded.challenges, guarded.seen = challenges, []  # type: ignore[attr-defined]
        thread = threading.Thread(target=guarded.serve_forever)
        thread.start()
        try:
            client = ProbeClient(ProbeAccess(url=f"http://127.0.0.1:{guarded.server_port}/", **login))  # type: ignore[arg-type]
            answer = client.send("GET", "/")
        finally:
            guarded.shutdown()
            thread.join()
    assert answer.status == 200
    assert re.fullmatch(expected, guarded.seen[-1])  # type: ignore[attr-defined]
    assert b"Authorization" not in answer.sent


def test_digest_is_that_of_the_rfc(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of RFC 7616 3.9.1, with MD5 and with SHA-256."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    expected = {
        "MD5": "8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }
    for algorithm, response in expected.items():
        login = RequestLogin(ProbeAccess(url="http://x/", user="Mufasa", password="Circle of Life"))
        challenge = (
            f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
            'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
        )
        assert login.learn([challenge])
        assert f'response="{response}"' in login.header("GET", "/dir/index.html")
        assert not login.learn([challenge]), "the same nonce was refused"


def test_https_is_checked(tmp_path: Path) -> None:
    """A certificate of an unknown authority is refused, unless it is named or the check is off."""
    with Server(tls=True) as secure:
        url = f"{secure.url}playground/"
        with pytest.raises(probe.NotProbedError, match="certificate"):
            probe.run(url, only=["a"])
        authority = tmp_path / "ca.pem"
        authority.write_bytes(secure.authority)
        assert probe.run(url, only=["a"], ca=authority).wrong == []
        assert probe.run(url, only=["a"], insecure=True).wrong == []


def test_the_rate_is_kept(server: Server) -> None:
    """A rate means a pause before each request but the first; loopback has none by default, other hosts have one."""
    assert ProbeAccess(url="http://127.0.0.1/").pause == 0
    assert ProbeAccess(url="https://dav.example.com/").pause == 1 / 20
    assert ProbeAccess(url="http://localhost/", rate=4).pause == 1 / 4
    waits: list[float] = []
    client = ProbeClient(ProbeAccess(url=server.url, rate=1000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dav424.probe.client.monotonic", lambda: 0.0)
        patch.setattr("dav424.probe.client.sleep", waits.append)
        for _ in range(3):
            client.send("OPTIONS", "/")
    assert waits == pytest.approx([0.001, 0.002])


def test_a_server_that_never_stops_failing_gets_few_requests(server: Server) -> None:
    """A case ends after 120 requests."""
    client = ProbeClient(ProbeAccess(url=server.url))
    for _ in range(120):
        client.send("OPTIONS", "/")
    with pytest.raises(NoAnswerError, match="120 requests"):
        client.send("OPTIONS", "/")
