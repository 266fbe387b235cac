"""A request to write as code, and the texts that several languages share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

SET_BY_CLIENTS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "expect",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
"""Headers that clients send by themselves, or that a login makes."""

_NOT_IN_A_PATH = re.compile(r'["<>\\^`{|}\[\]]')


class Coded(Struct, frozen=True):
    """A request with its whole URL, body and login. ``password`` can be empty; the reader then has to fill it in.

    ``status`` is that of the answer that it got.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    user: str = ""
    password: str = ""
    status: int = 0

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers that the code has to set."""
        return {name: value for name, value in self.headers.items() if name.lower() not in SET_BY_CLIENTS}

    @property
    def uri(self) -> str:
        """The URL, with each character percent-encoded that no URI has (RFC 3986 2): some clients refuse it, others encode more."""
        start = self.url.find("/", self.url.find("://") + 3)
        return self.url[:start] + _NOT_IN_A_PATH.sub(lambda found: f"%{ord(found[0]):02X}", self.url[start:])

    @property
    def text(self) -> str | None:
        """The body as text; None if it is not UTF-8, or has a character that can't be pasted."""
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            return None
        pasted = all(character.isprintable() or character in "\n\r\t" for character in text)
        return text if pasted else None


def double_quoted(text: str) -> str:
    """Write a text in double quotes, in ASCII, as JavaScript, Java and C# read it."""
    return json.dumps(text)


def quoted_for_python(text: str) -> str:
    """Write a text in double quotes; Python does not join two surrogates to one character."""
    return json.dumps(text, ensure_ascii=False)


def concatenated(text: str, joint: str, indent: str, quoted: Callable[[str], str] = double_quoted) -> str:
    """Write a text as one literal for each of its lines, with a joint between them."""
    return f"{joint}\n{indent}".join(map(quoted, text.splitlines(keepends=True) or [""]))
