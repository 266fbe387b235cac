"""File systems on which writes really fail: a full one, a read-only one, and one that belongs to another user.

The first two need a mount, and the last another user, so that the tests have to run as root. Without it they fail.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


def mount(*arguments: str) -> None:
    """Mount a file system."""
    if os.geteuid():
        raise PermissionError("these tests mount file systems, so run them as root")
    subprocess.run(["mount", *arguments], check=True)


@contextmanager
def small_disk(folder: Path, size: str = "64k") -> Iterator[Path]:
    """Mount a file system in memory that has little space."""
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only: it is mounted over itself."""
    mount("--bind", str(folder), str(folder))
    try:
        mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as another user, who owns nothing."""
    if os.geteuid():
        raise PermissionError("these tests act as another user, so run them as root")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def opened(folders: Iterable[Path]) -> Iterator[None]:
    """Let other users pass through folders, as such or as members of the group of root."""
    modes = {folder: folder.stat().st_mode for folder in folders}
    for folder, mode in modes.items():
        folder.chmod(mode | 0o011)
    try:
        yield
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
