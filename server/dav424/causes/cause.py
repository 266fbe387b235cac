"""What every kind of cause has in common."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from dav424.core.batch import Refused
from dav424.core.paths import Path, split
from dav424.core.subject import Subject, Verb

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.method_facts import MethodFacts
    from dav424.store.draft import Draft

# In a pattern, $ lets a newline follow in Python, though not in JSON Schema; (?!\n) does not.
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)", description="A name, unique among the causes.")]
TreePath = Annotated[
    str, Meta(pattern=r"^/", description="A path from the scenario's root; what lies below it is included.")
]
PropertyName = Annotated[
    str,
    Meta(
        pattern=r"^(\{[^{}]*\})?[^{}\s]+$(?!\n)", description="A property's name in Clark notation, as {DAV:}getetag."
    ),
]
Status = Annotated[int, Meta(ge=400, le=599, description="The HTTP status of the refusal; never 424.")]
Count = Annotated[int, Meta(ge=1)]


class Cause(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    rename="kebab",
):
    """Something that a scenario puts in the way.

    The counters say which of the matching attempts it strikes, counted from 1: only the ``nth``, only
    those past the first ``after``, and at most ``times`` of them.
    """

    verbs: ClassVar[frozenset[Verb]] = frozenset()
    """What is done to whole resources that this kind can refuse; changes of properties don't count."""
    section: ClassVar[str] = ""
    """Where it is written that such a thing is refused."""

    id: Id
    nth: Count | None = None
    after: Annotated[int, Meta(ge=0)] = 0
    times: Count | None = None

    def install(self, draft: Draft) -> None:
        """Put into the tree what this cause consists of; most consist of nothing there."""

    def uninstall(self, draft: Draft) -> None:
        """Take out of the tree what ``install`` put there."""

    def refuse_request(self, request: Request, method: MethodFacts) -> Refused | None:
        """Refuse the request as a whole, or None; ``method`` are the facts of its method."""
        return None

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse one action, or None."""
        return None

    def refuse_commit(self, request: Request) -> Refused | None:
        """Refuse to commit a group of the request's actions, or None."""
        return None

    def is_behind(self, by: object) -> bool:
        """Say whether what stood in the way of an action is this cause."""
        return by == self.id

    def could_refuse(self, verb: Verb, top: Path) -> bool:
        """Say whether it could refuse ``verb`` at a path or anywhere below it."""
        mine = self.subtree
        return verb in self.verbs and (top[: len(mine)] == mine or mine[: len(top)] == top)

    @property
    def kind(self) -> str:
        """The name of its kind in scenario files."""
        return str(type(self).__struct_config__.tag)

    @property
    def only_property(self) -> str | None:
        """The one property that it can refuse a change of; None for one that isn't so particular."""
        return getattr(self, "property", None)

    @property
    def subtree(self) -> Path:
        """The path that it speaks of, with all below it."""
        return _segments(getattr(self, "path", "/"))

    def applies_to(self, match: int) -> bool:
        """Say whether the ``match``-th matching attempt is struck."""
        if self.nth is not None:
            return match == self.nth
        return match > self.after and (self.times is None or match <= self.after + self.times)


def below(path: Path, top: str) -> bool:
    """Say whether a path is the one written ``top`` or lies below it."""
    if top == "/":
        return True
    prefix = _segments(top)
    return path[: len(prefix)] == prefix


@lru_cache(maxsize=1024)
def _segments(top: str) -> Path:
    return split(top)[0]
