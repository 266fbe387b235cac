"""The end of the process that started this one."""

from __future__ import annotations

import os
import signal
import threading

from dav424.core.clocks import sleep

INTERVAL = 0.2
"""Seconds between two looks at the parent process."""


def end_with_parent() -> None:
    """Send SIGTERM to this process as soon as its parent process has ended, however that ended.

    A process whose parent has ended gets another one, on each system but Windows.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            sleep(INTERVAL)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
