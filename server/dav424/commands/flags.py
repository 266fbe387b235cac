"""The flags of the commands, in one table: name, variable, default, type and help.

Each flag has a variable: ``DAV424_PORT`` for ``--port``. The flag wins over its variable. README.md has the same
table for users; a test compares the two.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from dav424.commands.names_flag import Names, address, file_path, host_names, variable_of

BROKEN = ("expired", "wrong-host", "untrusted")
"""The faults that a certificate of ``--tls-broken`` can have; ``dav424.wire.tls`` makes it."""


class UsageError(Exception):
    """The command can't do what its flags and variables ask for; the message is a sentence for the user."""


class Flag(Struct, frozen=True, kw_only=True):
    """A flag that takes a value.

    ``default`` is its value as text; None means that the flag has no value. ``default_text`` is shown instead of
    it. ``alone`` is the value of the flag without a value; None means that it needs one. ``convert`` raises
    ``argparse.ArgumentTypeError`` with a sentence for text that it can't convert.
    """

    name: str
    help: str
    metavar: str
    default: str | None = None
    default_text: str = ""
    alone: Any = None
    convert: Callable[[str], Any] = str

    @property
    def variable(self) -> str:
        """The variable that sets the flag."""
        return variable_of(self.name)

    def add_to(self, command: argparse.ArgumentParser) -> None:
        """Add the flag to a command; its default is the value of its variable."""
        shown = self.default_text or self.default or "none"
        optional: dict[str, Any] = {} if self.alone is None else {"nargs": "?", "const": self.alone}
        command.add_argument(
            self.name,
            metavar=self.metavar,
            type=self._converted,
            **optional,
            default=os.environ.get(self.variable) or self.default,  # an empty variable is none: compose files pass it
            help=f"{self.help} (default: {shown}) [{self.variable}]",
        )

    def _converted(self, text: str) -> Any:
        try:
            return self.convert(text)
        except argparse.ArgumentTypeError as error:
            # argparse names the flag alone, and a container has only the variable.
            raise argparse.ArgumentTypeError(f"{error} [{self.variable}]") from None


class Switch(Struct, frozen=True, kw_only=True):
    """A flag that is on or off. Its variable takes 1, true or yes, and 0, false, no or an empty text."""

    name: str
    help: str

    @property
    def variable(self) -> str:
        """The variable that sets the switch."""
        return variable_of(self.name)

    def add_to(self, command: argparse.ArgumentParser) -> None:
        """Add the switch to a command; raises ``UsageError`` if its variable has another value."""
        text = os.environ.get(self.variable, "").lower()
        if text not in ("", "0", "false", "no", "1", "true", "yes"):
            raise UsageError(f"{self.variable}={text} is not a value for a switch; write 1 or 0")
        command.add_argument(
            self.name,
            action="store_true",
            default=text in ("1", "true", "yes"),
            help=f"{self.help} (default: off) [{self.variable}=1]",
        )


class Paths(Struct, frozen=True, kw_only=True):
    """A flag that takes a path and can be repeated. Its variable takes several paths, separated as in ``PATH``."""

    name: str
    help: str
    metavar: str

    @property
    def variable(self) -> str:
        """The variable that sets the flag."""
        return variable_of(self.name)

    def add_to(self, command: argparse.ArgumentParser) -> None:
        """Add the flag to a command; paths from flags add to those from the variable."""
        paths = os.environ.get(self.variable, "").split(os.pathsep)
        command.add_argument(
            self.name,
            metavar=self.metavar,
            action="append",
            type=Path,
            default=[Path(path) for path in paths if path],
            help=f"{self.help} (default: none) [{self.variable}, paths separated by {os.pathsep!r}]",
        )


AnyFlag = Flag | Switch | Paths | Names


def add_flags(command: argparse.ArgumentParser, flags: Iterable[AnyFlag]) -> None:
    """Add flags to a command; raises ``UsageError`` for a variable of a switch that is neither on nor off."""
    for flag in flags:
        flag.add_to(command)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number; give one such as 1000")
    return int(text)


def _bytes(text: str) -> int | None:
    """Read a number of bytes, with or without a unit; None for an empty text."""
    match = re.fullmatch(r"([0-9]{1,18})\s*(?:([KMGT])i?)?B?", text.strip(), re.IGNORECASE)
    if match is None:
        if not text:
            return None
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a number of bytes; give one such as 2GiB, 512MiB or 1000000"
        )
    return int(match[1]) << 10 * " KMGT".index((match[2] or " ").upper())


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; give one such as 30")
    return float(text)


def _seconds_above_zero(text: str) -> float:
    seconds = _seconds(text)
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; give more than 0 seconds, such as 30")
    return seconds


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]*=*", text):
        # The message leaves the token out: it is a secret.
        raise argparse.ArgumentTypeError(
            "the token has characters that a bearer token can't have; use letters, digits and ._~+/- (RFC 6750 2.1)"
        )
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
)
"""The flags of the commands that use scenarios."""

SERVE_FLAGS: tuple[AnyFlag, ...] = (
    Flag(
        name="--host",
        metavar="HOST",
        default="127.0.0.1",
        convert=address,
        help="listen on this address; * listens on all IPv4 and IPv6 addresses",
    ),
    Flag(name="--port", metavar="N", default="4240", convert=_port, help="listen on this port; 0 chooses a free port"),
    Flag(
        name="--ready-file",
        metavar="PATH",
        convert=file_path,
        help="write url and pid as JSON to this file when the server is ready; delete it when the server stops",
    ),
    Flag(
        name="--max-body",
        metavar="BYTES",
        default=str(4 << 30),
        convert=_whole,
        help="reject request bodies larger than this",
    ),
    Flag(
        name="--max-memory",
        metavar="BYTES",
        default_text="half of the memory of the machine or its cgroup",
        convert=_bytes,
        help="hold at most this many bytes of documents, properties, snapshots and journals, such as 2GiB; answer 507 to "
        "requests for more; 0 sets no limit",
    ),
    Flag(
        name="--head-timeout",
        metavar="SECONDS",
        default="60",
        convert=_seconds,
        help="close a connection that takes longer to send a whole head; 0 allows any time",
    ),
    Flag(
        name="--min-rate",
        metavar="BYTES",
        default="1000",
        convert=_whole,
        help="give up a client that sends a body, or reads a response, with fewer bytes a second; 0 allows any rate",
    ),
    Flag(
        name="--min-rate-window",
        metavar="SECONDS",
        default="30",
        convert=_seconds_above_zero,
        help="measure the rate of --min-rate over this time",
    ),
    Flag(
        name="--stop-timeout",
        metavar="SECONDS",
        default="5",
        convert=_seconds,
        help="when the server stops, give requests in progress this time to finish; a second signal ends them at once",
    ),
    Switch(
        name="--wall-clock",
        help="use the real time; without this flag, the clock of a space stands still until a client advances it",
    ),
    Switch(
        name="--strict-wire",
        help="send standard headers only: leave out Dav424-Exchange and Dav424-Space",
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
    Switch(
        name="--ask-login",
        help="require a login, and accept any, in scenarios without users; a user name can then name a space",
    ),
    Switch(name="--no-auto-spaces", help="answer 404 to /s/NAME/ unless the admin API created the space NAME"),
    Flag(
        name="--space-idle",
        metavar="SECONDS",
        default="3600",
        convert=_whole,
        help="delete a space after this many seconds without a request; 0 keeps all spaces",
    ),
    Flag(name="--max-spaces", metavar="N", default="10000", convert=_whole, help="allow at most this many spaces"),
    Flag(
        name="--journal-entries",
        metavar="N",
        default="1000",
        convert=_whole,
        help="keep at most this many exchanges in the journal of each space",
    ),
    Flag(
        name="--journal-bytes",
        metavar="BYTES",
        default=str(8 << 20),
        convert=_whole,
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
        convert=_port,
        help="serve the admin API on this port only; 0 chooses a free port",
    ),
)
"""The flags of ``serve``, beside those for scenarios."""

SERVER_FLAGS: tuple[AnyFlag, ...] = (
    Flag(name="--host", metavar="HOST", default="127.0.0.1", convert=address, help="use the server at this address"),
    Flag(name="--port", metavar="N", default="4240", convert=_port, help="use the server at this port"),
    Flag(
        name="--ready-file",
        metavar="PATH",
        help="read the address from this file, which 'dav424 serve --ready-file' writes, instead of --host and --port",
    ),
    Switch(name="--tls", help="use HTTPS, and accept any certificate"),
    Flag(name="--tls-broken", metavar="FAULT", convert=_broken, help="use HTTPS, as for --tls"),
)
"""The flags that find the scenarios of a server, by the flags and variables that it was started with."""

FIND_FLAGS: tuple[AnyFlag, ...] = (
    *SERVER_FLAGS,
    Flag(
        name="--admin-token",
        metavar="TOKEN",
        default="",
        convert=_token,
        help="send this bearer token to the admin API",
    ),
    Flag(
        name="--admin-port",
        metavar="N",
        default_text="the port of --port",
        convert=_port,
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
        convert=_whole,
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
    convert=_seconds,
    help="wait at most this many seconds until the server is ready",
)
