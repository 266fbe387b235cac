"""Requests as curl commands to paste."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping

_CURL_S_OWN = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "transfer-encoding", "user-agent"}
)
"""Headers that curl works out by itself."""
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
    """Spell a request as a curl command; ``user`` is ``NAME:PASSWORD``, ``NAME`` to be asked for it, or empty.

    A body that can't be pasted is piped in from base64; one that was said to be empty is sent as such. Of one that lacks ``missing`` bytes, the command says
    that it has to be given.
    """
    empty = not body and any(name.lower() == "content-length" and value == "0" for name, value in headers.items())
    words = [_verb(method, sends=bool(body) or empty)]
    if any(each in url for each in "[]{}"):
        words.append("-g")  # to curl they are patterns
    if "/." in url:
        words.append("--path-as-is")
    if user:
        words.append(f"{'--digest ' if digest else ''}-u {shlex.quote(user)}")
    words.append(shlex.quote(url))
    sent = {name: value for name, value in headers.items() if name.lower() not in _CURL_S_OWN}
    words += ["-H " + shlex.quote(f"{name}: {value}" if value else f"{name};") for name, value in sent.items()]
    if method == "HEAD" or not (body or empty):
        return " ".join(words)
    if not any(name.lower() == "content-type" for name in sent):
        words.append("-H 'Content-Type:'")  # not a form's, which curl would send
    if missing:
        whole = len(body) + missing
        return " ".join(
            [*words, f"--data-binary @BODY  # a file with all {whole} bytes, of which {len(body)} are kept"]
        )
    if empty:
        return " ".join([*words, "--data-binary ''"])
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    if not _UNFIT_TO_PASTE.search(text):
        # What starts with @ would be the name of a file.
        return " ".join([*words, f"{'--data-raw' if text[0] == '@' else '--data-binary'} {_quoted(text)}"])
    return f"echo {base64.b64encode(body).decode()} | base64 -d | {' '.join(words)} --data-binary @-"


def _verb(method: str, *, sends: bool) -> str:
    if method == "HEAD":
        return "curl -I"
    return "curl -i" if method == "GET" and not sends else f"curl -i -X {shlex.quote(method)}"


def _quoted(text: str) -> str:
    """Quote a text for a shell; one with carriage returns, which a terminal would take for line ends, with escapes."""
    if "\r" not in text:
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\r", "\\r").replace("\n", "\\n")
    return f"$'{escaped}'"
