"""README's commands do what README says, and README stays short."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dav424.commands import cli
from dav424.testing import Server
from tests.docs.transcripts import ROOT, printed_at, transcripts

README = (ROOT / "README.md").read_text()
FIRST = "curl -I http://127.0.0.1:4240/report-from-feeds/report.html"
"""The line that every reference page on status codes tells its readers to look for."""
CONSOLE = list(transcripts(README))


def test_the_pasted_lines_give_the_printed_output() -> None:
    """Each command, in a shell and in order on one fresh server, prints what stands below it, but for ``Date``."""
    assert len(CONSOLE) == README.count("\n$ ") == 3
    with Server() as server:
        for command, printed in CONSOLE:
            assert printed_at(server.url, command, printed) == printed


def test_the_first_line_to_paste_is_the_one_that_people_look_for() -> None:
    """``curl -I`` answers 424 on its status line, and, once the missing source is there, 200."""
    assert CONSOLE[0][0] == FIRST
    assert [printed.partition("\n")[0] for command, printed in CONSOLE if command == FIRST] == [
        "HTTP/1.1 424 Failed Dependency",
        "HTTP/1.1 200 OK",
    ]


@pytest.mark.parametrize("page", ["README.md", "docs/running.md"])
def test_another_project_can_install_it(page: str) -> None:
    """There is a line for pip, for uv and for a container, and none for an index that does not have the package."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    (shown,) = (block for block in blocks if "git+" in block)
    url = "https://EXAMPLE.invalid/dav424"
    assert shown.splitlines() == [
        f"pip install 'dav424 @ git+{url}'",
        f"uv add --dev 'dav424 @ git+{url}'",
        f"docker build -t dav424 {url}.git && docker run --rm -p 127.0.0.1:4240:4240 dav424",
    ]


def test_the_page_for_pytest_leaves_no_checkout_in_the_project() -> None:
    """The command ``pytest`` of the page would find the tests of a checkout, too."""
    (shown,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "pytest.md").read_text(), re.DOTALL)
    assert shown == "pip install pytest 'dav424 @ git+https://EXAMPLE.invalid/dav424'\n"


def test_the_readme_opens_with_the_two_commands() -> None:
    """The first code block is make serve and make test."""
    first = re.search(r"```\n(.*?)```", README, re.DOTALL)
    assert first is not None
    assert [line.partition("#")[0].strip() for line in first[1].splitlines()] == ["make serve", "make test"]


CLIENT = '''
import re
import urllib.request

import pytest

BODY = b"""<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>"mine"</D:getetag></D:prop></D:set></D:propertyupdate>"""


class MyClient:
    class Error(Exception):
        pass

    def __init__(self, url):
        self.url = url

    def set_properties(self, path, _):
        headers = {"Content-Type": "application/xml"}
        request = urllib.request.Request(self.url + path, BODY, headers, method="PROPPATCH")
        with urllib.request.urlopen(request) as response:
            if re.search(rb"HTTP/1.1 [345]", response.read()):
                raise self.Error


'''
"""A client such as the one that README's test is for: it reads the body of a 207."""


def test_the_test_on_the_page_passes_with_a_careful_client(tmp_path: Path) -> None:
    """README's test is one that pytest runs, as soon as there is a client."""
    (shown,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "test_it.py").write_text(CLIENT + shown)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout


def test_the_readme_is_short() -> None:
    """It is a screen and a half of a browser; what is longer has a page in docs/."""
    assert len(README.splitlines()) <= 115


def test_the_readme_leads_to_the_pages() -> None:
    """Every relative link is a file of the repository, and the list of all pages is one of them."""
    links = set(re.findall(r"\]\((?!https?:)([^)#]+)", README))
    assert "docs/index.md" in links
    assert [link for link in sorted(links) if not (ROOT / link).is_file()] == []


def test_help_is_printed_without_loading_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """--help lists the commands and exits with 0."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    assert "prove" in capsys.readouterr().out
