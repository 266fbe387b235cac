"""``dav424 prove``, ``show`` and ``try`` with faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from dav424.app import prove_alone
from dav424.commands import cli
from dav424.scenario.load import load

REQUEST = "requests: [{name: Read, method: GET, path: /f, expect: {status: 200}}]"


def _flaws(fault: str) -> list[str]:
    text = f"title: T\ntree: {{/f: {{content: x}}}}\nfaults: [{{id: it, {fault}}}]\n{REQUEST}"
    return [str(flaw) for flaw in prove_alone("t", load(text, "t.yaml"))]


@pytest.mark.parametrize("fault", ["kind: reset, at: before-head", "kind: empty-body", "kind: wrong-length, by: 5"])
def test_a_fault_that_changes_an_answer_is_proven(fault: str) -> None:
    """Also if the client of the prover gets no answer."""
    assert _flaws(fault) == []


def test_a_fault_that_changes_no_answer_is_a_flaw() -> None:
    """No request of the scenario meets it."""
    (flaw,) = _flaws("kind: cut-body, methods: [PUT]")
    assert flaw.startswith("t: the fault it: it changed no answer; ")
    assert _flaws("kind: cut-body, methods: [PUT], bystander: true") == []


def test_a_bystander_that_changes_an_answer_is_a_flaw() -> None:
    """It was not meant to."""
    (flaw,) = _flaws("kind: empty-body, bystander: true")
    assert flaw.startswith("t: the fault it: it changed an answer, although")


def test_show_and_try_name_the_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With their settings; ``try`` shows the true answers."""
    file = tmp_path / "mine.yaml"
    file.write_text(f"title: T\ntree: {{/f: {{content: x}}}}\nfaults: [{{id: it, kind: reset, times: 1}}]\n{REQUEST}")
    assert cli.main(["show", str(file)]) == 0
    assert "  it: reset (times 1)" in capsys.readouterr().out.splitlines()
    assert cli.main(["try", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "  it: reset (times 1)" in printed.splitlines()
    assert "without the faults" in printed
    assert "200 OK" in printed
