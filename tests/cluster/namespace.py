"""A network namespace with two links to the rest: one for the clients of a replica inside, one for its engine outside."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct


class NetworkNamespace(Struct, frozen=True):
    """A namespace by its ``name``. A replica in it listens at ``inside``, and reaches the engine at ``outside``.

    The addresses are of 198.18.0.0/15, which RFC 2544 keeps for tests of networks.
    """

    name: str
    link: str
    inside: str = "198.18.4.2"
    outside: str = "198.18.4.5"

    def cut(self) -> None:
        """Let all packets between the replica and the engine vanish; the clients notice nothing."""
        _ip("link", "set", self.link, "down")

    def mend(self) -> None:
        """Let packets pass again."""
        _ip("link", "set", self.link, "up")


@contextmanager
def network_namespace() -> Iterator[NetworkNamespace]:
    """Make a namespace with its links, and remove both. It needs root."""
    number = os.getpid()
    name, clients, engine = f"dav424-{number}", f"dc{number}", f"de{number}"
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        _link(name, clients, "198.18.4.1", "198.18.4.2")
        _link(name, engine, "198.18.4.5", "198.18.4.6")
        yield NetworkNamespace(name, engine)
    finally:
        _ip("netns", "del", name)  # with both links


def may_make_one() -> bool:
    """Say whether this process may make network namespaces."""
    if os.geteuid() != 0:
        return False
    done = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False, timeout=10)
    return done.returncode == 0


def _link(namespace: str, name: str, here: str, there: str) -> None:
    _ip("link", "add", name, "type", "veth", "peer", "name", f"{name}i", "netns", namespace)
    _ip("address", "add", f"{here}/30", "dev", name)
    _ip("link", "set", name, "up")
    _ip("-n", namespace, "address", "add", f"{there}/30", "dev", f"{name}i")
    _ip("-n", namespace, "link", "set", f"{name}i", "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=10)
