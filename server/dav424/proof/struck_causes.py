"""Which causes of a scenario struck: refused something in an exchange, or delayed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from dav424.causes.cause import Cause
from dav424.causes.delay import Delay
from dav424.causes.kinds import BUILT_IN
from dav424.proof.play import TIMEOUT, Answer, Player
from dav424.scenario.model import RequestSpec, Scenario
from dav424.wire import http_client

_BY_RFC = frozenset(cause.id for cause in BUILT_IN)


class _CausesSeen(Struct, frozen=True):
    """What the server says of its causes: the matches of each so far, and the numbers of the exchanges that it refused."""

    counts: Mapping[str, int]
    strikes: Mapping[str, list[int]]


class WatchedPlayer:
    """Sends requests, and notes the causes that strike them: not those that strike requests which only look.

    ``latest`` are those that struck the latest request. A refusal is noted by the number of the exchange. A delay is in no exchange: it is noted by the count of its matches.
    """

    def __init__(self, player: Player) -> None:
        self._player = player
        self._delays = [cause for cause in player.scenario.causes if isinstance(cause, Delay)]
        self._struck: set[str] = set()
        self.latest: set[str] = set()

    def send(self, spec: RequestSpec) -> Answer:
        """Send one request, and note the causes that strike it."""
        before = self._causes().counts if self._delays else {}
        answer = self._player.send(spec)
        seen = self._causes()
        number = int(answer.headers.get("Dav424-Exchange", "0"))
        self.latest = {cause for cause, numbers in seen.strikes.items() if number in numbers}
        for cause in self._delays:
            matches = range(before.get(cause.id, 0) + 1, seen.counts.get(cause.id, 0) + 1)
            if any(map(cause.applies_to, matches)):
                self.latest.add(cause.id)
        self._struck |= self.latest
        return answer

    def _causes(self) -> _CausesSeen:
        url = urlsplit(self._player.url)
        space, scenario = self._player.place
        path = f"/-/spaces/{space}/causes?scenario={scenario}"
        with http_client.sent(
            "GET", f"{url.scheme}://{url.netloc}", path, self._player.api_headers, timeout=TIMEOUT
        ) as response:
            said = json.loads(response.read())
        if "strikes" not in said:
            message = f"the causes can't be read: GET {path} answered {response.status}"
            raise RuntimeError(message)
        return _CausesSeen(said["counts"], said["strikes"])

    @property
    def surprises(self) -> list[tuple[str, str]]:
        """Name each cause of the scenario that never struck, and each bystander that did, with a sentence about it."""
        return [
            (cause.id, sentence)
            for cause in own_causes(self._player.scenario)
            if (sentence := _surprise(cause, struck=cause.id in self._struck))
        ]


def own_causes(scenario: Scenario) -> list[Cause]:
    """List the causes of a scenario without those by which it replaces a cause that the RFCs demand."""
    return [cause for cause in scenario.causes if cause.id not in _BY_RFC]


def _surprise(cause: Cause, *, struck: bool) -> str:
    if cause.bystander:
        return "it struck a request, although it is a bystander; remove 'bystander: true'" if struck else ""
    return (
        ""
        if struck
        else "it never struck a request; correct it, add a request that meets it, or write 'bystander: true'"
    )
