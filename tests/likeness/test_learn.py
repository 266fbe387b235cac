"""A dialect is learned from our own server, which speaks one that is made for the test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dav424.dialects.load import load_dialect
from dav424.dialects.table import TRAIT_NAMES
from dav424.testing import Server
from tests.client import Client

SPOKEN = """\
title: A server of the test
depth-infinity: refused
missing-slash: {GET: 301}
extended-mkcol: 415
protected-status: 409
propstats: each
dav-prefix: lp
error-body: apache
xml-type: text/xml; charset="utf-8"
overwrite-f: ignored
locks-ignored: [PUT]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks the dialect, with its faults."""
    folder = tmp_path_factory.mktemp("dialects")
    (folder / "spoken.yaml").write_text(SPOKEN)
    with Server(dialects=folder) as running:
        yield running


def _url(server: Server) -> str:
    return f"{server.url}s/default~spoken!/playground/"


@pytest.fixture(scope="module")
def learned(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The file that the command has written, and what it said."""
    file = tmp_path_factory.mktemp("learned") / "mine.yaml"
    run = _dav424("probe", _url(server), "--learn", str(file))
    assert run.returncode == 0, run.stderr
    return file, run.stdout


def _dav424(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dav424", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ},
        check=False,
    )


def test_the_traits_are_those_that_were_spoken(learned: tuple[Path, str]) -> None:
    """Each trait that the dialect sets is found, and no other one is."""
    file, _ = learned
    values = load_dialect(file.read_bytes(), str(file)).values
    spoken = load_dialect(SPOKEN, "spoken.yaml").values
    assert {name: value for name, value in values.items() if value != TRAIT_NAMES[name].default} == spoken
    assert values["overwrite-default"] == "T"


def test_the_file_is_checked(learned: tuple[Path, str]) -> None:
    """``check`` accepts it, and says of its faults that they need an exclamation mark."""
    file, _ = learned
    run = _dav424("check", str(file))
    assert run.returncode == 0, run.stderr
    assert "locks-ignored is a fault, which works only where the dialect is named mine!" in run.stdout
    assert run.stdout.splitlines()[-1] == f"{file}: ok"


def test_each_trait_has_the_exchange_that_shows_it(learned: tuple[Path, str]) -> None:
    """A comment stands above each trait; it has the request, the status and what decides."""
    lines = learned[0].read_text().splitlines()
    above = lines[lines.index("depth-infinity: refused") - 1]
    assert above == "# PROPFIND the collection, Depth: infinity -> 403: the status 403"
    keys = [
        number
        for number, line in enumerate(lines)
        if line[:1].isalpha() and number > lines.index("# Otherwise than the RFCs say.")
    ]
    assert [lines[number] for number in keys if not lines[number - 1].startswith("# ")] == []
    assert any(line.startswith("# Not observed, so that the default holds:") for line in lines)


def test_the_command_says_what_it_found(server: Server, learned: tuple[Path, str]) -> None:
    """How to serve the dialect, which faults need an exclamation mark, and what was not observed; nothing is left behind."""
    file, said = learned
    assert f"dav424 serve --dialect '{file}!'" in said
    assert "Without the exclamation mark, its faults are left out: overwrite-f, locks-ignored." in said
    assert "Not observed, and left at the default:" in said
    assert b"dav424-probe" not in Client(f"{server.url}playground/")("PROPFIND", "/", headers={"Depth": "1"}).body


def test_a_file_that_is_there_is_kept(server: Server, learned: tuple[Path, str]) -> None:
    """It is replaced with --force alone; a name that no dialect can have is refused before a request is sent."""
    file, _ = learned
    before = file.read_bytes()
    for arguments, said in (
        ([str(file)], "it is there already; choose another name, or add --force to replace it"),
        ([str(file.with_suffix(".txt"))], "the file of a dialect ends with .yaml"),
        ([str(file.with_name("a b.yaml"))], "'a b' can't be a dialect's name"),
        ([str(file.with_name("rfc4918.yaml"))], "'rfc4918' stands for the answers of the RFCs"),
        ([str(file.parent / "no" / "such.yaml")], "make it first"),
        ([str(file.with_name("b.yaml")), "--only", "a"], "--only is for a report of cases"),
    ):
        run = _dav424("probe", _url(server), "--learn", *arguments)
        assert (run.returncode, run.stdout) == (2, ""), run
        assert said in run.stderr
    assert file.read_bytes() == before


def test_the_nearest_dialect_is_named(server: Server) -> None:
    """A server that speaks a bundled dialect is recognised, and nothing differs."""
    run = _dav424("probe", f"{server.url}s/default~wsgidav!/playground/", "--which")
    assert run.returncode == 0, run.stderr
    first, second, *others = run.stdout.splitlines()
    found = re.fullmatch(
        r"The bundled dialect nearest to dav424 is wsgidav: it answers (\d+) of (\d+) requests alike.", first
    )
    assert found is not None, first
    assert int(found[2]) - int(found[1]) <= len(others) <= 3
    assert second.startswith("Then: ")


def test_one_thing_at_a_time(server: Server, tmp_path: Path) -> None:
    """``--which`` and ``--learn`` are not for one call."""
    run = _dav424("probe", _url(server), "--which", "--learn", str(tmp_path / "a.yaml"))
    assert (run.returncode, run.stdout) == (2, "")
    assert "give one of the two" in run.stderr
