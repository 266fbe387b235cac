"""Put the servers of PyPI and npm, and the one in Go, into build/servers.

The versions are those of the dependency group ``servers`` in pyproject.toml, and of files/package.json. Debian has the
others, and what the one in Go is made of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.servers.place import FILES
from tests.servers.sources import GO_PROGRAM, OF_NPM, OF_PYPI

DEBIAN_GO = "/usr/share/gocode"


def main() -> None:
    """Install whatever isn't there yet."""
    OF_PYPI.install()
    OF_NPM.install()
    source = FILES / "gowebdav.go"
    if not GO_PROGRAM.exists() or GO_PROGRAM.stat().st_mtime < source.stat().st_mtime:
        if shutil.which("go") is None:
            sys.exit("The server in Go needs go; on Debian: apt-get install golang-go golang-golang-x-net-dev")
        # Debian's libraries are for the way without modules.
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": DEBIAN_GO, "GOFLAGS": ""}
        subprocess.run(["go", "build", "-o", str(GO_PROGRAM), str(source)], env=environment, check=True)


if __name__ == "__main__":
    main()
