"""Put the clients of PyPI and npm into build/clients: each in a folder of its own, so that none meets the others' requirements.

The versions are those of the extra ``clients`` in pyproject.toml and of package.json here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INTO = ROOT / "build" / "clients"
NPM = INTO / "npm"


class NotInstalledError(Exception):
    """A client isn't here; says how to get it."""


def at_hand(name: str) -> Path:
    """Give the folder of a client of PyPI; raises NotInstalledError if there is none."""
    if not folder(name).exists():
        raise NotInstalledError(f"{name} {pinned()[name]} isn't installed here; make clients-test does that")
    return folder(name)


def pinned() -> dict[str, str]:
    """Give the versions of the clients of PyPI, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return dict(each.split("==") for each in project["optional-dependencies"]["clients"])


def pinned_npm() -> dict[str, str]:
    """Give the versions of the clients of npm, by name."""
    return json.loads((HERE / "package.json").read_text())["dependencies"]


def folder(name: str) -> Path:
    """Say where a client of PyPI is, or would be; another version has another place."""
    return INTO / f"{name}-{pinned()[name]}"


def has_npm() -> bool:
    """Say whether the clients of npm are there, in the versions that are wanted."""
    return all(
        (found := NPM / "node_modules" / name / "package.json").exists()
        and json.loads(found.read_text())["version"] == version
        for name, version in pinned_npm().items()
    )


def main() -> None:
    """Install whatever isn't there yet."""
    INTO.mkdir(parents=True, exist_ok=True)
    for name, version in pinned().items():
        if not folder(name).exists():
            _pip(f"{name}=={version}", folder(name))
    if not has_npm():
        _npm()


def _pip(requirement: str, into: Path) -> None:
    unfinished = into.with_name(f"{into.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(unfinished), requirement], check=True)
    unfinished.rename(into)


def _npm() -> None:
    if shutil.which("npm") is None:
        sys.exit("The clients of npm need node and npm; on Debian: apt-get install nodejs npm")
    NPM.mkdir(exist_ok=True)
    shutil.copy(HERE / "package.json", NPM)
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    subprocess.run(["npm", "install", "--ignore-scripts", *quiet], cwd=NPM, check=True)


if __name__ == "__main__":
    main()
