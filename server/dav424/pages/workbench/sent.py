"""A request as the reader wrote it: from a scenario, from a form, or from a shared URL."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from dav424.core import decode
from dav424.core.batch import Refused
from dav424.scenario.model import RequestSpec

MOST_SHARED = 4 << 20
"""The maximum size in bytes of the state in a shared URL."""
_HEADER = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:[ \t]*(.*?)[ \t]*")
_Kind = TypeVar("_Kind", bound=Struct)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Sent(Struct, frozen=True, omit_defaults=True):
    """A request. ``path`` starts at the root of the scenario, and is percent-encoded.

    In headers and the body, ``{base}`` stands for the path of the scenario in URLs. ``user`` is empty for an anonymous
    request.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    user: str = ""

    @property
    def header_lines(self) -> str:
        """The headers as lines of text."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers)

    @property
    def text(self) -> str:
        """The body as text; empty if it is not UTF-8."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return ""

    def headers_to_send(self, base: str) -> dict[str, str]:
        """Give the headers with the path of the scenario in them."""
        return {name: value.replace("{base}", base) for name, value in self.headers}

    def body_to_send(self, base: str) -> bytes:
        """Give the body with the path of the scenario in it."""
        return self.body.replace(b"{base}", base.encode())


class Shared(Struct, frozen=True, omit_defaults=True):
    """The state of the workbench in a URL: the request, and what the reader predicted, by the name of each thing."""

    sent: Sent
    predicted: dict[str, str] = field(default_factory=dict)


def of_scenario(spec: RequestSpec) -> Sent:
    """Give a request of a scenario."""
    return Sent(spec.method, spec.path, tuple(spec.headers.items()), spec.body.encode(), spec.user or "")


def of_form(form: Mapping[str, str], requests: Iterable[RequestSpec]) -> Sent:
    """Read a request from the fields of a form; refuses with 400 fields that make no request.

    A browser sends each line break of a text field as CR LF. If the body is otherwise that of a request of the scenario, that
    body is sent, else line breaks are LF.
    """
    method, path = form.get("method", "").strip(), form.get("path", "").strip()
    if not _TOKEN.fullmatch(method):
        raise Refused(400, f"The method {method[:40]!r} is no token; write one such as PROPPATCH.")
    if not path.startswith("/"):
        raise Refused(400, f"The path {path[:80]!r} must start with a slash; it starts at the root of the scenario.")
    written = form.get("body", "").replace("\r\n", "\n").encode()
    known = (spec.body.encode() for spec in requests)
    body = next((each for each in known if each.replace(b"\r\n", b"\n") == written), written)
    return Sent(method, path, tuple(_headers(form.get("headers", ""))), body, form.get("user", ""))


def _headers(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _HEADER.fullmatch(line)
        if match is None:
            raise Refused(400, f"{line[:80]!r} is no header; write NAME: VALUE, one on each line.")
        yield match[1], match[2]


def pack(state: Sent | Shared) -> str:
    """Write a state as text for a URL or a hidden field: JSON, deflated, in base64url."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(msgspec.json.encode(state)) + deflate.flush()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpack_sent(text: str) -> Sent:
    """Read a request that ``pack`` wrote; refuses with 400 any other text."""
    return _unpack(text, Sent)


def unpack_shared(text: str) -> Shared:
    """Read a shared state that ``pack`` wrote; refuses with 400 any other text."""
    return _unpack(text, Shared)


def _unpack(text: str, kind: type[_Kind]) -> _Kind:
    try:
        inflate = zlib.decompressobj(-15)
        data = inflate.decompress(base64.urlsafe_b64decode(f"{text}==="), MOST_SHARED)
        if inflate.unconsumed_tail:
            raise Refused(413, f"The state in this URL has more than {MOST_SHARED} bytes; share a shorter request.")
        found: _Kind = decode.from_json(data, kind)
    except (ValueError, zlib.error, msgspec.DecodeError):
        raise Refused(400, "The state in this URL is damaged; copy the whole URL again.") from None
    return found
