"""Writes the responses of one answer about the properties of resources (RFC 4918 14.24).

The writer finds out once for all members of a collection how their URLs begin, whether a lock above covers them, and when the
collection came to its path. A template has the rest of a response. Without a template, the properties are read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from dav424.core.batch import Failed
from dav424.core.markup import escape
from dav424.core.paths import href
from dav424.dav import multistatus
from dav424.methods.resource_properties import PropertySelection, live_resource, propstats
from dav424.methods.response_templates import templates
from dav424.store.tree import NEVER, Collection, walk

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.spine.exchange import OpenExchange
    from dav424.store.tree import Node

_PLAIN = re.compile(r"[A-Za-z0-9._~!$'()*+,;=:@-]+")
"""A segment that stands unchanged in the XML of an href."""


class ResponseWriter:
    """Writes a ``DAV:response`` for each of some resources: the properties of a selection. ``base`` is that of the URLs.

    ``follows_nodes`` as long as all that it has written follows from the nodes, their paths, the base of the URLs, the methods,
    and the latest arrival above: the same question is then answered with the same bytes.
    """

    def __init__(self, exchange: OpenExchange, selection: PropertySelection) -> None:
        self._exchange, self._selection = exchange, selection
        self.base, self._draft = exchange.request.base, exchange.draft
        plain = exchange.draft.knows_changes  # then each node holds all that it says of itself
        self._templates = templates(selection, exchange.methods) if plain else None
        self._above: Path | None = None
        self._begin: str | None = None
        self._arrived, self._locked = NEVER, False
        self.follows_nodes = True

    def response(self, path: Path, node: Node, refused: Failed | None = None) -> str:
        """Write the response of one resource: its properties, or the failure if it is ``refused``."""
        if refused is None and self._templates is not None and not node.locks:
            if path[:-1] != self._above:
                self._enter(path[:-1])
            template = self._templates.find(node, self._draft) if not self._locked else None
            rest = template.fill(node, self._arrived) if template is not None else None
            if rest is not None:
                return multistatus.response_with(self._url(path, node), rest)
        self.follows_nodes = False
        where = href(path, collection=isinstance(node, Collection))
        if refused is not None:
            return multistatus.failed_response(self.base, where, refused)
        resource = live_resource(self._exchange, self.base, path, node)
        return multistatus.response(self.base, where, propstats(resource, self._selection))

    def responses(
        self, top: Path, depth: float, refused: Mapping[Path, Failed], seen: set[Path] | None = None
    ) -> Iterator[str]:
        """Write a response for each resource at or below a path, except for those in ``seen``, and add them to it.

        A resource that is ``refused`` is one response with its status, and nothing below it is listed (RFC 4918 9.1).
        """
        for path, node in walk(self._draft.get(top), top, depth, closed=refused):
            if seen is None or path not in seen:
                yield self.response(path, node, refused.get(path))
            if seen is not None:
                seen.add(path)

    def _enter(self, above: Path) -> None:
        """Find out what all members of a collection have in common."""
        draft = self._draft
        self._above, self._arrived = above, draft.arrived(above)
        self._locked = draft.root.locked and any(lock.infinite for lock in draft.locks_on(above))
        written, spellings = self.base.path + href(above, collection=True), self.base.spellings
        alike = not spellings or (len(spellings) == 1 and written.startswith(spellings[0].below))
        self._begin = escape(self.base.url(href(above, collection=True))) if alike else None

    def _url(self, path: Path, node: Node) -> str:
        """Write the URL of a resource, escaped."""
        if self._begin is None or not path:
            return escape(self.base.url(href(path, collection=isinstance(node, Collection))))
        name = path[-1]
        if not _PLAIN.fullmatch(name):
            name = escape(quote(name, safe="!$&'()*+,;=:@"))
        return f"{self._begin}{name}/" if isinstance(node, Collection) else self._begin + name
