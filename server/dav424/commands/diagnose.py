"""The command ``dav424 diagnose``: what a pasted answer means."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from dav424.commands.flag_types import Flag, UsageError


def _format(text: str) -> str:
    if text not in ("text", "json"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a format; choose text or json")
    return text


DIAGNOSE_FLAGS = (
    Flag(
        name="--format",
        metavar="FORMAT",
        default="text",
        convert=_format,
        help="format of the diagnosis: text or json",
    ),
)


def diagnose(options: argparse.Namespace) -> int:
    """Print the diagnosis of each answer. The exit status is 0 if nothing failed, 1 if something did, 2 if one can't be read."""
    from dav424.diagnosis import UnreadableText
    from dav424.diagnosis import diagnose as diagnosis_of
    from dav424.diagnosis.report import as_data, as_text

    try:
        text = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        raise UsageError(f"{options.file} can't be read: {error.strerror}") from None
    try:
        report = diagnosis_of(text)
    except UnreadableText as error:
        raise UsageError(str(error)) from None
    if options.format == "json":
        print(json.dumps(as_data(report), indent=2))
    else:
        print(as_text(report, shutil.get_terminal_size((80, 24)).columns))
    return report.exit_status
