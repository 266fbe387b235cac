"""The flags of the commands, in one table: name, variable, default, type and help.

Each flag has a variable: ``DAV424_PORT`` for ``--port``. The flag wins over its variable. The site has the
same table, made from this one.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from dav424.commands.flag_numbers import port, seconds, seconds_above_zero, size, whole
from dav424.commands.flag_types import Flag, Paths, Switch
from dav424.commands.names_flag import Names, address, file_path, host_names, networks, origins
from dav424.commands.store_flags import STORE_FLAGS

LOG_FORMS = ("off", "text", "json")
"""The values of ``--access-log``."""
BROKEN = ("expired", "wrong-host", "untrusted")
"""The faults that a certificate of ``--tls-broken`` can have; ``dav424.wire.tls`` makes it."""


AnyFlag = Flag | Switch | Paths | Names


def add_flags(command: argparse.ArgumentParser, flags: Iterable[AnyFlag]) -> None:
    """Add flags to a command; raises ``UsageError`` for a variable of a switch that is neither on nor off."""
    for flag in flags:
        flag.add_to(command)


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]*=*", text):
        # The message leaves the token out: it is a secret.
        raise argparse.ArgumentTypeError(
            "the token has characters that a bearer token can't have; use letters, digits and ._~+/- (RFC 6750 2.1)"
        )
    return text


def _log_form(text: str) -> str:
    if text not in LOG_FORMS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a form of the log; give one of {', '.join(LOG_FORMS)}")
    return text


def _broken(text: str) -> str | None:
    if text and text not in BROKEN:
        raise argparse.ArgumentTypeError(f"{text!r} is not a fault of a certificate; give one of {', '.join(BROKEN)}")
    return text or None


SCENARIO_FLAGS: tuple[AnyFlag, ...] = (
    Paths(
        name="--scenarios",
        metavar="PATH",
        help="add the scenarios in this file or folder to the bundled ones; repeat the flag for more paths",
    ),
    Flag(name="--scenario", metavar="YAML", default="", help="add the scenario that this YAML text describes"),
    Flag(name="--scenario-name", metavar="NAME", default="inline", help="give the scenario of --scenario this name"),
    Paths(
        name="--dialects",
        metavar="PATH",
        help="add the dialects in this file or folder to the bundled ones; repeat the flag for more paths",
    ),
)
"""The flags of the commands that use scenarios."""
DIALECT = Flag(
    name="--dialect",
    metavar="NAME_OR_FILE",
    default="",
    default_text="rfc4918",
    help="answer in this dialect, unless a URL, a space or a scenario names another one; NAME! also has its faults",
)

SERVE_FLAGS: tuple[AnyFlag, ...] = (
    DIALECT,
    Flag(
        name="--host",
        metavar="HOST",
        default="127.0.0.1",
        convert=address,
        help="listen on this address; * listens on all IPv4 and IPv6 addresses",
    ),
    Flag(name="--port", metavar="N", default="4240", convert=port, help="listen on this port; 0 chooses a free port"),
    Flag(
        name="--ready-file",
        metavar="PATH",
        convert=file_path,
        help="write url and pid as JSON to this file when the server is ready; delete it when the server stops",
    ),
    Flag(
        name="--folder",
        metavar="DIR",
        convert=Path,
        help="serve this folder of files at /folder/, too; a request that fails is undone in it",
    ),
    Flag(
        name="--folder-causes",
        metavar="FILE",
        convert=Path,
        help="take the causes and settings of the folder from this scenario file, which has no tree",
    ),
    Flag(
        name="--folder-state",
        metavar="FILE",
        default_text="DIR.dav424-state",
        convert=Path,
        help="keep the properties and locks of the folder in this file, outside of the folder",
    ),
    *STORE_FLAGS,
    Flag(
        name="--max-body",
        metavar="BYTES",
        default=str(4 << 30),
        convert=whole,
        help="reject request bodies larger than this",
    ),
    Flag(
        name="--max-memory",
        metavar="BYTES",
        default_text="half of the memory of the machine or its cgroup",
        convert=size,
        help="hold at most this many bytes of documents, properties, snapshots and journals, such as 2GiB; answer 507 to "
        "requests for more; 0 sets no limit",
    ),
    Flag(
        name="--head-timeout",
        metavar="SECONDS",
        default="60",
        convert=seconds,
        help="close a connection that takes longer to send a whole head; 0 allows any time",
    ),
    Flag(
        name="--min-rate",
        metavar="BYTES",
        default="1000",
        convert=whole,
        help="give up a client that sends a body, or reads a response, with fewer bytes a second; 0 allows any rate",
    ),
    Flag(
        name="--min-rate-window",
        metavar="SECONDS",
        default="30",
        convert=seconds_above_zero,
        help="measure the rate of --min-rate over this time",
    ),
    Flag(
        name="--stop-timeout",
        metavar="SECONDS",
        default="5",
        convert=seconds,
        help="when the server stops, give requests in progress this time to finish; a second signal ends them at once",
    ),
    Switch(
        name="--watch",
        help="read the files of --scenarios, --dialects and --dialect anew when they change, as at SIGHUP: the default space "
        "takes a changed scenario up anew, other spaces keep their copies",
    ),
    Switch(
        name="--exit-with-parent",
        help="stop, as after SIGTERM, when the process that started the server has ended; not on Windows",
    ),
    Flag(
        name="--access-log",
        metavar="FORM",
        default="off",
        convert=_log_form,
        help="write a line for each response to stderr: text, json or off",
    ),
    Switch(
        name="--wall-clock",
        help="use the real time; without this flag, the clock of a space stands still until a client advances it",
    ),
    Switch(
        name="--strict-wire",
        help="send standard headers only: leave out Dav424-Exchange, Dav424-Space and the sandbox of stored pages",
    ),
    Switch(
        name="--strict",
        help="reject a Lock-Token header without angle brackets, and unknown members in a batch of Graph; without this "
        "flag, the server accepts them and the journal reports them",
    ),
    Switch(name="--tls", help="serve HTTPS, with a certificate from a new test authority"),
    Flag(
        name="--tls-broken",
        metavar="FAULT",
        convert=_broken,
        help=f"serve HTTPS, with a certificate that clients must reject: {', '.join(BROKEN)}",
    ),
    Flag(
        name="--tls-names",
        metavar="NAMES",
        default="",
        help="add these host names to the certificate, separated by commas",
    ),
    Flag(
        name="--tls-ca",
        metavar="PATH",
        convert=file_path,
        help="write the certificate of the authority, which clients must trust, to this file",
    ),
    Names(
        name="--allow-host",
        metavar="NAME",
        convert=host_names,
        help="answer requests for this host name too, if the server listens on loopback only; repeat the flag for more "
        "names; * allows all",
    ),
    Names(
        name="--allow-origin",
        metavar="ORIGIN",
        convert=origins,
        help="let pages of this origin, such as http://localhost:5173, use the scenarios from a browser (CORS); repeat "
        "the flag for more origins; * allows all",
    ),
    Names(
        name="--admin-allow-origin",
        metavar="ORIGIN",
        convert=origins,
        help="let pages of this origin use the admin API from a browser (CORS); repeat the flag for more origins; * "
        "allows all",
    ),
    Names(
        name="--trust-proxy",
        metavar="ADDRESS",
        convert=networks,
        help="trust Forwarded and X-Forwarded-Proto, -Host and -Prefix of a reverse proxy at this address, or in this network "
        "such as 10.0.0.0/8; repeat the flag for more",
    ),
    Switch(
        name="--ask-login",
        help="require a login, and accept any, in scenarios without users; a user name can then name a space",
    ),
    Flag(
        name="--well-known",
        metavar="SCENARIO",
        default="",
        default_text="none, and 404",
        help="lead /.well-known/caldav and /.well-known/carddav at the root of the server to this scenario",
    ),
    Switch(name="--no-auto-spaces", help="answer 404 to /s/NAME/ unless the admin API created the space NAME"),
    Flag(
        name="--space-idle",
        metavar="SECONDS",
        default_text="3600 for spaces that a request made; the others stay",
        convert=whole,
        help="delete a space that has no expires-in of its own after this many seconds without a request; 0 keeps all "
        "spaces",
    ),
    Flag(name="--max-spaces", metavar="N", default="10000", convert=whole, help="allow at most this many spaces"),
    Flag(
        name="--journal-entries",
        metavar="N",
        default="1000",
        convert=whole,
        help="keep at most this many exchanges in the journal of each space",
    ),
    Flag(
        name="--journal-bytes",
        metavar="BYTES",
        default=str(8 << 20),
        convert=whole,
        help="keep at most this many bytes in the journal of each space",
    ),
    Flag(
        name="--admin-token",
        metavar="TOKEN",
        default="",
        convert=_token,
        help="require this bearer token for the admin API",
    ),
    Switch(
        name="--admin-open",
        help="allow the admin API without a token, although the server listens on more than loopback",
    ),
    Flag(
        name="--admin-port",
        metavar="N",
        default_text="the port of --port",
        convert=port,
        help="serve the admin API on this port only; 0 chooses a free port",
    ),
)
"""The flags of ``serve``, beside those for scenarios."""

SERVER_FLAGS: tuple[AnyFlag, ...] = (
    Flag(name="--host", metavar="HOST", default="127.0.0.1", convert=address, help="use the server at this address"),
    Flag(name="--port", metavar="N", default="4240", convert=port, help="use the server at this port"),
    Flag(
        name="--ready-file",
        metavar="PATH",
        help="read the address from this file, which 'dav424 serve --ready-file' writes, instead of --host and --port",
    ),
    Switch(name="--tls", help="use HTTPS, and accept any certificate"),
    Flag(name="--tls-broken", metavar="FAULT", convert=_broken, help="use HTTPS, as for --tls"),
)
"""The flags that find the scenarios of a server, by the flags and variables that it was started with."""

ADMIN_TOKEN = Flag(
    name="--admin-token",
    metavar="TOKEN",
    default="",
    convert=_token,
    help="send this bearer token to the admin API",
)

FIND_FLAGS: tuple[AnyFlag, ...] = (
    *SERVER_FLAGS,
    ADMIN_TOKEN,
    Flag(
        name="--admin-port",
        metavar="N",
        default_text="the port of --port",
        convert=port,
        help="use the admin API at this port",
    ),
)
"""The flags of ``health`` and ``journal``, which find the admin API of a server too."""

JOURNAL_FLAGS: tuple[AnyFlag, ...] = (
    Flag(
        name="--last",
        metavar="N",
        default_text="all; 1 without N",
        alone=1,
        convert=whole,
        help="print the last N exchanges of each space only",
    ),
    Switch(name="--failed", help="print only exchanges in which something failed"),
    Flag(name="--method", metavar="METHOD", default_text="all", help="print only requests with this method"),
    Switch(name="--follow", help="continue to print exchanges as the server answers them, until Ctrl-C"),
)
"""The flags of ``journal`` that choose exchanges."""

WAIT = Flag(
    name="--wait",
    metavar="SECONDS",
    default="0",
    convert=seconds,
    help="wait at most this many seconds until the server is ready",
)
