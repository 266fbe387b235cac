"""The engine that keeps the logs: a Valkey or Redis server, or a cluster of them, asked through valkey-py."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from msgspec import Struct
from msgspec.structs import replace
from valkey import Valkey, ValkeyCluster
from valkey.backoff import NoBackoff
from valkey.exceptions import (
    BusyLoadingError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    ValkeyClusterException,
    ValkeyError,
)
from valkey.exceptions import (
    ConnectionError as NotConnectedError,
)
from valkey.exceptions import (
    TimeoutError as NoAnswerError,
)
from valkey.retry import Retry

from dav424.core.waits import about_to_wait
from dav424.replicas.problems import StoreError
from dav424.replicas.store import SharedStore

SCHEMES = ("valkey://", "valkeys://", "redis://", "rediss://", "unix://")
"""The beginnings of a URL: those with an ``s`` are for TLS, and the last one is for a socket file."""
_WITHOUT_KEYS = ("PING", "INFO")
_OF_A_CALL, _OF_A_CONNECTION = 3 / 8, 1 / 8
"""A call of the engine may take this part of the whole time, and a new connection that one. The rest is for waits before."""


def check_url(url: str) -> None:
    """Raise ValueError, without the password, for a URL that names no engine."""
    if not url.startswith(SCHEMES):
        message = f"the URL has to begin with one of {', '.join(SCHEMES)}"
        raise ValueError(message)
    try:
        Valkey.from_url(_without_cluster(url)[0])
    except ValueError:
        message = "the URL can't be read; write one such as valkey://HOST:6379 or valkeys://HOST:6379/0"
        raise ValueError(message) from None


class Script(Struct, frozen=True):
    """A script and the name by which the engine remembers it."""

    text: str
    digest: str


def script(text: str) -> Script:
    """Make a script of its text."""
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


class Evaluator(Protocol):
    """Sends one command to the node that has a key; raises ``StoreError``."""

    def command(self, *words: Any) -> Any:
        """Send a command, and give the answer; errors of the engine are raised as valkey-py does."""


class Engine:
    """The engine of a store. A call takes at most the ``timeout`` of the store, and is given up with ``StoreError``."""

    def __init__(self, store: SharedStore) -> None:
        self.timeout = store.timeout
        url, clustered = _without_cluster(store.url)
        self._node: Evaluator = (ClusterNodes if clustered else OneNode)(replace(store, url=url))

    def run(self, wanted: Script, keys: Sequence[str], words: Sequence[Any]) -> Any:
        """Run a script, once more if the connection breaks, which each script allows; raises ``StoreError``."""
        try:
            return self._run(wanted, keys, words)
        except NoAnswerError as error:  # a NotConnectedError, too
            raise _problem(error) from None
        except NotConnectedError:
            pass
        except ValkeyError as error:
            raise _problem(error) from None
        try:
            return self._run(wanted, keys, words)
        except (ValkeyError, StoreError) as error:
            # Whatever stops this call: the one before can have been done.
            problem = error if isinstance(error, StoreError) else _problem(error)
            raise StoreError(str(problem), sent=True) from None

    def ask(self, *words: str) -> Any:
        """Send a command that needs no key; raises ``StoreError``."""
        try:
            return self._node.command(*words)
        except ValkeyError as error:
            raise _problem(error) from None

    def _run(self, wanted: Script, keys: Sequence[str], words: Sequence[Any]) -> Any:
        try:
            return self._node.command("EVALSHA", wanted.digest, len(keys), *keys, *words)
        except NoScriptError:
            return self._node.command("EVAL", wanted.text, len(keys), *keys, *words)


def _problem(error: ValkeyError) -> StoreError:
    """Say in a sentence what the engine has answered instead."""
    match error:
        case OutOfMemoryError():
            return StoreError("The store of the spaces is full (maxmemory).")
        case BusyLoadingError():
            return StoreError("The store of the spaces is starting, and still reads its data.")
        case ReadOnlyError() | MasterDownError():
            return StoreError("The store of the spaces takes no writes now, such as during a failover.")
        case NoAnswerError():
            return StoreError("The store of the spaces does not answer in time.", sent=True)
        case NotConnectedError():
            return StoreError("The connection to the store of the spaces is broken.", sent=True)
        case ResponseError():
            return StoreError(f"The store of the spaces has answered with an error: {str(error)[:200]}.")
    return StoreError(f"The store of the spaces can't be used: {str(error)[:200]}.")


def _without_cluster(url: str) -> tuple[str, bool]:
    """Take ``cluster=1`` out of the query of a URL, and say whether it was there."""
    if "cluster=" not in url:
        return url, False
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0] != "cluster"]
    clustered = any(name == "cluster" and value in ("1", "true", "yes") for name, value in pairs)
    return urlunsplit(parts._replace(query=urlencode(kept))), clustered


def _limits(store: SharedStore) -> dict[str, Any]:
    """Give the settings of all connections."""
    return {
        "password": store.password or None,
        "socket_timeout": store.timeout * _OF_A_CALL,
        "socket_connect_timeout": store.timeout * _OF_A_CONNECTION,
        "lib_name": None,
        "lib_version": None,
    }


class ClusterNodes:
    """A cluster, asked at the node that has the keys. Its nodes are looked up at the first command."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store
        self._client: ValkeyCluster | None = None
        self._connecting = threading.Lock()

    def command(self, *words: Any) -> Any:
        """Send a command; see ``Evaluator``."""
        anywhere = {"target_nodes": ValkeyCluster.RANDOM} if words[0] in _WITHOUT_KEYS else {}
        try:
            return self._connected().execute_command(*words, **anywhere)  # type: ignore[no-untyped-call]
        except ValkeyClusterException as error:
            raise StoreError(f"The store of the spaces can't be reached: {_reason(error)}.", sent=True) from None

    def _connected(self) -> ValkeyCluster:
        with self._connecting:
            if self._client is None:
                limits = {**_limits(self._store), "cluster_error_retry_attempts": 1, "retry": Retry(NoBackoff(), 0)}
                try:
                    self._client = ValkeyCluster.from_url(self._store.url, **limits)  # type: ignore[no-untyped-call]
                except (ValkeyError, ValkeyClusterException) as error:
                    raise StoreError(f"The store of the spaces can't be reached: {_reason(error)}.") from None
            return self._client


class OneNode:
    """One server, asked over a pool of connections."""

    def __init__(self, store: SharedStore) -> None:
        client = Valkey.from_url(store.url, retry=Retry(NoBackoff(), 0), **_limits(store))
        self._pool = client.connection_pool

    def command(self, *words: Any) -> Any:
        """Send a command; see ``Evaluator``."""
        about_to_wait()
        try:
            connection = self._pool.get_connection(words[0])
        except (NotConnectedError, NoAnswerError) as error:
            raise StoreError(f"The store of the spaces can't be reached: {_reason(error)}.") from None
        try:
            connection.send_command(*words)
            return connection.read_response()
        except ResponseError:
            raise
        except BaseException:
            connection.disconnect()
            raise
        finally:
            self._pool.release(connection)


def _reason(error: Exception) -> str:
    """Give the reason of an error without the address."""
    text = str(error).rstrip(".")
    return text.rpartition(". ")[2][:120] or type(error).__name__
