"""A small HTTP client: one request on a connection of its own."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def sent(
    method: str,
    url: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    timeout: float,
    context: ssl.SSLContext | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """Send a request, and give its response, which can be read while the context lasts.

    ``url`` is the root of the server or of a part of it; ``path``, percent-encoded and with its query, starts there.
    ``timeout`` is in seconds. ``context`` holds the certificates to trust (default: those of the system). Raises
    OSError if the server can't be reached, and ``http.client.HTTPException`` if it does not answer in HTTP.
    """
    server = urlsplit(url)
    host = server.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, server.port, timeout=timeout, context=context)
        if server.scheme == "https"
        else http.client.HTTPConnection(host, server.port, timeout=timeout)
    )
    try:
        connection.request(method, server.path.rstrip("/") + path, body or None, dict(headers))
        yield connection.getresponse()
    finally:
        connection.close()
