"""Play an exchange of the journal again, in a copy of its space: unchanged, without some causes, or after the cure.

The original space sees nothing of it. The copy has the same name, so that the same bytes mean the same resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from dav424.admin.api_problem import ApiProblem
from dav424.admin.body_errors import PointedError
from dav424.admin.call import Call
from dav424.admin.changes import list_changes
from dav424.admin.cure import apply_cure, send_to
from dav424.admin.payloads import Replay, ReplayRequest
from dav424.core import json_pointer
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.dialects.names import RFC4918
from dav424.journal.entries import JournalEntry
from dav424.journal.report import report
from dav424.wire.in_process import in_process
from dav424.worlds.outside import outside
from dav424.worlds.snapshot import Snapshot
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import World

_OF_THE_CONNECTION = frozenset({"connection", "content-length", "expect", "transfer-encoding", "authorization"})
"""Headers that concern one connection, or that the journal has without its secret."""


def replay(call: Call) -> Replay:
    """Play an exchange again in a copy of the space, for example to see how it goes without a cause.

    The journal, the tree and the counters of the space stay as they are.
    """
    wanted, space = call.read(ReplayRequest), call.space
    entry = _entry(space, wanted.exchange)
    twin = call.spaces.twin(space, _snapshot(space, wanted.snapshot))
    try:
        world = twin.world(entry.scenario)
        _remove(world, wanted.without)
        if wanted.cured:
            _cure(call, twin, world)
        before = world.snapshot()
        twin.journal.clear()
        _send(call, twin, entry, world)
        answered = next(iter(twin.journal), None)
        if answered is None:
            raise ApiProblem(507, "The journal has no room for the exchange; start the server with a larger one.")
        return Replay(report(answered), list_changes(world, before, world.snapshot()))
    finally:
        twin.discard()


def _entry(space: ServedSpace, number: int) -> JournalEntry:
    """Find the exchange to play again; refuses with 404 an unknown one, and with 409 one that can't be played again."""
    entry = space.journal.find(number)
    if entry is None:
        raise _problem(404, "exchange", f"The journal of {space.name!r} has no exchange {number}.")
    if not entry.scenario:
        raise _problem(409, "exchange", f"Exchange {number} is about no scenario; choose one that is.")
    if space.world(entry.scenario).blueprint.outside:
        raise _problem(409, "exchange", f"{outside(entry.scenario)} So exchange {number} can't be played in a copy.")
    if len(entry.request.body) < entry.request_size:
        detail = (
            f"The journal has {len(entry.request.body)} of the {entry.request_size} bytes of the body of exchange {number}; "
            "choose an exchange with a shorter body."
        )
        raise _problem(409, "exchange", detail)
    return entry


def _snapshot(space: ServedSpace, name: str | None) -> Snapshot:
    """Find the state with which the copy begins."""
    if name is None:
        return space.now()
    try:
        return space.find_snapshot(name)
    except Refused as refused:
        raise _problem(refused.status, "snapshot", refused.detail) from None


def _remove(world: World, named: Sequence[str]) -> None:
    known = {*world.causes, *world.faults}
    errors = [
        PointedError(json_pointer.spell("without", index), f"There is no cause or fault {name!r}.")
        for index, name in enumerate(named)
        if name not in known
    ]
    if errors:
        detail = f"The scenario {world.name} has only these: {', '.join(sorted(known))}."
        raise ApiProblem(422, detail, errors)
    world.change_causes({name: None for name in named if name in world.causes})
    world.change_faults({name: None for name in named if name in world.faults})


def _cure(call: Call, twin: ServedSpace, world: World) -> None:
    _, failures = apply_cure(call, twin, world)
    if failures:
        raise ApiProblem(409, f"The cure is not complete, since a request of it failed. {' '.join(failures)}")


def _send(call: Call, twin: ServedSpace, entry: JournalEntry, world: World) -> None:
    """Send the request of an exchange with the same bytes, from the same user, who needs no login."""
    request, url = entry.request, urlsplit(call.url)
    headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_CONNECTION}
    http = in_process(
        request.method, _path(request.target), headers, request.body, host=url.netloc, scheme=request.scheme
    )
    sender = request.user if request.user or not world.blueprint.users else None
    http.mount = href(request.base_path)
    send_to(call, http, world, twin, sender, dialect=request.dialect or RFC4918)


def _path(target: str) -> str:
    """Give the path and the query of a request target, which can be a whole URL."""
    return target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]


def _problem(status: int, key: str, detail: str) -> ApiProblem:
    return ApiProblem(status, detail, [PointedError(json_pointer.spell(key), detail)])
