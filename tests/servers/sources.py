"""The packages that real servers are from: whether they are here, and in which version."""

from __future__ import annotations

import subprocess
from pathlib import Path

from msgspec import Struct

from tests.installed import ROOT, FromNpm, FromPyPI, NotInstalledError

INTO = ROOT / "build" / "servers"
OF_PYPI = FromPyPI("servers", INTO, "make servers-install")
OF_NPM = FromNpm(Path(__file__).with_name("files") / "package.json", INTO / "npm", "make servers-install")
GO_PROGRAM = INTO / "gowebdav"


class Debian(Struct, frozen=True):
    """The package of Debian that has the server, and others that it needs here."""

    package: str
    needs: tuple[str, ...] = ()

    def version(self) -> str:
        """Give the version of the server; raises NotInstalledError if a package isn't here."""
        missing = [each for each in (self.package, *self.needs) if not _installed(each)]
        if missing:
            raise NotInstalledError(f"On Debian, run: apt-get install --no-install-recommends {' '.join(missing)}")
        return _installed(self.package)


class PyPI(Struct, frozen=True):
    """A package of the dependency group ``servers``."""

    package: str

    def version(self) -> str:
        """Give the version; raises NotInstalledError if the package isn't here."""
        OF_PYPI.at_hand(self.package)
        return OF_PYPI.pinned()[self.package]


class Npm(Struct, frozen=True):
    """A package of package.json."""

    package: str

    def version(self) -> str:
        """Give the version; raises NotInstalledError if the package isn't here."""
        OF_NPM.at_hand()
        return OF_NPM.pinned()[self.package]


Source = Debian | PyPI | Npm


def _installed(package: str) -> str:
    """Give the upstream version of an installed package of Debian, or nothing."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${source:Upstream-Version}", package]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    status, _, version = done.stdout.partition(" ")
    return version if status == "installed" else ""
