"""Requests that a reverse proxy passed on: the URL that its client asked for is in their headers.

These are ``Forwarded`` (RFC 7239), and ``X-Forwarded-Proto``, ``-Host`` and ``-Prefix``. Only a proxy that the user trusts
may send them: all other clients could claim anything.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from dav424.core.patterns import pattern
from dav424.wire.framing import IncomingRequest
from dav424.wire.head import is_authority

_PAIR = pattern(r"""([A-Za-z]++)=("(?:[^"\\]|\\.)*+"|[!#$%&'*+.^_`|~0-9A-Za-z:\[\]-]++)""")
"""A parameter of ``Forwarded`` (RFC 7239 4). Proxies also send addresses with colons and brackets, but without quotes."""
_END_OF_PAIR = pattern(r"[ \t]*+(;|,|\Z)[ \t,]*+")
_PREFIX = pattern(r"(?:/[A-Za-z0-9._~!$&'()*+;=:@%-]+)+")
_NODE = pattern(r"\[([0-9A-Fa-f:.]{2,45})\](?::[0-9A-Za-z._-]+)?|([A-Za-z0-9._-]{1,64})(?::[0-9A-Za-z._-]+)?")
"""An address or a name with its port; an IPv6 address is in brackets (RFC 7239 6)."""
_BARE_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")
"""An address as ``X-Forwarded-For`` has it."""


class TrustedProxies:
    """The proxies at these addresses, or in these networks, such as ``10.0.0.0/8``; raises ValueError for any other text."""

    def __init__(self, addresses: Iterable[str]) -> None:
        networks = [ipaddress.ip_network(address, strict=False) for address in addresses]

        @lru_cache(maxsize=1024)
        def trusts(address: str) -> bool:
            try:
                parsed = ipaddress.ip_address(address.partition("%")[0])
            except ValueError:
                return False
            return any(parsed in network for network in networks)

        self.trusts = trusts

    def restore(self, http: IncomingRequest) -> None:
        """Give a request of a trusted proxy the scheme, the host and the path that the client of the proxy has sent.

        Any host is right then. What the headers do not say, or say in a wrong form, stays as the proxy has sent it.
        """
        if not self.trusts(http.client):
            return
        http.any_host = True
        headers = http.head.headers
        scheme, host, client = self._original(headers)
        if scheme in ("http", "https"):
            http.scheme = scheme.encode()
        if host and is_authority(host):
            http.head = replace(http.head, headers={**headers, "host": host})
        if client:
            http.client = client
        prefix = self._last(headers, "x-forwarded-prefix").rstrip("/")
        if _PREFIX.fullmatch(prefix) and http.head.target.startswith("/"):
            http.mount = prefix + http.mount
            http.head = replace(http.head, target=prefix + http.head.target)

    def _original(self, headers: Mapping[str, str]) -> tuple[str, str, str]:
        """Give the scheme, the host and the address of the client; empty if no header says it."""
        forwarded = _elements(headers.get("forwarded", ""))
        nodes = [_address(element.get("for", "")) for element in forwarded]
        if forwarded:
            own = forwarded[-1 - self._hops(nodes, len(forwarded))]
            found = own.get("proto", ""), own.get("host", ""), _address(own.get("for", ""))
        else:
            found = "", "", _address(self._last(headers, "x-forwarded-for"))
        scheme, host, client = found
        scheme = scheme or self._last(headers, "x-forwarded-proto")
        return scheme.lower(), host or self._last(headers, "x-forwarded-host"), client

    def _last(self, headers: Mapping[str, str], name: str) -> str:
        """Give the entry of a header that the first of the trusted proxies in a row has made."""
        entries = _entries(headers.get(name, ""))
        clients = [_address(entry) for entry in _entries(headers.get("x-forwarded-for", ""))]
        return entries[-1 - self._hops(clients, len(entries))] if entries else ""

    def _hops(self, clients: Sequence[str], entries: int) -> int:
        """Count the trusted proxies before the last one; each proxy in a row adds an entry at the end."""
        hops = 0
        while hops < min(entries, len(clients)) - 1 and self.trusts(clients[-1 - hops]):
            hops += 1
        return hops


def _elements(value: str) -> list[dict[str, str]]:
    """Read ``Forwarded``: the parameters that each proxy has added.

    A malformed header gives none: a client can open a quotation that swallows the element of the proxy.
    """
    elements: list[dict[str, str]] = [{}]
    position = len(value) - len(value.lstrip(" \t,"))
    while position < len(value):
        pair = _PAIR.match(value, position)
        end = _END_OF_PAIR.match(value, pair.end()) if pair is not None else None
        if pair is None or end is None or pair[1].lower() in elements[-1]:
            return []
        quoted = pair[2].startswith('"')
        elements[-1][pair[1].lower()] = re.sub(r"\\(.)", r"\1", pair[2][1:-1]) if quoted else pair[2]
        position = end.end()
        if end[1] == "," and position < len(value):
            elements.append({})
    return elements if elements[0] else []


def _entries(value: str) -> list[str]:
    return [entry for each in value.split(",") if (entry := each.strip(" \t"))]


def _address(node: str) -> str:
    """Give the address of a client without its port; empty for a text that is none."""
    match = _NODE.fullmatch(node)
    if match is not None:
        return match[1] or match[2]
    return node if _BARE_IPV6.fullmatch(node) else ""
