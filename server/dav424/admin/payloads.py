"""What the admin API sends and takes, as types; keys are those of the attributes, with hyphens for underscores.

Times are RFC 3339 in UTC, sizes are in bytes, paths start at a scenario's root and are percent-encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from dav424.causes import AnyCause
from dav424.causes.cause import PropertyName, TreePath
from dav424.journal.report import ExchangeReport
from dav424.scenario.model import Cure, Xml
from dav424.worlds.space import SPACE_NAME

# In a pattern, $ lets a newline follow in Python, though not in JSON Schema; (?!\n) does not.
SpaceName = Annotated[str, Meta(pattern=rf"^{SPACE_NAME.pattern}$(?!\n)", description="A name for a space.")]
Time = Annotated[datetime, Meta(tz=True, description="A time with its zone, as 2026-01-01T00:00:00Z.")]


class Given(Struct, frozen=True, rename="kebab"):
    """What is sent."""


class Taken(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """What is taken: every key is known."""


class Ok(Given, frozen=True):
    """All is well."""

    status: Literal["ok"] = "ok"


class Version(Given, frozen=True):
    """What is running."""

    version: str
    python: str


class Link(Given, frozen=True):
    """A route, for those who look around."""

    method: str
    path: str
    summary: str


class ScenarioLine(Given, frozen=True):
    """A scenario in a list. ``path`` is where the default space serves it."""

    name: str
    title: str
    path: str


class ScenarioSheet(Given, frozen=True):
    """A scenario: what it teaches, what is in the way, and the curl commands that show it in the default space."""

    name: str
    title: str
    path: str
    teaches: str
    spec: Sequence[str]
    causes: Sequence[AnyCause]
    commands: Sequence[str]
    cure: Cure | None


class NewSpace(Taken, frozen=True):
    """A space to be made; one of its own name if none is given. A ``scenario`` is copied at once."""

    name: SpaceName | None = None
    scenario: str | None = None


class SpaceSheet(Given, frozen=True):
    """A space. ``path`` is what its URLs begin with; ``scenarios`` are those that were asked of it.

    ``expires_in`` is after how many seconds without a request it goes, null for never. ``exchanges`` are
    the entries that its journal keeps, ``dropped`` those that had to make room.
    """

    name: str
    path: str
    scenarios: Sequence[str]
    now: datetime
    expires_in: float | None
    exchanges: int
    dropped: int
    snapshots: Sequence[str]


class SpaceList(Given, frozen=True):
    """All spaces; at most ``most`` may have a name. ``expired`` counts those that nobody asked for."""

    spaces: Sequence[SpaceSheet]
    most: int
    expired: int


class SnapshotName(Given, frozen=True):
    """A snapshot."""

    snapshot: str


class SnapshotList(Given, frozen=True):
    """The snapshots of a space."""

    snapshots: Sequence[str]


class Restore(Taken, frozen=True):
    """Which snapshot to put back."""

    snapshot: str


class ClockSheet(Given, frozen=True):
    """The time of a space; a virtual one stands still unless it is advanced."""

    now: datetime
    virtual: bool


class ClockChange(Taken, frozen=True):
    """Either how far to ``advance``, in seconds or as an ISO 8601 duration such as ``PT10M``, or what to ``set``."""

    advance: timedelta | float | None = None
    set: Time | None = None


class CauseSheet(Given, frozen=True):
    """What is in the way in a scenario, and how often each cause was met so far."""

    scenario: str
    causes: Sequence[AnyCause]
    counts: dict[str, int]


class JournalPage(Given, frozen=True):
    """Entries by number; ``dropped`` counts those that had to make room."""

    entries: Sequence[ExchangeReport]
    dropped: int


class LockShape(Taken, frozen=True):
    """A lock; without ``expires`` it stays until it is unlocked. ``owner`` is a ``DAV:owner`` element, or empty."""

    token: Annotated[
        str,
        Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~]+$(?!\n)", description="A URI, as Lock-Token has it."),
    ]
    scope: Literal["exclusive", "shared"] = "exclusive"
    depth: Literal["0", "infinity"] = "infinity"
    principal: str = ""
    owner: str = ""
    expires: Time | None = None


class ResourceShape(Taken, frozen=True, omit_defaults=True):
    """A resource: a collection if its path ends in a slash, else a document, whose content may be in base64.

    What is left out is worked out as for a scenario's file: without ``locks``, it has those of the causes.
    ``types`` are the resource types of a collection beside ``DAV:collection``.
    """

    content: str = ""
    content_base64: str | None = None
    type: Annotated[str, Meta(pattern=r"^[\t\x20-\x7e\xa0-\xff]+$(?!\n)")] | None = None
    etag: (
        Annotated[str, Meta(pattern=r'^"[\x21\x23-\x7e]*"$(?!\n)', description="A strong entity-tag, with its quotes.")]
        | None
    ) = None
    created: Time | None = None
    modified: Time | None = None
    sources: Annotated[list[str], Meta(min_length=1, description="What it is made from.")] | None = field(
        default=None, name="from"
    )
    template: str | None = None
    types: Sequence[PropertyName] = ()
    properties: dict[PropertyName, str | Xml] = {}
    locks: Sequence[LockShape] | None = None


class TreeShape(Taken, frozen=True):
    """A whole tree, by path."""

    resources: dict[TreePath, ResourceShape]
