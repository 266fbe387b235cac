"""The handlers of the admin API, one for each route; the first line of each docstring is the summary in OpenAPI."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import cast

import msgspec

from dav424 import __version__
from dav424.admin.api_problem import ApiProblem
from dav424.admin.body_errors import PointedError
from dav424.admin.call import Call, errors_at
from dav424.admin.payloads import (
    CauseList,
    ClockChange,
    ClockState,
    NewSpace,
    Ok,
    RestoreRequest,
    ScenarioDetails,
    ScenarioSummary,
    SnapshotList,
    SnapshotName,
    SpaceDetails,
    SpaceList,
    TreeJson,
    Version,
)
from dav424.admin.tree_json import tree_errors, tree_response, write_tree
from dav424.causes import AnyCause
from dav424.core import json_pointer
from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.core.writable import utc
from dav424.journal.entries import strikes
from dav424.scenario.cause_checks import Surroundings, cause_notes, cause_problems, lock_conflicts
from dav424.scenario.kinds_in_tree import KindsInTree
from dav424.scenario.served_request import curl_command
from dav424.store.slices import clear
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import World


def live(_: Call) -> Ok:
    """Report that the process is alive."""
    return Ok()


def ready(call: Call) -> Ok:
    """Report that the server accepts requests; 503 while it stops."""
    if call.spaces.closed:
        raise ApiProblem(503, "The server is stopping.")
    return Ok()


def version(_: Call) -> Version:
    """Report the versions of dav424 and Python."""
    return Version(__version__, platform.python_version())


def scenarios(call: Call) -> list[ScenarioSummary]:
    """List the scenarios."""
    return [ScenarioSummary(name, call.scenarios.scenario(name).title, f"/{name}/") for name in call.scenarios.names]


def scenario(call: Call) -> ScenarioDetails:
    """Describe a scenario: its lesson, its causes, and curl commands to try it."""
    name = call.parameters["scenario"]
    scenario = call.scenarios.scenario(name)
    url = f"{call.url}{name}/"
    return ScenarioDetails(
        name,
        scenario.title,
        f"/{name}/",
        scenario.teaches,
        scenario.spec,
        scenario.causes,
        [curl_command(spec, url, scenario.users) for spec in scenario.requests],
        scenario.cure,
    )


def spaces(call: Call) -> SpaceList:
    """List the spaces, the default space first."""
    return SpaceList(
        [_details(call, space) for space in call.spaces.all()], call.spaces.settings.most, call.spaces.expired
    )


def make_space(call: Call) -> SpaceDetails:
    """Make a space; 409 if the name is taken."""
    wanted = _read_new_space(call)
    space, new = call.spaces.make(wanted.name)
    if not new:
        raise ApiProblem(
            409, f"The space {space.name!r} exists already; use PUT /-/spaces/{space.name} to get it unchanged."
        )
    return _with_scenario(call, space, wanted.scenario)


def put_space(call: Call) -> SpaceDetails:
    """Make a space of this name, unless it exists."""
    wanted = _read_new_space(call)
    name = call.parameters["space"]
    if wanted.name not in (None, name):
        raise ApiProblem(
            422,
            f"The path has the name {name!r}, and the body has {wanted.name!r}.",
            [PointedError("/name", f"Leave the name out, or write {name!r}.")],
        )
    space, _ = call.spaces.make(name)
    return _with_scenario(call, space, wanted.scenario)


def _read_new_space(call: Call) -> NewSpace:
    """Read the description of a space to make; refuse an unknown scenario before anything is made."""
    wanted = call.read(NewSpace, partial(_new_space_errors, call))
    for error in _new_space_errors(call, wanted):
        raise ApiProblem(422, error.detail, [error])
    return wanted


def _new_space_errors(call: Call, wanted: NewSpace) -> Iterator[PointedError]:
    if wanted.scenario is not None:
        try:
            call.scenarios.scenario(wanted.scenario)
        except Refused as refused:
            yield PointedError("/scenario", refused.detail)


def _with_scenario(call: Call, space: ServedSpace, scenario: str | None) -> SpaceDetails:
    if scenario is not None:
        space.world(scenario)
    return _details(call, space)


def space(call: Call) -> SpaceDetails:
    """Describe a space."""
    return _details(call, call.space)


def _details(call: Call, space: ServedSpace) -> SpaceDetails:
    return SpaceDetails(
        name=space.name,
        path=f"{space.prefix}/",
        scenarios=sorted(space.worlds),
        now=utc(space.clock()),
        expires_in=call.spaces.expires_in(space),
        exchanges=len(space.journal),
        dropped=space.journal.dropped,
        snapshots=list(space.snapshots),
    )


def remove_space(call: Call) -> None:
    """Delete a space with its trees and its journal."""
    call.spaces.remove(call.parameters["space"])


def reset(call: Call) -> SpaceDetails:
    """Reset a space to its initial state: trees, causes, counters, clock and journal."""
    call.space.reset()
    return _details(call, call.space)


def snapshots(call: Call) -> SnapshotList:
    """List the snapshots of a space."""
    return SnapshotList(list(call.space.snapshots))


def snapshot(call: Call) -> SnapshotName:
    """Save a snapshot of the trees, causes, counters and clock."""
    return SnapshotName(call.space.snapshot())


def restore(call: Call) -> SpaceDetails:
    """Restore a snapshot; the journal keeps its entries."""
    try:
        call.space.restore(call.read(RestoreRequest).snapshot)
    except Refused as refused:
        raise ApiProblem(refused.status, refused.detail, [PointedError("/snapshot", refused.detail)]) from None
    return _details(call, call.space)


def clock(call: Call) -> ClockState:
    """Read the clock of a space."""
    return _clock(call.space)


def change_clock(call: Call) -> ClockState:
    """Advance the clock of a space, or set it."""
    change = call.read(ClockChange)
    space = call.space
    if (change.advance is None) == (change.set is None):
        raise ApiProblem(
            422,
            'The body needs either "advance" or "set"; send {"advance": SECONDS} or {"set": TIME}.',
            [PointedError("", "Send exactly one of advance and set.")],
        )
    try:
        if change.set is not None:
            space.clock.set(change.set.timestamp())
        elif change.advance is not None:
            by = change.advance
            space.clock.advance(by.total_seconds() if isinstance(by, timedelta) else by)
    except ValueError as error:
        key = "advance" if change.set is None else "set"
        detail = f"The value of {key!r} can't be used: {error}."
        raise ApiProblem(422, detail, [PointedError(json_pointer.spell(key), detail)]) from None
    return _clock(space)


def _clock(space: ServedSpace) -> ClockState:
    return ClockState(utc(space.clock()), space.clock.virtual)


def causes(call: Call) -> CauseList:
    """List the causes of a scenario, including the protected properties that the RFCs require."""
    return _causes(call.world)


def _causes(world: World) -> CauseList:
    known = [cast("AnyCause", cause) for cause in world.causes.values()]
    return CauseList(world.name, known, dict(world.counts), strikes(world.journal, world.name))


def cause(call: Call) -> AnyCause:
    """Read one cause."""
    return _cause(call, call.world)


def _cause(call: Call, world: World) -> AnyCause:
    name = call.parameters["cause"]
    known = world.causes.get(name)
    if known is None:
        ids = ", ".join(sorted(world.causes))
        raise ApiProblem(404, f"The scenario {world.name} has no cause {name!r}; its causes are {ids}.")
    return cast("AnyCause", known)  # the union lists every kind of cause


def add_cause(call: Call) -> Response:
    """Add a cause; 409 if its id is taken."""
    world = call.world
    new = call.read_cause(partial(_cause_errors, world))
    if new.id not in world.causes:
        notes = _check_cause(world, new)
        if world.add_cause(new):
            return _cause_response(new, 201, notes)
    raise ApiProblem(
        409,
        f"The cause {new.id!r} exists already; use PUT to replace it.",
        [PointedError("/id", "Choose another id.")],
    )


def put_cause(call: Call) -> Response:
    """Add or replace the cause of this id; its counter starts again at 0."""
    world = call.world
    new = call.read_cause(partial(_cause_errors, world), call.parameters["cause"])
    notes = _check_cause(world, new)
    world.change_causes({new.id: new})
    return _cause_response(new, 200, notes)


def _surroundings(world: World) -> Surroundings:
    return Surroundings(KindsInTree(world.state.root), world.blueprint.users, atomic=world.blueprint.atomic)


def _cause_errors(world: World, new: AnyCause) -> list[PointedError]:
    """List the errors of a cause that its type allows."""
    return errors_at((*cause_problems(new, _surroundings(world)), *lock_conflicts(new, world.causes.values())))


def _check_cause(world: World, new: AnyCause) -> list[str]:
    """Refuse a cause with errors, and give the likely mistakes of another one."""
    errors = _cause_errors(world, new)
    if errors:
        raise ApiProblem(422, f"The cause {new.id!r} does not fit the scenario.", errors)
    return [note for _, note in cause_notes(new, _surroundings(world))]


def _cause_response(new: AnyCause, status: int, notes: Iterable[str]) -> Response:
    """Answer with a cause; a ``Dav424-Note`` names each likely mistake in it."""
    named = [("Dav424-Note", note.encode("unicode_escape").decode()) for note in notes]
    return Response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *named], to_json(new))


def remove_cause(call: Call) -> None:
    """Remove a cause."""
    world = call.world
    _cause(call, world)
    world.change_causes({call.parameters["cause"]: None})


def tree(call: Call) -> Response:
    """Read all resources of a scenario in a space."""
    return tree_response(call.world)


def put_tree(call: Call) -> Response:
    """Replace all resources of a scenario in a space; the causes stay."""
    world, new = call.world, call.read(TreeJson, tree_errors)
    try:
        write_tree(world, new)
    finally:
        clear(new.resources)
    return tree_response(world)


def to_json(value: object) -> bytes:
    """Write the result of a handler as JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
