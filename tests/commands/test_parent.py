"""``dav424 serve --exit-with-parent``: a server that outlives no test run."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "dav424", "serve", "--port", "0", *sys.argv[1:]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
SOON = 20.0
"""Seconds that bound an end which should come far sooner: the machine may be busy."""


def ends(process: int, seconds: float) -> bool:
    """Wait for the end of a process that is no child of this one."""
    descriptor = os.pidfd_open(process)
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


@pytest.mark.skipif(sys.platform != "linux", reason="the test waits with a pidfd")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("flags", [["--exit-with-parent"], []])
def test_the_server_ends_with_its_parent(number: signal.Signals, flags: list[str]) -> None:
    """Also after a SIGKILL, of which the parent tells nobody; without the flag, the server goes on."""
    with subprocess.Popen([sys.executable, "-c", PARENT, *flags], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        try:
            assert not ends(server, 0.5), "it runs as long as its parent"
            parent.send_signal(number)
            parent.wait()
            assert ends(server, SOON if flags else 1.0) is bool(flags)
        finally:
            if not flags:
                os.kill(server, signal.SIGKILL)
