"""Our own server in this process, which answers the client of the probe in any dialect."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn

from dav424.core.batch import Refused
from dav424.core.reason_phrases import reason
from dav424.dialects.library import Dialects
from dav424.dialects.load import DialectData, LoadedDialect
from dav424.dialects.names import FAULTS
from dav424.gateway.gateway import Gateway
from dav424.methods import METHOD_FACTS
from dav424.probe.access import ProbeAccess
from dav424.probe.client import ProbeClient
from dav424.probe.exchange import Probed
from dav424.scenario.blueprint import blueprint
from dav424.scenario.sources import scenario_sources
from dav424.wire.in_process import in_process
from dav424.worlds.settings import CLOCK_START, Settings
from dav424.worlds.space import Spaces
from dav424.worlds.world import Blueprint

_HOST = "127.0.0.1"
_WORLD = "playground"
_NAME = "candidate"
_MOST_BODY = 1 << 20


class _OneWorld:
    """The blueprints of a server that serves the playground alone: an empty world without causes."""

    def find(self, name: str) -> Blueprint:
        """Give its blueprint; refuses with 404 another name."""
        if name != _WORLD:
            raise Refused(404, f"There is no world {name!r}.")
        return _playground()

    def index(self) -> Blueprint:
        """Give its blueprint: nothing asks for the root."""
        return _playground()


@cache
def _playground() -> Blueprint:
    return blueprint(_WORLD, scenario_sources()[_WORLD](), CLOCK_START)


class OwnClient(ProbeClient):
    """A client of our server, which speaks a dialect with these ``values``, its faults among them. The world is empty at first."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(ProbeAccess(url=f"http://{_HOST}/{_WORLD}/"))
        sources = {_NAME: LoadedDialect(DialectData(values=values))}
        self._gateway = Gateway(
            Spaces(_OneWorld(), METHOD_FACTS, Settings(idle=0, most=0, auto=False)),
            _MOST_BODY,
            dialects=Dialects(lambda: sources),
            dialect=_NAME + FAULTS,
            on_bug=_raise,
        )

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Probed, list[str]]:
        """Let the gateway answer, without a connection."""
        response = self._gateway(in_process(method, path, headers, body, host=_HOST, scheme="http"))
        whole = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        named: dict[str, str] = {}
        for name, value in response.headers:
            key = name.lower()
            named[key] = f"{named[key]}, {value}" if key in named else value
        phrase = response.phrase.strip() if response.phrase else reason(response.status)
        status_line = f"HTTP/1.1 {response.status} {phrase}\r\n".encode()
        return Probed(method, path, b"", status_line, response.status, named, b"" if method == "HEAD" else whole), []


def _raise(error: BaseException) -> NoReturn:
    """Let a bug of our server end the comparison."""
    raise error
