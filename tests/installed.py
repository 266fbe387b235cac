"""Packages of PyPI and npm that tests run as programs of their own, in folders below ``build``, in exact versions."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[1]


class NotInstalledError(Exception):
    """A program isn't here; says how to get it."""


class FromPyPI(Struct, frozen=True):
    """The packages of a dependency group of pyproject.toml: each in a folder of its own, so that none meets the others' requirements.

    ``command`` is the one that installs them.
    """

    group: str
    into: Path
    command: str

    def pinned(self) -> dict[str, str]:
        """Give their versions, by name."""
        return {_name(each): each.partition("==")[2] for each in self.requirements()}

    def requirements(self) -> list[str]:
        """List them as pip wants them, such as ``name[extra]==1.0``."""
        return tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"][self.group]

    def folder(self, name: str) -> Path:
        """Say where a package is, or would be; another version has another place."""
        return self.into / f"{name}-{self.pinned()[name]}"

    def at_hand(self, name: str) -> Path:
        """Give the folder of a package; raises NotInstalledError if there is none."""
        if not self.folder(name).exists():
            raise NotInstalledError(f"{name} {self.pinned()[name]} isn't installed here; {self.command} does that")
        return self.folder(name)

    def install(self) -> None:
        """Install whatever isn't there yet."""
        self.into.mkdir(parents=True, exist_ok=True)
        for requirement in self.requirements():
            if not (folder := self.folder(_name(requirement))).exists():
                _pip(requirement, folder)


class FromNpm(Struct, frozen=True):
    """The dependencies of a package.json, all in one folder."""

    package_json: Path
    into: Path
    command: str

    def pinned(self) -> dict[str, str]:
        """Give their versions, by name."""
        return json.loads(self.package_json.read_text())["dependencies"]

    def are_here(self) -> bool:
        """Say whether they are there, in the versions that are wanted."""
        return all(
            (found := self.into / "node_modules" / name / "package.json").exists()
            and json.loads(found.read_text())["version"] == version
            for name, version in self.pinned().items()
        )

    def at_hand(self) -> Path:
        """Give their folder; raises NotInstalledError if one isn't there."""
        if not self.are_here():
            raise NotInstalledError(
                f"The packages of {self.package_json} aren't installed here; {self.command} does that"
            )
        return self.into

    def install(self) -> None:
        """Install them, unless all are there."""
        if self.are_here():
            return
        if shutil.which("npm") is None:
            sys.exit("The packages of npm need node and npm; on Debian: apt-get install nodejs npm")
        self.into.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.package_json, self.into)
        quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
        subprocess.run(["npm", "install", "--ignore-scripts", *quiet], cwd=self.into, check=True)


def _name(requirement: str) -> str:
    return re.split(r"[\[=]", requirement)[0]


def _pip(requirement: str, into: Path) -> None:
    unfinished = into.with_name(f"{into.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(unfinished), requirement], check=True)
    unfinished.rename(into)
