"""Put the clients of PyPI and npm into build/clients.

The versions are those of the dependency group ``clients`` in pyproject.toml and of package.json here.
"""

from __future__ import annotations

from pathlib import Path

from tests.installed import ROOT, FromNpm, FromPyPI

INTO = ROOT / "build" / "clients"
NPM = INTO / "npm"
_PYPI = FromPyPI("clients", INTO, "make clients")
_OF_NPM = FromNpm(Path(__file__).with_name("package.json"), NPM, "make clients")

at_hand = _PYPI.at_hand
pinned = _PYPI.pinned
pinned_npm = _OF_NPM.pinned
has_npm = _OF_NPM.are_here


def main() -> None:
    """Install whatever isn't there yet."""
    _PYPI.install()
    _OF_NPM.install()


if __name__ == "__main__":
    main()
