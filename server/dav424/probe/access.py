"""How a server is reached: its URL, the certificates to trust, the login, and the pace of the requests."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

DEFAULT_RATE = 20.0
"""Requests in a second, to a server on another machine."""


class ProbeAccess(Struct, frozen=True, kw_only=True):
    """What a client needs to reach a server.

    * ``url`` is the collection in which a scratch collection may be made.
    * ``ca`` is a file with the certificates to trust (default: those of the system); ``insecure`` trusts any.
    * ``user`` and ``password`` are for Basic or Digest, whichever the server asks for; ``token`` is a bearer token.
    * ``calendars`` makes a calendar for each case; without it, only a server that takes no plain document gets calendars.
    * ``rate`` is the most requests in a second; None means 20, or no limit on loopback.
    """

    url: str
    ca: Path | None = None
    insecure: bool = False
    user: str = ""
    password: str = ""
    token: str = ""
    calendars: bool = False
    rate: float | None = None
    timeout: float = 30.0

    @property
    def origin(self) -> str:
        """The URL without its path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def root(self) -> str:
        """The path of the URL, with a slash at its end."""
        return urlsplit(self.url).path.rstrip("/") + "/"

    @property
    def pause(self) -> float:
        """The seconds between two requests."""
        rate = self.rate if self.rate is not None else 0 if self._is_loopback() else DEFAULT_RATE
        return 1 / rate if rate else 0.0

    def context(self) -> ssl.SSLContext | None:
        """Make the context of TLS; None for http. Raises OSError if the file of certificates can't be read."""
        if urlsplit(self.url).scheme != "https":
            return None
        context = ssl.create_default_context(cafile=self.ca)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _is_loopback(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False
