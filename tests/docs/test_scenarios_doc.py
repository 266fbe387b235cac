"""docs/scenarios.md has every kind of cause, and its examples do what it says."""

from __future__ import annotations

import base64
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dav424.causes.kinds import CAUSES
from dav424.commands import cli
from dav424.testing import Server
from tests.docs.transcripts import ROOT

PAGE = (ROOT / "docs" / "scenarios.md").read_text()
_, HOMES, TOO_FAST, FOLDER = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_every_kind_and_key_is_documented() -> None:
    """The page has a row for each kind of cause, and names each of its settings."""
    for kind in CAUSES:
        assert f"| `{kind.__struct_config__.tag}` |" in PAGE
        for field in kind.__struct_encode_fields__:
            assert f"`{field}`" in PAGE


def test_the_third_write_is_too_fast(tmp_path: Path) -> None:
    """The example of the kind ``answers``: two writes are done, and the third one gets 429 with its header."""
    (tmp_path / "fast.yaml").write_text(f"title: Too fast\n{TOO_FAST}")
    with Server(tmp_path) as server:
        space = server.space("fast")
        for name in "ab":
            urllib.request.urlopen(urllib.request.Request(f"{space.url}{name}", b"x", method="PUT")).close()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{space.url}c", b"x", method="PUT"))
        with refused.value as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_the_example_of_homes_leads_a_client_to_its_calendar(tmp_path: Path) -> None:
    """The home set of Ada has the calendar and the address book, and her principal names it."""
    (tmp_path / "homes.yaml").write_text(f"title: Homes\n{HOMES}")
    login = {"Authorization": "Basic " + base64.b64encode(b"ada:lovelace").decode(), "Depth": "1"}
    with Server(tmp_path) as server:
        url = server.space("homes").url
        listed = [
            urllib.request.urlopen(urllib.request.Request(url + path, headers=login, method="PROPFIND")).read().decode()
            for path in ("principals/ada/", "ada/")
        ]
    assert "Ada Lovelace" in listed[0]
    assert [path in listed[1] for path in ("/ada/work/", "/ada/people/", "Work")] == [True] * 3


def test_the_scenario_of_a_folder_is_without_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``dav424 check`` takes the example, although it has no tree."""
    file = tmp_path / "mine.yaml"
    file.write_text(FOLDER)
    assert cli.main(["check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{file}: ok"
