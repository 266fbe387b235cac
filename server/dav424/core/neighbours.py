"""Requests that a page of another site could make a browser send: Host, Origin and Sec-Fetch-Site show them.

A browser on the same machine can reach a server that listens on loopback alone, and any page that it shows can make it
send requests. A page whose name was bound to 127.0.0.1 (DNS rebinding) can even read the responses; its requests have the
name in their Host header.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Container, Iterable, Mapping

from dav424.core.batch import Refused
from dav424.core.patterns import pattern

ANY = "*"
"""Stands for all hosts, or for all origins."""
_ORIGIN = pattern(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_PORT = pattern(r":[0-9]*$")
_NUMERIC = pattern(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
_CROSS_SITE = "cross-site"


class HostNames:
    """The names by which clients may reach a server; with ``None`` or ``*``, all names.

    Names without a dot, IP addresses, ``localhost`` and names below it are always right: no other site has them. A name
    such as ``*.example.com`` stands for all names with one label more.
    """

    def __init__(self, names: Iterable[str] | None = None) -> None:
        self._latest = ""
        self._names = {name.lower().removesuffix(".") for name in names} if names is not None else {ANY}

    def check(self, headers: Mapping[str, str]) -> None:
        """Refuse with 421 a request for another host (RFC 9110 15.5.20)."""
        host = headers.get("host", "")
        if host == self._latest or "." not in host or ANY in self._names:
            return
        name = _PORT.sub("", host).lower().removesuffix(".")
        if self._is_right(name):
            self._latest = host  # most clients send the same one again
            return
        raise Refused(
            421,
            f"Host: {host[:80]!r} is not a name of this server, which listens on loopback alone. Send localhost or an "
            f"IP address as the host, or start the server with --allow-host {name[:80]}.",
        )

    def _is_right(self, name: str) -> bool:
        above = name.partition(".")[2]
        if not above or name in self._names or f"*.{above}" in self._names:
            return True
        last = name.rpartition(".")[2]
        # A browser takes each name whose last label is a number for an IPv4 address, and asks no DNS server for it.
        return last == "localhost" or bool(_NUMERIC.fullmatch(last)) or _is_ipv6(name)


ALL_HOSTS = HostNames()
"""The names of a server that other machines can reach: all."""


def _is_ipv6(name: str) -> bool:
    """Say whether a name in brackets is an IPv6 address, which can end in an IPv4 address."""
    try:
        return name.startswith("[") and ipaddress.ip_address(name.strip("[]").partition("%")[0]).version == 6
    except ValueError:
        return False


def origin_problem(text: str) -> str | None:
    """Say why no browser sends this text as an origin (RFC 6454 6.2); None if one can, and for ``*``."""
    if text in (ANY, "null"):
        return None
    if not _ORIGIN.fullmatch(text):
        return (
            f"{text[:80]!r} is not an origin; give one such as http://localhost:5173, in lower case and without a path"
        )
    scheme, _, host = text.partition("://")
    port = _DEFAULT_PORT.get(scheme)
    if port is not None and host.endswith(port):
        return f"{text!r} has the port that {scheme} implies, which browsers leave out; give {text.removesuffix(port)}"
    return None


def authority(target: str) -> str | None:
    """Give the host and port of a target in absolute form, which replace the Host header (RFC 9112 3.2.2); else None."""
    if target.startswith("/"):
        return None
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in _DEFAULT_PORT:
        return None
    return re.split(r"[/?]", rest, maxsplit=1)[0].rpartition("@")[2]


def is_foreign(headers: Mapping[str, str], allowed: Container[str] = ()) -> bool:
    """Say whether a page of another site made a browser send a request; ``allowed`` are the origins that count as own.

    The scheme of the origin is not compared: behind a proxy that speaks HTTPS, the server is reached by HTTP.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "").strip(" \t").lower() == _CROSS_SITE
    if origin in allowed or ANY in allowed:
        return False
    scheme, _, host = origin.lower().partition("://")
    port = _DEFAULT_PORT.get(scheme)
    if port is None or not host:
        return True
    own = headers.get("host", "").lower()
    return host.removesuffix(port) != own.removesuffix(port) or (
        headers.get("sec-fetch-site", "").strip(" \t").lower() == _CROSS_SITE
    )


def allow_with(flag: str, headers: Mapping[str, str]) -> str:
    """Say that a flag of the server allows the origin of a request."""
    return f"Start the server with {flag} {headers.get('origin', 'ORIGIN')[:80]} to allow its pages."


def check_origin(
    headers: Mapping[str, str], allowed: Container[str], what: str, remedy: Callable[[], str] = str
) -> None:
    """Refuse with 403 a request of a page of another site, unless its origin is in ``allowed``.

    ``what`` is what the page wants to do, and ``remedy`` writes a sentence that says how to allow it, if that is possible.
    """
    if not is_foreign(headers, allowed):
        return
    origin = headers.get("origin")
    page = f"Pages of {origin[:80]}" if origin is not None else "Pages of other sites"
    advice = f"Use a page of this server, or a client that is no browser. {remedy()}".rstrip()
    raise Refused(403, f"{page} may not {what}. {advice}")
