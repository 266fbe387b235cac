"""What an action is about, and what it did.

The subject is the verb and the resource by which causes match an action and explanations name it. The effect says which
resources one action created, replaced or removed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from msgspec import Struct

from dav424.core.paths import Path, href

Verb = Literal[
    "set", "remove", "create", "write", "delete", "copy", "move", "lock", "unlock", "order", "read", "make", "begin"
]
NO_CHANGES: frozenset[Verb] = frozenset({"lock", "unlock", "read", "make", "begin"})
"""The verbs of actions that change neither a resource nor its properties; a lock is not a change."""
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


MOST_MEMBERS_NAMED = 50
"""The most members that one action names; it counts the others."""
MOST_MEMBERS_SORTED = 1000
"""The most members among which those to name are looked for: the cost of an action must not follow its members."""


class Members(Struct, frozen=True):
    """Members of a collection that one action dealt with in a single step, each with all resources below it.

    ``names`` are the first of them, sorted; ``more`` is the number of the others. ``created`` says that each is new.
    """

    verb: Verb
    names: Sequence[str]
    more: int = 0
    created: bool = False


class Effect(Struct, frozen=True):
    """What an action did: the members that it dealt with in the same step, and whether it ``created`` its resource.

    An action that dealt with ``members_only`` did nothing to the collection itself.
    """

    created: bool = False
    members: Sequence[Members] = ()
    members_only: bool = False


def members(verb: Verb, names: Collection[str], apart: Collection[str], *, created: bool = False) -> Members:
    """Name the members among ``names``, without those ``apart``; of a large collection, only their number is given."""
    if len(names) > MOST_MEMBERS_SORTED:
        return Members(verb, (), len(names) - sum(name in names for name in apart), created)
    named = sorted(set(names).difference(apart))
    return Members(verb, named[:MOST_MEMBERS_NAMED], len(named[MOST_MEMBERS_NAMED:]), created)
