"""docs/tutorial.md: its requests, its test and its scenario are run as they stand on the page."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dav424.commands import cli
from dav424.testing import Server
from tests.docs.transcripts import ROOT, printed_at, transcripts

PAGE = (ROOT / "docs" / "tutorial.md").read_text()


def _block(kind: str) -> str:
    (shown,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(shown)


def test_the_pasted_lines_give_the_printed_output() -> None:
    """Each command, in a shell and in order on one fresh server, prints what stands below it, but for ``Date``."""
    console = list(transcripts(PAGE))
    assert len(console) == PAGE.count("\n$ ") == 7
    with Server() as server:
        for command, printed in console:
            assert printed_at(server.url, command, printed) == printed


def _pytest(file: Path) -> tuple[int, str]:
    """Run pytest as a reader does, outside of this suite; gives its exit status and its output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", file.name]
    run = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False, timeout=120)
    return run.returncode, re.sub(r"/s/[^/]+/", "/s/.../", run.stdout)


def test_the_first_test_fails_with_the_printed_report(tmp_path: Path) -> None:
    """The client that reads only the status line does not see the failure; the report has the exchange."""
    file = tmp_path / "test_my_client.py"
    file.write_text(_block("python test_my_client.py"))
    status, output = _pytest(file)
    assert status == 1
    assert _block("text") in output


def test_the_corrected_client_passes(tmp_path: Path) -> None:
    """With the two lines in place of the last one of the client, the test passes."""
    file = tmp_path / "test_my_client.py"
    shown = _block("python test_my_client.py")
    assert shown.count("        return response.status < 300\n") == 1
    file.write_text(shown.replace("        return response.status < 300\n", _block("python replacement")))
    assert _pytest(file)[0] == 0


def test_the_documented_scenario_shows_a_424(tmp_path: Path) -> None:
    """The YAML on the page loads, and does what the sentence above it promises."""
    (tmp_path / "fixed-owner.yaml").write_text(_block("yaml"))
    names = "<x:owner>Grace</x:owner><x:colour>red</x:colour>"
    body = f'<D:propertyupdate xmlns:D="DAV:" xmlns:x="http://example.com/ns"><D:set><D:prop>{names}</D:prop></D:set></D:propertyupdate>'
    with Server(tmp_path) as server:
        space = server.space("fixed-owner")
        headers = {"Content-Type": "application/xml"}
        request = urllib.request.Request(f"{space.url}list.txt", body.encode(), headers, method="PROPPATCH")
        urllib.request.urlopen(request).close()
        statuses = {name: outcome.status for (_, name), outcome in space.journal.last.outcomes.items()}
    assert statuses == {"{http://example.com/ns}owner": 403, "{http://example.com/ns}colour": 424}


def test_the_documented_scenario_can_be_tried_and_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Saved under the documented name: ``try`` shows the 424, and ``prove`` proves it."""
    file = tmp_path / "fixed-owner.yaml"
    file.write_text(_block("yaml"))
    assert cli.main(["try", str(file)]) == 0
    assert "HTTP/1.1 424 Failed Dependency" in capsys.readouterr().out
    assert cli.main(["prove", str(file)]) == 0
    assert capsys.readouterr().out == "fixed-owner: proven\n1 of 1 scenarios proven\n"
