"""A request on its way in: which world it is about, who sends it, and a note of it where the spine never saw it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import Refused, failed
from dav424.core.condition_codes import PROPFIND_FINITE_DEPTH
from dav424.core.message import Request, Response, text_response
from dav424.gateway.auth import challenged, identify
from dav424.journal.entries import JournalEntry
from dav424.methods import METHODS
from dav424.spine.exchange import SAFE
from dav424.spine.handle import record
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import World


class RoutedRequest(Struct):
    """A request on its way in, and what is known of it so far; ``malformed`` says why its path can't be read."""

    space: ServedSpace
    request: Request
    malformed: Refused | None = None
    world: World | None = None

    def enter(self) -> World:
        """Find the world that is meant: that of a scenario, or the one that lists the scenarios."""
        request = self.request
        if request.path:
            self.world = self.space.world(request.path[0])
            inside = request.path[1:]
            self.request = replace(
                request, path=inside, slash=request.slash or not inside, base=f"{request.base}/{request.path[0]}"
            )
            return self.world
        if request.method == "PROPFIND" and request.headers.get("depth", "infinity").strip().lower() == "infinity":
            raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
        if request.method in METHODS and request.method not in SAFE:
            raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
        self.world = self.space.index()
        return self.world

    def identify(self, *, ask: bool = False) -> tuple[Response, Refused] | None:
        """Find out who is asking, where the scenario has users; gives the 401 for somebody who isn't one.

        With ``ask`` a login is asked for where there are no users too, though any will do.
        """
        world, request = self.world, self.request
        if world is None:
            return None
        if not world.blueprint.users:
            if not ask or "authorization" in request.headers or request.method == "OPTIONS":
                return None
            refused = Refused(401, "Log in, by any name; s+NAME names the space NAME.")
            answer = text_response(refused.status, refused.detail)
            return challenged(answer, request, request.target, world, nonce=_nonce(world), schemes="basic"), refused
        identified = identify(request, request.target, world, nonce=_nonce(world))
        if isinstance(identified, Response):
            return identified, Refused(identified.status, "Log in as one of the scenario's users.")
        self.request = replace(request, user=identified)
        return None

    def challenge(self, response: Response) -> Response:
        """Say with a 401 how to log in (RFC 9110 15.5.2)."""
        if response.status != 401 or self.world is None:
            return response
        return challenged(response, self.request, self.request.target, self.world, nonce=_nonce(self.world))

    def note(self, response: Response, refused: Refused | None = None) -> tuple[Response, int]:
        """Write an exchange that the spine did not see into the journal; gives its number with the answer."""
        if self.world is not None:
            return response, record(self.world, self.request, response, refused)
        why = failed(refused) if refused is not None else None
        at = self.space.clock()
        entry = JournalEntry(at=at, scenario="", request=self.request, answer=response, refused=why)
        return response, self.space.journal.record(entry)


def _nonce(world: World) -> str:
    """Make the nonce of a challenge; as all that a space makes up, it follows from what was asked before."""
    return f"{world.name}-{int(world.clock())}-{world.journal.upcoming}"
