"""Which space and which world a request is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import Refused, failed, without_frames
from dav424.core.condition_codes import PROPFIND_FINITE_DEPTH
from dav424.core.hrefs import READ, Spelling, read
from dav424.core.memory import NOTHING
from dav424.core.message import Request, Response
from dav424.core.neighbours import authority, is_foreign
from dav424.core.paths import Path, on_server, split
from dav424.core.patterns import pattern
from dav424.core.space_names import BEFORE_DIALECT, DEFAULT_SPACE, SPACES
from dav424.dav import headers
from dav424.dialects.library import Dialects
from dav424.faults.sent_answer import SentAnswer
from dav424.gateway.auth import named_space
from dav424.gateway.cors import Origins, is_preflight
from dav424.journal.entries import NO_CAUSES, JournalEntry
from dav424.methods import METHOD_FACTS
from dav424.spine.beside_the_tree import WELL_KNOWN
from dav424.wire.framing import IncomingRequest
from dav424.wire.head import is_authority
from dav424.worlds.nonces import Nonces
from dav424.worlds.space import SPACE_NAME, ServedSpace, Spaces
from dav424.worlds.world import World

if TYPE_CHECKING:
    from dav424.dialects.dialect import Dialect

_BROWSING = frozenset({"GET", "HEAD"})
_BROWSERS_ASK_FOR = frozenset(
    {"favicon.ico", "apple-touch-icon.png", "apple-touch-icon-precomposed.png", "robots.txt", "learn"}
)
"""The first segments of the paths, outside of all scenarios, that browsers ask for."""
_TILDE = pattern(f"{BEFORE_DIALECT}|%7[Ee]")
_IN_SPACE = pattern(r"/+s/+([^/]+)")


class RoutedRequest(Struct):
    """A request whose space is known, and its world as soon as that is known.

    ``path_space`` is the space of its path; ``space`` differs from it if the user names another one.
    ``malformed`` is the reason why its path or its space can't be read; such a request has no world. A request that is
    not ``recorded`` takes no number in the journal. ``sender`` is the user of a request that needs no login here: of this process, or one whose
    login a hosting server has checked. ``dialect`` is the one in which the request is answered; None for the answers of the RFCs.
    ``named_dialect`` is the name of the one that its path or its user names.
    """

    space: ServedSpace
    path_space: ServedSpace
    request: Request
    malformed: Refused | None = None
    world: World | None = None
    recorded: bool = True
    sender: str | None = None
    named_dialect: str = ""
    dialect: Dialect | None = None

    def choose_dialect(self, dialects: Dialects, default: str) -> None:
        """Choose the dialect: by the path or the user, by the space, by the scenario if it is known, or the default one."""
        world = self.world
        of_scenario = world.blueprint.dialect if world is not None else ""
        name = self.named_dialect or self.space.dialect or of_scenario or default
        if name != self.request.dialect:
            self.dialect = dialects.find(name) if name else None
            self.request = replace(self.request, dialect=name)

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

    def origins(self, spaces: Spaces, origins: Origins) -> Origins:
        """Give the origins whose pages may use the scenario; ``origins`` are those of the server."""
        if self.world is not None:
            own = self.world.blueprint.origins
            return origins if own is None else own
        return _origins_at(spaces, self.request.path, origins)

    @property
    def nonces(self) -> list[Nonces]:
        """The nonces of the space, and those of the space of the path if that is another one."""
        if self.space is self.path_space:
            return [self.space.nonces]
        return [self.space.nonces, self.path_space.nonces]

    def record(self, response: Response, refused: Refused | None = None, sent: SentAnswer | None = None) -> int:
        """Record in the journal of the space an exchange that no method ran; gives its number, or 0 if it has none.

        ``sent`` is the response as faults have changed it.
        """
        if not self.recorded:
            return 0
        world = self.world
        entry = JournalEntry(
            at=self.space.clock(),
            scenario=world.name if world is not None else "",
            request=self.request,
            answer=response,
            sent=sent,
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


def is_look(spaces: Spaces, http: IncomingRequest) -> bool:
    """Say whether a request takes no number and changes nothing, whatever its space: see ``RoutedRequest.recorded``."""
    head = http.head
    if is_preflight(head):
        return True
    if head.method not in _BROWSING or "authorization" in head.headers or "destination" in head.headers:
        return False
    parsed = _parse(http, origin_form(head.target))
    path = parsed.path[len(_named_in_path(parsed.path).base_path) :]
    return parsed.malformed is None and _is_a_look(spaces, path)


def check_authority(target: str) -> None:
    """Refuse with 400 a target in absolute form whose authority can't be read."""
    named = authority(target)
    if named is not None and not is_authority(named):
        raise Refused(400, f"The target has {named[:80]!r}, which is not a host with an optional port.")


def route(
    spaces: Spaces,
    dialects: Dialects,
    http: IncomingRequest,
    target: str,
    *,
    strict: bool,
    origins: Origins = frozenset(),
) -> RoutedRequest:
    """Find the space of a request, by its path or by the user that it names; refuses with 404 an unknown space or dialect.

    ``target`` is in origin form, and begins with the mount. Pages of ``origins`` count as own ones. A path that can't be
    read is not refused here, so that the space can record it.
    """
    head, parsed = http.head, _parse(http, target)
    malformed = parsed.malformed
    foreign = is_foreign(head.headers) and is_foreign(
        head.headers, _origins_at(spaces, _below_space(parsed.path), origins)
    )
    in_path = _named_in_path(parsed.path)
    dialect = _known(in_path.dialect, dialects) if in_path.dialect else ""
    space, path = _space_of_path(spaces, in_path, foreign=foreign), parsed.path[len(in_path.base_path) :]
    if spaces.settings.well_known and path in WELL_KNOWN and not in_path.base_path:
        path = (spaces.settings.well_known, *path)
    request = _request(http, parsed, (*parsed.mount, *in_path.base_path), path, strict=strict, mount=http.mount)
    authorization, destination = head.headers.get("authorization"), head.headers.get("destination")
    in_user = _named_by_user(spaces, authorization, path) if authorization is not None else None
    by_user = None
    if in_user is not None:
        dialect = dialect or _known(in_user.dialect, dialects)
        by_user = spaces.default if in_user.space == DEFAULT_SPACE else spaces.touch(in_user.space, foreign=foreign)
        malformed = _contradiction(in_path, in_user) or malformed
    if malformed is None and destination is not None:
        malformed = _bad_destination(destination, len(parsed.mount), dialects)
    recorded = malformed is not None or head.method not in _BROWSING or not _is_a_look(spaces, path)
    recorded = recorded and not is_preflight(head)
    chosen = by_user if by_user is not None and malformed is None else space
    return RoutedRequest(chosen, space, request, malformed, recorded=recorded, named_dialect=dialect)


def space_named(spaces: Spaces, http: IncomingRequest, target: str) -> str:
    """Name the space to which a request belongs, whether it exists or not: that of its path, or else that of its user.

    Empty if the path names no space where it should. ``target`` is in origin form, and begins with the mount.
    """
    path = _parse(http, target).path
    in_path = _named_in_path(path)
    if in_path.space != DEFAULT_SPACE:
        return in_path.space
    authorization = http.head.headers.get("authorization")
    if authorization is None:
        return DEFAULT_SPACE
    in_user = _named_by_user(spaces, authorization, path[len(in_path.base_path) :])
    return DEFAULT_SPACE if in_user is None else in_user.space


def route_to(
    space: ServedSpace, scenario: str, http: IncomingRequest, target: str, *, strict: bool, dialect: str = ""
) -> RoutedRequest:
    """Route a request to the one scenario that stands at the mount, in a ``dialect`` if it has a name."""
    parsed = _parse(http, target)
    request = _request(http, parsed, parsed.mount, parsed.path, strict=strict)
    world = space.world(scenario)
    return RoutedRequest(space, space, request, parsed.malformed, world, named_dialect=dialect)


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
        destination = http.head.headers.get("destination")
        path, slash, spelled = READ[sent] if destination is None else read(sent, destination)
    except Refused as refused:
        begin = _begin_of_malformed(target[len(http.mount) :])
        return _ParsedTarget(mount, begin, slash=True, malformed=without_frames(refused))
    return _ParsedTarget(mount, path[len(mount) :], slash, spelled)


def _request(
    http: IncomingRequest, parsed: _ParsedTarget, base_path: Path, path: Path, *, strict: bool, mount: str | None = None
) -> Request:
    return Request(
        http.head.method,
        path,
        parsed.slash,
        http.head.headers,
        base_path=base_path,
        target=http.head.target,
        scheme=http.scheme.decode(),
        strict=strict,
        mount=mount,
        spellings=parsed.spellings,
        chunked=http.head.chunked,
        connected=http.connected,
        waited=http.waited,
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


def _below_space(path: Path) -> Path:
    """Give the path in the space that a path names."""
    return path[2:] if path[:1] == (SPACES,) else path


def _origins_at(spaces: Spaces, path: Path, origins: Origins) -> Origins:
    """Give the origins of the scenario that a path in a space names; ``origins`` are those of the server."""
    try:
        own = spaces.blueprint(path[0]).origins if path else None
    except Refused:
        own = None
    return origins if own is None else own


def _begin_of_malformed(path: str) -> Path:
    """Give the beginning of a malformed path that names its space; empty if it names none."""
    match = _IN_SPACE.match(path)
    return (SPACES, match[1]) if match and SPACE_NAME.fullmatch(match[1].partition(BEFORE_DIALECT)[0]) else ()


def space_of(spaces: Spaces, target: str) -> ServedSpace:
    """Find the space that the target of a malformed request names: the default one if it names no known space."""
    try:
        return spaces.find(named_by_malformed(target))
    except Refused:
        return spaces.default


def named_by_malformed(target: str) -> str:
    """Name the space in the target of a malformed request, whether it exists or not; empty if the target names none."""
    return _named_in_path(_begin_of_malformed(target)).space


class _Named(Struct, frozen=True):
    """The names of a space and of a dialect; empty for none of them. ``base_path`` is the beginning of the path with both."""

    space: str
    dialect: str = ""
    base_path: Path = ()


_NOTHING_NAMED = _Named(DEFAULT_SPACE)


def _named_in_path(path: Path) -> _Named:
    """Read the names at the beginning of a path: ``/s/SPACE/`` or ``/s/SPACE~DIALECT/``."""
    if not path or path[0] != SPACES:
        return _NOTHING_NAMED
    if len(path) == 1:
        return _Named("", "", path)
    space, tilde, dialect = path[1].partition(BEFORE_DIALECT)
    return _Named(space, dialect or tilde, path[:2])


def _named_by_user(spaces: Spaces, authorization: str, path: Path) -> _Named | None:
    """Read the names in front of a user; None if there are none. ``path`` is the path in the space of the path."""
    try:
        users = spaces.blueprint(path[0]).users if path else {}
    except Refused:
        users = {}  # an unknown scenario: the space that the user names reports and records it
    named = named_space(authorization, users)
    if named is None:
        return None
    space, tilde, dialect = named.partition(BEFORE_DIALECT)
    return _Named(space, dialect or tilde)


def _known(dialect: str, dialects: Dialects) -> str:
    """Give the name of a dialect, or refuse with 404 an unknown one; no name is none."""
    if dialect:
        dialects.find(dialect)
    return dialect


def _bad_destination(sent: str, mount: int, dialects: Dialects) -> Refused | None:
    """Refuse with 404 a ``Destination`` that names an unknown dialect; the method refuses one that can't be read."""
    if not _TILDE.search(sent):
        return None
    try:
        resolved = on_server(sent.strip(" \t"), "Destination")
    except Refused:
        return None
    try:
        _known(_named_in_path(resolved[0][mount:]).dialect if resolved is not None else "", dialects)
    except Refused as refused:
        return without_frames(refused)
    return None


def _space_of_path(spaces: Spaces, named: _Named, *, foreign: bool) -> ServedSpace:
    """Find the space that a path names."""
    if not named.base_path:
        return spaces.default
    if not named.space and not named.dialect:
        raise Refused(404, "Name a space: /s/NAME/SCENARIO/ is a copy of a scenario that no other client uses.")
    if named.space == DEFAULT_SPACE:
        if not named.dialect:
            raise Refused(404, "The URLs of the default space do not name it: send /SCENARIO/.")
        return spaces.default
    return spaces.touch(named.space, foreign=foreign)


def _contradiction(in_path: _Named, in_user: _Named) -> Refused | None:
    """Refuse with 400 a request whose path and user name different spaces or dialects."""
    if in_path.space not in (DEFAULT_SPACE, in_user.space):
        return Refused(400, f"The path names the space {in_path.space!r}, and the user {in_user.space!r}.")
    if in_path.dialect and in_user.dialect not in ("", in_path.dialect):
        return Refused(400, f"The path names the dialect {in_path.dialect!r}, and the user {in_user.dialect!r}.")
    return None
