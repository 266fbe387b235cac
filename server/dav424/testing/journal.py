"""What was asked of a space and what came of it, read back for a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

from dav424.core import decode
from dav424.core.paths import href
from dav424.journal.render import as_text
from dav424.journal.report import ActionResult, ExchangeReport
from dav424.testing.admin import AdminApi

Key = str | tuple[str, str]
_RANKS = {"done": 0, "failed-dependency": 1, "failed": 2}


class Unknown(KeyError):
    """Nothing came of what was looked up; the message says of what something did."""

    def __str__(self) -> str:
        return str(self.args[0])


class Outcomes(Mapping[Key, ActionResult]):
    """What came of each resource, ``outcomes["a.txt"]``, and property, ``outcomes["a.txt", "{DAV:}getetag"]``.

    Paths start at the scenario's root, with or without a slash at either end, percent-encoded or not. Where one request did
    several things to the same, what failed by itself is told first.
    """

    def __init__(self, facts: list[ActionResult]) -> None:
        self._facts: dict[Key, ActionResult] = {}
        for fact in facts:
            path = fact.path.strip("/")
            key: Key = (path, fact.property) if fact.property else path
            known = self._facts.get(key)
            if known is None or _RANKS[fact.outcome] >= _RANKS[known.outcome]:
                self._facts[key] = fact

    def __getitem__(self, key: Key) -> ActionResult:
        path, name = key if isinstance(key, tuple) else (key, None)
        for spelled in (path.strip("/"), href(tuple(path.strip("/").split("/"))).strip("/")):
            found = self._facts.get(spelled if name is None else (spelled, name))
            if found is not None:
                return found
        known = "\n  ".join(str(fact) for fact in self._facts.values()) or "nothing at all"
        raise Unknown(f"nothing is known of {key!r}; what came of the request is\n  {known}")

    def __iter__(self) -> Iterator[Key]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return "Outcomes(" + ", ".join(str(fact) for fact in self._facts.values()) + ")"


class Exchange(ExchangeReport, frozen=True):
    """One request and its answer; as a string, it is explained."""

    @property
    def outcomes(self) -> Outcomes:
        """What came of each resource and property; of a request refused as a whole, that."""
        return Outcomes([*([self.refused] if self.refused is not None else []), *self.facts])

    def __str__(self) -> str:
        return as_text(self)


class _Page(msgspec.Struct):
    entries: list[Exchange]
    dropped: int


class Journal:
    """The journal of a space, by number, counted from 1."""

    def __init__(self, api: AdminApi, space: str) -> None:
        self._api, self._space = api, space

    def _page(self, **query: object) -> _Page:
        content = self._api("GET", "spaces", self._space, "journal", **query)
        return cast("_Page", decode.to_type(msgspec.json.decode(content), _Page))

    def entries(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        scenario: str | None = None,
        since: int | None = None,
    ) -> list[Exchange]:
        """List the exchanges that are so: of a method, a path, a status, with a number above ``since``.

        A path may end in ``*`` for all that begin so; a status is the answer's or that of any action.
        """
        return self._page(method=method, path=path, status=status, scenario=scenario, since=since).entries

    def wait(
        self,
        count: int = 1,
        timeout: float = 5.0,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        scenario: str | None = None,
        since: int | None = None,
    ) -> list[Exchange]:
        """Wait until so many such exchanges are there; raises TimeoutError after ``timeout`` seconds, at most 60."""
        page = self._page(
            wait=f"{max(0, int(timeout * 1000))}ms",
            count=count,
            method=method,
            path=path,
            status=status,
            scenario=scenario,
            since=since,
        )
        if len(page.entries) < count:
            there = "".join(f"\n  {each.number}: {each.method} {each.path} {each.status}" for each in self.entries())
            raise TimeoutError(
                f"after {timeout} s there are {len(page.entries)} of {count} such exchanges; "
                f"all that was asked is{there or ' nothing'}"
            )
        return page.entries

    @property
    def dropped(self) -> int:
        """How many exchanges had to make room for later ones."""
        return self._page(newest=0).dropped

    @property
    def last(self) -> Exchange:
        """The latest exchange; raises LookupError if there was none."""
        entries = self._page(newest=1).entries
        if not entries:
            raise LookupError(f"nothing was asked of the space {self._space!r} yet")
        return entries[-1]

    def __getitem__(self, number: int) -> Exchange:
        content = self._api("GET", "spaces", self._space, "journal", str(number))
        return cast("Exchange", decode.to_type(msgspec.json.decode(content), Exchange))

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())

    def clear(self) -> None:
        """Forget all exchanges, and count from 1 again."""
        self._api("DELETE", "spaces", self._space, "journal")

    def __str__(self) -> str:
        return "\n".join(map(str, self))
