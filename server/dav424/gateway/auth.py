"""Who sends a request: Basic and Digest logins of the users of a scenario (RFC 7617, RFC 7616).

A client that can't be given another path can name its space in front of its user: ``s+SPACE+USER`` stands
for ``USER`` in ``/s/SPACE/``, unless the scenario has a user with that whole name. ``SPACE`` can have a dialect behind it, as in
the path.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Literal
from unicodedata import normalize

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.message import Request, text_response
from dav424.core.patterns import pattern
from dav424.gateway.credentials import ALGORITHMS, BasicLogin, DigestLogin, read_credentials, read_user_name
from dav424.worlds.nonces import Nonces, Verdict
from dav424.worlds.world import World

Schemes = Literal["any", "basic", "digest"]
_IN_SPACE = pattern(r"s\+([^+]*)(?:\+(.*))?", re.DOTALL)
_WRONG = "Authorization: no user of the scenario has this name and this password."
_NOT_ACCEPTED: Mapping[Verdict, str] = {
    "used": "Authorization: the server accepted this nonce with this nc before; send the next nc.",
    "expired": "Authorization: the nonce has expired; log in with the new nonce.",
    "unknown": "Authorization: the server did not issue this nonce; log in with the new nonce.",
}


class LoginRequired(Refused):
    """A request without a valid login; ``response`` is the 401 with its challenges."""

    def __init__(self, detail: str, challenges: Sequence[tuple[str, str]]) -> None:
        super().__init__(401, detail)
        self.response = text_response(401, detail, *challenges)


class _InvalidLogin(Struct, frozen=True):
    """The reason why a login is invalid. It is ``stale`` if only its nonce is: the client knows the password."""

    detail: str
    stale: bool = False


def named_space(authorization: str, users: Mapping[str, str]) -> str | None:
    """Give the space that credentials name in front of their user, as a path names it; None if they name none or can't be read."""
    name = read_user_name(authorization)
    match = _IN_SPACE.fullmatch(name) if name is not None and _spelled(name, users) is None else None
    return match[1] if match is not None else None


def authenticate(request: Request, world: World, nonces: Sequence[Nonces], *, ask: bool = False) -> str:
    """Give the name of the user who sends a request: empty in a world without users.

    ``nonces`` are those of the space of the request, and then those of the space that its path names: a client that
    carries a space in its user name has its first nonce from there. With ``ask``, a request to a world without users
    needs a login too, and any user name will do. Raises ``LoginRequired`` without a valid login.
    """
    if not world.blueprint.users:
        if ask and request.method != "OPTIONS" and read_user_name(request.headers.get("authorization", "")) is None:
            detail = "Log in, by any name; s+NAME names the space NAME."
            raise LoginRequired(detail, _challenges(request, world, nonces, schemes="basic"))
        return ""
    identified = _identify(request, world, nonces)
    if isinstance(identified, _InvalidLogin):
        raise LoginRequired(identified.detail, _challenges(request, world, nonces, stale=identified.stale))
    return identified


def challenge(request: Request, world: World, nonces: Sequence[Nonces], *, expired: bool) -> list[tuple[str, str]]:
    """Give the ``WWW-Authenticate`` headers of a 401 (RFC 9110 15.5.2), and end a login that has ``expired``.

    If the login has expired, and a user is logged in, the challenges for Digest have ``stale=true``: the password is right, and the client sends it
    again with the new nonce, since the server no longer accepts the old one (RFC 7616 3.3).
    """
    if expired:
        for each in nonces:
            each.expire(_nonce(request))
    return _challenges(request, world, nonces, stale=expired and bool(request.user))


def _challenges(
    request: Request,
    world: World,
    nonces: Sequence[Nonces],
    *,
    stale: bool = False,
    schemes: Schemes | None = None,
) -> list[tuple[str, str]]:
    """Give the headers of a 401 for the schemes of the world or for others, the best first (RFC 7616 3.7)."""
    schemes = schemes or world.blueprint.schemes
    values: list[str] = []
    if schemes != "basic":
        nonce = nonces[0].issue(world.name, request.method, "/".join(request.path), _nonce(request))
        rest = f'qop="auth", charset="UTF-8"{", stale=true" if stale else ""}'
        values += [f'Digest realm="{world.name}", nonce="{nonce}", algorithm={each}, {rest}' for each in ALGORITHMS]
    if schemes != "digest":
        values.append(f'Basic realm="{world.name}", charset="UTF-8"')
    return [("WWW-Authenticate", value) for value in values]


def _identify(request: Request, world: World, nonces: Sequence[Nonces]) -> str | _InvalidLogin:
    """Give the name of the user, or the reason why there is none."""
    users, schemes = world.blueprint.users, world.blueprint.schemes
    sent = request.headers.get("authorization")
    if sent is None:
        return _InvalidLogin("Log in as one of the scenario's users.")
    try:
        login = read_credentials(sent)
        user = _spelled(_without_space(login.user, users), users)
        password = normalize("NFC", users[user]) if user is not None else None
        if isinstance(login, BasicLogin):
            _check_basic(login, password, schemes)
        else:
            _check_digest(login, password, schemes, request, world.name)
    except Refused as refused:
        return _InvalidLogin(refused.detail)
    assert user is not None, "an unknown user has no password, and is refused above"
    verdict = _use(login, nonces) if isinstance(login, DigestLogin) else "accepted"
    return user if verdict == "accepted" else _InvalidLogin(_NOT_ACCEPTED[verdict], stale=verdict == "expired")


def _nonce(request: Request) -> str:
    return nonce_in(request.headers.get("authorization", ""))


def nonce_in(authorization: str) -> str:
    """Give the nonce of a Digest login; empty if there is none."""
    try:
        login = read_credentials(authorization)
    except Refused:
        return ""  # the client has no login that the server could use
    return login.nonce if isinstance(login, DigestLogin) else ""


def _spelled(name: str, users: Mapping[str, str]) -> str | None:
    """Find a user by a name in Normalization Form C, in which clients send it (RFC 7613 3.3.2, RFC 7616 4)."""
    if name in users:
        return name
    return next((each for each in users if normalize("NFC", each) == name), None) if not name.isascii() else None


def _without_space(name: str, users: Mapping[str, str]) -> str:
    """Take the space from the front of a user's name."""
    match = _IN_SPACE.fullmatch(name) if _spelled(name, users) is None else None
    return (match[2] or "") if match is not None else name


def _check_basic(login: BasicLogin, password: str | None, schemes: Schemes) -> None:
    if schemes == "digest":
        raise Refused(401, "Authorization: the scheme is Basic; this scenario needs Digest.")
    if password is None or not hmac.compare_digest(login.password.encode(), password.encode()):
        raise Refused(401, _WRONG)


def _check_digest(login: DigestLogin, password: str | None, schemes: Schemes, request: Request, realm: str) -> None:
    if schemes == "basic":
        raise Refused(401, "Authorization: the scheme is Digest; this scenario needs Basic.")
    if login.realm != realm:
        raise Refused(401, f"Authorization: the realm is {login.realm[:40]!r}; this scenario's is {realm!r}.")
    if not login.is_about(request.target):
        raise Refused(401, "Authorization: uri is not the target of the request (RFC 7616 3.4.6).")
    if password is None or not login.proves(password, request.method):
        raise Refused(401, _WRONG)


def _use(login: DigestLogin, nonces: Sequence[Nonces]) -> Verdict:
    """Count a use of a nonce in the space that the request is about."""
    own, *others = nonces
    for other in others:
        own.adopt(login.nonce, other)
    return own.use(login.nonce, login.count)
