"""Prove the scenarios of a server that runs elsewhere, such as behind a load balancer, as ``prove`` proves them here.

Each proof has a space of its own, which the admin API makes and deletes.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from urllib.parse import quote

import msgspec
from msgspec import Struct

from dav424.core.reason_phrases import reason
from dav424.proof.met_faults import fault_flaws
from dav424.proof.play import TIMEOUT, Player
from dav424.proof.prove import Flaw, prove
from dav424.scenario.model import Scenario, cured
from dav424.wire import http_client

_LIFETIME = 600
"""Seconds without a request after which the server deletes a space, should the proof be broken off."""


class UnprovableError(Exception):
    """The server can't be reached, or its admin API refused a call; the message is a sentence."""


class RunningServer(Struct, frozen=True):
    """A server by the ``url`` of its root, which ends with a slash, and the bearer token of its admin API, if it needs one."""

    url: str
    token: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of a call of the admin API."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def prove(self, name: str, scenario: Scenario) -> list[Flaw]:
        """Prove a scenario by its true answers, and then, in another space, that it meets its faults.

        The server must serve the scenario by this name. Raises ``UnprovableError``.
        """
        with self._space(name, scenario) as player:
            for fault in scenario.faults:
                self._call("DELETE", self._part(player, "faults", fault.id))
            flaws = prove(name, player, lambda: self._cure(player))
        if scenario.faults:
            with self._space(name, scenario) as player:
                flaws += fault_flaws(name, player)
        return flaws

    @contextlib.contextmanager
    def _space(self, name: str, scenario: Scenario) -> Iterator[Player]:
        """Make a space, give a player of the scenario in it, and delete it."""
        space = f"prove-{secrets.token_hex(6)}"
        self._call("PUT", f"/-/spaces/{space}", {"scenario": name, "expires-in": _LIFETIME})
        try:
            yield Player(f"{self.url}s/{space}/{name}/", scenario, api_headers=self.headers)
        finally:
            self._call("DELETE", f"/-/spaces/{space}")

    def _cure(self, player: Player) -> None:
        """Change the causes as the cure says."""
        for name, cause in cured(player.scenario).items():
            path = self._part(player, "causes", name)
            if cause is None:
                self._call("DELETE", path)
            else:
                self._call("PUT", path, msgspec.to_builtins(cause))

    def _part(self, player: Player, kind: str, name: str) -> str:
        space, scenario = player.place
        return f"/-/spaces/{space}/{kind}/{quote(name)}?scenario={scenario}"

    def _call(self, method: str, path: str, body: object = None) -> bytes:
        """Call the admin API."""
        data = b"" if body is None else msgspec.json.encode(body)
        headers = {**self.headers, "Content-Type": "application/json"} if data else self.headers
        try:
            with http_client.sent(method, self.url, path, headers, data, timeout=TIMEOUT) as response:
                said = response.read()
        except (OSError, HTTPException) as error:
            message = f"{self.url} does not answer {method} {path}: {error}"
            raise UnprovableError(message) from error
        if response.status >= 300:
            message = (
                f"{self.url} answers {method} {path} with {response.status} {reason(response.status)}: {_detail(said)}"
            )
            raise UnprovableError(message)
        return said


def _detail(said: bytes) -> str:
    """Give the sentence of a problem document, or the beginning of anything else."""
    try:
        return str(json.loads(said)["detail"])
    except (ValueError, KeyError, TypeError):
        return said[:200].decode(errors="replace").strip()
