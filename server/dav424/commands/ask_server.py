"""``dav424 health`` and ``dav424 journal``: ask a running server.

Both find the server by the flags and variables that it was started with, or by its ready file.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dav424.commands.flag_types import UsageError
from dav424.core.clocks import monotonic, sleep
from dav424.wire import http_client

if TYPE_CHECKING:
    from dav424.journal.report import OutcomeName
    from dav424.testing.admin import AdminApi
    from dav424.testing.journal import Exchange

_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, never listened on
"""The addresses that reach a server which listens on all addresses."""
TIMEOUT = 4.0
"""Seconds in which the server must answer one request."""
_NAME_THE_SERVER = "name the server with --host and --port, or with --ready-file"
POLL = 0.25
"""Seconds between two looks at the journals with ``--follow``."""


def health(options: argparse.Namespace) -> int:
    """Ask a server whether it is ready, for at most ``--wait`` seconds; the exit status is 0 if it is, else 1."""
    deadline = monotonic() + options.wait
    while True:
        try:
            urls = _find(options)
            _ask(urls["admin"].removesuffix("-/"))
        except UsageError as error:
            if monotonic() >= deadline:
                print(f"dav424: not ready: {error}", file=sys.stderr)
                return 1
            sleep(0.05)
        else:
            print(f"dav424 is ready at {urls['url']}")
            return 0


def journal(options: argparse.Namespace) -> int:
    """Print the journals of all spaces; raises ``UsageError`` if the server doesn't answer or refuses."""
    from dav424.testing.admin import AdminApi, over_http

    url = _find(options)["admin"].removesuffix("-/")
    send = over_http(url, context=_trust_any_certificate())
    reader = _JournalReader(AdminApi(url, options.admin_token, send), options)
    try:
        while True:
            for text in reader.texts():
                print(text, flush=True)
            if not options.follow:
                return 0
            sleep(POLL)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # The reader of the output has what it wants. Python flushes once more when it exits.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - it stays open until the exit
        return 0


class _JournalReader:
    """Reads the exchanges that the flags choose, each once."""

    def __init__(self, api: AdminApi, options: argparse.Namespace) -> None:
        self._api = api
        self._newest = options.last
        self._method: str | None = options.method
        self._outcome: OutcomeName | None = "failed" if options.failed else None
        self._seen: dict[str, int] = {}
        self._printed = ""

    def texts(self) -> Iterator[str]:
        """Explain the exchanges that are new, under a line with the name of their space."""
        for space, exchanges in self._new():
            if exchanges and space != self._printed:
                yield f"# The space {space}\n"
                self._printed = space
            yield from map(str, exchanges)

    def _new(self) -> list[tuple[str, list[Exchange]]]:
        from dav424.testing.admin import AdminError

        try:
            names = [space["name"] for space in self._api.decode(self._api("GET", "spaces"))["spaces"]]
            return [(name, self._new_in(name)) for name in names]
        except (OSError, http.client.HTTPException, AdminError) as error:
            raise UsageError(
                f"the journal at {self._api.url}-/spaces can't be read: {_reason(error)}; {_NAME_THE_SERVER}"
            ) from None

    def _new_in(self, space: str) -> list[Exchange]:
        from dav424.testing.admin import AdminError
        from dav424.testing.journal import Journal

        try:
            kept, seen = Journal(self._api, space), self._seen.get(space)
            newest = [exchange.number for exchange in kept.entries(newest=1)]
            if seen is not None and newest and newest[0] < seen:
                seen = 0  # the space was reset, and its numbers start again
            most = self._newest if seen is None else None
            found = kept.entries(since=seen, newest=most, method=self._method, outcome=self._outcome)
        except AdminError as error:
            if error.status != 404:
                raise
            return []  # the space was deleted meanwhile
        self._seen[space] = max([seen or 0, *newest, *(exchange.number for exchange in found)])
        return found


def server_url(options: argparse.Namespace) -> str:
    """Give the URL of the scenarios of the server that the flags name, with a slash at its end."""
    url: str = _find(options)["url"]
    return url


def _find(options: argparse.Namespace) -> dict[str, Any]:
    """Give the URL of the scenarios as ``url``, and that of the admin API as ``admin``."""
    if options.ready_file is not None:
        try:
            ready: dict[str, Any] = json.loads(Path(options.ready_file).read_text())
            return {"admin": ready["url"], **ready}
        except OSError as error:
            raise UsageError(f"the ready file {options.ready_file} can't be read: {error.strerror}") from None
        except (ValueError, TypeError, KeyError):
            raise UsageError(
                f"{options.ready_file} is not a ready file: it has no url as JSON; "
                "give a file that 'dav424 serve --ready-file' wrote"
            ) from None
    scheme = "https" if options.tls or options.tls_broken else "http"
    host = _LOOPBACK.get(options.host, f"[{options.host}]" if ":" in options.host else options.host)
    own_port: int | None = getattr(options, "admin_port", None)
    admin = own_port if own_port is not None else options.port
    if 0 in (options.port, admin):
        raise UsageError("port 0 does not name the port of the server; give that port, or use --ready-file")
    return {"url": f"{scheme}://{host}:{options.port}/", "admin": f"{scheme}://{host}:{admin}/"}


def _ask(url: str) -> None:
    """Raise ``UsageError`` if the server can't be reached, or if the status of its response is not 200."""
    context = _trust_any_certificate()
    try:
        with http_client.sent("GET", url, "/-/ready", {}, timeout=TIMEOUT, context=context) as response:
            status = response.status
    except (OSError, http.client.HTTPException) as error:
        raise UsageError(f"{url}-/ready can't be read: {_reason(error)}; {_NAME_THE_SERVER}") from None
    if status != 200:
        raise UsageError(f"{url}-/ready answered {status}, not 200")


def _reason(error: Exception) -> str:
    """Give the reason of an error in words, without the number of the system for it."""
    return str(getattr(error, "strerror", None) or error)


def _trust_any_certificate() -> ssl.SSLContext:
    """Accept any certificate: that of ``--tls-broken`` is wrong on purpose."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
