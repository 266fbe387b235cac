"""Ports for the servers of other projects."""

from __future__ import annotations

import socket
import time


def free_port() -> int:
    """Find a port on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Wait until a server listens; 30 seconds at most."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server does not listen")
