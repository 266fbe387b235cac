"""Colours in a terminal: of a status and of a verdict, by what it means.

A pipe, a dumb terminal and ``NO_COLOR`` (https://no-color.org/) get plain text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from dav424.core.batch import FAILED_DEPENDENCY

Paint = Callable[[str, int], str]
"""Gives a text in the colour of a status."""
_DONE, _CAUSE, _DEPENDENT = "32", "31", "33"
"""Green, red and yellow, as each terminal shows them."""
_OF_VERDICTS = {"conformant": _DONE, "wrong": _CAUSE, "a SHOULD missed": _DEPENDENT}


def painter() -> Paint:
    """Give the function that paints for the standard output."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return plain if is_plain else paint


def plain(text: str, _: int) -> str:
    """Leave a text without colour."""
    return text


def paint(text: str, status: int) -> str:
    """Give a text in the colour of a status: success, a failure on its own, or a failed dependency."""
    colour = _DEPENDENT if status == FAILED_DEPENDENCY else _CAUSE if status >= 300 else _DONE
    return f"\x1b[{colour}m{text}\x1b[0m"


def verdict_painter() -> Callable[[str, str], str]:
    """Give the function that paints the verdicts of a probe for the standard output."""
    if painter() is plain:
        return lambda text, _: text
    return lambda text, verdict: f"\x1b[{_OF_VERDICTS.get(verdict, '0')}m{text}\x1b[0m"
