"""What the routes of the admin API do, one function each; the first line of each is its summary in OpenAPI."""

from __future__ import annotations

import platform
from datetime import timedelta
from typing import cast

import msgspec

from dav424 import __version__
from dav424.admin.api_problem import ApiProblem, PointedError
from dav424.admin.call import Call
from dav424.admin.payloads import (
    CauseSheet,
    ClockChange,
    ClockSheet,
    NewSpace,
    Ok,
    Restore,
    ScenarioLine,
    ScenarioSheet,
    SnapshotList,
    SnapshotName,
    SpaceList,
    SpaceSheet,
    TreeShape,
    Version,
)
from dav424.admin.tree_json import parse_time, read_tree, write_tree
from dav424.causes import AnyCause, Cause
from dav424.core import json_pointer
from dav424.core.batch import Refused
from dav424.scenario.model import Places, cured
from dav424.scenario.semantic_checks import cause_problems
from dav424.scenario.served_request import curl_command
from dav424.store.tree import Collection, walk
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import World


def live(_: Call) -> Ok:
    """Say that the process answers."""
    return Ok()


def ready(call: Call) -> Ok:
    """Say that requests are served; 503 once the server is about to stop."""
    if call.spaces.closed:
        raise ApiProblem(503, "The server is about to stop.")
    return Ok()


def version(_: Call) -> Version:
    """Say what is running."""
    return Version(__version__, platform.python_version())


def scenarios(call: Call) -> list[ScenarioLine]:
    """List the scenarios."""
    return [ScenarioLine(name, call.scenarios.scenario(name).title, f"/{name}/") for name in call.scenarios.names]


def scenario(call: Call) -> ScenarioSheet:
    """Say what a scenario teaches, what is in its way, and how to ask it."""
    name = call.parameters["scenario"]
    scenario = call.scenarios.scenario(name)
    url = f"{call.url}{name}/"
    return ScenarioSheet(
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
    """List the spaces, the default one first."""
    return SpaceList([_sheet(call, each) for each in call.spaces.all()], call.spaces.settings.most, call.spaces.expired)


def make_space(call: Call) -> SpaceSheet:
    """Make a space; 409 if there is one of the name."""
    wanted = _wanted(call)
    space, new = call.spaces.make(wanted.name)
    if not new:
        raise ApiProblem(409, f"There is a space {space.name!r} already; PUT takes it as it is.")
    return _with_scenario(call, space, wanted.scenario)


def name_space(call: Call) -> SpaceSheet:
    """Make a space of this name, or take the one that there is as it is."""
    wanted = _wanted(call)
    name = call.parameters["space"]
    if wanted.name not in (None, name):
        raise ApiProblem(
            422, f"The path names {name!r}, and the body {wanted.name!r}.", [PointedError("/name", "Leave it out.")]
        )
    space, _ = call.spaces.make(name)
    return _with_scenario(call, space, wanted.scenario)


def _wanted(call: Call) -> NewSpace:
    """Read what space is wanted; nothing is made for a scenario that isn't there."""
    wanted = call.read(NewSpace)
    if wanted.scenario is not None:
        try:
            call.scenarios.scenario(wanted.scenario)
        except Refused as refused:
            raise ApiProblem(422, refused.detail, [PointedError("/scenario", refused.detail)]) from None
    return wanted


def _with_scenario(call: Call, space: ServedSpace, scenario: str | None) -> SpaceSheet:
    if scenario is not None:
        space.world(scenario)
    return _sheet(call, space)


def space(call: Call) -> SpaceSheet:
    """Look at a space."""
    return _sheet(call, call.space)


def _sheet(call: Call, space: ServedSpace) -> SpaceSheet:
    left = call.spaces.expires_in(space)
    return SpaceSheet(
        name=space.name,
        path=f"{space.prefix}/",
        scenarios=sorted(space.worlds),
        now=parse_time(space.clock()),
        expires_in=left,
        exchanges=len(space.journal),
        dropped=space.journal.dropped,
        snapshots=list(space.snapshots),
    )


def remove_space(call: Call) -> None:
    """Remove a space and all that is in it."""
    call.spaces.remove(call.parameters["space"])


def reset(call: Call) -> SpaceSheet:
    """Put a space back to its beginning: trees, causes, counters, clock and journal."""
    call.space.reset()
    return _sheet(call, call.space)


def snapshots(call: Call) -> SnapshotList:
    """List the snapshots of a space."""
    return SnapshotList(list(call.space.snapshots))


def snapshot(call: Call) -> SnapshotName:
    """Keep trees, causes, counters and clock as they are now."""
    return SnapshotName(call.space.snapshot())


def restore(call: Call) -> SpaceSheet:
    """Put back what a snapshot kept; the journal goes on."""
    try:
        call.space.restore(call.read(Restore).snapshot)
    except Refused as refused:
        raise ApiProblem(refused.status, refused.detail, [PointedError("/snapshot", refused.detail)]) from None
    return _sheet(call, call.space)


def clock(call: Call) -> ClockSheet:
    """Say what time it is in a space."""
    return _clock(call.space)


def change_clock(call: Call) -> ClockSheet:
    """Advance the clock of a space, or set it."""
    change = call.read(ClockChange)
    space = call.space
    if (change.advance is None) == (change.set is None):
        raise ApiProblem(
            422, 'Give either {"advance": SECONDS} or {"set": TIME}.', [PointedError("", "One of the two.")]
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


def _clock(space: ServedSpace) -> ClockSheet:
    return ClockSheet(parse_time(space.clock()), space.clock.virtual)


def causes(call: Call) -> CauseSheet:
    """List what is in the way in a scenario of a space, the protection that the RFCs demand included."""
    return _causes(call.world)


def _causes(world: World) -> CauseSheet:
    return CauseSheet(world.name, [cast("AnyCause", each) for each in world.causes.values()], dict(world.counts))


def cause(call: Call) -> AnyCause:
    """Look at one cause."""
    return _cause(call, call.world)


def _cause(call: Call, world: World) -> AnyCause:
    name = call.parameters["cause"]
    found = world.causes.get(name)
    if found is None:
        raise ApiProblem(
            404, f"There is no cause {name!r} in {world.name}; there are {', '.join(sorted(world.causes))}."
        )
    return cast("AnyCause", found)  # every kind of cause is one of these


def add_cause(call: Call) -> AnyCause:
    """Put something in the way; 409 if there is a cause of the id."""
    world = call.world
    new = call.read_cause()
    if new.id in world.causes:
        raise ApiProblem(
            409, f"There is a cause {new.id!r} already; PUT replaces it.", [PointedError("/id", "Choose another.")]
        )
    return _put(world, new)


def put_cause(call: Call) -> AnyCause:
    """Put something in the way, in place of the cause of this id if there is one; its counter begins anew."""
    return _put(call.world, call.read_cause(call.parameters["cause"]))


def _put(world: World, new: AnyCause) -> AnyCause:
    places: Places = {
        path: "collection" if isinstance(node, Collection) else "document" for path, node in walk(world.state.root, ())
    }
    errors = [
        PointedError(json_pointer.spell(*where), said + "." * (said[-1] != "?"))
        for where, said in cause_problems(new, places)
    ]
    if errors:
        raise ApiProblem(422, f"The cause {new.id!r} can't be put there.", errors)
    world.change_causes({new.id: new})
    return new


def remove_cause(call: Call) -> None:
    """Take a cause away."""
    world = call.world
    _cause(call, world)
    world.change_causes({call.parameters["cause"]: None})


def cure(call: Call) -> CauseSheet:
    """Apply a scenario's own cure: its requests then succeed."""
    world = call.world
    found = call.scenarios.scenario(world.name)
    if found.cure is None:
        raise ApiProblem(409, f"The scenario {world.name} has no cure; remove its causes one by one.")
    changes: dict[str, Cause | None] = cured(found)
    world.change_causes(changes)
    return _causes(world)


def tree(call: Call) -> TreeShape:
    """Read all resources of a scenario as they are in a space."""
    return read_tree(call.world)


def put_tree(call: Call) -> TreeShape:
    """Put other resources in the place of all that there are; the causes stay."""
    world = call.world
    write_tree(world, call.read(TreeShape))
    return read_tree(world)


def to_json(value: object) -> bytes:
    """Write what a task gave."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
