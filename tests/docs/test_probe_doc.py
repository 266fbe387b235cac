"""What docs/probe.md shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from dav424 import probe
from dav424.probe.verdict import Found
from dav424.testing import Server

PAGE = (Path(__file__).parents[2] / "docs" / "probe.md").read_text()


def test_the_recipe_runs_each_case_as_a_test(tmp_path: Path) -> None:
    """It passes against this server; against a dialect with a fault, the case that finds it fails."""
    (recipe,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    with Server() as server:
        for place, failing in (
            ("playground/", []),
            ("s/default~tomcat!/playground/", []),
            ("s/default~go!/playground/", ["h"]),
        ):
            file = tmp_path / "test_recipe.py"
            file.write_text(recipe.replace("http://127.0.0.1:8080/", f"{server.url}{place}"))
            run = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-rf", str(file)],
                capture_output=True,
                text=True,
                check=False,
            )
            found = re.findall(r"^FAILED .*\[(\w+)\]", run.stdout, re.MULTILINE)
            assert set(failing) <= set(found), run.stdout
            assert bool(found) == bool(failing), run.stdout
            assert len(re.findall(r"[.F]", run.stdout.splitlines()[0])) == len(probe.CASES)


def test_each_case_is_on_the_page() -> None:
    """By its name, or in a range of names."""
    table = PAGE.partition("## The cases")[2].partition("\nA server that takes")[0]
    named = {name for row in re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE) for name in _names(row)}
    assert set(probe.CASES) <= named
    assert named - set(probe.CASES) <= {"cases", "---"}


def test_each_sentence_has_a_case() -> None:
    """Each row of the table names cases that there are, and a case of dependent failure is in a row."""
    table = PAGE.partition("## The sentences of the standards")[2].partition("\nSome sentences")[0]
    named = [name for cell in re.findall(r"^\| RFC.* \| ([^|]+) \|$", table, re.MULTILINE) for name in cell.split(", ")]
    assert set(named) <= set(probe.CASES)
    others = {"b3", "c5", "c6", "c7", "d3", "i3", "i5", "n3", "n4", "n5", "l"}
    assert set(probe.CASES) - set(named) <= others


def _names(cell: str) -> list[str]:
    found = re.findall(r"([a-z-]+)(\d*)(?: to [a-z](\d))?", cell)
    return [
        f"{letter}{number}"
        for letter, first, last in found
        for number in (range(int(first), int(last) + 1) if last else [first])
    ]


def test_each_verdict_is_on_the_page() -> None:
    """With its meaning."""
    assert {str(each) for each in Found} <= set(re.findall(r"^\| ([\w ]+) \|", PAGE, re.MULTILINE))
