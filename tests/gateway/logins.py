"""Logins for tests, computed here from RFC 7617 and RFC 7616, so that the server's own reading is not asked."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
from typing import Any

from tests.client import Client

HASHES: dict[str, Any] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def basic(user: str, password: str = "", charset: str = "utf-8") -> dict[str, str]:
    """Give the header of a Basic login."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode(charset)).decode()}


def challenges(
    client: Client, path: str = "/f", headers: dict[str, str] | None = None, method: str = "GET"
) -> list[str]:
    """Send a request that has to be answered with 401, and list the challenges."""
    connection = http.client.HTTPConnection(client.host, client.port, timeout=30)
    try:
        connection.request(method, client.base + path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401
        return answer.headers.get_all("WWW-Authenticate") or []
    finally:
        connection.close()


def nonce_in(found: list[str]) -> str:
    """Give the nonce of challenges; all of one answer have the same."""
    (nonce,) = set(re.findall(r' nonce="([^"]+)"', " ".join(found)))
    return nonce


def stale(found: list[str]) -> bool:
    """Say whether challenges ask for the same password once more."""
    said = {"stale=true" in each for each in found if each.startswith("Digest")}
    assert len(said) == 1
    return said == {True}


def digest(
    nonce: str,
    count: int = 1,
    uri: str = "/test/f",
    *,
    user: str = "ada",
    password: str = "lovelace",
    method: str = "GET",
    algorithm: str = "SHA-256",
    name: bytes | None = None,
    change: dict[str, str | None] | None = None,
) -> dict[str, str]:
    """Give the header of a Digest login; ``name`` is the parameter with the user's name where it is spelled otherwise.

    ``change`` puts parameters, as they are to stand there, in the place of the right ones, or takes them away.
    """
    h = HASHES[algorithm]
    nc = f"{count:08x}"
    secret = h(f"{user}:test:{password}".encode()).hexdigest()
    request = h(f"{method}:{uri}".encode()).hexdigest()
    response = h(f"{secret}:{nonce}:{nc}:cnonce:auth:{request}".encode()).hexdigest()
    parameters = {
        "username": f'"{user}"',
        "realm": '"test"',
        "nonce": f'"{nonce}"',
        "uri": f'"{uri}"',
        "algorithm": algorithm,
        "qop": "auth",
        "nc": nc,
        "cnonce": '"cnonce"',
        "response": f'"{response}"',
        **(change or {}),
    }
    said = [f"{key}={value}".encode() for key, value in parameters.items() if value is not None]
    if name is not None:
        said[0] = name
    return {"Authorization": "Digest " + b", ".join(said).decode("latin-1")}
