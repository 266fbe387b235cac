"""A call of the admin API as its handler gets it, and the routes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType, UnionType
from typing import Any, Literal, Protocol, TypeVar, cast

import msgspec
from msgspec import Struct, field

from dav424.admin.api_problem import ApiProblem, invalid, with_errors
from dav424.admin.body_errors import Check, PointedError, body_errors
from dav424.admin.json_slices import LONG, SlicedReader
from dav424.causes.kinds import AnyCause
from dav424.core import decode, json_pointer
from dav424.core.message import Response
from dav424.dialects.library import Dialects
from dav424.faults.kinds import AnyFault
from dav424.scenario.model import Scenario
from dav424.scenario.yaml_reader import Pointer
from dav424.wire.framing import IncomingRequest
from dav424.worlds.space import ServedSpace, Spaces
from dav424.worlds.world import World

MOST_OF_A_CAUSE = 1 << 20
"""The maximum size of a cause in bytes: the validator of JSON Schema reads it in a single call."""
MOST_WAITED = 60.0
"""The longest time in seconds that a call may wait for journal entries."""
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}
JSON = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
"""The headers of a response with JSON."""
Body = TypeVar("Body")
BodyType = type | UnionType | None
"""A type that msgspec can convert to and from JSON; None for no body."""


Send = Callable[[IncomingRequest, str | None], Response]
"""Answers a request of this process, from a user who is known without a login; None if the request needs a login."""
SendIn = Callable[[IncomingRequest, ServedSpace, str, str | None, str], Response]
"""Answers such a request in a space, for a scenario whose path in URLs is the mount of the request, in a dialect."""
Prove = Callable[[str, Scenario, Callable[[], object]], Sequence[tuple[str, str]]]
"""Proves a scenario; gives each flaw with the name of the request that shows it."""


class ScenarioLookup(Protocol):
    """The scenarios that the server serves."""

    @property
    def names(self) -> list[str]:
        """The names of the scenarios, sorted."""

    def scenario(self, name: str) -> Scenario:
        """Load a scenario by name; refuses an unknown name with 404."""


class Call(Struct, frozen=True):
    """One call: the parameters of its path and query, its headers by lower-case name, and its body.

    ``url`` is the root URL of the scenarios, with a slash at its end. ``send_in`` answers the requests that the API sends,
    and ``prove`` proves a scenario.
    ``look_for_client`` raises an OSError if the client has gone, so that no answer is needed.
    """

    spaces: Spaces
    scenarios: ScenarioLookup
    dialects: Dialects
    answered: Mapping[tuple[str, int], int]
    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    send_in: SendIn | None = None
    prove: Prove | None = None
    look_for_client: Callable[[], object] = lambda: None

    def read(self, kind: type[Body], check: Check = lambda _: ()) -> Body:
        """Read the body as JSON of a type; an empty body counts as an empty object.

        Raises ``ApiProblem`` with the errors of the types, to which ``check`` adds those of the rest of the body, if the
        body is short.
        """
        try:
            if len(self.body) > LONG:
                return cast("Body", _read_long(self.body, kind))
            data = msgspec.json.decode(self.body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiProblem(400, f"The body is not JSON: {error}.") from None
        return cast("Body", convert(data, kind, check))

    def read_cause(self, check: Check, name: str | None = None) -> AnyCause:
        """Read the body as a cause; it needs no id if the path has it as ``name``. Raises ``ApiProblem`` as ``read`` does."""
        return cast("AnyCause", self._read_counted("cause", AnyCause, check, name))

    def read_fault(self, check: Check, name: str | None = None) -> AnyFault:
        """Read the body as a fault, as ``read_cause`` reads a cause."""
        return cast("AnyFault", self._read_counted("fault", AnyFault, check, name))

    def _read_counted(self, what: Literal["cause", "fault"], kinds: BodyType, check: Check, name: str | None) -> Any:
        if len(self.body) > MOST_OF_A_CAUSE:
            raise ApiProblem(413, f"The body has {len(self.body)} bytes; a {what} may have {MOST_OF_A_CAUSE}.")
        data: dict[str, Any] = self.read(dict)
        if name is not None and data.setdefault("id", name) != name:
            detail = f"The path has the id {name!r}, and the body has {data['id']!r}; a {what} can't be renamed."
            raise ApiProblem(422, detail, [PointedError("/id", f"Leave the id out, or write {name!r}.")])
        # Imported late: most clients of the API send no cause, and the checks load a validator of JSON Schema.
        from dav424.scenario.schema_checks import part_schema_problems  # noqa: PLC0415 - see above

        errors = errors_at(part_schema_problems(f"{what}s", data))
        if errors:
            named = {error.pointer for error in errors}
            others = body_errors(data, kinds, check, {"id": "unnamed"})
            errors += [error for error in others if not any(map(partial(overlap, error.pointer), named))]
            raise ApiProblem(422, f"The body is not a valid {what}.", errors)
        return convert(data, kinds, check, {"id": "unnamed"})

    @property
    def space(self) -> ServedSpace:
        """The space that the path names; refuses an unknown space with 404."""
        return self.spaces.find(self.parameters["space"])

    @property
    def world(self) -> World:
        """The world of the scenario that the query names (default: the only one in the space)."""
        space = self.space
        name = self.query.get("scenario")
        if name is not None:
            return space.world(name)
        if len(space.worlds) != 1:
            used = ", ".join(sorted(space.worlds)) or "none yet"
            raise ApiProblem(400, f"Name a scenario: add ?scenario=NAME. Scenarios used in this space: {used}.")
        return next(iter(space.worlds.values()))

    def number(self, name: str, default: int) -> int:
        """Read a whole number from the query; refuses anything else with 400."""
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", text):
            raise ApiProblem(400, f"?{name}={text[:40]} is not a whole number; send up to 9 digits.")
        return int(text)

    def duration(self, name: str) -> float:
        """Read a duration such as ``5s``, ``500ms`` or ``1m`` from the query, in seconds (default: 0)."""
        text = self.query.get(name)
        if text is None:
            return 0.0
        match = _DURATION.fullmatch(text)
        if match is None:
            raise ApiProblem(400, f"?{name}={text[:40]} is not a duration; send one such as 5s, 500ms or 1m.")
        return min(float(match[1]) * _UNITS[match[2]], MOST_WAITED)


class Route(Struct, frozen=True):
    """A method on a path, with the handler that answers it; the path has its parameters in braces.

    ``request_type`` and ``response_type`` are the types of the bodies, None for no body. ``query`` describes the parameters
    of the query. A ``public`` route needs no token. With ``id_in_path`` the body needs no id.
    """

    method: str
    path: str
    handler: Callable[[Call], Any]
    response_type: BodyType = None
    request_type: BodyType = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    errors: Sequence[int] = ()
    media_types: Sequence[str] = ("application/json",)
    public: bool = False
    id_in_path: bool = False

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").partition("\n")[0]

    @property
    def body_required(self) -> bool:
        """Whether the request needs a body."""
        try:
            decode.to_type({}, self.request_type)
        except msgspec.ValidationError:
            return True
        return False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that matches the paths of the route."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path.replace(".", r"\.")))


def overlap(pointer: str, other: str) -> bool:
    """Say whether two pointers lead to the same value, or one of them into the value of the other."""
    return f"{pointer}/".startswith(f"{other}/") or f"{other}/".startswith(f"{pointer}/")


def errors_at(problems: Iterable[tuple[Pointer, str]]) -> list[PointedError]:
    """Give the problems of a value in a body as errors: full sentences, each with its JSON Pointer."""
    return [
        PointedError(json_pointer.spell(*steps), message + "." * (message[-1] not in "?."))
        for steps, message in problems
    ]


def _read_long(body: bytes, kind: BodyType) -> Any:
    """Read a long body in slices; raises ``ApiProblem`` with the errors of the types."""
    reader = SlicedReader()
    data = reader.read(body, kind)
    if reader.errors:
        raise with_errors(reader.errors)
    return data


def convert(data: Any, kind: BodyType, check: Check, needed: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """Convert plain data to a type; raises ``ApiProblem`` with a pointer to each value that does not fit."""
    try:
        return decode.to_type(data, kind)
    except msgspec.ValidationError:
        raise invalid(data, kind, check, needed) from None


def check_query(query: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Refuse a query with an unknown parameter, which is most often misspelt."""
    for name in query:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}."
            raise ApiProblem(400, f"The query has an unknown parameter {name[:40]!r}; {hint}", [PointedError("", hint)])


def text(body: str, media_type: str, status: int = 200) -> Response:
    """Give a response whose body is text."""
    return Response(status, [("Content-Type", f"{media_type}; charset=utf-8")], body.encode())
