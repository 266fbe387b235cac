"""Requests as curl commands that a user can paste into any POSIX shell."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping

_SET_BY_CURL = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "transfer-encoding", "user-agent"}
)
"""Headers that curl sends by itself."""
_UNFIT_TO_PASTE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def curl(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    user: str = "",
    *,
    digest: bool = False,
    missing: int = 0,
) -> str:
    """Write a request as a curl command.

    ``user`` is ``NAME:PASSWORD``, ``NAME`` if curl is to prompt for the password, or empty. The command pipes in a body
    that can't be pasted, from base64. It sends an empty body if the headers announce one. If the journal lacks
    ``missing`` bytes of the body, the user must replace the file name BODY.
    """
    empty = not body and any(name.lower() == "content-length" and value == "0" for name, value in headers.items())
    words = [_verb(method, sends=bool(body) or empty)]
    if any(character in url for character in "[]{}"):
        words.append("-g")  # otherwise curl takes them for patterns
    if "/." in url:
        words.append("--path-as-is")
    if user:
        words.append(f"{'--digest ' if digest else ''}-u {shlex.quote(user)}")
    words.append(shlex.quote(url))
    sent = {name: value for name, value in headers.items() if name.lower() not in _SET_BY_CURL}
    words += ["-H " + shlex.quote(f"{name}: {value}" if value else f"{name};") for name, value in sent.items()]
    if method == "HEAD" or not (body or empty):
        return " ".join(words)
    if not any(name.lower() == "content-type" for name in sent):
        words.append("-H 'Content-Type:'")  # otherwise curl sends that of a form
    if missing:
        whole = len(body) + missing
        return " ".join(
            [
                *words,
                f"--data-binary @BODY  # replace BODY by a file with all {whole} bytes; the journal has the first {len(body)}",
            ]
        )
    if empty:
        return " ".join([*words, "--data-binary ''"])
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\r" in text and not _UNFIT_TO_PASTE.search(text):
        # A terminal takes a carriage return for the end of a line.
        escaped = text.replace("\\", "\\0134").replace("\r", "\\r")
        return f"printf %b {shlex.quote(escaped)} | {' '.join(words)} --data-binary @-"
    if not _UNFIT_TO_PASTE.search(text):
        # With --data-binary, a text that starts with @ is the name of a file.
        return " ".join([*words, f"{'--data-raw' if text[0] == '@' else '--data-binary'} {shlex.quote(text)}"])
    return f"echo {base64.b64encode(body).decode()} | base64 -d | {' '.join(words)} --data-binary @-"


def _verb(method: str, *, sends: bool) -> str:
    if method == "HEAD":
        return "curl -I"
    return "curl -i" if method == "GET" and not sends else f"curl -i -X {shlex.quote(method)}"
