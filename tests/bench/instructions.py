"""Count the instructions of each kind of request, and of a start, with cachegrind: the same in each run, whatever else the machine does.

An interpreter of another build takes more or fewer for the same work. So the unit is one round of a fixed work of Python
and lxml (``workload.reference``).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.bench.workload import KINDS, REFERENCE, REQUESTS, START
from tests.installed import NotInstalledError

PROGRAM = ("-m", "tests.bench.workload")
"""The arguments of Python that do the work of a kind."""
LONGEST = 600
"""Seconds: a bound against a hang."""


def count(kind: str, number: int, program: Sequence[str] = PROGRAM) -> int:
    """Give the instructions of a process that does a kind of work so many times; raises NotInstalledError without valgrind."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NotInstalledError("valgrind is not installed; on Debian: apt-get install valgrind")
    command = [valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command += [sys.executable, *program, kind, str(number)]
    # The order of a set depends on the seed, and byte code is what an installed program has.
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    settings["PYTHONHASHSEED"] = "0"
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST, env=settings)
    found = re.search(r"I +refs: +([\d,]+)", run.stderr)
    if run.returncode or found is None:
        raise AssertionError(run.stderr[-2000:])
    return int(found[1].replace(",", ""))


def instructions(kinds: Iterable[str] = KINDS, program: Sequence[str] = PROGRAM) -> dict[str, float]:
    """Give what each kind takes once, in units of the reference."""
    wanted = [kind for kind in kinds if kind != REFERENCE]
    for kind in (START, next(iter(REQUESTS))):  # what runs first also writes byte code
        subprocess.run([sys.executable, *program, kind, "1"], check=True, capture_output=True, timeout=LONGEST)
    runs = {(REFERENCE, 0), (REFERENCE, KINDS[REFERENCE])}
    for kind in wanted:
        runs |= {(kind, KINDS[kind]), _without(kind)}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(zip(runs, pool.map(lambda run: count(*run, program), runs), strict=True))

    def once(kind: str) -> float:
        return (counted[kind, KINDS[kind]] - counted[_without(kind)]) / KINDS[kind]

    return {kind: round(once(kind) / once(REFERENCE), 4) for kind in wanted}


def _without(kind: str) -> tuple[str, int]:
    """Give the run that does all but the counted work: the same one for all requests."""
    return (next(iter(REQUESTS)) if kind in REQUESTS else kind), 0
