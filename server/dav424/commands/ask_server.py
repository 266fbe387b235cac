"""``dav424 health`` and ``dav424 journal``: what a server that runs elsewhere has to say.

Where it is, is read from the same flags and variables that ``serve`` reads; from its ready file, if it has one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from dav424.commands.serve import UsageError, add_place_flags
from dav424.wire import http_client

_HERE = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to be recognised
TIMEOUT = 4.0
"""Seconds that one question may take."""


def add_health_flags(command: argparse.ArgumentParser) -> None:
    """Add the flags of ``health``."""
    add_place_flags(command)
    command.add_argument(
        "--wait",
        type=float,
        default=os.environ.get("DAV424_WAIT", "0"),
        metavar="SECONDS",
        help="ask again for so long, until it is ready [DAV424_WAIT]",
    )


def health(options: argparse.Namespace) -> int:
    """Ask whether requests are answered: 0 if they are, 1 if not."""
    until = time.monotonic() + options.wait
    while True:
        try:
            where = _find(options)
            _ask(where["admin"].removesuffix("-/"))
        except (OSError, UsageError, http.client.HTTPException) as error:
            if time.monotonic() >= until:
                print(f"dav424: not ready: {error}", file=sys.stderr)
                return 1
            time.sleep(0.05)
        else:
            print(f"dav424 is ready at {where['url']}")
            return 0


def journal(options: argparse.Namespace) -> int:
    """Print what was asked of all spaces, and what came of it."""
    from dav424.testing.admin import AdminApi, AdminError
    from dav424.testing.journal import Journal

    try:
        url = _find(options)["admin"].removesuffix("-/")
        api = AdminApi(url, options.admin_token, context=_whatever_certificate())
        for space in api.decode(api("GET", "spaces"))["spaces"]:
            told = str(Journal(api, space["name"]))
            if told:
                print(f"# The space {space['name']}\n\n{told}")
    except (OSError, AdminError) as error:
        raise UsageError(f"the journal can't be read: {error}") from None
    return 0


def _find(options: argparse.Namespace) -> dict[str, Any]:
    """Say where it is served, and where the admin API is."""
    if options.ready_file is not None:
        try:
            told: dict[str, Any] = json.loads(Path(options.ready_file).read_text())
            return {"admin": told["url"], **told}
        except OSError as error:
            raise UsageError(f"there is no ready file {options.ready_file}: {error.strerror}") from None
        except (ValueError, TypeError, KeyError):
            raise UsageError(f"{options.ready_file} is not a ready file, with url and pid as JSON") from None
    scheme = "https" if options.tls or options.tls_broken else "http"
    host = _HERE.get(options.host, f"[{options.host}]" if ":" in options.host else options.host)
    if 0 in (options.port, options.admin_port):
        raise UsageError("port 0 says nothing about where it is; use --ready-file")
    admin = options.admin_port if options.admin_port is not None else options.port
    return {"url": f"{scheme}://{host}:{options.port}/", "admin": f"{scheme}://{host}:{admin}/"}


def _ask(url: str) -> None:
    """Raise OSError or ``UsageError`` unless the server at this URL is ready."""
    context = _whatever_certificate()
    with http_client.sent("GET", url, "/-/ready", {}, timeout=TIMEOUT, context=context) as response:
        status = response.status
    if status != 200:
        raise UsageError(f"{url}-/ready answered {status}")


def _whatever_certificate() -> ssl.SSLContext:
    """Trust everything: it may be there to be refused."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return trusting
