"""Regular expressions that are compiled at their first use: a server has many, and needs few of them for its first answers.

What each request uses is compiled at once, with ``re.compile``, which is a little quicker later.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Give an expression whose methods work as those of a compiled one; only the first call of each looks for it.

    >>> pattern("[a-z]+").fullmatch("abc")[0]
    'abc'
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        """Compile the expression, and keep its method or attribute."""
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found
