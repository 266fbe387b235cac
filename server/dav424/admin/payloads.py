"""The JSON bodies of the admin API as types; keys are the names of the attributes, with hyphens for underscores.

Times are in UTC (RFC 3339), sizes are in bytes; paths start at the root of a scenario and are percent-encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from dav424.causes import AnyCause
from dav424.causes.cause import PropertyName, TreePath
from dav424.core.writable import ENTITY_TAG
from dav424.journal.report import ExchangeReport
from dav424.scenario.model import Cure, DerivedMethods, MediaType, Spelling, Uri, XmlProperty
from dav424.worlds.space import SPACE_NAME

# In Python, $ also matches before a newline at the end; in JSON Schema it does not. (?!\n) makes them equal.
SpaceName = Annotated[str, Meta(pattern=rf"^{SPACE_NAME.pattern}$(?!\n)", description="A name for a space.")]
Time = Annotated[datetime, Meta(tz=True, description="A time with its zone, such as 2026-01-01T00:00:00Z.")]


class ResponseBody(Struct, frozen=True, rename="kebab"):
    """The body of a response."""


class RequestBody(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The body of a request; an unknown key is an error."""


class Ok(ResponseBody, frozen=True):
    """The server is healthy."""

    status: Literal["ok"] = "ok"


class Version(ResponseBody, frozen=True):
    """The versions of dav424 and of Python."""

    version: str
    python: str


class RouteSummary(ResponseBody, frozen=True):
    """A route in the list of all routes."""

    method: str
    path: str
    summary: str


class ScenarioSummary(ResponseBody, frozen=True):
    """A scenario in a list. ``path`` is its path in the default space."""

    name: str
    title: str
    path: str


class ScenarioDetails(ResponseBody, frozen=True):
    """A scenario: what it teaches, its causes, its cure, and the curl commands that show it in the default space."""

    name: str
    title: str
    path: str
    teaches: str
    spec: Sequence[str]
    causes: Sequence[AnyCause]
    commands: Sequence[str]
    cure: Cure | None


class NewSpace(RequestBody, frozen=True):
    """A space to make (default: with a generated name). If a ``scenario`` is given, the space gets a copy at once."""

    name: SpaceName | None = None
    scenario: str | None = None


class SpaceDetails(ResponseBody, frozen=True):
    """A space. ``path`` is the beginning of its URLs; ``scenarios`` are those used so far.

    ``expires_in`` is the number of seconds without a request after which the space is deleted, null for never.
    ``exchanges`` counts the entries in its journal, ``dropped`` those that were deleted to make room.
    """

    name: str
    path: str
    scenarios: Sequence[str]
    now: datetime
    expires_in: float | None
    exchanges: int
    dropped: int
    snapshots: Sequence[str]


class SpaceList(ResponseBody, frozen=True):
    """All spaces. ``most`` is the maximum number of named spaces; ``expired`` counts those deleted after inactivity."""

    spaces: Sequence[SpaceDetails]
    most: int
    expired: int


class SnapshotName(ResponseBody, frozen=True):
    """The name of a snapshot."""

    snapshot: str


class SnapshotList(ResponseBody, frozen=True):
    """The names of the snapshots of a space."""

    snapshots: Sequence[str]


class RestoreRequest(RequestBody, frozen=True):
    """The name of the snapshot to restore."""

    snapshot: str


class ClockState(ResponseBody, frozen=True):
    """The time of a space. A ``virtual`` clock stands still until a call changes it."""

    now: datetime
    virtual: bool


class ClockChange(RequestBody, frozen=True):
    """A change of the clock: ``advance`` it by seconds or an ISO 8601 duration such as ``PT10M``, or ``set`` it to a time."""

    advance: timedelta | float | None = None
    set: Time | None = None


class CauseList(ResponseBody, frozen=True):
    """The causes of a scenario, and how many attempts each of them counted so far.

    ``strikes`` are the numbers of the exchanges in which each cause refused something, as far as the journal has them.
    """

    scenario: str
    causes: Sequence[AnyCause]
    counts: dict[str, int]
    strikes: dict[str, list[int]]


class CureRequest(ResponseBody, frozen=True):
    """A request of a cure as the server sent it: its status, the expected one, and its number in the journal."""

    name: str
    method: str
    path: str
    status: int
    expected: int
    exchange: int | None


class CureReport(ResponseBody, frozen=True):
    """The causes of a scenario after its cure, as in a list of causes, and the requests of the cure in order."""

    scenario: str
    causes: Sequence[AnyCause]
    counts: dict[str, int]
    strikes: dict[str, list[int]]
    requests: Sequence[CureRequest]


class JournalPage(ResponseBody, frozen=True):
    """Entries by number; ``dropped`` counts those that were deleted to make room."""

    entries: Sequence[ExchangeReport]
    dropped: int


class LockJson(RequestBody, frozen=True):
    """A lock; without ``expires`` it never expires. ``owner`` is a ``DAV:owner`` element, or empty."""

    token: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~]+$(?!\n)",
            description="A URI: the lock token of the Lock-Token header.",
        ),
    ]
    scope: Literal["exclusive", "shared"] = "exclusive"
    depth: Literal["0", "infinity"] = "infinity"
    principal: str = ""
    owner: str = ""
    expires: Time | None = None


class ResourceJson(RequestBody, frozen=True, omit_defaults=True):
    """A resource: a collection if its path ends in a slash, else a document.

    ``content`` is text; ``content-base64`` takes bytes. ``from`` lists the sources of a derived document, which
    ``template`` combines; ``methods`` make it, and ``spelling`` is the format of its 424. ``types`` are the resource
    types of a collection besides ``DAV:collection``. ``ordering`` is the type of its order (RFC 3648), and ``order`` lists
    its members, percent-encoded; members that are not in the list follow by name. Keys that are left out have the same defaults as in scenario files; without ``locks``, the resource gets the locks of the causes.
    """

    content: str = ""
    content_base64: str | None = None
    type: MediaType | None = None
    etag: (
        Annotated[str, Meta(pattern=rf"^{ENTITY_TAG}$(?!\n)", description="A strong entity-tag, with its quotes.")]
        | None
    ) = None
    created: Time | None = None
    modified: Time | None = None
    sources: (
        Annotated[list[str], Meta(min_length=1, description="The paths of the sources of a derived document.")] | None
    ) = field(default=None, name="from")
    template: str | None = None
    methods: DerivedMethods | None = None
    spelling: Spelling | None = None
    types: Sequence[PropertyName] = ()
    ordering: Uri | None = None
    order: Sequence[str] = ()
    properties: dict[PropertyName, str | XmlProperty] = {}
    locks: Sequence[LockJson] | None = None


class TreeJson(RequestBody, frozen=True):
    """A whole tree: the resources by path."""

    resources: dict[TreePath, ResourceJson]
