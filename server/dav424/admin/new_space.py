"""Make a space: with a copy of a scenario, or with one whose tree, users and causes the body of the call changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import msgspec
from msgspec import structs

from dav424.admin.api_problem import ApiProblem, invalid
from dav424.admin.body_errors import MOST_ERRORS, PointedError, body_errors
from dav424.admin.call import JSON, MOST_OF_A_CAUSE, Call, errors_at, overlap
from dav424.admin.handlers import details, to_json
from dav424.admin.payloads import NewSpace
from dav424.admin.tree_json import DEEPEST
from dav424.causes.counted import Counted
from dav424.core import decode, json_pointer
from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.core.writable import is_date
from dav424.faults.without_connection import impossible_faults
from dav424.scenario.model import Scenario, TreeEntry
from dav424.scenario.yaml_reader import Pointer
from dav424.store.draft import MOST_RESOURCES, too_many_resources
from dav424.worlds.clock import LATEST
from dav424.worlds.outside import outside
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import Blueprint

DEFAULT_SCENARIO = "playground"
_OF_A_SCENARIO = ("tree", "missing", "users", "causes", "faults")
"""The keys of the body that change the scenario, as scenario files write them."""
_ONLY_NEW = (*_OF_A_SCENARIO, "now", "expires-in")
"""The keys that only a new space can have."""


def make_space(call: Call) -> Response:
    """Make a space, with its own causes, tree and users if the body has them; 409 if the name is taken."""
    wanted = _read(call)
    world = _blueprint(call, wanted)
    space, new = call.spaces.make(wanted.name, wanted.expires_in)
    if not new:
        raise ApiProblem(
            409, f"The space {space.name!r} exists already; use PUT /-/spaces/{space.name} to get it unchanged."
        )
    return _begun(call, space, wanted, world, 201)


def put_space(call: Call) -> Response:
    """Make a space of this name, as POST does, unless it exists; 409 if it exists and the body would change more than its dialect."""
    wanted = _read(call)
    name = call.parameters["space"]
    if wanted.name not in (None, name):
        raise ApiProblem(
            422,
            f"The path has the name {name!r}, and the body has {wanted.name!r}.",
            [PointedError("/name", f"Leave the name out, or write {name!r}.")],
        )
    world = _blueprint(call, wanted)
    space, new = call.spaces.make(name, wanted.expires_in)
    if not new:
        _check_unchanged(space, wanted)
        call.spaces.adopt(space)
        if wanted.scenario is not None:
            space.world(wanted.scenario)
        return _described(call, space, 200, _spoken(call, space, wanted))
    return _begun(call, space, wanted, world, 200)


def _check_unchanged(space: ServedSpace, wanted: NewSpace) -> None:
    """Refuse with 409 to change a space that exists."""
    given = [key for key in _ONLY_NEW if getattr(wanted, key.replace("-", "_")) is not None]
    if given:
        raise ApiProblem(
            409,
            f"The space {space.name!r} exists already, and only a new one gets {', '.join(given)}; send DELETE "
            f"/-/spaces/{space.name} first, or leave {'it' if len(given) == 1 else 'them'} out.",
            [PointedError(f"/{key}", "Leave it out, or delete the space first.") for key in given],
        )


def _read(call: Call) -> NewSpace:
    """Read the description of a space; raises ``ApiProblem`` with all mistakes in it, before anything is made."""
    data = call.read(dict[str, Any])
    check = partial(_errors, call)
    parts = {key: data[key] for key in _OF_A_SCENARIO if data.get(key) is not None}
    errors: list[PointedError] = []
    if parts and len(call.body) > MOST_OF_A_CAUSE:
        detail = f"The body has {len(call.body)} bytes; a body with {', '.join(parts)} may have {MOST_OF_A_CAUSE}."
        raise ApiProblem(413, f"{detail} Send a larger tree with PUT /-/spaces/NAME/tree.")
    if parts:
        # Imported late: most spaces are copies, and the checks load a validator of JSON Schema.
        from dav424.scenario.schema_checks import part_problems  # noqa: PLC0415 - see above

        errors = errors_at(islice(part_problems(parts), MOST_ERRORS))
    if errors:
        named = [error.pointer for error in errors]
        others = body_errors(data, NewSpace, check)
        errors += [error for error in others if not any(overlap(error.pointer, pointer) for pointer in named)]
        raise _problem(errors)
    try:
        wanted: NewSpace = decode.to_type(data, NewSpace)
    except msgspec.ValidationError:
        raise invalid(data, NewSpace, check) from None
    errors = list(islice(check(wanted), MOST_ERRORS))
    if errors:
        raise _problem(errors)
    return wanted


def _problem(errors: list[PointedError]) -> ApiProblem:
    more = "" if len(errors) == 1 else f" The body has {len(errors)} errors; see errors."
    return ApiProblem(422, f"{errors[0].detail}{more}", errors)


def _errors(call: Call, wanted: NewSpace) -> Iterator[PointedError]:
    """Find the mistakes that the type allows."""
    if wanted.now is not None and not (is_date(wanted.now.timestamp()) and 0 <= wanted.now.timestamp() <= LATEST):
        yield PointedError("/now", "A clock goes from the year 1970 to the year 9800.")
    if wanted.dialect is not None:
        try:
            call.dialects.find(wanted.dialect)
        except Refused as refused:
            yield PointedError("/dialect", refused.detail)
    name = _scenario_name(wanted)
    if name is None:
        return
    try:
        scenario = call.scenarios.scenario(name)
    except Refused as refused:
        yield PointedError("/scenario", refused.detail)
        return
    if not _changes_scenario(wanted):
        return
    if call.spaces.blueprint(name).outside:
        yield PointedError("/scenario", f"{outside(name)} So its copy can't be changed; choose another scenario.")
        return
    deep = [path for path in wanted.tree or () if path.count("/") > DEEPEST]
    if deep:
        detail = f"The path has more than {DEEPEST} segments; write a shorter one."
        yield from (PointedError(json_pointer.spell("tree", path), detail) for path in deep)
        return
    from dav424.scenario.semantic_checks import semantic_problems  # noqa: PLC0415 - as in _read

    for pointer, message in semantic_problems(_changed(scenario, wanted)):
        yield from errors_at([_placed(pointer, message, scenario, wanted)])
    if not call.spaces.settings.connections and (sentence := impossible_faults(wanted.faults or ())):
        yield PointedError("/faults", sentence)


def _placed(pointer: Pointer, message: str, scenario: Scenario, wanted: NewSpace) -> tuple[Pointer, str]:
    """Turn a pointer into the changed scenario into one into the body.

    A cause or fault of the scenario can be in conflict with the new tree or users.
    """
    match pointer:
        case ("causes" | "faults" as part, int(index), *inner):
            own: Sequence[Counted] = getattr(scenario, part)
        case _:
            return pointer, message
    if index >= len(own):
        return (part, index - len(own), *inner), message
    key = "users" if "users" in pointer or wanted.tree is None else "tree"
    return (key,), f"the {part[:-1]} {own[index].id!r} of the scenario does not fit: {message}"


def _changes_scenario(wanted: NewSpace) -> bool:
    return any(getattr(wanted, key) is not None for key in _OF_A_SCENARIO)


def _scenario_name(wanted: NewSpace) -> str | None:
    """Name the scenario of which the space gets a copy at once; None for no copy."""
    return wanted.scenario or (DEFAULT_SCENARIO if _changes_scenario(wanted) else None)


def _changed(scenario: Scenario, wanted: NewSpace) -> Scenario:
    """Change a scenario: the causes are added, the tree and the users replaced. Its requests may not fit any more."""
    tree = scenario.tree if wanted.tree is None else _with_empty_resources(wanted.tree)
    missing = list(wanted.missing or ()) if wanted.tree is not None else [*scenario.missing, *(wanted.missing or ())]
    return structs.replace(
        scenario,
        tree=tree,
        missing=missing,
        users=scenario.users if wanted.users is None else wanted.users,
        causes=[*scenario.causes, *(wanted.causes or ())],
        faults=[*scenario.faults, *(wanted.faults or ())],
        requests=[],
        cure=None,
    )


def _with_empty_resources(tree: dict[str, TreeEntry | None]) -> dict[str, TreeEntry]:
    return {path: entry or TreeEntry() for path, entry in tree.items()}


def _blueprint(call: Call, wanted: NewSpace) -> Blueprint | None:
    """Make the blueprint of a changed scenario; None if the space gets a copy of the scenario itself, or of none."""
    name = _scenario_name(wanted)
    if name is None or not (_changes_scenario(wanted) or wanted.now is not None):
        return None
    from dav424.scenario.blueprint import blueprint  # noqa: PLC0415 - as in _read

    call.spaces.settings.budget.check()
    start, real_clock = call.spaces.settings.start, call.spaces.settings.real_clock
    created = wanted.now.timestamp() if wanted.now is not None else real_clock() if start is None else start
    made = blueprint(name, _changed(call.scenarios.scenario(name), wanted), created)
    resources = made.initial.state.root.resources
    if resources > MOST_RESOURCES:
        raise too_many_resources(resources)
    return made


def _begun(call: Call, space: ServedSpace, wanted: NewSpace, world: Blueprint | None, status: int) -> Response:
    """Let a new space begin as the body says; a ``Dav424-Note`` names each likely mistake."""
    if wanted.now is not None:
        space.clock.begin(wanted.now.timestamp())
    notes: list[str] = []
    if world is not None:
        space.install(world)
        notes = _notes(call, wanted) if _changes_scenario(wanted) else []
    elif wanted.scenario is not None:
        space.world(wanted.scenario)
    return _described(call, space, status, [*_spoken(call, space, wanted), *notes])


def _spoken(call: Call, space: ServedSpace, wanted: NewSpace) -> list[str]:
    """Let a space answer in the dialect of the body, if it has one; gives a note about faults that are left out."""
    if wanted.dialect is None:
        return []
    space.dialect = wanted.dialect
    note = call.dialects.note(wanted.dialect)
    return [note] if note else []


def _described(call: Call, space: ServedSpace, status: int, notes: Iterable[str]) -> Response:
    named = [("Dav424-Note", note.encode("unicode_escape").decode()) for note in notes]
    return Response(status, [*JSON, *named], to_json(details(call, space)))


def _notes(call: Call, wanted: NewSpace) -> list[str]:
    from dav424.scenario.semantic_checks import semantic_notes  # noqa: PLC0415 - as in _read

    scenario = call.scenarios.scenario(wanted.scenario or DEFAULT_SCENARIO)
    found = semantic_notes(_changed(scenario, wanted))
    return [
        message
        for pointer, message in islice(found, MOST_ERRORS)
        if pointer[0] == "tree" or _is_of_body(pointer, scenario)
    ]


def _is_of_body(pointer: Pointer, scenario: Scenario) -> bool:
    """Say whether a pointer leads to a cause or fault that the scenario itself doesn't have."""
    part, index = str(pointer[0]), pointer[1]
    return part in ("causes", "faults") and isinstance(index, int) and index >= len(getattr(scenario, part))
