"""The exchanges of all bundled scenarios with the answers that the RFCs want, for tests of the model of an answer."""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dav424.app import App
from dav424.core.message import Response
from dav424.dialects.dialect import Dialect
from dav424.dialects.library import Dialects
from dav424.proof.play import Player
from dav424.spine.exchange import OpenExchange
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.bundled import SOURCES
from tests.conftest import NOW


class BundledAnswer(Struct, frozen=True):
    """An exchange of a scenario, not closed, and its answer, read whole."""

    scenario: str
    exchange: OpenExchange
    response: Response

    @property
    def body(self) -> bytes:
        """The body of the answer."""
        assert isinstance(self.response.body, bytes), "it was read whole"
        return self.response.body


class _Recorder(Dialect):
    """A dialect that changes nothing, and records the answers of the methods."""

    def __init__(self) -> None:
        super().__init__("recorder", {})
        self.answers: list[BundledAnswer] = []

    def told(self, exchange: OpenExchange, response: Response) -> Response:
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        whole = replace(response, body=body)
        kept = replace(
            exchange, actions=list(exchange.actions), outcomes=list(exchange.outcomes), items=[], _reasons=None
        )
        self.answers.append(BundledAnswer(exchange.world.name, kept, whole))
        return whole


class _OneDialect(Dialects):
    """Dialects of which each name is that of the recorder."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def find(self, name: str) -> Any:
        del name
        return self._recorder


@cache
def bundled_answers() -> list[BundledAnswer]:
    """Send the requests of all bundled scenarios to a server, once for all tests."""
    recorder = _Recorder()
    app = App(SOURCES, Settings(start=NOW), dialects=_OneDialect(recorder), dialect="recorder")
    try:
        with serving(app.gateway) as url:
            for name, source in SOURCES.items():
                player = Player(f"{url}{name}/", source())
                for spec in player.scenario.requests:
                    player.send(spec)
    finally:
        app.spaces.close()
    return recorder.answers
