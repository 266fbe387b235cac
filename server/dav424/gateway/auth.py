"""Who sends a request: WsgiDAV's authenticator for Basic and Digest, with the users of a scenario.

A client that can't change its path can name its space in front of its user: ``s+SPACE+USER`` stands for ``USER`` in
``/s/SPACE/``, unless the scenario has a user of that whole name.

WsgiDAV is imported at the first request to a scenario with users: most scenarios have none.
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
from dav424.core.message import Request, Response, text_response
from dav424.worlds.world import World

Environ = dict[str, Any]
Schemes = Literal["any", "basic", "digest"]
_CREDENTIALS = re.compile(r"(basic|digest) +\S.*", re.IGNORECASE)
_NONCE = re.compile(r'\bnonce="[^"]*"')
_ADMITTED = "dav424.admitted"
_USERNAME = re.compile(r'digest .*?\busername="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_IN_SPACE = re.compile(r"s\+([^+]*)(?:\+(.*))?", re.DOTALL)


class LoginRequired(Refused):
    """A request without a valid login; ``response`` is the 401 with its challenges."""

    def __init__(self, detail: str, response: Response) -> None:
        super().__init__(response.status, detail)
        self.response = response


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
        return ""  # ``authenticate`` refuses malformed credentials


def _without_space(name: str, users: Mapping[str, str]) -> str:
    """Give the name of a user without the space in front of it."""
    match = _IN_SPACE.fullmatch(name) if name not in users else None
    return (match[2] or "") if match is not None else name


def authenticate(request: Request, world: World, *, ask: bool = False) -> str:
    """Give the name of the user who sends a request: empty in a world without users.

    With ``ask``, a request to a world without users needs a login too, and any login will do. Raises ``LoginRequired``
    without a valid login, and refuses with 400 malformed credentials.
    """
    if not world.blueprint.users:
        if ask and "authorization" not in request.headers and request.method != "OPTIONS":
            detail = "Log in, by any name; s+NAME names the space NAME."
            response = text_response(401, detail)
            added = challenges(request, world, schemes="basic")
            raise LoginRequired(detail, replace(response, headers=[*response.headers, *added]))
        return ""
    identified = _identify(request, world, world.blueprint.schemes)
    if isinstance(identified, Response):
        raise LoginRequired("Log in as one of the scenario's users.", identified)
    return identified


def challenges(request: Request, world: World, *, schemes: Schemes | None = None) -> list[tuple[str, str]]:
    """Give the ``WWW-Authenticate`` headers for a 401 (RFC 9110 15.5.2), by default for the schemes of the world.

    If the client is logged in by Digest, the challenge has ``stale=true``: the password is right, and the client sends
    it again (RFC 7616 3.3).
    """
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    response = _identify(replace(request, headers=headers), world, schemes or world.blueprint.schemes)
    assert isinstance(response, Response), "a request without credentials has no user"
    values = [value for name, value in response.headers if name == "WWW-Authenticate"]
    if request.user:
        values = [f"{value}, stale=true" if value.startswith("Digest") else value for value in values]
    return [("WWW-Authenticate", value) for value in values]


def _nonce(world: World) -> str:
    """Make the nonce of a challenge from the requests before it, so that the same requests get the same responses."""
    return f"{world.name}-{int(world.clock())}-{world.journal.upcoming}"


def _identify(request: Request, world: World, schemes: Schemes) -> str | Response:
    """Give the name of the user, or a 401 with challenges for the schemes."""
    header = request.headers.get("authorization")
    if header is not None and not _CREDENTIALS.fullmatch(header):
        raise Refused(400, "Authorization: this is neither Basic nor Digest with credentials behind it.")
    environ = _environ(request, world)
    if header is not None:
        environ["HTTP_AUTHORIZATION"] = header
    authenticator = _authenticator(schemes)
    answer = _WsgiAnswer()
    try:
        answer.body = b"".join(authenticator(environ, answer.start))
    except Exception as error:  # noqa: BLE001 - no code of this package runs in there
        # WsgiDAV splits the header without checking it first: any exception comes from malformed credentials.
        raise Refused(400, f"Authorization: these credentials can't be read ({type(error).__name__}).") from None
    if _ADMITTED in environ:
        return _without_space(str(environ[_ADMITTED]), world.blueprint.users)
    if schemes == "any":
        # WsgiDAV asks for one scheme; a client may know the other one.
        other = _WsgiAnswer()
        authenticator.send_digest_auth_response(environ, other.start)
        answer.headers += [header for header in other.headers if header[0] == "WWW-Authenticate"]
    # WsgiDAV draws a random nonce, and accepts any.
    nonce = _nonce(world)
    headers = [(name, _NONCE.sub(lambda _: f'nonce="{nonce}"', value)) for name, value in answer.headers]
    return Response(401, list(dict.fromkeys(headers)), answer.body)


def _environ(request: Request, world: World) -> Environ:
    """Make the WSGI environment that WsgiDAV's authenticator reads. Digest covers the request target as it was sent."""
    query = request.target.partition("?")[2]
    path = "".join(f"/{segment}" for segment in (*request.base_path, *request.path))
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path + ("/" if request.slash else ""),
        "QUERY_STRING": "" if "logout" in query else query,  # WsgiDAV takes the word for a command
        "dav424.users": world.blueprint.users,
        "dav424.realm": world.name,
    }


class _WsgiAnswer:
    """The response of a WSGI application."""

    def __init__(self) -> None:
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def start(self, _status: str, headers: Iterable[tuple[str, str]], *_: object) -> None:
        self.headers = [header for header in headers if header[0] not in ("Content-Length", "Date")]


@cache
def _authenticator(schemes: Schemes) -> Any:
    from wsgidav.dc.base_dc import BaseDomainController  # noqa: PLC0415 - it takes 50 ms, and most servers never need it
    from wsgidav.http_authenticator import HTTPAuthenticator  # noqa: PLC0415 - as above

    class ScenarioUsers(BaseDomainController):  # type: ignore[misc]  # WsgiDAV has no types
        """The users of the scenario of a request; its name is the realm."""

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
    """Note the user whom the authenticator has let in."""
    environ[_ADMITTED] = environ["wsgidav.auth.user_name"]
    start_response("204 No Content", [])
    return []
