"""The line with which the listing of a scenario begins in a browser: its title, the current causes, and a link to its page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import msgspec

from dav424.causes.in_words import in_words
from dav424.causes.kinds import BUILT_IN
from dav424.core.paths import href
from dav424.dav.headers import prefers_html
from dav424.spine.exchange import OpenExchange


def write(exchange: OpenExchange) -> str | None:
    """Write the line as HTML; None for a client that does not prefer HTML by name, and for other collections."""
    request, world = exchange.request, exchange.world
    blueprint = world.blueprint
    if request.path or request.mount is None or not blueprint.title or not prefers_html(request.headers):
        return None
    causes = list(_causes(exchange))
    told = f"The cause{'s' if len(causes) > 1 else ''}: {'; '.join(causes)}." if causes else "It has no cause now."
    page = f"{request.mount}/-/ui/s/{blueprint.name}"
    return f'<p>{escape(blueprint.title)}. {told} <a href="{escape(page)}">Run it on its page</a></p>\n'


def _causes(exchange: OpenExchange) -> Iterator[str]:
    """Describe in HTML the missing resources that are still missing, and the causes beside those of RFC 4918."""
    for path in exchange.world.blueprint.missing:
        if exchange.draft.find(path) is None:
            yield f"nothing is at <code>{escape(href(path))}</code>"
    for cause in exchange.world.causes.values():
        if any(cause is built_in for built_in in BUILT_IN):  # a scenario can have an equal one of its own
            continue
        settings = msgspec.to_builtins(cause)
        kind, _ = settings.pop("kind"), settings.pop("id")
        yield f"<code>{escape(kind)}</code>" + (f" ({escape(in_words(settings))})" if settings else "")
