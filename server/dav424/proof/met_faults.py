"""Which faults of a scenario change an answer, when the requests of the scenario are sent."""

from __future__ import annotations

import json
from http.client import HTTPException
from urllib.parse import urlsplit

from dav424.proof.play import TIMEOUT, Player
from dav424.proof.prove import Flaw
from dav424.scenario.model import RequestSpec
from dav424.wire import http_client


def fault_flaws(name: str, player: Player) -> list[Flaw]:
    """Send the requests of a scenario with its faults; gives each fault that changed no answer, or that is a bystander and did."""
    for spec in player.scenario.requests:
        _send(player, spec)
    struck = _strikes(player)
    flaws = []
    for fault in player.scenario.faults:
        if fault.bystander and fault.id in struck:
            message = "it changed an answer, although it is a bystander; remove 'bystander: true'"
        elif not fault.bystander and fault.id not in struck:
            message = "it changed no answer; correct it, add a request that meets it, or write 'bystander: true'"
        else:
            continue
        flaws.append(Flaw(name, f"the fault {fault.id}", message))
    return flaws


def _send(player: Player, spec: RequestSpec) -> bool:
    """Send a request; False if the client that sends it can't read the answer, as a fault may want it."""
    try:
        player.send(spec)
    except (OSError, HTTPException):
        return False
    return True


def _strikes(player: Player) -> dict[str, list[int]]:
    url = urlsplit(player.url)
    space, scenario = player.place
    path = f"/-/spaces/{space}/faults?scenario={scenario}"
    with http_client.sent("GET", f"{url.scheme}://{url.netloc}", path, player.api_headers, timeout=TIMEOUT) as response:
        strikes: dict[str, list[int]] = json.loads(response.read())["strikes"]
    return strikes
