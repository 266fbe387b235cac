"""Types are prepared by one thread at a time: msgspec crashes the process otherwise."""

from __future__ import annotations

import subprocess
import sys

RACE = """
import sys, threading, time
import msgspec
from dav424.core import decode
from dav424.scenario.json_schema import schema
from dav424.scenario.model import Scenario

sys.setswitchinterval(1e-6)
start = threading.Barrier(3)
data = {"title": "t", "tree": {"/a": {"content": "x"}}, "causes": [{"id": "a", "kind": "store-fails", "path": "/"}]}

def read():
    start.wait()
    time.sleep(0.002)  # the schema has been begun by now
    for _ in range(20):
        decode.to_type(data, Scenario)

def write_schema():
    start.wait()
    schema()

threads = [threading.Thread(target=each) for each in (write_schema, read, read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_a_type_can_be_used_while_its_schema_is_written() -> None:
    """Each process prepares its types once, so that each try is a process; two of three crashed."""
    for _ in range(6):
        done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
