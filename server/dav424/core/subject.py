"""What an action is about: the label that causes match on and that people read."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from dav424.core.paths import Path, href

Verb = Literal[
    "set", "remove", "create", "write", "delete", "copy", "move", "lock", "unlock", "order", "read", "make", "begin"
]


class Subject(Struct, frozen=True):
    """``verb`` done to the resource at ``path`` or, with ``property``, to one property of it.

    ``property`` is a name in Clark notation; ``text`` is the character data of the value to be set; ``name``
    is what people call it, if neither of the others.
    """

    verb: Verb
    path: Path
    property: str = ""
    text: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Say it in words, as explanations do."""
        return f"{self.verb} {self.name or self.property or href(self.path)}"
