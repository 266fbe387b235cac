"""The paths at which something can be made: by the requests of a scenario or, without requests, by any client."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from dav424.core.batch import Refused
from dav424.core.paths import Path, split
from dav424.scenario.model import RequestSpec, ResourceKinds

_WORD = r"[^\s\"'<>/?#&;,=(){}]"
"""A character that continues the segment of a path in a body."""
_NAMED_BY_UID = (".ics", ".vcf")
"""The suffixes that an import adds to a UID to name a resource."""


def can_be_made(path: Path, kinds: ResourceKinds) -> bool:
    """Say whether a request can make a resource at a path that the tree leaves empty: a PUT, or a COPY with its members."""
    if kinds.get(path[:-1]) == "collection":
        return True
    deepest = max(map(len, kinds), default=0)
    for depth in range(1, len(path)):
        if kinds.get(path[: depth - 1]) != "collection":
            break  # nor is there one further down
        if len(path) - depth <= deepest and _is_member_somewhere(path[depth:], kinds):
            return True
    return False


def _is_member_somewhere(rest: Path, kinds: ResourceKinds) -> bool:
    return any(known[-len(rest) :] == rest for known in kinds)


class RequestedPaths:
    """The paths that requests name, and those that a COPY or MOVE of a collection can make."""

    def __init__(self, requests: Iterable[RequestSpec], kinds: ResourceKinds) -> None:
        self._kinds = kinds
        self._named: set[Path] = set()
        self._copied: list[tuple[Path, Path]] = []
        self._texts: list[str] = []
        for request in requests:
            path = _read(request.path.partition("?")[0])
            if path is None:
                continue
            self._named.add(path)
            headers = {name.lower(): value.replace("{base}", "") for name, value in request.headers.items()}
            target = _read(urlsplit(headers["destination"]).path) if "destination" in headers else None
            if target is not None:
                self._named.add(target)
                self._copied.append((path, target))
            self._texts += filter(None, [request.body.replace("{base}", "")])

    def can_make(self, path: Path) -> bool:
        """Say whether a request names the path, or one below it, or copies something to it."""
        return self._is_named(path) or self._is_copied(path, len(self._copied)) or self._is_in_a_body(path)

    def _is_named(self, path: Path) -> bool:
        return any(named[: len(path)] == path for named in self._named)

    def _is_copied(self, path: Path, copies: int) -> bool:
        """Say whether a member of something that a request copies or moves arrives at the path, by at most these copies."""
        for source, target in self._copied:
            if copies and path[: len(target)] == target:
                origin = (*source, *path[len(target) :])
                if origin in self._kinds or self._is_named(origin) or self._is_copied(origin, copies - 1):
                    return True
        return False

    def _is_in_a_body(self, path: Path) -> bool:
        """Say whether a body names the path: that of a batch, of a B method, of a multiput or of an import."""
        return any(
            self._mentioned(path[depth])
            and (not (rest := path[depth + 1 :]) or _is_member_somewhere(rest, self._kinds))
            for depth in range(len(path))
        )

    def _mentioned(self, segment: str) -> bool:
        names = {segment, quote(segment), quote(segment, safe="")}
        stem, dot, suffix = segment.rpartition(".")
        if f"{dot}{suffix}" in _NAMED_BY_UID:
            names.add(stem)
        found = re.compile(rf"(?<!{_WORD})(?:{'|'.join(map(re.escape, sorted(names)))})(?!{_WORD})")
        return any(found.search(text) or found.search(unquote(text)) for text in self._texts)


def _read(written: str) -> Path | None:
    try:
        return split(written)[0]
    except Refused:
        return None
