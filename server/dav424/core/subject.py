"""The subject of an action: the verb and the resource by which causes match it and explanations name it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from dav424.core.paths import Path, href

Verb = Literal[
    "set", "remove", "create", "write", "delete", "copy", "move", "lock", "unlock", "order", "read", "make", "begin"
]
READING: frozenset[Verb] = frozenset({"read", "make"})
"""The verbs that change nothing."""


class Subject(Struct, frozen=True):
    """A verb and the resource at ``path`` or, with ``property``, one property of it.

    ``property`` is a name in Clark notation. ``text`` is the character data of the value to be set. ``name`` replaces
    the property or the path in explanations.
    """

    verb: Verb
    path: Path
    property: str = ""
    text: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Write the subject for an explanation, such as ``set {DAV:}displayname`` or ``delete /a/b``."""
        return f"{self.verb} {self.name or self.property or href(self.path)}"
