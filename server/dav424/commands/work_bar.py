"""A progress bar on a terminal, for work of several stages."""

from __future__ import annotations

import sys


class WorkBar:
    """Shows on a terminal how far the work is; on anything else it shows nothing."""

    def __init__(self, what: str) -> None:
        self._what, self._done = what, 0

    def __call__(self, name: str, total: int) -> None:
        """Show the thing that is done now, one of ``total``."""
        self._done = self._done % total + 1
        if sys.stderr.isatty():
            filled = 20 * self._done // total
            line = f"\r[{'#' * filled:20}] {self._what}: {name[:30]:30}"
            print(line, end="\n" if self._done == total else "", file=sys.stderr, flush=True)
