"""The state of a scenario in a space as a scenario file, to be sent to someone who has no access to the server."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from dav424 import __version__
from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import Call
from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.core.writable import timestamp
from dav424.scenario.model import Scenario
from dav424.worlds.outside import outside
from dav424.worlds.world import World

_WIDTH = 110
"""Of the comments, in characters."""


def scenario_file(call: Call) -> Response:
    """Read the state of a scenario as a scenario file: its tree, its causes with their remaining counts, its users.

    Comments at its head say what it does not have. 507 if a scenario file could not hold it.
    """
    # Imported late: most clients of the API read no file, and the writer of YAML takes a while to load.
    from dav424.scenario.world_as_file import export  # noqa: PLC0415 - see above
    from dav424.scenario.yaml_writer import FileTooLargeError, write  # noqa: PLC0415 - see above

    world = call.world
    if world.blueprint.outside:
        raise ApiProblem(409, f"{outside(world.name)} So no scenario file can have them.")
    now = world.clock()
    try:
        exported = export(_title(call, world), world.blueprint, world.snapshot(), now)
        text = write(exported.scenario)
    except FileTooLargeError as error:
        detail = f"The state does not fit into a scenario file: {error}. Read it with GET /-/spaces/NAME/tree."
        raise ApiProblem(507, detail) from None
    place = f"The scenario {world.name} of the space {call.space.name}"
    about = [
        f"{place} at {timestamp(now)}. dav424 {__version__} wrote this file.",
        *_facts(exported.scenario, exported.client_locks),
        *(f"Left out: {sentence}" for sentence in exported.left_out),
    ]
    head = "".join(f"{line}\n" for sentence in about for line in _comment(sentence))
    headers = [("Content-Type", "application/yaml"), ("Cache-Control", "no-store")]
    return Response(200, headers, (head + text).encode())


def _title(call: Call, world: World) -> str:
    """Give the title of the scenario of which a world is a copy; its name if the server has the scenario no more."""
    try:
        return call.scenarios.scenario(world.name).title
    except Refused:
        return world.name


def _facts(scenario: Scenario, client_locks: list[str]) -> Iterator[str]:
    """Say what the file has and what it does not have, as far as that concerns the scenario."""
    yield "It has the tree, and the causes with their remaining counts."
    yield "It does not have entity-tags, the journal, snapshots, the clock, and the lesson, the requests and the cure."
    if scenario.users:
        yield "It has the users with their passwords, which are for tests alone."
    if client_locks:
        yield (
            f"Locks of clients: {', '.join(client_locks)}. Such a lock never expires, and has no DAV:owner element. Its "
            "token is urn:dav424:lock:ID, and the server takes that from its principal alone."
        )


def _comment(sentence: str) -> list[str]:
    """Write a sentence as lines of a comment; characters that YAML does not allow there become question marks."""
    clean = "".join(each if each.isprintable() else "?" for each in " ".join(sentence.split()))
    return wrap(clean, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)
