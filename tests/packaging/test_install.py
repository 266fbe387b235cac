"""What is installed is what was written: wheel, sdist, editable install, and uvx."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.constraints import CONSTRAINTS, pinned

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
SCENARIOS = sorted(file.name for file in (ROOT / "scenarios").glob("*"))
DIALECTS = sorted(file.name for file in (ROOT / "dialects").glob("*"))


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command that has to succeed, and give what it printed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with an sdist, and a wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


def test_the_wheel_holds_every_module_and_scenario_and_nothing_else(built: Path) -> None:
    """The wheel is the sources, the scenarios, the dialects and its metadata."""
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        f"dav424/{file.relative_to(ROOT / 'server' / 'dav424')}"
        for file in (ROOT / "server" / "dav424").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    data = {f"dav424/scenarios/{name}" for name in SCENARIOS} | {f"dav424/dialects/{name}" for name in DIALECTS}
    assert {name for name in names if ".dist-info/" not in name} == sources | data


def test_the_sdist_holds_the_scenarios_and_the_tests(built: Path) -> None:
    """Whoever packages it further can run the tests."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"scenarios/{name}" for name in SCENARIOS} <= names
    assert {f"dialects/{name}" for name in DIALECTS} <= names
    assert "tests/conftest.py" in names
    assert "LICENSE" in names


def test_an_installed_wheel_proves_its_scenarios(built: Path, tmp_path: Path) -> None:
    """In an environment of its own, away from the checkout, the command finds the bundled scenarios."""
    (wheel,) = built.glob("*.whl")
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "env")
    run(UV, "pip", "install", "--quiet", "--python", tmp_path / "env", f"dav424[calendars] @ {wheel.as_uri()}")
    said = run(tmp_path / "env" / "bin" / "dav424", "prove", cwd=tmp_path)
    assert said.splitlines()[-1] == f"{len(SCENARIOS)} of {len(SCENARIOS)} scenarios proven"
    in_dialect = run(
        tmp_path / "env" / "bin" / "dav424", "try", "proppatch-protected", "--dialect", "apache", cwd=tmp_path
    )
    assert 'text/xml; charset="utf-8"' in in_dialect


def metadata(wheel: Path) -> Message:
    """Read the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


def test_the_metadata_is_for_users(built: Path) -> None:
    """The author, the classifier of pytest plugins, and extras that a user can want; no link is made up."""
    (wheel,) = built.glob("*.whl")
    told = metadata(wheel)
    assert told["Author"] == "The dav424 authors"
    assert "Framework :: Pytest" in told.get_all("Classifier", [])
    assert told.get_all("Provides-Extra") == ["calendars", "tls", "valkey"]
    assert told.get_all("Project-URL") is None
    assert told.get_payload().strip() == (ROOT / "README.md").read_text().strip()


def test_links_come_from_a_variable_of_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With DAV424_REPOSITORY, an index shows links, and the links of README work there."""
    monkeypatch.setenv("DAV424_REPOSITORY", "https://EXAMPLE.invalid/dav424/")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    told = metadata(wheel)
    assert told.get_all("Project-URL") == [
        "Source, https://EXAMPLE.invalid/dav424",
        "Documentation, https://EXAMPLE.invalid/dav424/blob/HEAD/docs/",
        "Changelog, https://EXAMPLE.invalid/dav424/blob/HEAD/CHANGELOG.md",
    ]
    page = told.get_payload()
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert "https://EXAMPLE.invalid/dav424/blob/HEAD/docs/ci.md" in links
    assert [link for link in links if not link.startswith(("https://", "http://", "#"))] == []


def test_the_constraints_are_what_is_installed(built: Path, tmp_path: Path) -> None:
    """The image and the action install exactly the versions in constraints.txt, and no other package."""
    (wheel,) = built.glob("*.whl")
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "env")
    into = ("--quiet", "--python", tmp_path / "env", "--constraint", CONSTRAINTS)
    run(UV, "pip", "install", *into, f"dav424[calendars,tls,valkey] @ {wheel.as_uri()}")
    installed = run(UV, "pip", "freeze", "--python", tmp_path / "env").splitlines()
    named = [line for line in installed if not line.startswith("dav424")]
    assert pinned(platform.python_version()) == named, "run make constraints"
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in named)


def test_an_editable_install_finds_the_scenarios(tmp_path: Path) -> None:
    """What make serve installs finds the scenarios beside the sources."""
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "env")
    run(UV, "pip", "install", "--quiet", "--python", tmp_path / "env", "--editable", ROOT)
    assert "proppatch-protected" in run(tmp_path / "env" / "bin" / "dav424", "scenarios", cwd=tmp_path)


def test_uvx_runs_it_from_the_checkout(tmp_path: Path) -> None:
    """Uvx --from . dav424 needs no environment made before."""
    assert "proppatch-protected" in run(UV.with_name("uvx"), "--from", ROOT, "dav424", "scenarios", cwd=tmp_path)


def test_the_committed_files_name_no_registry_and_no_machine() -> None:
    """Nothing in the repository points at a registry or at somebody's folders."""
    files = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    words = [
        "index" + "-url",
        "file:" + "///opt",
        "/root" + "/",
        *(f"/work/{name}" for name in ("main", "shared", ".")),
    ]
    for name in filter(None, files):
        text = (ROOT / name).read_text(errors="replace")
        assert not [word for word in words if word in text], name
