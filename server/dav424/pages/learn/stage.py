"""A stage: one bundled scenario in a space of its own, in which the server plays a request while it makes a page.

No client shares the space, and it is gone with the page: a look at a page changes nothing.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.core.reason_phrases import reason
from dav424.gateway.gateway import Gateway
from dav424.journal.outcome_tree import OutcomeLine, outcome_tree
from dav424.journal.report import ExchangeReport, report
from dav424.methods import METHOD_FACTS
from dav424.scenario import served_request
from dav424.scenario.blueprint import blueprint
from dav424.scenario.files import bundled_files
from dav424.scenario.load import load
from dav424.scenario.model import RequestSpec, Scenario, cured
from dav424.wire.in_process import in_process
from dav424.worlds.settings import CLOCK_START, Settings
from dav424.worlds.space import Spaces
from dav424.worlds.world import Blueprint

MOST_BODY = 1 << 20
_OURS = ("Dav424-Exchange", "Date")
"""Headers that say nothing about the answer."""


class Played(Struct, frozen=True):
    """A request that was played: its curl command, the answer, and the results.

    ``head`` is the status line and the headers of the answer. ``body`` is the body, if it is text.
    """

    name: str
    command: str
    status: int
    head: str
    body: str
    lines: tuple[OutcomeLine, ...]
    exchange: ExchangeReport

    @property
    def statuses(self) -> list[int]:
        """The status of the answer, and those of all its results."""
        return [self.status, *(line.result.status for line in self.lines)]


class _OneScenario:
    """The blueprints of a stage: one scenario."""

    def __init__(self, made: Blueprint) -> None:
        self._made = made

    def find(self, name: str) -> Blueprint:
        """Give the scenario, or refuse with 404."""
        if name != self._made.name:
            raise Refused(404, f"There is no scenario {name!r} on this stage.")
        return self._made

    def index(self) -> Blueprint:
        """Refuse with 404: a stage has no list of scenarios."""
        raise Refused(404, "A stage has no list of scenarios.")


@cache
def bundled(name: str) -> Scenario:
    """Load a bundled scenario; raises KeyError for an unknown name."""
    files = {file.stem: file for file in bundled_files()}
    return load(files[name].read_bytes(), files[name].name, trusted=True)


@cache
def _blueprint(name: str) -> Blueprint:
    return blueprint(name, bundled(name), CLOCK_START)


class Stage:
    """Plays requests of one scenario; ``root`` is the URL of the server that the reader sees, for the commands."""

    def __init__(self, name: str, root: str) -> None:
        self.name, self.scenario, self._root = name, bundled(name), root
        self._spaces = Spaces(_OneScenario(_blueprint(name)), METHOD_FACTS, Settings(idle=0, most=0, auto=False))
        self._gateway = Gateway(self._spaces, MOST_BODY)

    def play(self, spec: RequestSpec) -> Played:
        """Send a request, and read what the server answered and recorded."""
        url, space = urlsplit(self._root), self._spaces.default
        base = f"{url.path.rstrip('/')}/{self.name}"
        http = in_process(
            spec.method,
            base + spec.path,
            served_request.headers(spec, base),
            served_request.body(spec, base),
            host=url.netloc,
            scheme=url.scheme,
        )
        http.mount = url.path.rstrip("/")
        sender = spec.user if spec.user is not None or self.scenario.users else ""
        response = self._gateway(http, sender)
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        (entry,) = list(space.journal)[-1:]
        exchange = report(entry)
        return Played(
            spec.name,
            served_request.curl_command(spec, self._root + self.name, self.scenario.users),
            response.status,
            _head(response, body),
            "" if spec.method == "HEAD" else body.decode("utf-8", errors="replace"),
            tuple(outcome_tree(exchange)),
            exchange,
        )

    def cure(self) -> list[Played]:
        """Apply the cure of the scenario: its changes of causes, then its requests."""
        self._spaces.default.world(self.name).change_causes(cured(self.scenario))
        return [self.play(spec) for spec in (self.scenario.cure.requests if self.scenario.cure is not None else ())]


def _head(response: Response, body: bytes) -> str:
    lines = [f"HTTP/1.1 {response.status} {response.phrase or reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers if name not in _OURS]
    if not any(name == "Content-Length" for name, _ in response.headers) and response.status != 204:
        lines.append(f"Content-Length: {len(body)}")
    return "\n".join(lines)
