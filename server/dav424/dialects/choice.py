"""The dialects that a user adds to a server, and the one that it speaks where nothing else names one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.dialects.library import Dialects
from dav424.dialects.names import FAULTS
from dav424.scenario.file_problem import unknown_dialect
from dav424.scenario.files import SUFFIXES

if TYPE_CHECKING:
    from dav424.dialects.load import DialectSources


class UnknownDialectError(ValueError):
    """No dialect has the name; the message suggests another one, or lists those that there are."""


class DialectChoice(Struct, frozen=True):
    """The files and folders of dialects besides the bundled ones, and the ``name`` of the default dialect: empty for none."""

    paths: tuple[FilePath, ...] = ()
    name: str = ""

    def library(self) -> Dialects:
        """Read the dialects at once if the user adds one or names one, so that mistakes are errors now; raises as ``sources`` does."""
        if self == DialectChoice():
            return Dialects()
        found = self.sources()
        return Dialects(lambda: found)

    def sources(self) -> DialectSources:
        """Read the dialects; raises ``ScenarioError`` for a file with problems, and ``UnknownDialectError`` for the name."""
        from dav424.dialects.load import dialect_sources  # noqa: PLC0415 - most servers speak no dialect

        found = dialect_sources(self.paths)
        own = self.name.removesuffix(FAULTS)
        if own and own not in found:
            raise UnknownDialectError(unknown_dialect(own, found))
        return found


def dialect_choice(paths: Iterable[FilePath] = (), name_or_file: str = "") -> DialectChoice:
    """Choose dialects: ``name_or_file`` is a name, or the path of a file whose dialect has its name, both with ``!`` or without."""
    own, faults = name_or_file.removesuffix(FAULTS), FAULTS if name_or_file.endswith(FAULTS) else ""
    file = FilePath(own)
    if file.suffix not in SUFFIXES and len(file.parts) < 2:
        return DialectChoice(tuple(paths), name_or_file)
    return DialectChoice((*paths, file), file.stem + faults)
