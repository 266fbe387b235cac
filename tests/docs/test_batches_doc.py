"""docs/batches.md: every line to paste gives what stands below it, one after the other on a fresh server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from dav424.app import App
from dav424.methods.batch_requests import items, strict_json
from dav424.methods.batch_requests.graph_reader import MOST_GRAPH_ITEMS
from dav424.scenario.files import bundled_files
from dav424.scenario.sources import scenario_sources
from dav424.wire.server import serving

TEXT = (Path(__file__).parents[2] / "docs" / "batches.md").read_text()
CONSOLE = re.findall(
    r"```console\n\$ ((?:curl|printf) (?:.*?)(?:json\.tool|\n'|txt'|@-))\n(.*?)\n?```", TEXT, re.DOTALL
)


def timeless(text: str) -> str:
    """Leave out what depends on the time."""
    return re.sub(r"(?i)\n *\"?(date|last-modified)\"?: .*", "", text.replace("\r", "")).rstrip()


def test_a_pasted_line_gives_the_printed_answer() -> None:
    """Each command, in a shell, prints what stands below it but for the time."""
    assert len(CONSOLE) == TEXT.count("```console") == 11
    with serving(App(scenario_sources()).gateway) as url:
        for command, printed in CONSOLE:
            pasted = command.replace("http://127.0.0.1:4240/", url)
            ran = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True)
            assert timeless(ran.stdout) == timeless(printed)


def test_the_limits_are_those_of_the_code() -> None:
    """What is written is what is refused."""
    assert f"{items.MOST_ITEMS:,} requests ({MOST_GRAPH_ITEMS} for Graph), {items.MAX_BYTES >> 20} MiB" in TEXT
    assert f"{strict_json.MAX_DEPTH} levels of JSON; the answers may come to {items.MOST_ANSWERED >> 20} MiB" in TEXT


def test_every_batch_scenario_is_named() -> None:
    """Whoever reads about batches finds all that can be tried."""
    named = {file.stem for file in bundled_files() if "$batch" in file.read_text()}
    assert {name for name in named if f"`{name}`" not in TEXT} == set()
