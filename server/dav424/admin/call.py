"""A call of the admin API, and what its tasks may use."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Protocol, TypeVar, cast

import msgspec
from msgspec import Struct, field

from dav424.admin.api_problem import ApiProblem, PointedError, invalid
from dav424.causes import AnyCause
from dav424.core import decode
from dav424.core.message import Response
from dav424.scenario.model import Scenario
from dav424.worlds.space import ServedSpace, Spaces
from dav424.worlds.world import World

MOST_WAITED = 60.0
"""Seconds that a call may wait for news."""
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}
Body = TypeVar("Body")
Shape = type | UnionType | None
"""A type that msgspec knows."""


class ScenarioLookup(Protocol):
    """The scenarios that are served."""

    @property
    def names(self) -> list[str]:
        """Their names."""

    def scenario(self, name: str) -> Scenario:
        """Load one by name; refuses with 404."""


class Call(Struct, frozen=True):
    """One call: what the path, the query and the body hold; header names are lower-case.

    ``url`` is where the scenarios are served, with a slash at its end.
    """

    spaces: Spaces
    scenarios: ScenarioLookup
    answered: Mapping[tuple[str, int], int]
    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def read(self, kind: type[Body]) -> Body:
        """Read the body as JSON of a shape; an empty one is an empty object. Raises ``Problem``."""
        try:
            data = msgspec.json.decode(self.body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiProblem(400, f"The body isn't JSON: {error}.") from None
        return cast("Body", convert(data, kind))

    def read_cause(self, name: str | None = None) -> AnyCause:
        """Read the body as a cause; its id may be left out where the path has its ``name``. Raises ``Problem``."""
        data = self.read(dict)
        if name is not None and data.setdefault("id", name) != name:
            raise ApiProblem(
                422, "A cause can't be renamed.", [PointedError("/id", f"Leave it out, or write {name!r}.")]
            )
        return cast("AnyCause", convert(data, AnyCause))

    @property
    def space(self) -> ServedSpace:
        """The space that the path names; refuses with 404."""
        return self.spaces.find(self.parameters["space"])

    @property
    def world(self) -> World:
        """The copy of a scenario that is meant: the one that the query names, or the only one."""
        space = self.space
        name = self.query.get("scenario")
        if name is not None:
            return space.world(name)
        if len(space.worlds) != 1:
            known = ", ".join(sorted(space.worlds)) or "none was asked for yet"
            raise ApiProblem(400, f"Name a scenario: ?scenario=NAME. In this space: {known}.")
        return next(iter(space.worlds.values()))

    def number(self, name: str, default: int) -> int:
        """Read a whole number from the query."""
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", text):
            raise ApiProblem(400, f"?{name}={text[:40]} is not a whole number.")
        return int(text)

    def duration(self, name: str) -> float:
        """Read a duration such as ``5s``, ``500ms`` or ``1m`` from the query, in seconds; 0 if there is none."""
        text = self.query.get(name)
        if text is None:
            return 0.0
        match = _DURATION.fullmatch(text)
        if match is None:
            raise ApiProblem(400, f"?{name}={text[:40]} is not a duration such as 5s, 500ms or 1m.")
        return min(float(match[1]) * _UNITS[match[2]], MOST_WAITED)


class Route(Struct, frozen=True):
    """One thing that can be asked: ``path`` has its parameters in braces.

    ``takes`` and ``gives`` are the shapes of the bodies, None for none; ``query`` says what each parameter of
    the query is for. An ``open`` route needs no token; the body of a ``named`` one may leave out the id in the path.
    """

    method: str
    path: str
    task: Callable[[Call], Any]
    gives: Shape = None
    takes: Shape = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    errors: Sequence[int] = ()
    media_types: Sequence[str] = ("application/json",)
    open: bool = False
    named: bool = False

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (self.task.__doc__ or "").partition("\n")[0]

    @property
    def takes_something(self) -> bool:
        """Whether its body can't be left out."""
        try:
            decode.to_type({}, self.takes)
        except msgspec.ValidationError:
            return True
        return False

    @property
    def pattern(self) -> re.Pattern[str]:
        """What matches its paths."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path.replace(".", r"\.")))


def convert(data: Any, kind: Shape) -> Any:
    """Take plain data as a shape; raises ``Problem`` with a pointer to what doesn't fit."""
    try:
        return decode.to_type(data, kind)
    except msgspec.ValidationError as error:
        raise invalid(error, data, kind) from None


def check_query(query: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Refuse a parameter that means nothing: most often it is misspelt."""
    for name in query:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}"
            raise ApiProblem(400, f"The query has an unknown parameter {name[:40]!r}; {hint}", [PointedError("", hint)])


def text(body: str, media_type: str, status: int = 200) -> Response:
    """Answer with text."""
    return Response(status, [("Content-Type", f"{media_type}; charset=utf-8")], body.encode())
