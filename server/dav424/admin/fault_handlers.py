"""The handlers of the admin API that list and change the faults of a scenario in a space."""

from __future__ import annotations

from functools import partial
from typing import cast

from dav424.admin.api_problem import ApiProblem
from dav424.admin.body_errors import PointedError
from dav424.admin.call import Call, errors_at
from dav424.admin.handlers import noted, surroundings
from dav424.admin.payloads import FaultList
from dav424.core.message import Response
from dav424.faults.kinds import AnyFault
from dav424.faults.without_connection import impossible_faults
from dav424.journal.entries import fault_strikes
from dav424.scenario.cause_checks import cause_notes, fault_problems
from dav424.worlds.world import World


def faults(call: Call) -> FaultList:
    """List the faults of a scenario, and the exchanges whose answers they changed."""
    world = call.world
    known = [cast("AnyFault", fault) for fault in world.faults.values()]
    counts = {name: count for name, count in world.counts.items() if name in world.faults}
    return FaultList(world.name, known, counts, fault_strikes(world.journal, world.name))


def fault(call: Call) -> AnyFault:
    """Read one fault."""
    return _fault(call, call.world)


def _fault(call: Call, world: World) -> AnyFault:
    name = call.parameters["fault"]
    known = world.faults.get(name)
    if known is None:
        ids = ", ".join(sorted(world.faults)) or "none"
        raise ApiProblem(404, f"The scenario {world.name} has no fault {name!r}; its faults are {ids}.")
    return cast("AnyFault", known)  # the union lists every kind of fault


def add_fault(call: Call) -> Response:
    """Add a fault; 409 if its id is taken."""
    world = call.world
    new = call.read_fault(partial(_errors, call, world))
    _check(call, world, new)
    if new.id in world.causes or not world.change_faults({new.id: new}, only_new=True):
        what = "cause" if new.id in world.causes else "fault"
        raise ApiProblem(
            409,
            f"The {what} {new.id!r} exists already{'; use PUT to replace it' if what == 'fault' else ''}.",
            [PointedError("/id", "Choose another id.")],
        )
    return _response(world, new, 201)


def put_fault(call: Call) -> Response:
    """Add or replace the fault of this id; its counter starts again at 0. 409 if a cause has the id."""
    world = call.world
    new = call.read_fault(partial(_errors, call, world), call.parameters["fault"])
    _check(call, world, new)
    if new.id in world.causes:
        raise ApiProblem(409, f"The cause {new.id!r} exists already; choose another id for the fault.")
    world.change_faults({new.id: new})
    return _response(world, new, 200)


def remove_fault(call: Call) -> None:
    """Remove a fault."""
    world = call.world
    _fault(call, world)
    world.change_faults({call.parameters["fault"]: None})


def _errors(call: Call, world: World, new: AnyFault) -> list[PointedError]:
    """List the errors of a fault that its type allows."""
    errors = errors_at(fault_problems(new, surroundings(world)))
    if not call.spaces.settings.connections and (sentence := impossible_faults([new])):
        errors.append(PointedError("/kind", sentence))
    return errors


def _check(call: Call, world: World, new: AnyFault) -> None:
    errors = _errors(call, world, new)
    if errors:
        raise ApiProblem(422, f"The fault {new.id!r} does not fit the scenario.", errors)


def _response(world: World, new: AnyFault, status: int) -> Response:
    return noted(new, status, [note for _, note in cause_notes(new, surroundings(world))])
