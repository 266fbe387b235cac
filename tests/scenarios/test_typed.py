"""Loading by many threads at once, the first time that a process does so."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading
from dav424.scenario.load import load
from dav424.scenario.files import bundled_files
files = bundled_files()[:8]
barrier = threading.Barrier(len(files))
def one(file):
    barrier.wait()
    load(file.read_bytes(), file.name, trusted=True)
threads = [threading.Thread(target=one, args=(file,)) for file in files]
for each in threads: each.start()
for each in threads: each.join()
print("alive")
"""


def test_many_threads_load_their_first_scenario_at_once() -> None:
    """Nothing crashes: in one process after the other, so that the threads meet at the first use."""
    for _ in range(5):
        run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
        assert (run.returncode, run.stdout, run.stderr) == (0, "alive\n", "")
