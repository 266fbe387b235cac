"""The JSON bodies of the admin API as types; keys are the names of the attributes, with hyphens for underscores.

Times are in UTC (RFC 3339), sizes are in bytes; paths start at the root of a scenario and are percent-encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from dav424.causes.cause import TreePath
from dav424.causes.kinds import AnyCause
from dav424.core.clocks import real_datetime
from dav424.faults.kinds import AnyFault
from dav424.journal.report import ExchangeReport
from dav424.scenario.model import DIALECT, Cure, RequestSpec, Text, TreeEntry
from dav424.scenario.outline import Group, Where
from dav424.worlds.space import SPACE_NAME

# In Python, $ also matches before a newline at the end; in JSON Schema it does not. (?!\n) makes them equal.
SpaceName = Annotated[str, Meta(pattern=rf"^{SPACE_NAME.pattern}$(?!\n)", description="A name for a space.")]
DialectName = Annotated[
    str, Meta(pattern=DIALECT, description="The name of a dialect, with an exclamation mark behind it or without.")
]
IdleTime = Annotated[float, Meta(gt=0, le=1e9, description="A time in seconds: at most 31 years.")]
if TYPE_CHECKING:
    from datetime import datetime
else:
    datetime = real_datetime()  # msgspec knows no other class
Time = Annotated[datetime, Meta(tz=True, description="A time with its zone, such as 2026-01-01T00:00:00Z.")]

PartName = Literal[
    "kind",
    "content",
    "content-type",
    "etag",
    "sources",
    "property",
    "lock",
    "order",
    "resource-type",
    "created",
    "modified",
]
"""What a part of a resource is."""


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


class ScenarioSummary(ResponseBody, frozen=True, kw_only=True):
    """A scenario in a list.

    ``path`` is its path in the default space. ``kinds`` are those of its causes, and ``missing`` if its tree leaves out the
    source of a derived document. ``shown_by`` is the position of the request that shows most: the first whose answer has
    a 424, else the first that fails. ``failures`` are the statuses of the things in that answer that failed on their own, and
    ``dependents`` is the number of its 424s. ``where`` lists the places in which the answers to all requests have a 424.
    """

    name: str
    title: str
    path: str
    group: Group
    methods: Sequence[str]
    kinds: Sequence[str]
    shown_by: int | None
    failures: Sequence[int]
    dependents: int
    where: Sequence[Where]


class ScenarioDetails(ScenarioSummary, frozen=True, kw_only=True):
    """A scenario as its file has it.

    The headers and the bodies of ``requests`` have ``{base}`` where the path of the scenario in URLs goes, such as
    ``/NAME`` or ``/s/SPACE/NAME``. ``commands`` are the same requests as curl commands for the default space, and
    ``cure_commands`` those of the cure. ``users`` are names and passwords.
    """

    teaches: str
    spec: Sequence[str]
    tree: dict[str, TreeEntry]
    missing: Sequence[str]
    users: dict[str, str]
    auth: Literal["any", "basic", "digest"]
    atomic: bool
    causes: Sequence[AnyCause]
    faults: Sequence[AnyFault]
    requests: Sequence[RequestSpec]
    commands: Sequence[str]
    cure: Cure | None
    cure_commands: Sequence[str]


class ScenarioText(RequestBody, frozen=True):
    """The file of a scenario as text; that of a dialect can be checked, too."""

    text: str


class FilePlace(ResponseBody, frozen=True):
    """A sentence about a place in a scenario file; lines and columns count from 1."""

    line: int
    column: int
    message: str


class FileCheck(ResponseBody, frozen=True):
    """The problems of a scenario file; the notes about likely mistakes, if it has no problems."""

    problems: Sequence[FilePlace]
    notes: Sequence[FilePlace]


class FlawFound(ResponseBody, frozen=True):
    """A difference between a scenario file and the server, and the request that shows it; empty for the whole file."""

    request: str
    message: str


class FileProof(FileCheck, frozen=True):
    """A check, and the flaws that the proof found; a file with problems is not proven."""

    proven: bool
    flaws: Sequence[FlawFound]


class NewSpace(RequestBody, frozen=True):
    """A space to make (default: with a generated name). If a ``scenario`` is given, the space gets a copy at once.

    ``tree``, ``missing``, ``users``, ``causes`` and ``faults`` are written as in scenario files, and change the copy of the scenario
    (default: ``playground``): the causes and faults are added, and the tree, with ``missing``, and the users replace those of the scenario. ``now``
    is the time with which the clock begins, and at which the resources of the scenario were created.
    Requests are answered in the ``dialect``, with its faults if ``!`` stands behind its name (default: that of the scenario, or of the
    server). The server deletes the space after ``expires_in`` seconds without a request (default: null, for never, unless the
    server has ``--space-idle``). Then its name answers 410, until a call makes it anew.
    """

    name: SpaceName | None = None
    scenario: str | None = None
    expires_in: IdleTime | None = None
    now: Time | None = None
    tree: dict[TreePath, TreeEntry | None] | None = None
    missing: Sequence[TreePath] | None = None
    users: dict[Text, str] | None = None
    causes: Sequence[AnyCause] | None = None
    faults: Sequence[AnyFault] | None = None
    dialect: DialectName | None = None


class ExpiryChange(RequestBody, frozen=True):
    """The seconds without a request after which the server deletes a space; null for never, as for a new space."""

    expires_in: IdleTime | None


class SpaceDetails(ResponseBody, frozen=True):
    """A space. ``path`` is the beginning of its URLs; ``scenarios`` are those used so far.

    ``expires_in`` is the number of seconds without a request after which the space is deleted, null for never.
    ``exchanges`` counts the entries in its journal, ``dropped`` those that were deleted to make room.
    ``dialect`` is empty if the space leaves it to the scenario or the server; ``faults_left_out`` are those of the dialect that do not work,
    because its name has no ``!``.
    """

    name: str
    path: str
    scenarios: Sequence[str]
    now: Time
    expires_in: float | None
    exchanges: int
    dropped: int
    snapshots: Sequence[str]
    dialect: str
    faults_left_out: Sequence[str]


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

    now: Time
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


class FaultList(ResponseBody, frozen=True):
    """The faults of a scenario, and how many matches each of them counted so far.

    ``strikes`` are the numbers of the exchanges whose answer each fault changed, as far as the journal has them.
    """

    scenario: str
    faults: Sequence[AnyFault]
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
    """The causes and faults of a scenario after its cure, and the requests of the cure in order."""

    scenario: str
    causes: Sequence[AnyCause]
    counts: dict[str, int]
    strikes: dict[str, list[int]]
    faults: Sequence[AnyFault]
    requests: Sequence[CureRequest]


class JournalPage(ResponseBody, frozen=True):
    """Entries by number; ``dropped`` counts those that were deleted to make room."""

    entries: Sequence[ExchangeReport]
    dropped: int


class ChangedValue(ResponseBody, frozen=True):
    """A value as text; bytes that are not UTF-8 are in base64.

    ``size`` is that of the whole value in bytes. If it is longer than 64 KiB, ``text`` is its beginning and ``truncated`` is
    true.
    """

    text: str
    size: int
    base64: bool = False
    truncated: bool = False


class ChangedPart(ResponseBody, frozen=True):
    """A part of a resource that changed, with its value ``before`` and ``after``: null if it wasn't or isn't there.

    ``name`` tells properties, locks and resource types apart: a name in Clark notation, or a lock token; else it is empty.
    """

    part: PartName
    name: str
    before: ChangedValue | None
    after: ChangedValue | None


class Change(ResponseBody, frozen=True):
    """A resource that was added, removed or changed, and its parts that are different."""

    path: str
    change: Literal["added", "removed", "changed"]
    parts: Sequence[ChangedPart]


class ChangeList(ResponseBody, frozen=True):
    """The changes in a scenario, parents first, members by name; ``more`` counts those that are not listed."""

    scenario: str
    changes: Sequence[Change]
    more: int


class ReplayRequest(RequestBody, frozen=True):
    """An exchange of the journal to play again, in a copy of the space that no other client sees.

    The copy begins as the space is now, or as the ``snapshot`` has it. Then the causes and faults whose ids are in ``without`` are
    removed, and with ``cured`` the cure of the scenario is applied, its requests included.
    """

    exchange: Annotated[int, Meta(ge=1, le=999_999_999)]
    snapshot: str | None = None
    without: Sequence[str] = ()
    cured: bool = False


class Replay(ResponseBody, frozen=True):
    """The exchange as it went in the copy of the space, and what it changed there."""

    exchange: ExchangeReport
    changes: ChangeList
