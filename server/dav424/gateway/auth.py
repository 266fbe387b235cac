"""Who is asking: WsgiDAV's authenticator for Basic and Digest, over the users of a scenario.

A client that can't be given another path can name its space in front of its user: ``s+SPACE+USER`` stands
for ``USER`` in ``/s/SPACE/``, as far as the scenario has no user of that whole name.

WsgiDAV is imported when the first such scenario is asked for: most have no users.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Literal

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.message import Request, Response
from dav424.worlds.world import World

Environ = dict[str, Any]
Schemes = Literal["any", "basic", "digest"]
_CREDENTIALS = re.compile(r"(basic|digest) +\S.*", re.IGNORECASE)
_NONCE = re.compile(r'\bnonce="[^"]*"')
_ADMITTED = "dav424.admitted"
_USERNAME = re.compile(r'digest .*?\busername="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_IN_SPACE = re.compile(r"s\+([^+]*)(?:\+(.*))?", re.DOTALL)


def named_space(authorization: str, users: Mapping[str, str]) -> str | None:
    """Give the space that credentials name in front of their user; None if they name none or can't be read."""
    name = _user_name(authorization)
    match = _IN_SPACE.fullmatch(name)
    return match[1] if match is not None and name not in users else None


def _user_name(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "digest":
        match = _USERNAME.match(authorization)
        return match[1] if match is not None else ""
    try:
        return base64.b64decode(rest).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""  # whoever needs to know will say so


def _without_space(name: str, users: Mapping[str, str]) -> str:
    """Take the space from the front of a user's name."""
    match = _IN_SPACE.fullmatch(name) if name not in users else None
    return (match[2] or "") if match is not None else name


def challenged(
    response: Response, request: Request, target: str, world: World, *, nonce: str, schemes: Schemes | None = None
) -> Response:
    """Ask with a 401 for a login; of who is logged in, by Digest, for the same once more (RFC 7616 3.3).

    The schemes are the world's unless others are given.
    """
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    asked = identify(replace(request, headers=headers), target, world, nonce=nonce, schemes=schemes)
    assert isinstance(asked, Response), "nobody comes in without credentials"
    challenges = [value for name, value in asked.headers if name == "WWW-Authenticate"]
    if request.user:
        challenges = [f"{each}, stale=true" if each.startswith("Digest") else each for each in challenges]
    return replace(response, headers=[*response.headers, *(("WWW-Authenticate", each) for each in challenges)])


def identify(
    request: Request, target: str, world: World, *, nonce: str, schemes: Schemes | None = None
) -> str | Response:
    """Give the name of the user who sends a request, or the 401 that asks for one by the world's schemes, or others.

    ``target`` is the request target as it was sent, which Digest covers; ``nonce`` is the one that the 401 has:
    WsgiDAV draws its own, and takes any. Refuses with 400 credentials that can't be read.
    """
    header, schemes = request.headers.get("authorization"), schemes or world.blueprint.schemes
    if header is not None and not _CREDENTIALS.fullmatch(header):
        raise Refused(400, "Authorization: this is neither Basic nor Digest with credentials behind it.")
    asking = _environ(request, target, world)
    if header is not None:
        asking["HTTP_AUTHORIZATION"] = header
    authenticator = _authenticator(schemes)
    answer = _Answer()
    try:
        answer.body = b"".join(authenticator(asking, answer.start))
    except Exception as error:  # noqa: BLE001 - nothing of ours runs in there
        # WsgiDAV takes the header apart without looking first; whatever it trips over is in there.
        raise Refused(400, f"Authorization: these credentials can't be read ({type(error).__name__}).") from None
    if _ADMITTED in asking:
        return _without_space(str(asking[_ADMITTED]), world.blueprint.users)
    if schemes == "any":
        # WsgiDAV asks for one scheme; a client may know the other.
        other = _Answer()
        authenticator.send_digest_auth_response(asking, other.start)
        answer.headers += [each for each in other.headers if each[0] == "WWW-Authenticate"]
    seeded = [(name, _NONCE.sub(lambda _: f'nonce="{nonce}"', value)) for name, value in answer.headers]
    return Response(401, list(dict.fromkeys(seeded)), answer.body)


def _environ(request: Request, target: str, world: World) -> Environ:
    """Give WsgiDAV's view of a request, as much of it as the authenticator looks at."""
    query = target.partition("?")[2]
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.base + "".join(f"/{each}" for each in request.path) + ("/" if request.slash else ""),
        "QUERY_STRING": "" if "logout" in query else query,  # to WsgiDAV the word is a command
        "dav424.users": world.blueprint.users,
        "dav424.realm": world.name,
    }


class _Answer:
    """Takes down what a WSGI application answers."""

    def __init__(self) -> None:
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def start(self, _status: str, headers: Iterable[tuple[str, str]], *_: object) -> None:
        self.headers = [each for each in headers if each[0] not in ("Content-Length", "Date")]


@cache
def _authenticator(schemes: Schemes) -> Any:
    from wsgidav.dc.base_dc import BaseDomainController  # noqa: PLC0415 - 50 ms that most never need
    from wsgidav.http_authenticator import HTTPAuthenticator  # noqa: PLC0415 - as above

    class ScenarioUsers(BaseDomainController):  # type: ignore[misc]  # WsgiDAV has no types
        """The users of the scenario that a request is about; its name is the realm."""

        def get_domain_realm(self, _path_info: str, environ: Environ) -> str:
            return str(environ["dav424.realm"])

        def require_authentication(self, _realm: str, _environ: Environ) -> bool:
            return True

        def basic_auth_user(self, _realm: str, user_name: str, password: str, environ: Environ) -> bool:
            return _password(user_name, environ) == password

        def supports_http_digest_auth(self) -> bool:
            return True

        def digest_auth_user(self, realm: str, user_name: str, environ: Environ) -> str | bool:
            password = _password(user_name, environ)
            return str(self._compute_http_digest_a1(realm, user_name, password)) if password is not None else False

    accept = {
        "domain_controller": ScenarioUsers,
        "accept_basic": schemes != "digest",
        "accept_digest": schemes != "basic",
        "default_to_digest": schemes == "digest",
    }
    return HTTPAuthenticator(None, _admit, {"http_authenticator": accept, "verbose": 1})


def _password(user_name: str, environ: Environ) -> str | None:
    users: Mapping[str, str] = environ["dav424.users"]
    return users.get(_without_space(user_name, users))


def _admit(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Stand behind the authenticator, and note who came through."""
    environ[_ADMITTED] = environ["wsgidav.auth.user_name"]
    start_response("204 No Content", [])
    return []
