"""The server as a WSGI application (PEP 3333), for any WSGI server and for clients that call it without a socket.

    application(...) --> WsgiRequest --> Gateway --> Response --> start_response

The hosting server reads the heads and the bodies, and decides how strictly. It also checks the Host header.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from urllib.parse import quote, unquote_to_bytes

from dav424.app import DEFAULT_MAX_BODY, App
from dav424.core.memory import Budget, Held, Remembered
from dav424.core.message import Response, SizedBody
from dav424.core.neighbours import origin_problem
from dav424.core.reason_phrases import reason
from dav424.dialects.choice import dialect_choice
from dav424.faults.without_connection import impossible_faults
from dav424.scenario import sources as from_files
from dav424.scenario.sources import Sources, scenario_sources
from dav424.wire.head import Head
from dav424.wire.pace import ConnectionBrokenError
from dav424.worlds.settings import CLOCK_START, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CLOSED = "The admin API is closed. Make the application with admin_open=True to allow all clients, or with admin_token='TOKEN'."
_SAFE = "/!$&'()*+,;=:@~"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]*=*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_UNNAMED = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
"""The variables of headers that do not begin with ``HTTP_``."""


class ServeKeywords(TypedDict, total=False):
    """The keywords of ``application``: they have the names, units and defaults of the flags of ``dav424 serve``."""

    scenario: str
    scenario_name: str
    dialects: str | Path | Iterable[str | Path]
    dialect: str
    max_body: int
    max_memory: int
    wall_clock: bool
    strict_wire: bool
    strict: bool
    ask_login: bool
    well_known: str
    no_auto_spaces: bool
    space_idle: float | None
    max_spaces: int
    journal_entries: int
    journal_bytes: int
    allow_origin: str | Iterable[str]
    admin_allow_origin: str | Iterable[str]
    admin_token: str
    admin_open: bool


def application(
    scenarios: str | Path | Iterable[str | Path] = (), **keywords: Unpack[ServeKeywords]
) -> WSGIApplication:
    """Make a WSGI application that serves what ``dav424 serve`` serves.

    ``scenarios`` are files and folders to serve besides the bundled scenarios, and ``dialects`` those of dialects. The
    other keywords have the names, units and defaults of the flags of ``serve`` (``ServeKeywords``), but ``max_memory`` is
    in bytes, and by default there is no limit.
    The application reads no environment variables. The admin API
    under ``/-/`` is closed without ``admin_token`` or ``admin_open``. The application can be mounted below a prefix
    (``SCRIPT_NAME``): all URLs in responses then begin with the prefix. It is thread-safe.

    Raises ``ScenarioError`` if a scenario or a dialect has mistakes, ValueError for an ``admin_token`` that no header can
    have, for an origin that no browser sends, for an unknown ``dialect`` or for an unknown scenario in ``well_known``, and
    TypeError for an unknown keyword.
    """
    app = make_app(scenarios, **keywords)
    max_body = keywords.get("max_body", DEFAULT_MAX_BODY)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return send(app.gateway(WsgiRequest(environ, max_body)), environ, start_response)

    return answer


def make_app(
    scenarios: str | Path | Iterable[str | Path] = (),
    *,
    scenario: str = "",
    scenario_name: str = "inline",
    dialects: str | Path | Iterable[str | Path] = (),
    dialect: str = "",
    max_body: int = DEFAULT_MAX_BODY,
    max_memory: int = 0,
    wall_clock: bool = False,
    strict_wire: bool = False,
    strict: bool = False,
    ask_login: bool = False,
    well_known: str = "",
    no_auto_spaces: bool = False,
    space_idle: float | None = None,
    max_spaces: int = 10_000,
    journal_entries: int = 1000,
    journal_bytes: int = 8 << 20,
    allow_origin: str | Iterable[str] = (),
    admin_allow_origin: str | Iterable[str] = (),
    admin_token: str = "",
    admin_open: bool = False,
) -> App:
    """Make the server behind the application, without a socket; the arguments and errors are those of ``application``."""
    if not _TOKEN.fullmatch(admin_token):
        raise ValueError(
            "admin_token has characters that a bearer token can't have; use letters, digits and ._~+/- (RFC 6750 2.1)"
        )
    choice = dialect_choice(listed_paths(dialects), dialect)
    library = choice.library()
    names = library.names if scenarios or scenario else None
    sources = scenario_sources(listed_paths(scenarios), text=scenario, text_name=scenario_name, dialects=names)
    _check_faults(sources)
    if well_known and well_known not in sources:
        raise ValueError(f"well_known: there is no scenario {well_known!r}; dav424 scenarios lists them")
    return App(
        sources,
        Settings(
            idle=space_idle,
            most=max_spaces,
            auto=not no_auto_spaces,
            start=None if wall_clock else CLOCK_START,
            journal_entries=journal_entries,
            journal_bytes=journal_bytes,
            well_known=well_known,
            budget=Budget(max_memory or None),
            connections=False,
        ),
        max_body=max_body,
        strict_wire=strict_wire,
        strict=strict,
        ask_login=ask_login,
        origins=_origins(allow_origin),
        admin_origins=_origins(admin_allow_origin),
        token=admin_token,
        closed="" if admin_token or admin_open else _CLOSED,
        dialects=library,
        dialect=choice.name,
    )


def listed_paths(given: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the paths of a keyword that takes one of them, or several."""
    return list(map(Path, [given] if isinstance(given, str | Path) else given))


def _origins(origins: str | Iterable[str]) -> list[str]:
    listed = [origins] if isinstance(origins, str) else list(origins)
    for origin in listed:
        if problem := origin_problem(origin):
            raise ValueError(problem)
    return listed


def _check_faults(sources: Sources) -> None:
    """Refuse a scenario of the user that has faults of the connection."""
    for name, source in sources.items():
        if isinstance(source, from_files.LoadedScenario) and (sentence := impossible_faults(source.scenario.faults)):
            raise ValueError(f"The scenario {name!r} can't be served. {sentence}")


class WsgiRequest:
    """A request as the hosting server gives it: these are the attributes of ``framing.IncomingRequest``.

    Reads at most one byte more than ``max_body`` of a body whose length the server does not say. With ``close_connection``,
    a part of the body was not read; the hosting server decides about the connection.
    """

    body_read = False
    close_connection = False
    held: object = None
    counted: Held | None = None
    client = ""
    any_host = False
    connected = False
    waited = False

    def __init__(self, environ: Mapping[str, Any], max_body: int) -> None:
        headers = _headers(environ)
        self.stream: Any = _HostedBody(environ["wsgi.input"])
        length = headers.get("content-length", "")
        if _LENGTH.fullmatch(length):
            size = int(length)
        elif environ.get("wsgi.input_terminated") or "transfer-encoding" in headers:
            body = _read_all(self.stream, max_body + 1)
            self.stream, size = io.BytesIO(body), len(body)
        else:
            size = 0
        self.mount, target = _target(environ)
        method: str = environ["REQUEST_METHOD"]
        self.head = Head(method, target, headers, size, chunked=False, latest=True, persistent=True, waits=False)
        self.scheme: bytes = environ["wsgi.url_scheme"].encode("latin-1")

    def send_continue(self) -> None:
        """Do nothing: the hosting server sends the 100 Continue when the body is read."""

    def look_for_client(self) -> None:
        """Do nothing: WSGI does not say whether the client is still there."""


def send(response: Response, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Begin the response, and give its body: none for HEAD."""
    body, headers = response.body, list(response.headers)
    if isinstance(body, bytes):
        if response.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        body = [body]
    elif isinstance(body, SizedBody):
        headers.append(("Content-Length", str(body.length)))
    start_response(f"{response.status} {response.phrase.strip() or reason(response.status)}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    for key, value in environ.items():
        name = _NAMES[key]
        if name and (value or key not in _UNNAMED):
            headers[name] = value.strip(" \t")
    return headers


def _header_of(key: str) -> str:
    """Name the header whose value a variable has; empty for another variable."""
    return key[5:].replace("_", "-").lower() if key.startswith("HTTP_") else _UNNAMED.get(key, "")


_NAMES = Remembered(_header_of, most=1000)


class _HostedBody:
    """The body of a request as the hosting server gives it; raises ``ConnectionBrokenError`` if the client has gone."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Read ``size`` bytes, or fewer at the end."""
        try:
            piece: bytes = self._stream.read(size)
        except OSError as error:
            raise ConnectionBrokenError(*error.args) from error
        return piece


def _read_all(stream: Any, limit: int) -> bytes:
    """Read a stream to its end, or ``limit`` bytes of it."""
    whole = bytearray()
    while len(whole) < limit and (piece := stream.read(min(1 << 20, limit - len(whole)))):
        whole += piece
    return bytes(whole)


def _target(environ: Mapping[str, Any]) -> tuple[str, str]:
    """Give the prefix at which the application is mounted, and the whole target, as the client spelled them.

    Most servers tell the target as it was sent; else, or if a middleware has changed the path since, it is made from the
    decoded path, in which an encoded slash looks like a slash.
    """
    prefix, path = _octets(environ.get("SCRIPT_NAME", "")), _octets(environ.get("PATH_INFO", ""))
    whole = prefix + path
    decoded = (whole, whole.replace(b"%2F", b"/"))  # cheroot keeps encoded slashes
    for variable in ("REQUEST_URI", "RAW_URI"):
        sent = environ.get(variable, "")
        if "://" in sent.partition("?")[0]:
            sent = "/" + sent.partition("://")[2].partition("/")[2]
        if sent.startswith("/") and unquote_to_bytes(sent.partition("?")[0]) in decoded:
            end = _end_of(sent, len(prefix))
            return sent[:end], sent
    query = environ.get("QUERY_STRING", "")
    mount = quote(prefix, safe=_SAFE)
    return mount, mount + quote(path or b"/", safe=_SAFE) + (f"?{query}" if query else "")


def _end_of(sent: str, octets: int) -> int:
    """Find where the first ``octets`` bytes of a percent-encoded text end."""
    at = 0
    for _ in range(octets):
        at += 3 if sent[at] == "%" else 1
    return at


def _octets(text: str) -> bytes:
    """Give the bytes of a path: PEP 3333 decodes them as Latin-1, and some clients in process as UTF-8."""
    if text.isascii():
        return text.encode()
    try:
        octets = text.encode("latin-1")
        octets.decode()
    except UnicodeError:
        return text.encode()
    return octets
