"""Requests as curl commands to paste."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Mapping

_CURL_S_OWN = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "transfer-encoding", "user-agent"}
)
"""Headers that curl works out by itself."""


def curl(method: str, url: str, headers: Mapping[str, str], body: bytes = b"", user: str = "") -> str:
    """Spell a request as a curl command; ``user`` is ``NAME:PASSWORD``, or empty.

    A body that isn't text is piped in from base64.
    """
    words = ["curl -i"]
    if method == "HEAD":
        words = ["curl -I"]
    elif method != "GET":
        words.append(f"-X {shlex.quote(method)}")
    if user:
        words.append("-u " + shlex.quote(user))
    words.append(shlex.quote(url))
    words += [
        "-H " + shlex.quote(f"{name}: {value}") for name, value in headers.items() if name.lower() not in _CURL_S_OWN
    ]
    if not body:
        return " ".join(words)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return " ".join([*words, "--data-binary " + _quoted(text)])
    return f"echo {base64.b64encode(body).decode()} | base64 -d | {' '.join(words)} --data-binary @-"


def _quoted(text: str) -> str:
    """Quote a text for a shell; one with carriage returns, which a terminal would take for line ends, with escapes."""
    if "\r" not in text:
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\r", "\\r").replace("\n", "\\n")
    return f"$'{escaped}'"
