"""The docstrings of the code in the reference: an indented paragraph in them is code."""

from __future__ import annotations


def with_code_blocks(lines: list[str]) -> None:
    """Mark each indented paragraph of a docstring as code, in place; one that is marked already stays.

    >>> lines = ["The parts:", "", "    a = 1", "    b = 2", "", "The end."]
    >>> with_code_blocks(lines)
    >>> lines
    ['The parts:', '', '::', '', '    a = 1', '    b = 2', '', 'The end.']
    """
    marked = []
    code = False
    before = ""  # the last line with text
    for position, line in enumerate(lines):
        begins = line.startswith("    ") and position > 0 and not lines[position - 1].strip()
        if begins and not code and not before.endswith("::") and not before.lstrip().startswith(("- ", "..")):
            marked += ["::", ""]
        if line.strip():
            code = line.startswith("    ")
            before = line
        marked.append(line)
    lines[:] = marked
