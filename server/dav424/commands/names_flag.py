"""A flag that takes names and can be repeated, the names of its variables, and the values of flags about hosts."""

from __future__ import annotations

import argparse
import ipaddress
import os
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from dav424.core.neighbours import origin_problem
from dav424.core.patterns import pattern

_HOST_NAME = pattern(r"\*|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


class Names(Struct, frozen=True, kw_only=True):
    """A flag that takes a name and can be repeated. Its variable takes several names, separated by commas.

    Its value is one text with commas between the names. ``convert`` checks a text with names, as ``Flag.convert`` does.
    """

    name: str
    help: str
    metavar: str
    convert: Callable[[str], str]

    @property
    def variable(self) -> str:
        """The variable that sets the flag."""
        return variable_of(self.name)

    def add_to(self, command: argparse.ArgumentParser) -> None:
        """Add the flag to a command; names from flags add to those from the variable."""
        command.add_argument(
            self.name,
            metavar=self.metavar,
            action=_JoinNames,
            type=self._converted,
            default=os.environ.get(self.variable, ""),
            help=f"{self.help} (default: none) [{self.variable}, names separated by commas]",
        )

    def _converted(self, text: str) -> str:
        try:
            return self.convert(text)
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"{error} [{self.variable}]") from None


class _JoinNames(argparse.Action):
    """Add the names of a flag to those that came before."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - the signature of argparse
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002 - the signature of argparse
    ) -> None:
        before = getattr(namespace, self.dest) or ""
        setattr(namespace, self.dest, f"{before},{values}".strip(","))


def variable_of(flag: str) -> str:
    """Give the name of the variable that sets a flag."""
    return "DAV424_" + flag.removeprefix("--").replace("-", "_").upper()


def names_in(text: str) -> list[str]:
    """Split a text into its names, which commas or blanks separate."""
    return text.replace(",", " ").split()


def host_names(text: str) -> str:
    """Check the names of hosts."""
    for name in names_in(text):
        if not _HOST_NAME.fullmatch(name):
            raise argparse.ArgumentTypeError(
                f"{name!r} is not the name of a host; give one such as dav.test, without a port, or * for all"
            )
    return text


def origins(text: str) -> str:
    """Check the origins of pages."""
    for name in names_in(text):
        if problem := origin_problem(name):
            raise argparse.ArgumentTypeError(problem)
    return text


def networks(text: str) -> str:
    """Check the addresses of proxies, and of networks of them."""
    for name in names_in(text):
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{name!r} is not an IP address or a network; give one such as 127.0.0.1 or 10.0.0.0/8"
            ) from None
    return text


def address(text: str) -> str:
    """Check an address on which a server can listen."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not an address; give one such as 127.0.0.1")
    return text


def file_path(text: str) -> str:
    """Check the path of a file."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty; give the path of a file")
    return text
