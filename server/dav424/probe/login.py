"""The Authorization header: bearer at once, Basic or Digest (RFC 7616) after the server has asked for it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from urllib.request import parse_http_list, parse_keqv_list

from dav424.probe.access import ProbeAccess

_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_SCHEME = re.compile(r"(?:^|,\s*)(Basic|Digest|Bearer)\b\s*", re.IGNORECASE)


class RequestLogin:
    """The login of one user. ``header`` is empty until the server has said which scheme it takes."""

    def __init__(self, access: ProbeAccess) -> None:
        self._access = access
        self._digest: Mapping[str, str] = {}
        self._basic = False
        self._count = 0

    def header(self, method: str, target: str) -> str:
        """Give the value of the Authorization header for a request."""
        if self._access.token:
            return f"Bearer {self._access.token}"
        if self._digest:
            return self._digest_header(method, target)
        if self._basic:
            pair = f"{self._access.user}:{self._access.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return ""

    def learn(self, challenges: Sequence[str]) -> bool:
        """Read the ``WWW-Authenticate`` headers of a 401; false if no other header can be sent than the last one."""
        if not self._access.user or self._access.token:
            return False
        offered = dict(_challenges(challenges))
        digest = offered.get("digest")
        if digest and _algorithm(digest) and digest.get("nonce") != self._digest.get("nonce"):
            self._digest, self._count = digest, 0
            return True
        if "basic" in offered and not self._basic and not self._digest:
            self._basic = True
            return True
        return False

    def _digest_header(self, method: str, target: str) -> str:
        challenge = self._digest
        name = _algorithm(challenge)
        realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")

        def digest(text: str) -> str:
            return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

        secret = digest(f"{self._access.user}:{realm}:{self._access.password}")
        self._count += 1
        count, own = f"{self._count:08x}", secrets.token_hex(8)
        if challenge.get("algorithm", "").lower().endswith("-sess"):
            secret = digest(f"{secret}:{nonce}:{own}")
        asked = digest(f"{method}:{target}")
        fields = {"username": self._access.user, "realm": realm, "nonce": nonce, "uri": target}
        if "qop" in challenge:
            fields["response"] = digest(f"{secret}:{nonce}:{count}:{own}:auth:{asked}")
            fields["cnonce"] = own
        else:
            fields["response"] = digest(f"{secret}:{nonce}:{asked}")
        if "opaque" in challenge:
            fields["opaque"] = challenge["opaque"]
        quoted = ", ".join(f'{key}="{_escaped(value)}"' for key, value in fields.items())
        bare = f", algorithm={challenge['algorithm']}" if "algorithm" in challenge else ""
        return f"Digest {quoted}{bare}" + (f", qop=auth, nc={count}" if "qop" in challenge else "")


def _challenges(headers: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Split the headers into schemes and their parameters; the first Digest whose algorithm is known comes last."""
    found = []
    for header in headers:
        starts = [*_SCHEME.finditer(header)]
        for start, after in zip(starts, [*starts[1:], None], strict=True):
            text = header[start.end() : after.start() if after else None]
            pairs = [pair for pair in parse_http_list(text) if "=" in pair]
            found.append((start[1].lower(), parse_keqv_list(pairs)))
    return [each for each in reversed(found) if each[0] != "digest" or _algorithm(each[1])]


def _algorithm(challenge: Mapping[str, str]) -> str:
    """Name the hash of a challenge as Python does; empty for one that is not known."""
    name = challenge.get("algorithm", "MD5").upper().removesuffix("-SESS")
    known = _ALGORITHMS.get(name, "")
    return known if known in hashlib.algorithms_available else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
