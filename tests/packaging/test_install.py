"""What is installed is what was written: wheel, sdist, editable install, and uvx."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
SCENARIOS = sorted(file.name for file in (ROOT / "scenarios").glob("*"))


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
    """The wheel is the sources, the scenarios and its metadata."""
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        f"dav424/{file.relative_to(ROOT / 'server' / 'dav424')}"
        for file in (ROOT / "server" / "dav424").rglob("*")
        if file.suffix == ".py" or file.name == "py.typed"
    }
    scenarios = {f"dav424/scenarios/{name}" for name in SCENARIOS}
    assert {name for name in names if ".dist-info/" not in name} == sources | scenarios


def test_the_sdist_holds_the_scenarios_and_the_tests(built: Path) -> None:
    """Whoever packages it further can run the tests."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"scenarios/{name}" for name in SCENARIOS} <= names
    assert "tests/conftest.py" in names
    assert "LICENSE" in names


def test_an_installed_wheel_proves_its_scenarios(built: Path, tmp_path: Path) -> None:
    """In an environment of its own, away from the checkout, the command finds the bundled scenarios."""
    (wheel,) = built.glob("*.whl")
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "env")
    run(UV, "pip", "install", "--quiet", "--python", tmp_path / "env", wheel)
    said = run(tmp_path / "env" / "bin" / "dav424", "prove", cwd=tmp_path)
    assert said.splitlines()[-1] == f"{len(SCENARIOS)} of {len(SCENARIOS)} scenarios proven"


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
    words = ["index" + "-url", "file:" + "///opt", "/root" + "/", "/work" + "/"]
    for name in filter(None, files):
        text = (ROOT / name).read_text(errors="replace")
        assert not [word for word in words if word in text], name
