"""Put the test suites of other projects into build/suites: python-caldav's own tests, and caldav-server-tester.

Their packages are the dependency group ``suites`` of pyproject.toml, in an environment of their own. The tests of python-caldav
are in its source distribution alone.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from tests.installed import ROOT, NotInstalledError

INTO = ROOT / "build" / "suites"
GROUP: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["suites"]
CALDAV = next(each for each in GROUP if each.startswith("caldav=="))
PYTHON = INTO / "env" / "bin" / "python"
TESTER = INTO / "env" / "bin" / "caldav-server-tester"
_DONE = INTO / "requirements.txt"


def caldav_source() -> Path:
    """Give the folder with the source of python-caldav; raises NotInstalledError if the suites aren't here."""
    if not _DONE.exists() or _DONE.read_text().splitlines() != GROUP:
        raise NotInstalledError("The test suites aren't installed here; make suites does that")
    return INTO / CALDAV.replace("==", "-")


def main() -> None:
    """Install them, unless they are there."""
    try:
        caldav_source()
    except NotInstalledError:
        INTO.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(INTO / "env")], check=True)
        pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", *GROUP], check=True)
        only_source = ["--no-deps", "--no-build-isolation", "--no-binary", "caldav", "--dest", str(INTO), CALDAV]
        subprocess.run([*pip, "install", "hatchling", "hatch-vcs"], check=True)
        subprocess.run([*pip, "download", *only_source], check=True)
        (archive,) = INTO.glob("caldav-*.tar.gz")
        with tarfile.open(archive) as source:
            source.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 has none
            source.extractall(INTO)
        _DONE.write_text("".join(f"{each}\n" for each in GROUP))


if __name__ == "__main__":
    main()
