"""The types of flags: with a value, on or off, with paths. Each flag has a variable, which sets its default."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from dav424.commands.names_flag import variable_of


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
            default=_value_of(self.variable) or self.default,  # an empty variable is none: compose files pass it
            help=f"{self.help} (default: {shown}) [{self.variable}]",
        )

    def _converted(self, text: str) -> Any:
        try:
            return self.convert(text)
        except argparse.ArgumentTypeError as error:
            # argparse names the flag alone, and a container has only the variable.
            raise argparse.ArgumentTypeError(f"{error} [{self.variable}]") from None


def _value_of(variable: str) -> str | None:
    """Read a variable, unless it is one that Kubernetes or a link between containers has set.

    For a service with the name dav424 they set ``DAV424_PORT=tcp://10.96.0.12:4240`` in each container.
    """
    value = os.environ.get(variable)
    return None if value is not None and variable.endswith("_PORT") and "://" in value else value


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
