"""The cure of a scenario: its changes of causes, and its requests, which the server sends to itself."""

from __future__ import annotations

from collections import deque
from typing import cast
from urllib.parse import urlsplit

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import Call
from dav424.admin.payloads import CureReport, CureRequest
from dav424.causes.kinds import AnyCause
from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.core.reason_phrases import reason
from dav424.dialects.names import RFC4918
from dav424.faults.kinds import AnyFault
from dav424.journal.entries import strikes
from dav424.journal.report import report
from dav424.scenario import served_request
from dav424.scenario.model import RequestSpec, cured, cured_faults
from dav424.wire.in_process import InProcessRequest, in_process
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import World

_DONE_BEFORE = frozenset({("DELETE", 404), ("MOVE", 404), ("MKCOL", 405), ("MKCALENDAR", 405)})
"""Answers to a request whose work is done already, as in a second cure."""


def cure(call: Call) -> CureReport:
    """Apply the cure of a scenario, and send its requests, so that the failed requests succeed.

    The requests are exchanges in the journal. If one fails, the answer is 409 and names it; the causes stay changed.
    """
    world = call.world
    requests, failures = apply_cure(call, call.space, world)
    if failures:
        raise ApiProblem(
            409,
            f"The causes are changed, but the cure is not complete, since a request of it failed. {' '.join(failures)}",
        )
    known = [cast("AnyCause", cause) for cause in world.causes.values()]
    faults = [cast("AnyFault", fault) for fault in world.faults.values()]
    return CureReport(world.name, known, dict(world.counts), strikes(world.journal, world.name), faults, requests)


def apply_cure(call: Call, space: ServedSpace, world: World) -> tuple[list[CureRequest], list[str]]:
    """Apply the cure of a scenario in a space; gives its requests, and a sentence for each of them that failed.

    Raises ``ApiProblem`` with 409 if the scenario has no cure.
    """
    scenario = call.scenarios.scenario(world.name)
    if scenario.cure is None:
        raise ApiProblem(409, f"The scenario {world.name} has no cure; remove its causes one by one.")
    world.change_causes(cured(scenario))
    world.change_faults(cured_faults(scenario))
    sent = [_send(call, space, world, spec) for spec in scenario.cure.requests]
    return [request for request, _ in sent], [failure for _, failure in sent if failure]


def _send(call: Call, space: ServedSpace, world: World, spec: RequestSpec) -> tuple[CureRequest, str]:
    """Send a request as its user; gives its result, and a sentence if it failed.

    It is answered as the RFCs say: the file of the scenario knows nothing of the dialect of a space.
    """
    url = urlsplit(call.url)
    base = f"{space.prefix}/{world.name}"
    sender = spec.user if spec.user is not None or world.blueprint.users else ""
    try:
        http = in_process(
            spec.method,
            base + spec.path,
            served_request.headers(spec, base),
            served_request.body(spec, base),
            host=url.netloc,
            scheme=url.scheme,
        )
    except Refused as refused:
        return CureRequest(spec.name, spec.method, spec.path, refused.status, spec.expect.status, None), (
            f"{spec.name!r} ({spec.method} {spec.path}) can't be sent: {refused.detail}"
        )
    http.mount = base
    response = send_to(call, http, world, space, sender, dialect=RFC4918)
    number = next((int(value) for name, value in response.headers if name == "Dav424-Exchange"), 0)
    request = CureRequest(spec.name, spec.method, spec.path, response.status, spec.expect.status, number or None)
    return request, _failure(space, spec, response.status, number)


def send_to(
    call: Call, http: InProcessRequest, world: World, space: ServedSpace, sender: str | None, *, dialect: str
) -> Response:
    """Let the server answer a request to its end in a dialect; the mount of the request is the path of the world in URLs."""
    assert call.send_in is not None, "the API of a server can send requests"
    response = call.send_in(http, space, world.name, sender, dialect)
    if not isinstance(response.body, bytes):
        deque(response.body, maxlen=0)  # the exchange ends with its stream
    return response


def _failure(space: ServedSpace, spec: RequestSpec, status: int, number: int) -> str:
    """Say how a request of the cure failed; empty if it succeeded, failed as expected, or found its work done already."""
    entry = space.journal.find(number)
    inside = [fact for fact in report(entry).facts if fact.outcome != "done"] if entry is not None else []
    expected = spec.expect.status == status and (
        status >= 400 or any(answer.status >= 400 for answer in spec.expect.answers)
    )
    if expected or (spec.method, status) in _DONE_BEFORE or not (status >= 400 or inside):
        return ""
    why = f", and in it: {inside[0]}" if status < 400 and inside else ""
    return (
        f"{spec.name!r} ({spec.method} {spec.path}) was answered {status} {reason(status)}{why}; "
        f"expected: {spec.expect.status}. The journal explains it as exchange {number}."
    )
