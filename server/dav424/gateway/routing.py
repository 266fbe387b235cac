"""Which space and which world a request is for."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import Refused, failed, without_frames
from dav424.core.condition_codes import PROPFIND_FINITE_DEPTH
from dav424.core.hrefs import Spelling, spellings
from dav424.core.memory import NOTHING
from dav424.core.message import Request, Response
from dav424.core.paths import Path, split
from dav424.dav import headers
from dav424.gateway.auth import named_space
from dav424.journal.entries import NO_CAUSES, JournalEntry
from dav424.methods import METHOD_FACTS
from dav424.wire.framing import IncomingRequest
from dav424.worlds.nonces import Nonces
from dav424.worlds.space import DEFAULT_SPACE, SPACE_NAME, ServedSpace, Spaces
from dav424.worlds.world import World

_BROWSING = frozenset({"GET", "HEAD"})
_BROWSERS_ASK_FOR = frozenset(
    {"favicon.ico", "apple-touch-icon.png", "apple-touch-icon-precomposed.png", "robots.txt", "learn"}
)
"""The first segments of the paths, outside of all scenarios, that browsers ask for."""
_IN_SPACE = re.compile(r"/+s/+([^/]+)")


class RoutedRequest(Struct):
    """A request whose space is known, and its world as soon as that is known.

    ``path_space`` is the space of its path; ``space`` differs from it if the user names another one.
    ``malformed`` is the reason why its path or its space can't be read; such a request has no world. A request that is
    not ``recorded`` takes no number in the journal. ``sender`` is the user of a request that needs no login here: of this process, or one whose
    login a hosting server has checked.
    """

    space: ServedSpace
    path_space: ServedSpace
    request: Request
    malformed: Refused | None = None
    world: World | None = None
    recorded: bool = True
    sender: str | None = None

    def enter_world(self) -> World:
        """Find the world of the scenario that the path names, or the read-only world that lists the scenarios.

        From then on, the path of the request is that in the world. Refuses with 404 an unknown scenario, and with 403 a
        request that would change the list, or that asks for the members of all scenarios at once. Does nothing if the
        world is known.
        """
        if self.world is not None:
            return self.world
        request = self.request
        if request.path:
            scenario, path = request.path[0], request.path[1:]
            self.world = self.space.world(scenario)
            self.request = replace(request, path=path, base_path=(*request.base_path, scenario))
            return self.world
        if request.method == "PROPFIND" and request.headers.get("depth", "infinity").strip().lower() == "infinity":
            raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
        if request.method in METHOD_FACTS and not METHOD_FACTS[request.method].safe:
            raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
        self.world = self.space.index()
        return self.world

    @property
    def nonces(self) -> list[Nonces]:
        """The nonces of the space, and those of the space of the path if that is another one."""
        return [each.nonces for each in dict.fromkeys((self.space, self.path_space))]

    def record(self, response: Response, refused: Refused | None = None) -> int:
        """Record in the journal of the space an exchange that no method ran; gives its number, or 0 if it has none."""
        if not self.recorded:
            return 0
        world = self.world
        entry = JournalEntry(
            at=self.space.clock(),
            scenario=world.name if world is not None else "",
            request=self.request,
            answer=response,
            refused=failed(refused) if refused is not None else None,
            causes=world.causes if world is not None else NO_CAUSES,
            held_causes=world.held if world is not None else NOTHING,
            notes=headers.overlooked(self.request) if world is not None else (),
        )
        return self.space.journal.record(entry)


def origin_form(target: str) -> str:
    """Give the path and the query of a request target in origin or absolute form (RFC 9112 3.2)."""
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            return "/" + rest.partition("/")[2]
    return target


def route(spaces: Spaces, http: IncomingRequest, target: str, *, strict: bool, foreign: bool = False) -> RoutedRequest:
    """Find the space of a request, by its path or by the user that it names; refuses with 404 an unknown space.

    ``target`` is in origin form, and begins with the mount. A ``foreign`` request comes from a page of another site. A path
    that can't be read is not refused here, so that the space can record it.
    """
    head, parsed = http.head, _parse(http, target)
    malformed = parsed.malformed
    space, path = _space_of_path(spaces, parsed.path, foreign=foreign)
    request = _request(http, parsed, (*parsed.mount, *space.base_path), path, strict=strict)
    by_user = _space_of_user(spaces, head.headers.get("authorization"), path, foreign=foreign)
    if by_user is not None and space.name not in (DEFAULT_SPACE, by_user.name):
        malformed = Refused(400, f"The path names the space {space.name!r}, and the user {by_user.name!r}.")
    recorded = malformed is not None or head.method not in _BROWSING or not _is_a_look(spaces, path)
    chosen = by_user if by_user is not None and malformed is None else space
    return RoutedRequest(chosen, space, request, malformed, recorded=recorded)


def route_to(space: ServedSpace, scenario: str, http: IncomingRequest, target: str, *, strict: bool) -> RoutedRequest:
    """Route a request to the one scenario that stands at the mount."""
    parsed = _parse(http, target)
    request = _request(http, parsed, parsed.mount, parsed.path, strict=strict)
    return RoutedRequest(space, space, request, parsed.malformed, space.world(scenario))


class _ParsedTarget(Struct, frozen=True):
    """A request target: the mount, and the path below it; ``malformed`` is the reason why the path can't be read."""

    mount: Path
    path: Path
    slash: bool
    spellings: tuple[Spelling, ...] = ()
    malformed: Refused | None = None


def _parse(http: IncomingRequest, target: str) -> _ParsedTarget:
    mount = split(http.mount)[0] if http.mount else ()
    try:
        sent = target.partition("?")[0]
        path, slash = split(sent)
        spelled = spellings(sent, path, http.head.headers.get("destination"))
    except Refused as refused:
        begin = _begin_of_malformed(target[len(http.mount) :])
        return _ParsedTarget(mount, begin, slash=True, malformed=without_frames(refused))
    return _ParsedTarget(mount, path[len(mount) :], slash, spelled)


def _request(http: IncomingRequest, parsed: _ParsedTarget, base_path: Path, path: Path, *, strict: bool) -> Request:
    return Request(
        http.head.method,
        path,
        parsed.slash,
        http.head.headers,
        base_path=base_path,
        target=http.head.target,
        scheme=http.scheme.decode(),
        strict=strict,
        spellings=parsed.spellings,
        chunked=http.head.chunked,
    )


def _is_a_look(spaces: Spaces, path: Path) -> bool:
    """Say whether a GET of a path in a space is a look around in a browser: at the list of scenarios, or at no scenario.

    Such requests take no number, so that the numbers of the others do not depend on them.
    """
    if not path:
        return True
    if path[0] not in _BROWSERS_ASK_FOR and path[:2] != (".well-known", "appspecific"):
        return False
    try:
        spaces.blueprint(path[0])
    except Refused:
        return True
    return False


def _begin_of_malformed(path: str) -> Path:
    """Give the beginning of a malformed path that names its space; empty if it names none."""
    match = _IN_SPACE.match(path)
    return ("s", match[1]) if match and SPACE_NAME.fullmatch(match[1]) else ()


def space_of(spaces: Spaces, target: str) -> ServedSpace:
    """Find the space that the target of a malformed request names: the default one if it names no known space."""
    named = _begin_of_malformed(target)
    try:
        return spaces.find(named[1]) if named else spaces.default
    except Refused:
        return spaces.default


def _space_of_path(spaces: Spaces, path: Path, *, foreign: bool) -> tuple[ServedSpace, Path]:
    """Find the space that a path names, and give the path in it."""
    if not path or path[0] != "s":
        return spaces.default, path
    if len(path) == 1:
        raise Refused(404, "Name a space: /s/NAME/SCENARIO/ is a copy of a scenario that no other client uses.")
    if path[1] == DEFAULT_SPACE:
        raise Refused(404, "The URLs of the default space do not name it: send /SCENARIO/.")
    return spaces.touch(path[1], foreign=foreign), path[2:]


def _space_of_user(spaces: Spaces, authorization: str | None, path: Path, *, foreign: bool) -> ServedSpace | None:
    """Find the space that credentials name; None if they name none. ``path`` is the path in the space of the path."""
    if authorization is None:
        return None
    try:
        users = spaces.blueprint(path[0]).users if path else {}
    except Refused:
        users = {}  # an unknown scenario: the space that the user names reports and records it
    name = named_space(authorization, users)
    if name is None:
        return None
    return spaces.default if name == DEFAULT_SPACE else spaces.touch(name, foreign=foreign)
