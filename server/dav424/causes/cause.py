"""The base class of all causes, and the types of their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from dav424.causes.counted import Counted
from dav424.core.batch import Refused
from dav424.core.memory import Remembered
from dav424.core.paths import Path, split
from dav424.core.subject import Subject, Verb
from dav424.core.writable import XML_NAME, XML_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dav424.causes.resource_access import ResourceAccess
    from dav424.core.message import Request
    from dav424.store.draft import Draft

TreePath = Annotated[str, Meta(pattern=r"^/", description="An absolute path in the scenario, such as /a/b.")]
SubtreePath = Annotated[
    str, Meta(pattern=r"^/", description="The cause applies at this path of the scenario and to everything below it.")
]
PropertyName = Annotated[
    str,
    Meta(
        pattern=XML_NAME,
        description="The name of a property in Clark notation, such as {DAV:}getetag.",
    ),
]
Sentence = Annotated[str, Meta(min_length=1, pattern=XML_TEXT)]
"""A text that a client can see in XML."""


class Cause(Counted, frozen=True, kw_only=True):
    """A cause: a reason why requests, actions or commits are refused.

    By default a cause applies to every match. Matches are counted from 1: ``nth: 3`` hits only the third,
    ``after: 2`` skips the first two, and ``times: 1`` hits once. ``counted`` says what a match is.

    A kind of cause is a subclass with a ``tag``. It overrides at least one of the ``refuse_`` methods, or ``install``.
    The first line of its docstring is a rule in the explanations of the journal; all of the docstring is in the JSON
    Schema of scenario files.
    """

    verbs: ClassVar[frozenset[Verb]] = frozenset()
    """The verbs on whole resources that this kind can refuse. Changes of properties don't count."""
    counts_writes: ClassVar[bool] = False
    """True for a kind of which each write, or each commit, is a match, and not each request."""
    section: ClassVar[str] = ""
    """The document and section by which such a refusal is right, for the explanations of the journal."""

    def install(self, draft: Draft) -> None:
        """Put the cause into the tree, as a lock or a quota. Most causes leave the tree unchanged."""

    def uninstall(self, draft: Draft) -> None:
        """Undo ``install``."""

    @property
    def stands(self) -> bool:
        """True if ``install`` puts it into the tree, where it stands exactly while it would refuse the next attempt."""
        return False

    def refuse_access(self, access: ResourceAccess) -> Refused | None:
        """Return the refusal of what a request does to one resource, or None.

        The server asks about the Request-URI and the ``Destination``, where a refusal refuses the request as a whole,
        and about each member that the request touches. A kind answers by the sender, the method and the path alone.
        """
        return None

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Return the refusal of one action, or None. ``subject`` says what the action does, and where."""
        return None

    def refuse_commit(self, request: Request, subjects: Sequence[Subject]) -> Refused | None:
        """Return the refusal to commit a group of the request's actions, or None. ``subjects`` are those of the actions."""
        return None

    def is_behind(self, by: object) -> bool:
        """Say whether ``by``, the ``by`` of a ``Refused``, stands for this cause."""
        return by == self.id

    def could_refuse(self, verb: Verb, top: Path) -> bool:
        """Say whether it could refuse ``verb`` at a path or anywhere below it."""
        subtree = self.subtree
        return verb in self.verbs and (top[: len(subtree)] == subtree or subtree[: len(top)] == top)

    @property
    def counted(self) -> Literal["requests", "instructions", "writes"]:
        """What a match is.

        A request is one match, however many of its resources the cause meets; so is an instruction about the one property
        of a cause, and a write or commit of ``store-fails``.
        """
        if self.counts_writes:
            return "writes"
        return "requests" if self.only_property is None else "instructions"

    @property
    def only_property(self) -> str | None:
        """The name of the only property whose changes it can refuse; None if it isn't limited to one property."""
        return getattr(self, "property", None)

    @property
    def subtree(self) -> Path:
        """The root of the subtree that it applies to; the root of the tree if it has no ``path``."""
        return _SEGMENTS[getattr(self, "path", "/")]


def below(path: Path, top: str) -> bool:
    """Say whether a path is ``top`` or lies below it; ``top`` is written as in a scenario, percent-encoded."""
    if top == "/":
        return True
    prefix = _SEGMENTS[top]
    return path[: len(prefix)] == prefix


def _segments(top: str) -> Path:
    return split(top)[0]


_SEGMENTS = Remembered(_segments, most=1000)
