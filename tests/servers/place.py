"""Where one server may write: a folder for its configuration and its state, and the root that it serves."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template

from msgspec import Struct, field

FILES = Path(__file__).with_name("files")


class Place(Struct, frozen=True):
    """The ``folder`` of a server, and the ``port`` on which it listens at 127.0.0.1."""

    folder: Path
    port: int

    @property
    def root(self) -> Path:
        """The folder that it serves, empty at first."""
        return self.folder / "root"

    def write(self, name: str, **values: object) -> Path:
        """Copy a file of ``files``, with ``$name`` replaced for each value, and for each field of the place."""
        written = self.folder / name
        known = {"folder": self.folder, "root": self.root, "port": self.port}
        written.write_text(Template((FILES / name).read_text()).substitute(known | values))
        return written


class Launch(Struct, frozen=True):
    """How to start a server: its command, and where in it a client works.

    ``path`` is that of the collection that a client may fill, and ``calendars`` the one that may have calendars.
    ``prepare`` runs when it listens. ``authorization`` is the header of its user.
    """

    command: list[str]
    path: str = "/"
    calendars: str | None = None
    authorization: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None


def free_port() -> int:
    """Give a port that is free now; most servers can't say which port the system gave them."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
