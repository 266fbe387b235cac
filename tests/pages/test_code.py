"""Requests as code: each text whose toolchain is here is run, and sends the very same request; the others are held."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from dav424.journal.as_code import FORMS
from dav424.journal.as_code.coded import Coded
from dav424.pages.page import PageRequest
from dav424.pages.workbench.as_tests import codes
from dav424.pages.workbench.bench import Bench
from dav424.pages.workbench.sent import Sent, of_scenario
from dav424.scenario.load import load
from dav424.scenario.yaml_writer import write
from tests.bundled import SOURCES, Whole

XML = {"Content-Type": "application/xml"}
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:u"><D:set><D:prop><x:a>$1 \'q\' "d" \\n `b` {{c}} €𝄞</x:a>'
    "</D:prop></D:set>\n\t<D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set></D:propertyupdate>\n"
)
CASES: dict[str, dict[str, Any]] = {
    "xml": {"method": "PROPPATCH", "path": "/a.txt", "headers": XML, "body": UPDATE.encode()},
    "bytes": {"method": "PUT", "path": "/b.bin", "headers": {"Content-Type": "a/b"}, "body": bytes(range(256))},
    "get": {"method": "GET", "path": "/a%20b$c'd", "headers": {"X-Note": 'a "quoted" \\ $HOME `x` note'}},
    "login": {"method": "PROPFIND", "path": "/", "headers": {"Depth": "0"}, "user": "ann", "password": "it's $x"},
    "long": {
        "method": "PUT",
        "path": "/l.txt",
        "headers": {"Content-Type": "text/plain"},
        "body": b"\n" * 3000 + b"x" * 62000,
    },
    "long bytes": {"method": "PUT", "path": "/l.bin", "headers": {"Content-Type": "a/b"}, "body": b"\xff" * 65536},
    "odd url": {"method": "GET", "path": "/a{{b}}`c`[1]|^\\'\"<x>", "headers": {"X-Note": "a"}},
    "crlf": {"method": "PUT", "path": "/c.txt", "headers": {"Content-Type": "text/plain"}, "body": b"a\r\nb\n@\r\n"},
}
TREE = "tree: {/a.txt: {content: Milk}}\n"
USERS = 'users: {ann: "it\'s $x"}\n'
Run = Callable[[str, Path], list[str]]


def _file(name: str, *command: str) -> Run:
    """Run a text that is saved as a file."""

    def run(text: str, folder: Path) -> list[str]:
        (folder / name).write_text(text)
        return [*command, name]

    return run


RUNS: dict[str, tuple[str, Run]] = {
    "curl": ("sh", _file("send.sh", "sh")),
    "python": (sys.executable, _file("send.py", sys.executable)),
    "javascript": ("node", _file("send.mjs", "node")),
    "php": ("php", _file("send.php", "php")),
    "go": ("go", _file("send.go", "go", "run")),
    "java": ("javac", _file("Send.java", "java")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", RUNS)
def test_the_code_sends_the_same_request(
    form: str, case: str, serve: Callable[..., Any], program: Callable[..., str], tmp_path: Path
) -> None:
    """Method, path, headers, login and body arrive as they were asked for, byte for byte; the answer is printed."""
    if form != "python":
        program(RUNS[form][0])
    wanted = CASES[case]
    served = serve(TREE + (USERS if "user" in wanted else ""))
    request = Coded(
        **{key: value for key, value in wanted.items() if key != "path"}, url=served.url[:-1] + wanted["path"]
    )
    command = RUNS[form][1](FORMS[form].write(request), tmp_path)
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False, errors="replace"
    )
    (entry,) = served.space.journal
    assert done.returncode == 0, done.stderr
    assert entry.request.method == wanted["method"]
    assert unquote(entry.request.target).endswith(unquote(wanted["path"]))
    assert entry.request.body == wanted.get("body", b"")
    assert entry.request.user == wanted.get("user", "")
    received = {name: entry.request.headers.get(name.lower()) for name in wanted["headers"]}
    assert received == wanted["headers"]
    assert str(entry.answer.status) in done.stdout


def test_untested_forms_are_as_expected() -> None:
    """No toolchain of these is here: their texts are held, so that a change is seen."""
    request = Coded(
        "PROPPATCH",
        "http://h/a'b",
        {"Content-Type": "application/xml", "Host": "h"},
        b"<a>'\n</a>\n",
        "ann",
        "p'w",
        207,
    )
    assert FORMS["powershell"].write(request) == (
        "$headers = New-TemporaryFile\n"
        '[IO.File]::WriteAllText($headers, @\'\nContent-Type: application/xml\n\'@.Replace("`r`n", "`n"))\n'
        "$body = New-TemporaryFile\n"
        '[IO.File]::WriteAllBytes($body, [Text.Encoding]::UTF8.GetBytes(@\'\n<a>\'\n</a>\n\n\'@.Replace("`r`n", "`n")))\n'
        "curl.exe -i -X 'PROPPATCH' -u 'ann:p''w' -H \"@$headers\" --data-binary \"@$body\" 'http://h/a''b'\n"
    )
    assert FORMS["hurl"].write(request) == (
        "PROPPATCH http://h/a'b\nContent-Type: application/xml\n[BasicAuth]\nann: p'w\n```\n<a>'\n</a>\n```\nHTTP 207\n"
    )
    assert FORMS["csharp"].write(request) == (
        "using System;\nusing System.Net.Http;\n\n"
        "using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });\n"
        'using var request = new HttpRequestMessage(new HttpMethod("PROPPATCH"), "http://h/a\'b");\n'
        'request.Content = new ByteArrayContent(Convert.FromBase64String(\n    "PGE+Jwo8L2E+Cg=="));\n'
        'request.Content!.Headers.TryAddWithoutValidation("Content-Type", "application/xml");\n'
        'request.Headers.TryAddWithoutValidation("Authorization", "Basic YW5uOnAndw==");\n'
        "using var answer = await client.SendAsync(request);\n"
        'Console.WriteLine($"{(int)answer.StatusCode} {answer.ReasonPhrase}");\n'
        "Console.Write(await answer.Content.ReadAsStringAsync());\n"
    )
    assert {form for form, each in FORMS.items() if not each.tested} == {"powershell", "hurl", "csharp"}
    assert {form for form, each in FORMS.items() if each.tested} == {*RUNS}


def test_powershell_knows_more_quotes() -> None:
    """It takes typographic quotes for single ones: they can end neither a word nor a text of several lines."""
    request = Coded(
        "PUT",
        "http://h/",
        {},
        "a\n\N{RIGHT SINGLE QUOTATION MARK}@; calc".encode(),
        user="a\N{LEFT SINGLE QUOTATION MARK}; calc",
    )
    written = FORMS["powershell"].write(request)
    assert "'a\N{LEFT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}; calc:'" in written
    assert "FromBase64String" in written


def test_hurl_has_no_variables_in_headers() -> None:
    """Nor comments or escapes of its own."""
    request = Coded("GET", "http://h/{{a}}", {"X-A": "{{b}} # \\n"}, user="a:b")
    assert FORMS["hurl"].write(request).splitlines()[:4] == [
        "GET http://h/%7B%7Ba%7D%7D",
        "X-A: \\u{7b}\\u{7b}b}} \\# \\\\n",
        "[BasicAuth]",
        "a\\:b: ",
    ]


@pytest.mark.parametrize("form", ["python", "javascript"])
def test_a_user_beyond_iso_8859_1(
    form: str, serve: Callable[..., Any], program: Callable[..., str], tmp_path: Path
) -> None:
    """The login is sent as UTF-8."""
    if form != "python":
        program(RUNS[form][0])
    served = serve(TREE + "users: {\N{GREEK CAPITAL LETTER OMEGA}: p}\n")
    request = Coded("GET", f"{served.url}a.txt", {}, user="\N{GREEK CAPITAL LETTER OMEGA}", password="p")
    command = RUNS[form][1](FORMS[form].write(request), tmp_path)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert "200" in done.stdout, done.stderr


@pytest.mark.parametrize("body", [b"a ``` b", b"{{x}}", b"a\\b", b"a\r\n", b"\xff"])
def test_hurl_gets_what_it_would_change_in_base64(body: bytes) -> None:
    """Fences, templates, backslashes and carriage returns are not sent as text."""
    assert "\nbase64," in FORMS["hurl"].write(Coded("PUT", "http://h/", {}, body))


def played(server: Whole, name: str, sent: Sent) -> dict[str, str]:
    """Run a request in the workbench, and give its codes."""
    request = PageRequest("GET", "/", "", server.url, server.app.scenarios, server.app.gateway, server.app.administer)
    bench = Bench(request, name)
    bench.open()
    ran = bench.run(sent)
    return {code[0]: code[2] for code in codes(bench.copy, sent, ran.answer, ran.results.reported)}


@pytest.mark.parametrize(
    "name", ["proppatch-protected", "batch-references", "report-denied-source", "move-locked-member"]
)
def test_the_pytest_code_passes(name: str, server: Whole, tmp_path: Path) -> None:
    """A test made from a request passes with the plugin of this package."""
    for number, spec in enumerate(SOURCES[name]().requests[:2]):
        (tmp_path / f"test_{number}.py").write_text(played(server, name, of_scenario(spec))["pytest"])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["proppatch-protected", "batch-chain", "report-two-causes", "delete-locked-member"])
def test_the_scenario_file_is_proven(name: str, server: Whole, tmp_path: Path) -> None:
    """A scenario file made from a run is valid, and ``dav424 prove`` proves it."""
    text = played(server, name, of_scenario(SOURCES[name]().requests[0]))["yaml"]
    file = tmp_path / "made.yaml"
    file.write_text(text)
    command = [sys.executable, "-m", "dav424", "prove", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_scenario_is_written_as_it_is_read(name: str) -> None:
    """The file that the writer makes of a bundled scenario gives an equal scenario."""
    assert load(write(SOURCES[name]()), "made.yaml") == SOURCES[name]()


def test_the_api_writes_code_for_all(server: Whole) -> None:
    """The route of the admin API has the same forms; it leaves out passwords, and names the forms that it knows."""
    client = server.client("proppatch-protected", "mine")
    client("GET", "/report.txt")
    api = server.client()
    code = api("GET", "/-/spaces/mine/journal/1/as/curl")
    assert code.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert code.body.decode().startswith(f"curl -i {server.url}s/mine/proppatch-protected/report.txt")
    assert api("GET", "/-/spaces/mine/journal/last/as/go").body.startswith(b"package main")
    assert b"curl, powershell, hurl, python" in api("GET", "/-/spaces/mine/journal/1/as/cobol").body
    client("PUT", "/large", b"x" * 100_000)
    assert api("GET", "/-/spaces/mine/journal/2/as/curl").status == 409
