"""Measure whether the time of every request grows with its size, and no faster.

    make bench-linear
    make bench-linear ARGS='XML JSON'     the cases whose names contain one of these words
    make bench-linear ARGS='--case "JSON: brackets"'     one case, by its whole name

Each case of ``untrusted.py`` is sent in five sizes to a server in this process. What is measured is the CPU time of the
process, client included, so that other processes don't count, and without the time in which the system hands out pages of memory: it depends on
earlier work of the machine, and it comes in steps. The exponent is the slope of the line through the
logarithms of sizes and times: 1 is linear, 2 is quadratic. A case beyond ``MOST`` is measured once more in a process of
its own, and the benchmark fails if it is beyond it there too: what grows too fast does so each time, and noise does not.
"""

from __future__ import annotations

import argparse
import gc
import math
import mmap
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from dav424.app import App
from dav424.diagnosis import UnreadableText, diagnose
from dav424.diagnosis.report import as_text
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.bench.pasted_texts import pasted_texts
from tests.bench.spelled_answers import spelled_answers
from tests.bench.untrusted import SCENARIO, TREE_SIZES, USERS, Case, Sent, cases, files

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 1.15
"""The largest exponent."""
SWIFT = 30e-9
"""Seconds for a byte: a case whose third size takes no longer is not measured again, since even its largest size is swift."""
BOUNDED = 0.3
"""Seconds: what never takes longer, since larger requests are refused, may grow as it likes."""
TOO_LONG = 6.0
"""Seconds: the first size that takes longer is the largest one of its case."""
_PAGES = 16_384
ROUNDS = (2, 5, 9)
"""How often each size is sent: more often if the exponent is too large, since the least time has the least noise."""


_Text = TypeVar("_Text", str, bytes)


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _of_a_page() -> float:
    """Measure the CPU time in which the system hands out a page of memory, in seconds."""
    start, before = time.process_time(), _faults()
    with mmap.mmap(-1, _PAGES * mmap.PAGESIZE) as fresh:
        for offset in range(0, len(fresh), mmap.PAGESIZE):
            fresh[offset] = 1
    return (time.process_time() - start) / max(1, _faults() - before)


OF_A_PAGE = _of_a_page()


def _computing() -> float:
    """Give the CPU time of the process so far, without that for pages of memory."""
    return time.process_time() - _faults() * OF_A_PAGE


class Target:
    """A server in this process. Each request gets a new space, and may change it."""

    def __init__(self, url: str, app: App) -> None:
        self.app = app
        self._address = (urlsplit(url).hostname, urlsplit(url).port)
        self._numbers = count()

    def seconds(self, sent: Sent, *, users: bool) -> float:
        """Send a request, and give the CPU time that it takes."""
        space, scenario = f"n{next(self._numbers)}", "users" if users else "lin"
        self.app.spaces.make(space)
        self.app.spaces.find(space).world(scenario)
        data = sent.written(f"/s/{space}/{scenario}").replace(b"{space}", space.encode())
        data = data.replace(b"{scenario}", scenario.encode())
        with socket.create_connection(self._address, timeout=120) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            start = _computing()
            _exchange(connection, data)
            taken = _computing() - start
        self.app.spaces.remove(space)
        return taken


def _exchange(connection: socket.socket, data: bytes) -> None:
    """Send a request and read its answer, up to the end of the body."""
    with suppress(BrokenPipeError, ConnectionResetError):  # an answer may come before the end of the request
        connection.sendall(data)
    received = bytearray()
    while b"\r\n\r\n" not in received:
        piece = connection.recv(1 << 20)
        assert piece, f"no answer to {data[:200]!r}"
        received += piece
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    status = int(head[9:12])
    assert status != 500, f"500 for {data[:200]!r}: {body[:200]!r}"
    lines = [line.lower() for line in head.split(b"\r\n")]
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
    if length is not None:
        left = length - len(body)
        while left > 0 and (piece := connection.recv(min(left, 1 << 20))):
            left -= len(piece)
    elif b"transfer-encoding: chunked" in lines:
        tail = body[-5:]
        while not tail.endswith(b"0\r\n\r\n") and (piece := connection.recv(1 << 20)):
            tail = (tail + piece)[-5:]


def exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """Fit the exponent: the slope of the line of least squares through the logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(max(taken, 1e-5)) for taken in times]
    middle, level = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - middle) * (y - level) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - middle) ** 2 for x in xs)


def measured(sizes: Sequence[int], run: Callable[[int], float]) -> tuple[float, list[float]]:
    """Measure a case: its exponent, and the least time for each size.

    The exponent is that of the least times, or the median of those of the rounds if that one is smaller: the least of
    nine short times has less noise than the least of nine long ones, while a round has the same noise in all its sizes.
    """
    first: list[float] = []
    for size in sizes:
        first.append(run(size))
        if len(first) == 3 and first[-1] < SWIFT * size:
            return 0.0, first
        if first[-1] > TOO_LONG:
            break
    if len(first) == 1:
        return math.inf, first
    sizes = sizes[: len(first)]
    rounds, least, slope = [first], first, math.inf
    for wanted in ROUNDS:
        while len(rounds) < wanted:
            gc.collect()
            rounds.append([run(size) for size in sizes])
        least = [min(times) for times in zip(*rounds, strict=True)]
        slope = min(steepest(sizes, least), statistics.median(steepest(sizes, times) for times in rounds))
        if slope <= MOST:
            break
    return slope, least


def steepest(sizes: Sequence[int], times: Sequence[float]) -> float:
    """Fit the exponent up to the size that takes longest: a larger request may be refused, and refused soon."""
    last = max(range(len(times)), key=times.__getitem__) + 1
    if last < len(times) and times[last - 1] < BOUNDED:
        return 0.0
    return exponent(sizes[:last], times[:last]) if last > 1 else 0.0


@contextmanager
def target() -> Iterator[Target]:
    """Serve the scenarios of the cases."""
    scenarios = {"lin": load("title: lin\n" + SCENARIO, "lin.yaml"), "users": load("title: users\n" + USERS, "u.yaml")}
    app = App({name: (lambda scenario=scenario: scenario) for name, scenario in scenarios.items()}, Settings(idle=0))
    with serving(app.gateway) as url:
        yield Target(url, app)


def _checked(text: str) -> float:
    start = _computing()
    with suppress(ScenarioError):  # most of these files are wrong, and to find that takes as long
        load(text, "file.yaml")
    return _computing() - start


def _diagnosed(text: bytes) -> float:
    start = _computing()
    with suppress(UnreadableText):
        as_text(diagnose(text))
    return _computing() - start


def runs(server: Target) -> Iterator[tuple[str, Sequence[int], Callable[[int], float]]]:
    """Give the cases: the name, the sizes, and what carries it out in a size and gives the seconds."""
    for case in cases():
        yield case.name, case.sizes, _sending(server, case)
    for name, make_file in files():
        yield name, TREE_SIZES, _timing(_checked, make_file)
    for name, make_text in pasted_texts():
        yield name, TREE_SIZES, _timing(_diagnosed, make_text)
    for name, run in spelled_answers():
        yield name, TREE_SIZES, run


def measure(wanted: Callable[[str], bool]) -> tuple[int, list[str]]:
    """Measure the cases with the names that are wanted, print those beyond ``MOST``: how many there were, and those."""
    number, slow = 0, []
    with target() as server:
        gc.freeze()
        gc.disable()  # it walks through all that a request makes, whenever a quarter has been added: linear, but in steps
        for name, sizes, run in runs(server):
            if not wanted(name):
                continue
            number += 1
            slope, times = measured(sizes, run)
            if slope > MOST:
                slow.append(name)
                told = ", ".join(f"{size}: {taken:.3f}" for size, taken in zip(sizes, times, strict=False))
                print(f"{name}: exponent {slope:.2f} (bytes: seconds {told})", flush=True)
    return number, slow


def alone(name: str) -> bool:
    """Measure a case in a process of its own, and tell whether it is beyond ``MOST`` there too."""
    return subprocess.run([sys.executable, "-m", "tests.bench.linear", "--case", name], check=False).returncode != 0


def main(arguments: Sequence[str]) -> int:
    """Measure what the command line says. 1: a case grows faster than ``MOST`` each time that it is measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.linear")
    parser.add_argument("words", nargs="*", help="measure the cases whose names contain one of these words")
    parser.add_argument("--case", help="measure this case alone, once")
    asked = parser.parse_args(arguments)
    if asked.case:
        number, slow = measure(lambda name: name == asked.case)
        if not number:
            parser.error(f"no case is called {asked.case!r}")
        return min(len(slow), 1)
    number, found = measure(lambda name: not asked.words or any(word in name for word in asked.words))
    slow = [name for name in found if alone(name)]
    print(f"{number} cases, {len(slow)} beyond the exponent {MOST} twice", flush=True)
    return min(len(slow), 1)


def _timing(seconds: Callable[[_Text], float], make: Callable[[int], _Text]) -> Callable[[int], float]:
    return lambda size: seconds(make(size))


def _sending(server: Target, case: Case) -> Callable[[int], float]:
    return lambda size: server.seconds(case.make(size), users=case.users)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
