"""The handlers of the admin API, one for each route; the first line of each docstring is the summary in OpenAPI."""

from __future__ import annotations

import platform
from collections.abc import Iterable
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
    ExpiryChange,
    Ok,
    RestoreRequest,
    SnapshotList,
    SnapshotName,
    SpaceDetails,
    SpaceList,
    Version,
)
from dav424.admin.tree_json import tree_errors, tree_response, write_tree
from dav424.admin.tree_payloads import TreeJson
from dav424.causes.kinds import AnyCause
from dav424.core import json_pointer
from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.core.writable import utc
from dav424.faults.kinds import AnyFault
from dav424.journal.entries import strikes
from dav424.scenario.cause_checks import Surroundings, cause_notes, cause_problems, lock_conflicts
from dav424.scenario.kinds_in_tree import KindsInTree
from dav424.store.slices import clear
from dav424.worlds.outside import outside
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


def spaces(call: Call) -> SpaceList:
    """List the spaces, the default space first."""
    return SpaceList(
        [details(call, space) for space in call.spaces.all()], call.spaces.settings.most, call.spaces.expired
    )


def space(call: Call) -> SpaceDetails:
    """Describe a space."""
    return details(call, call.space)


def details(call: Call, space: ServedSpace) -> SpaceDetails:
    """Give the details of a space."""
    return SpaceDetails(
        name=space.name,
        path=f"{space.prefix}/",
        scenarios=sorted(space.worlds),
        now=utc(space.clock()),
        expires_in=call.spaces.expires_in(space),
        exchanges=len(space.journal),
        dropped=space.journal.dropped,
        snapshots=list(space.snapshots),
        dialect=space.dialect,
        faults_left_out=_left_out(call, space.dialect),
    )


def _left_out(call: Call, dialect: str) -> list[str]:
    """List the faults of a dialect that do not work; none if the server has lost the dialect since."""
    try:
        return call.dialects.describe(dialect).left_out if dialect else []
    except Refused:
        return []


def remove_space(call: Call) -> None:
    """Delete a space with its trees and its journal."""
    call.spaces.remove(call.parameters["space"])


def change_expiry(call: Call) -> SpaceDetails:
    """Let a space expire after another time without a request, or never."""
    change, space = call.read(ExpiryChange), call.space
    call.spaces.set_expiry(space, change.expires_in)
    return details(call, space)


def reset(call: Call) -> SpaceDetails:
    """Reset a space to its initial state: trees, causes, counters, clock and journal."""
    call.space.reset()
    return details(call, call.space)


def snapshots(call: Call) -> SnapshotList:
    """List the snapshots of a space."""
    return SnapshotList(list(call.space.snapshots))


def snapshot(call: Call) -> SnapshotName:
    """Save a snapshot of the trees, causes, counters and clock."""
    return SnapshotName(call.space.snapshot())


def restore(call: Call) -> SpaceDetails:
    """Restore a snapshot; the journal keeps its entries."""
    wanted, space = call.read(RestoreRequest), call.space
    try:
        space.restore(wanted.snapshot)
    except Refused as refused:
        raise ApiProblem(refused.status, refused.detail, [PointedError("/snapshot", refused.detail)]) from None
    return details(call, space)


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
    counts = {name: count for name, count in world.counts.items() if name not in world.faults}
    return CauseList(world.name, known, counts, strikes(world.journal, world.name))


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
    _check_id(world, new)
    if new.id not in world.causes:
        notes = _check_cause(world, new)
        if world.add_cause(new):
            return noted(new, 201, notes)
    raise ApiProblem(
        409,
        f"The cause {new.id!r} exists already; use PUT to replace it.",
        [PointedError("/id", "Choose another id.")],
    )


def put_cause(call: Call) -> Response:
    """Add or replace the cause of this id; its counter starts again at 0."""
    world = call.world
    new = call.read_cause(partial(_cause_errors, world), call.parameters["cause"])
    _check_id(world, new)
    notes = _check_cause(world, new)
    world.change_causes({new.id: new})
    return noted(new, 200, notes)


def surroundings(world: World) -> Surroundings:
    """Say what a cause or fault of a world can be about."""
    return Surroundings(KindsInTree(world.state.root), world.blueprint.users, atomic=world.blueprint.atomic)


def _cause_errors(world: World, new: AnyCause) -> list[PointedError]:
    """List the errors of a cause that its type allows."""
    return errors_at((*cause_problems(new, surroundings(world)), *lock_conflicts(new, world.causes.values())))


def _check_id(world: World, new: AnyCause) -> None:
    if new.id in world.faults:
        detail = f"The fault {new.id!r} exists already; choose another id for the cause."
        raise ApiProblem(409, detail, [PointedError("/id", "Choose another id.")])


def _check_cause(world: World, new: AnyCause) -> list[str]:
    """Refuse a cause with errors, and give the likely mistakes of another one."""
    errors = _cause_errors(world, new)
    if errors:
        raise ApiProblem(422, f"The cause {new.id!r} does not fit the scenario.", errors)
    return [note for _, note in cause_notes(new, surroundings(world))]


def noted(new: AnyCause | AnyFault, status: int, notes: Iterable[str]) -> Response:
    """Answer with a cause or fault; a ``Dav424-Note`` names each likely mistake in it."""
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
    world = call.world
    if world.blueprint.outside:
        raise ApiProblem(
            409, f"{outside(world.name)} So the tree can't be replaced here. Change the files with WebDAV."
        )
    new = call.read(TreeJson, tree_errors)
    try:
        write_tree(world, new)
    finally:
        clear(new.resources)
    return tree_response(world)


def to_json(value: object) -> bytes:
    """Write the result of a handler as JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
