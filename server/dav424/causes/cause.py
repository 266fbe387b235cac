"""The base class of all causes, and the types of their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from dav424.core.batch import Refused
from dav424.core.memory import Remembered
from dav424.core.paths import Path, split
from dav424.core.subject import Subject, Verb
from dav424.core.writable import LARGEST_NUMBER, XML_NAME, XML_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dav424.causes.resource_access import ResourceAccess
    from dav424.core.message import Request
    from dav424.store.draft import Draft

# In Python, $ also matches before a newline at the end; in JSON Schema it does not. (?!\n) makes both the same.
Id = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)",
        description="The name of the cause. No two causes of a scenario have the same.",
    ),
]
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
Count = Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
Amount = Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)]
Sentence = Annotated[str, Meta(min_length=1, pattern=XML_TEXT)]
"""A text that a client can see in XML."""


class Cause(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    rename="kebab",
):
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

    id: Id
    nth: Annotated[Count, Meta(description="Apply to this match alone, counted from 1.")] | None = None
    after: Annotated[Amount, Meta(description="Skip this number of matches first.")] = 0
    times: Annotated[Count, Meta(description="Apply at most this number of times.")] | None = None

    bystander: Annotated[
        bool, Meta(description="No request of the scenario is meant to meet the cause; dav424 prove checks that.")
    ] = False

    def install(self, draft: Draft) -> None:
        """Put the cause into the tree, as a lock or a quota. Most causes leave the tree unchanged."""

    def uninstall(self, draft: Draft) -> None:
        """Undo ``install``."""

    @property
    def stands(self) -> bool:
        """True if ``install`` puts it into the tree, where it stands exactly while it would refuse the next attempt."""
        return False

    @property
    def is_counted(self) -> bool:
        """True if it doesn't apply to every match."""
        return self.nth is not None or self.after > 0 or self.times is not None

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
    def kind(self) -> str:
        """The ``kind`` in scenario files, such as ``read-only``."""
        return str(type(self).__struct_config__.tag)

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

    def applies_to(self, match: int) -> bool:
        """Say whether the cause applies to its ``match``-th match, counted from 1."""
        if self.nth is not None:
            return match == self.nth
        return match > self.after and (self.times is None or match <= self.after + self.times)


def below(path: Path, top: str) -> bool:
    """Say whether a path is ``top`` or lies below it; ``top`` is written as in a scenario, percent-encoded."""
    if top == "/":
        return True
    prefix = _SEGMENTS[top]
    return path[: len(prefix)] == prefix


def _segments(top: str) -> Path:
    return split(top)[0]


_SEGMENTS = Remembered(_segments, most=1000)
