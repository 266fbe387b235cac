"""cadaver, the command-line client: it sets and reads properties, and hears of a refused one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path


def cadaver(program: Callable[[str], str], url: str, commands: str, folder: Path) -> str:
    """Give cadaver commands on its standard input, and return what it printed."""
    done = subprocess.run(
        [program("cadaver"), url],
        input=commands,
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


def test_it_sets_and_reads_a_property(bundled_url: str, program: Callable[[str], str], tmp_path: Path) -> None:
    """A property set with propset comes back with propget."""
    (tmp_path / "note.txt").write_text("Milk\n")
    told = cadaver(
        program,
        f"{bundled_url}playground/",
        "put note.txt\npropset note.txt colour green\npropget note.txt colour\n",
        tmp_path,
    )
    assert "Setting property on `note.txt': succeeded." in told
    assert "Value of colour is: green" in told


def test_it_tells_its_user_of_a_protected_property(
    bundled_url: str, program: Callable[[str], str], tmp_path: Path
) -> None:
    """Propset of a property that a scenario protects fails, with the server's reason."""
    (tmp_path / "ns.txt").write_text("")
    told = cadaver(
        program, f"{bundled_url}proppatch-protected/", "set namespace DAV:\npropset report.txt getetag mine\n", tmp_path
    )
    assert "Setting property on `report.txt': failed" in told
    assert "403" in told or "getetag is protected" in told
