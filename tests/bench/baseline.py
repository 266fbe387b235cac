"""Compare this version with the last one that CHANGELOG.md has: a regression beyond noise fails.

    python -m tests.bench.baseline            compare with baseline.json
    python -m tests.bench.baseline --write    write baseline.json anew

Two things are compared, and no bare time. The instructions of each kind of request hardly change from run to run. The
rate of one request beside other servers, in rounds in which each has its turn, also sees what a processor waits for; its
bound is wide, since machines are shared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import msgspec
from msgspec import Struct

from dav424 import __version__
from tests.bench import servers
from tests.bench.instructions import instructions
from tests.bench.load import Connection, rate, request
from tests.bench.workload import FAILING, XML

FILE = Path(__file__).with_name("baseline.json")
MOST_INSTRUCTIONS = 1.15
"""How many times the instructions of the last version a kind may take."""
LEAST_RATE = 0.5
"""What part of the ratio of the last version a rate must reach."""
_TRIES = 3
"""How often rates are measured before one is called a regression: it is one each time."""
_ROUNDS, _SECONDS = 5, 0.4


class Baseline(Struct):
    """What a version took: the ``instructions`` of each kind, in units of a fixed work, and ``rates`` beside other servers."""

    version: str
    python: str
    instructions: dict[str, float]
    rates: dict[str, float]


def python() -> str:
    """Give the version of Python whose byte code is counted."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def kept() -> Baseline:
    """Read the baseline of the last version."""
    return msgspec.json.decode(FILE.read_bytes(), type=Baseline)


def slower(found: Mapping[str, float], last: Baseline) -> list[str]:
    """Say which kinds take more instructions than they may; a kind that the last version did not have can't."""
    return [
        f"{kind}: {found[kind] / before:.2f} times the instructions of version {last.version}: "
        f"{found[kind]} units instead of {before}, and {MOST_INSTRUCTIONS} times are allowed"
        for kind, before in last.instructions.items()
        if kind in found and found[kind] > MOST_INSTRUCTIONS * before
    ]


def rarer(found: Mapping[str, float], last: Baseline) -> list[str]:
    """Say which rates are too low beside those of other servers."""
    return [
        f"{name}: {found[name]:.2f} times its rate, and it was {before:.2f} in version {last.version}; "
        f"at least {LEAST_RATE * before:.2f} is wanted"
        for name, before in last.rates.items()
        if name in found and found[name] < LEAST_RATE * before
    ]


def rates() -> dict[str, float]:
    """Give the rate of a PROPPATCH that fails beside that of other servers: the median of the ratios of the rounds."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        running = {"dav424": stack.enter_context(servers.dav424(folder))}
        running["stock WsgiDAV"] = stack.enter_context(servers.stock(folder))
        connection = Connection(running["dav424"].port)
        connection.ask(request("PUT", "/playground/f.txt", b"x"))
        _, answer = connection.ask(request("PROPPATCH", "/playground/f.txt", FAILING, **XML))
        running["bare cheroot"] = stack.enter_context(servers.bare(folder, answer))
        Connection(running["stock WsgiDAV"].port).ask(request("PUT", "/f.txt", b"x"))
        ratios: dict[str, list[float]] = {each: [] for each in running if each != "dav424"}
        for _ in range(_ROUNDS):
            found = {
                each: rate(server.port, request("PROPPATCH", f"{server.base}/f.txt", FAILING, **XML), 1, _SECONDS)
                for each, server in running.items()
            }
            for each, measured in ratios.items():
                measured.append(found["dav424"] / found[each])
    return {each: round(statistics.median(measured), 3) for each, measured in ratios.items()}


def regressions(
    last: Baseline, count: Callable[[], Mapping[str, float]], measure: Callable[[], Mapping[str, float]]
) -> list[str]:
    """Say what is slower than in the last version. A rate that is too low is measured again: noise passes, and a regression stays."""
    found = slower(count(), last)
    for _ in range(_TRIES):
        low = rarer(measure(), last)
        if not low:
            return found
    return found + low


def main() -> int:
    """Compare, or write; gives the exit status."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="write baseline.json anew")
    if options.parse_args().write:
        written = Baseline(__version__, python(), instructions(), rates())
        FILE.write_bytes(msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n")
        print(f"{FILE} has the baseline of version {__version__}")
        return 0
    last = kept()
    if last.python != python():
        print(
            f"The baseline is that of Python {last.python}, and this is {python()}: there is nothing to compare with."
        )
        return 0
    counted: dict[str, float] = {}

    def count() -> Mapping[str, float]:
        counted.update(instructions())
        return counted

    found = regressions(last, count, rates)
    for kind, units in counted.items():
        before = last.instructions.get(kind)
        print(f"{kind}: {units} units" + (f", {units / before:.2f} times the last version" if before else ""))
    for sentence in found:
        print(f"REGRESSION {sentence}")
    if found:
        print("If this is meant, write the baseline anew: make bench-baseline ARGS=--write")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
