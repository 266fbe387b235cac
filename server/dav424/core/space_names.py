"""The beginning of a path on the server: it names a space, and can name the dialect in which the space answers.

/SCENARIO/...                          the default space
/s/SPACE/SCENARIO/...                  a named space
/s/SPACE~DIALECT/SCENARIO/...          the same space in a dialect
/s/default~DIALECT/SCENARIO/...        the default space in a dialect
"""

from __future__ import annotations

from dav424.core.paths import Path

SPACES = "s"
"""The first segment of the URLs that name a space."""
DEFAULT_SPACE = "default"
"""The name of the space whose URLs do not name it."""
BEFORE_DIALECT = "~"
"""Between the name of a space and that of a dialect: no name of a space has it."""


def path_in_world(path: Path, base: Path) -> Path | None:
    """Give the path of a resource in the world at ``base``, from that on the server; None if it is in no such world.

    ``base`` ends in the name of a scenario. Paths that differ in their dialect alone lead to one resource.

    >>> path_in_world(("s", "a~apache", "scenario", "f"), ("s", "a", "scenario"))
    ('f',)
    """
    if path[: len(base)] == base:
        return path[len(base) :]
    plain = _without_dialect(base)
    lengths = (len(plain), len(plain) + 2)  # with a dialect, the default space has two segments more
    return next((path[length:] for length in lengths if _without_dialect(path[:length]) == plain), None)


def _without_dialect(base: Path) -> Path:
    """Give the path of a world without the dialect in it."""
    if base[-3:-2] != (SPACES,):
        return base
    space, tilde, _ = base[-2].partition(BEFORE_DIALECT)
    if not tilde:
        return base
    return (*base[:-3], *(() if space == DEFAULT_SPACE else (SPACES, space)), base[-1])
