"""docs/derived.md shows what really comes back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from dav424.app import App
from dav424.scenario.load import load
from dav424.scenario.sources import scenario_sources
from dav424.wire.server import serving

TEXT = (Path(__file__).parents[2] / "docs" / "derived.md").read_text()
CONSOLE = re.findall(r"```console\n\$ (curl .*?)\n((?:HTTP/1\.1 |\{).*?)\n```", TEXT, re.DOTALL)
SOURCES = {name: source for name, source in scenario_sources().items() if name.startswith("report-")}
SCENARIOS = {name: source() for name, source in SOURCES.items()}


def test_the_pasted_lines_give_the_printed_answers() -> None:
    """Each curl command, pasted into a shell one after the other, prints what stands below it."""
    assert len(CONSOLE) == 6
    with serving(App(SOURCES).gateway) as url:
        for command, printed in CONSOLE:
            pasted = command.replace("http://127.0.0.1:4240/", url).replace("curl -", "curl -s", 1).replace("-ss", "-s")
            run = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True)
            shown = re.sub(r"(Date|Last-Modified): .*\n", "", run.stdout.replace("\r", ""))
            assert shown.rstrip() == printed


def test_every_scenario_of_the_kind_is_listed() -> None:
    """A scenario that the page doesn't know is one that nobody finds; each has a 424 on its status line."""
    for name, scenario in SCENARIOS.items():
        assert f"| `{name}` |" in TEXT
        assert [request for request in scenario.requests if request.expect.status == 424]


def test_the_documented_scenario_is_valid() -> None:
    """The YAML that the page shows loads without a complaint."""
    (shown,) = re.findall(r"```yaml\n(title.*?)```", TEXT, re.DOTALL)
    assert load(shown, "derived.md").missing == ["/lists/ben.txt"]
