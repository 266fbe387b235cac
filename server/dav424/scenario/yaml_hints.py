"""What to write instead of text that is no YAML: PyYAML says what it expected, and not which mistake was made."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CLARK = re.compile(r"""(?:^|[\s:,\[{-])(\{[^{}"'\s]*\}[^\s,:}\]"']+)""")
"""A name in Clark notation outside of quotes, which YAML reads as a mapping."""
_INDENT = "; check the indentation: keys that belong together begin in one column, and so do the '-' of a list"
_HINTS = (
    ("mapping values are not allowed", f"{_INDENT}; put text with ': ' in it in quotes"),
    ("expected '-' indicator", _INDENT),
    ("expected <block end>", _INDENT),
    ("found character '%'", "; put text that begins with % in quotes"),
    ("could not find expected ':'", "; write 'KEY: VALUE', with a space after the colon"),
    ("did not find expected key", f"{_INDENT}; put text that begins with one of {{[&*!|>'\"%@` in quotes"),
    ("unexpected end of stream", "; close the quote or bracket that is open here"),
    ("undefined alias", "; put text that begins with * in quotes"),
)
"""Beginnings of PyYAML's messages, and what to do about each."""


def syntax_hint(text: str, problem: str, numbers: Sequence[int]) -> str:
    """Say what to write instead; empty if nothing more is known than PyYAML says in ``problem``.

    ``numbers`` are those of the lines that PyYAML points to, counted from 0: the line of the problem comes first.
    """
    lines = text.split("\n")
    for number in sorted({*numbers, *(below - 1 for below in numbers)}):
        name = _CLARK.search(lines[number]) if 0 <= number < len(lines) else None
        if name is not None:
            return f'; put names with {{...}} in quotes: "{name[1]}"'
    line = lines[numbers[0]] if numbers and numbers[0] < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "; indent with spaces, not with tabs"
    return next((hint for beginning, hint in _HINTS if beginning in problem), "")
