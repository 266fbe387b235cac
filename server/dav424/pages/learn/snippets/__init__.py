"""Examples of servers that return a 424 properly: each names the dependency, its status, and whether to retry.

The files end in ``.txt``, since they are texts of the pages, and no part of this program. Tests run them.
"""

from __future__ import annotations

from importlib.resources import files

from msgspec import Struct


class Snippet(Struct, frozen=True):
    """An example: the name of its framework or language, and its whole text."""

    name: str
    text: str


def _read(name: str, file: str) -> Snippet:
    return Snippet(name, files(__name__).joinpath(file).read_text("utf-8"))


SNIPPETS = {
    "Express": _read("Express", "express.txt"),
    "Flask": _read("Flask", "flask.txt"),
    "PHP": _read("PHP", "php.txt"),
    "FastAPI": _read("FastAPI", "fastapi.txt"),
    "Go": _read("Go", "go.txt"),
}
