"""``dav424 health`` and ``dav424 journal``: ask a running server.

Both find the server by the flags and variables that it was started with, or by its ready file.
"""

from __future__ import annotations

import argparse
import http.client
import json
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from dav424.commands.flags import UsageError
from dav424.wire import http_client

_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, never listened on
"""The addresses that reach a server which listens on all addresses."""
TIMEOUT = 4.0
"""Seconds in which the server must answer one request."""


def health(options: argparse.Namespace) -> int:
    """Ask a server whether it is ready, for at most ``--wait`` seconds; the exit status is 0 if it is, else 1."""
    deadline = time.monotonic() + options.wait
    while True:
        try:
            urls = _find(options)
            _ask(urls["admin"].removesuffix("-/"))
        except (OSError, UsageError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline:
                print(f"dav424: not ready: {error}", file=sys.stderr)
                return 1
            time.sleep(0.05)
        else:
            print(f"dav424 is ready at {urls['url']}")
            return 0


def journal(options: argparse.Namespace) -> int:
    """Print the journals of all spaces; raises ``UsageError`` if the server doesn't answer or refuses."""
    from dav424.testing.admin import AdminApi, AdminError
    from dav424.testing.journal import Journal

    try:
        url = _find(options)["admin"].removesuffix("-/")
        api = AdminApi(url, options.admin_token, context=_trust_any_certificate())
        for space in api.decode(api("GET", "spaces"))["spaces"]:
            text = str(Journal(api, space["name"]))
            if text:
                print(f"# The space {space['name']}\n\n{text}")
    except (OSError, AdminError) as error:
        raise UsageError(f"the journal can't be read: {error}") from None
    return 0


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
    if 0 in (options.port, options.admin_port):
        raise UsageError("port 0 does not name the port of the server; give that port, or use --ready-file")
    admin = options.admin_port if options.admin_port is not None else options.port
    return {"url": f"{scheme}://{host}:{options.port}/", "admin": f"{scheme}://{host}:{admin}/"}


def _ask(url: str) -> None:
    """Raise OSError if the server can't be reached, ``UsageError`` if the status of its response is not 200."""
    context = _trust_any_certificate()
    with http_client.sent("GET", url, "/-/ready", {}, timeout=TIMEOUT, context=context) as response:
        status = response.status
    if status != 200:
        raise UsageError(f"{url}-/ready answered {status}, not 200")


def _trust_any_certificate() -> ssl.SSLContext:
    """Accept any certificate: that of ``--tls-broken`` is wrong on purpose."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
