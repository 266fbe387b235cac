"""The numbers that flags take: ports, sizes, times."""

from __future__ import annotations

import argparse
import re


def port(text: str) -> int:
    """Read a port; raises ``argparse.ArgumentTypeError``, as all of these do."""
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def whole(text: str) -> int:
    """Read a whole number."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number; give one such as 1000")
    return int(text)


def size(text: str) -> int | None:
    """Read a number of bytes, with or without a unit; None for an empty text."""
    match = re.fullmatch(r"([0-9]{1,18})\s*(?:([KMGT])i?)?B?", text.strip(), re.IGNORECASE)
    if match is None:
        if not text:
            return None
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a number of bytes; give one such as 2GiB, 512MiB or 1000000"
        )
    return int(match[1]) << 10 * " KMGT".index((match[2] or " ").upper())


def seconds(text: str) -> float:
    """Read a number of seconds."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; give one such as 30")
    return float(text)


def seconds_above_zero(text: str) -> float:
    """Read a number of seconds that is not 0."""
    number = seconds(text)
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; give more than 0 seconds, such as 30")
    return number
