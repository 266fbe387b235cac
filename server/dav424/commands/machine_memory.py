"""How much memory the machine has for the server: the default of ``--max-memory`` is half of that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def default_limit() -> int | None:
    """Give half of the memory that the server can use, in bytes; None where nothing says how much that is."""
    known = [*_machine(), *cgroup_limits(OWN_CGROUPS, CGROUPS), *_process()]
    return min(known) // 2 if known else None


def _machine() -> Iterator[int]:
    try:
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return  # this system does not say


def _process() -> Iterator[int]:
    """Give the limits of ``ulimit -v`` and ``ulimit -d``, if they are set."""
    try:
        import resource
    except ModuleNotFoundError:
        return  # this system has no such limits
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        limit, _ = resource.getrlimit(kind)
        if limit != resource.RLIM_INFINITY:
            yield limit


def cgroup_limits(own: Path, mounted: Path) -> Iterator[int]:
    """Give the limits of the cgroup of this process and of those above it, of version 2 and 1.

    ``own`` is the file that names the cgroup, and ``mounted`` the folder of all cgroups. In a container, the folder can be
    that of the container's own cgroup, whatever the name is.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controllers == "":
            yield from _limits(mounted, name, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits(mounted / "memory", name, "memory.limit_in_bytes")


def _limits(top: Path, name: str, file: str) -> Iterator[int]:
    below = [part for part in name.split("/") if part not in ("", "..")]
    for depth in range(len(below) + 1):
        try:
            text = top.joinpath(*below[:depth], file).read_text().strip()
        except OSError:
            continue  # the root has no limit, and a container sees its own cgroup as the root
        if text.isdecimal():
            yield int(text)
