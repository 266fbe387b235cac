"""Which requests are for pages, and not for the resources of scenarios."""

from __future__ import annotations

from collections.abc import Mapping

from dav424.dav.headers import prefers_html

_METHODS = frozenset({"GET", "HEAD", "POST"})
_PREFIXES = ("/-/ui/", "/learn/")


def is_for_page(method: str, target: str, headers: Mapping[str, str]) -> bool:
    """Say whether a request is for a page. ``target`` is the request target below the mount.

    The root is a page for a client that prefers HTML, as browsers do; for all others it is a list of the scenarios.
    """
    if method not in _METHODS:
        return False
    if target.startswith(_PREFIXES) or target in ("/learn", "/-/ui"):
        return True
    if target.partition("?")[0] != "/" or method == "POST":
        return False
    return prefers_html(headers)
