"""The form of hrefs: a path, a URL, or another reference."""

from __future__ import annotations

from functools import partial
from typing import Literal
from urllib.parse import quote

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.href_change import change_hrefs, origin
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

OTHER_HOST = "internal.example"
"""The host of a server behind a proxy that clients do not know."""
_OTHER_SCHEME = {"http": "https", "https": "http"}


_IN_UPDATES = ("encoded-url-in-updates", "url-in-updates")


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_in_form, value))


def _in_form(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if value in _IN_UPDATES and not _is_update(value, exchange, answer):
        return
    scheme, host = origin(exchange)
    begin = {
        "url": f"{scheme}://{host}",
        "other-host": f"{scheme}://{OTHER_HOST}",
        "other-scheme": f"{_OTHER_SCHEME.get(scheme, scheme)}://{host}",
        "two-slashes": "/",
        "encoded-url-in-updates": quote(f"{scheme}://{host}", safe="/"),
        "url-in-updates": f"{scheme}://{host}",
    }
    base = str(exchange.request.base) if value == "url-in-updates" else None

    def change(href: str) -> str:
        if base is not None and href.startswith(base):  # the name of the dialect in it is ours, and no server's
            href = base + href[len(base) :].replace("%", "%25")
        return begin[value] + href

    change_hrefs(answer, change)


def _is_update(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> bool:
    """Tell whether it is an answer to PROPPATCH, or the one response for a URL that no resource has."""
    if exchange.request.method == "PROPPATCH":
        return True
    return value == "url-in-updates" and answer.is_multistatus and exchange.refused is not None


HREF_FORM = Trait(
    name="href-form",
    kind="spelling",
    values=Literal[
        "path", "url", "other-host", "other-scheme", "two-slashes", "encoded-url-in-updates", "url-in-updates"
    ],
    default="path",
    description="The hrefs of responses and conditions: a path, a URL, a URL of another host or scheme as behind a proxy, a "
    "path with two slashes, which begin the name of a host, or in answers to PROPPATCH alone a URL: one whose colons are encoded, which is a relative path, "
    "or one whose path is encoded once more, also for a URL that no resource has.",
    servers=("xandikos",),
    reports=(
        "infinidysk#888",
        "DecaTec#59",
        "webdav-client-python-3#3",
        "npm-WebDAV-Server#51",
        "CommunityServer#489",
        "joplin#2022",
    ),
    hooks=_hooks,
)
