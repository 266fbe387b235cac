"""The ``Authorization`` header: a Basic or a Digest login (RFC 9110 11.6.2, RFC 7617 2, RFC 7616 3.4).

Credentials that the server can't use are refused with 401 (RFC 9110 11.4); ``auth`` adds the challenge.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import unquote

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.paths import split
from dav424.core.patterns import pattern

ALGORITHMS = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
"""The algorithms of Digest by name, the preferred one first (RFC 7616 3.7)."""
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - of the grammar
_PARAMETER = pattern(
    rf'[ \t,]*({_TOKEN})[ \t]*=[ \t]*(?:({_TOKEN})|"([^"\\]*+(?:\\.[^"\\]*+)*+)")[ \t]*(?:,[ \t,]*|$)'
)  # both notations are one: RFC 9110 11.2
_EXTENDED = pattern(r"(UTF-8|ISO-8859-1)'[A-Za-z0-9-]*'((?:%[0-9A-F]{2}|[A-Z0-9!#$&+.^_`|~-]++)*+)", re.IGNORECASE)
_COUNT = pattern(r"[0-9A-Fa-f]{8}")
_AUTHORITY = pattern(r"https?://[^/?]*", re.IGNORECASE)


class BasicLogin(Struct, frozen=True):
    """A user's name and password (RFC 7617)."""

    user: str
    password: str


class DigestLogin(Struct, frozen=True):
    """A user's name and the proof that the client knows the password (RFC 7616 3.4).

    ``count`` is ``nc`` as a number, ``nc`` as it was sent. All texts but ``user`` are Latin-1, an octet a character.
    """

    user: str
    realm: str
    nonce: str
    uri: str
    algorithm: str
    qop: str
    nc: str
    cnonce: str
    response: str

    @property
    def count(self) -> int:
        """Which use of the nonce this is, from 1."""
        return int(self.nc, 16)

    def proves(self, password: str, method: str) -> bool:
        """Say whether the client knows the password and meant this method (RFC 7616 3.4.1 to 3.4.3)."""
        secret = self._hash(self.user.encode(), self.realm.encode("latin-1"), password.encode())
        request = self._hash(method.encode(), self.uri.encode("latin-1"))
        rest = f"{self.nonce}:{self.nc}:{self.cnonce}:{self.qop}".encode("latin-1")
        expected = self._hash(secret.encode(), rest, request.encode())
        return hmac.compare_digest(expected.encode(), self.response.encode("latin-1"))

    def _hash(self, *parts: bytes) -> str:
        return ALGORITHMS[self.algorithm](b":".join(parts), usedforsecurity=False).hexdigest()

    def is_about(self, target: str) -> bool:
        """Say whether ``uri`` designates the resource of a request target (RFC 7616 3.4.6)."""
        path, *query = _AUTHORITY.sub("", self.uri, count=1).split("?", 1)
        wanted, *wanted_query = _AUTHORITY.sub("", target, count=1).split("?", 1)
        try:
            return (split(path), query) == (split(wanted), wanted_query)
        except Refused:
            return False  # it designates no resource


def read_credentials(authorization: str) -> BasicLogin | DigestLogin:
    """Read an ``Authorization`` header, given as Latin-1; refuses with 401 credentials that can't be used."""
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "basic":
            return _basic(rest.strip(" "))
        case "digest":
            return _digest(_parameters(rest))
    raise Refused(401, "Authorization: the scheme is neither Basic nor Digest.")  # no more of it: it may be a secret


def read_user_name(authorization: str) -> str | None:
    """Read the user's name alone, with a login that is complete or not; None if there is none to read."""
    scheme, _, rest = authorization.partition(" ")
    try:
        return _user(_parameters(rest)) if scheme.lower() == "digest" else read_credentials(authorization).user
    except Refused:
        return None  # where a login is needed, reading it all tells the client why


def _basic(token: str) -> BasicLogin:
    try:
        user, colon, password = binascii.a2b_base64(token, strict_mode=True).decode().partition(":")
    except ValueError as error:  # of either step
        coding = "UTF-8" if isinstance(error, UnicodeDecodeError) else "base64"
        raise Refused(401, f"Authorization: the Basic credentials are not {coding} (RFC 7617 2).") from None
    if not colon:
        raise Refused(401, "Authorization: the Basic credentials have no colon between name and password (RFC 7617 2).")
    return BasicLogin(user, password)


def _parameters(text: str) -> dict[str, str]:
    """Read a list of parameters; names are lower-case."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            raise Refused(401, f"Authorization: the Digest credentials can't be read from character {at + 1} on.")
        name, token, quoted = match.groups()
        if name.lower() in found:
            raise Refused(401, f"Authorization: the Digest credentials have {name[:40]!r} twice.")
        found[name.lower()] = token if token is not None else re.sub(r"\\(.)", r"\1", quoted)
        at = match.end()
    return found


def _digest(sent: Mapping[str, str]) -> DigestLogin:
    wanted = ("realm", "nonce", "uri", "qop", "nc", "cnonce", "response")
    missing = [name for name in wanted if name not in sent]
    if missing:
        raise Refused(401, f"Authorization: the Digest credentials have no {', '.join(missing)} (RFC 7616 3.4).")
    algorithm = sent.get("algorithm", "MD5").upper()
    if algorithm not in ALGORITHMS:
        raise Refused(401, f"Authorization: the algorithm is {algorithm[:40]!r}; use {' or '.join(ALGORITHMS)}.")
    if sent["qop"].lower() != "auth":
        raise Refused(401, f"Authorization: qop is {sent['qop'][:40]!r}; use auth.")
    if not _COUNT.fullmatch(sent["nc"]) or not int(sent["nc"], 16):
        raise Refused(401, f"Authorization: nc is {sent['nc'][:40]!r}; count in 8 hexadecimal digits, from 00000001.")
    return DigestLogin(_user(sent), algorithm=algorithm, **{name: sent[name] for name in wanted})


def _user(sent: Mapping[str, str]) -> str:
    """Read the user's name, by one of its two spellings (RFC 7616 3.4, 4)."""
    if sent.get("userhash", "false").lower() == "true":
        raise Refused(401, "Authorization: userhash is true; the server needs the name itself (userhash=false).")
    if ("username" in sent) == ("username*" in sent):
        raise Refused(401, "Authorization: send either username or username* (RFC 7616 3.4).")
    if "username" in sent:
        return _text(sent["username"].encode("latin-1"))
    match = _EXTENDED.fullmatch(sent["username*"])
    if match is None:
        raise Refused(401, "Authorization: username* is not of the form UTF-8''percent-encoded (RFC 8187 3.2).")
    try:
        return unquote(match[2], match[1], errors="strict")
    except UnicodeDecodeError:
        raise Refused(401, f"Authorization: username* is not {match[1]}, though it says so.") from None


def _text(octets: bytes) -> str:
    """Read a name in a header: UTF-8, else Latin-1, which once was the charset of all headers (RFC 9110 5.5)."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
