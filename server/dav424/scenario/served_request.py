"""A request of a scenario as a client sends it to the server: its headers, its body, and the curl command."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from dav424.journal.curl import curl
from dav424.scenario.model import RequestSpec


def headers(spec: RequestSpec, base: str) -> dict[str, str]:
    """Give the headers, without a login. ``base``, the path of the scenario in URLs, stands for ``{base}`` in them."""
    return {name: value.replace("{base}", base) for name, value in spec.headers.items()}


def body(spec: RequestSpec, base: str) -> bytes:
    """Give the body; ``base`` stands for ``{base}`` in it."""
    return spec.body.replace("{base}", base).encode()


def curl_command(spec: RequestSpec, url: str, users: Mapping[str, str]) -> str:
    """Write the curl command that sends the request, byte for byte, to the scenario at ``url``.

    ``users`` holds the passwords by user name. A line break at the end of a body is sent too: it counts where a PUT
    stores the body.
    """
    root = url.rstrip("/")
    base = urlsplit(root).path
    login = f"{spec.user}:{users[spec.user]}" if spec.user is not None else ""
    return curl(spec.method, root + spec.path, headers(spec, base), body(spec, base), login)
