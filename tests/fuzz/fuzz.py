"""Coverage-guided fuzzing of the readers of untrusted text, by atheris.

    make fuzz                          two hours, as many readers at a time as there are cores
    make fuzz FUZZ=600 READERS='xml'   ten minutes for the reader of XML

The inputs to start from are in ``tests/fuzz/corpus/READER``. New ones, and those that found a bug, are in ``build/fuzz``;
``python -m tests.fuzz.fuzz READER FILE`` reads one such file again. An input that takes longer than ``SLOWEST`` seconds is a
bug, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import cpu_count
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
BUILD = ROOT / "build" / "fuzz"
LONGEST = 8192
"""Bytes of an input."""
SLOWEST = 10
INSTRUMENTED = {
    "head": ["dav424.wire.head", "dav424.wire.framing"],
    "chunks": ["dav424.wire.framing"],
    "headers": ["dav424.dav.headers", "dav424.dav.charset", "dav424.core.paths"],
    "if": ["dav424.dav.if_header", "dav424.core.paths"],
    "paths": ["dav424.core.paths"],
    "login": ["dav424.gateway.credentials"],
    "xml": ["dav424.dav.request_xml", "dav424.dav.property_writer", "dav424.methods.properties", "dav424.dav.charset"],
    "json": ["dav424.methods.batch_requests", "dav424.dav.charset"],
    "multipart": ["dav424.methods.batch_requests"],
    "condition": ["dav424.methods.batch_requests.if_expression"],
    "objects": ["dav424.objects.calendar_data"],
    "calendar": ["dav424.objects", "icalendar"],
    "card": ["dav424.objects", "vobject"],
    "pasted": ["dav424.diagnosis"],
    "dialect": ["dav424.dialects", "dav424.scenario.schema_errors", "dav424.scenario.yaml_reader"],
    "yaml": ["dav424.scenario", "dav424.core.paths", "dav424.causes.value_rule"],
}
"""The modules of which the fuzzer tries to reach every branch, by reader."""


def fuzz(reader: str, seconds: int) -> bool:
    """Fuzz a reader in a process of its own; says whether no bug was found, and shows what was."""
    new = BUILD / reader
    new.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        f"-artifact_prefix={BUILD / reader}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    environment = dict(os.environ)
    if environment.get("FUZZ_SEED"):  # the same inputs again, as far as the time allows
        options.append(f"-seed={environment['FUZZ_SEED']}")
        environment["PYTHONHASHSEED"] = "0"
    command = [sys.executable, "-m", "tests.fuzz.fuzz", reader, *options, str(new), str(CORPUS / reader)]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    inputs = next((line.rpartition(" ")[2] for line in ran.stderr.split("\n") if "executed_units" in line), "no")
    print(f"{reader}: {inputs} inputs in {seconds} seconds", flush=True)
    if ran.returncode:
        print(ran.stdout + ran.stderr, flush=True)
    return ran.returncode == 0


def one(reader: str, arguments: list[str]) -> None:
    """Run the fuzzer of LLVM in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED[reader]):
        from tests.fuzz.readers import READERS
    atheris.Setup([sys.argv[0], *arguments], READERS[reader])
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Fuzz: ``SECONDS READER...`` for several readers (default: all), which share the time, or ``READER OPTION...``."""
    if arguments and not arguments[0].isdecimal():
        one(arguments[0], arguments[1:])
        return 0
    readers = arguments[1:] or sorted(INSTRUMENTED)
    workers = min(cpu_count() or 1, len(readers))
    each = max(1, int(arguments[0]) * workers // len(readers))
    with ThreadPoolExecutor(workers) as pool:
        fine = list(pool.map(partial(fuzz, seconds=each), readers))
    failed = [reader for reader, is_fine in zip(readers, fine, strict=True) if not is_fine]
    print(f"{len(readers)} readers, bugs in: {', '.join(failed) or 'none'}", flush=True)
    return min(len(failed), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
