"""The journal of a space, read by a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

from dav424.core import decode
from dav424.core.paths import href
from dav424.journal.render import as_text
from dav424.journal.report import ActionResult, ExchangeReport, OutcomeName
from dav424.testing.admin import AdminApi, AdminError, hide

__tracebackhide__ = hide
Key = str | tuple[str, str]
_RANKS = {"done": 0, "failed-dependency": 1, "failed": 2}


class Unknown(KeyError):
    """The request had no action on this resource or property; the message lists the outcomes of the request."""

    def __str__(self) -> str:
        return str(self.args[0])


class Outcomes(Mapping[Key, ActionResult]):
    """The outcome of each resource, ``outcomes["a.txt"]``, and property, ``outcomes["a.txt", "{DAV:}getetag"]``.

    Paths start at the root of the scenario, with or without a slash at either end, percent-encoded or not. A request of a
    batch has its description instead, such as ``outcomes["request 1 (PUT a.txt)"]``, and a thing with a name has that:
    ``outcomes["request 1 (PUT a.txt)", "the condition"]``. Each has one outcome. Of several invitees, which are one
    property, an invitee that failed on its own takes precedence, then a 424; their names tell them apart.
    """

    def __init__(self, facts: list[ActionResult]) -> None:
        self._actions: dict[Key, ActionResult] = {}
        self._by_name: dict[Key, ActionResult] = {}
        for action in facts:
            path, thing = action.path.strip("/"), action.property or action.name
            key: Key = (path, thing) if thing else path
            known = self._actions.get(key)
            if known is None or _RANKS[action.outcome] >= _RANKS[known.outcome]:
                self._actions[key] = action
            self._by_name[path, action.name] = action

    def __getitem__(self, key: Key) -> ActionResult:
        path, name = key if isinstance(key, tuple) else (key, None)
        for spelling in (path.strip("/"), href(tuple(path.strip("/").split("/"))).strip("/")):
            named: Key = spelling if name is None else (spelling, name)
            action = self._actions.get(named) or self._by_name.get(named)
            if action is not None:
                return action
        outcomes = "".join(f"\n  {action}" for action in self._actions.values()) or "\n  none"
        raise Unknown(f"the request had no action on {key!r}; its outcomes are:{outcomes}")

    def __iter__(self) -> Iterator[Key]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def __repr__(self) -> str:
        return "Outcomes(" + ", ".join(map(str, self._actions.values())) + ")"


class Exchange(ExchangeReport, frozen=True):
    """One request and its response; ``str(exchange)`` explains them."""

    @property
    def outcomes(self) -> Outcomes:
        """The outcome of each resource and property; if the request was refused as a whole, the refusal."""
        return Outcomes([*([self.refused] if self.refused is not None else []), *self.facts])

    def __str__(self) -> str:
        return as_text(self)


class _Page(msgspec.Struct):
    entries: list[Exchange]
    dropped: int


class Journal:
    """The journal of a space: its exchanges by number, from 1."""

    clears = 0
    """How often ``clear`` was called."""

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
        outcome: OutcomeName | None = None,
        newest: int | None = None,
    ) -> list[Exchange]:
        """List the exchanges that match all arguments: those after number ``since``, and of them the ``newest`` ones.

        A path that ends in ``*`` matches every path that begins with it. A status matches that of the response, or that
        of any failed action; an outcome matches that of any resource, property or request of a batch.
        """
        return self._page(
            method=method, path=path, status=status, scenario=scenario, since=since, outcome=outcome, newest=newest
        ).entries

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
        outcome: OutcomeName | None = None,
    ) -> list[Exchange]:
        """Wait for ``count`` exchanges that match, as ``entries`` does; raises TimeoutError after ``timeout`` seconds (at most 60)."""
        page = self._page(
            wait=f"{max(0, int(timeout * 1000))}ms",
            count=count,
            method=method,
            path=path,
            status=status,
            scenario=scenario,
            since=since,
            outcome=outcome,
        )
        if len(page.entries) < count:
            known = "".join(
                f"\n  {entry.number}: {entry.method} {entry.path} {entry.status}" for entry in self.entries()
            )
            raise TimeoutError(
                f"{len(page.entries)} of {count} exchanges match after {timeout} s; "
                + (f"the journal has:{known}" if known else "the journal is empty")
            )
        return page.entries

    async def wait_async(
        self,
        count: int = 1,
        timeout: float = 5.0,  # noqa: ASYNC109 - as in wait
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        scenario: str | None = None,
        since: int | None = None,
        outcome: OutcomeName | None = None,
    ) -> list[Exchange]:
        """Wait as ``wait`` does, while the other tasks of the event loop of asyncio run."""
        import asyncio  # noqa: PLC0415 - most tests do without

        return await asyncio.to_thread(
            self.wait,
            count,
            timeout,
            method=method,
            path=path,
            status=status,
            scenario=scenario,
            since=since,
            outcome=outcome,
        )

    @property
    def dropped(self) -> int:
        """The number of exchanges that were deleted to make room for later ones."""
        return self._page(newest=0).dropped

    @property
    def last(self) -> Exchange:
        """The latest exchange; raises LookupError if the journal is empty."""
        entries = self._page(newest=1).entries
        if not entries:
            raise LookupError(
                f"the journal of the space {self._space!r} is empty: the server received no request for it"
            )
        return entries[-1]

    @property
    def newest(self) -> int:
        """The number of the latest exchange; 0 before the first one."""
        page = self._page(newest=1)
        return page.entries[-1].number if page.entries else page.dropped

    def __getitem__(self, number: int) -> Exchange:
        """Give an exchange by its number; -1 is the latest. Raises IndexError for a number that the journal lacks."""
        wanted = number if number >= 0 else self.newest + 1 + number
        try:
            content = self._api("GET", "spaces", self._space, "journal", str(wanted))
        except AdminError as error:
            if error.status not in (400, 404):
                raise
            numbers = [entry.number for entry in self.entries()]
            has = f"numbers {numbers[0]} to {numbers[-1]}" if numbers else "no exchange"
            raise IndexError(
                f"there is no exchange {number} in the journal of {self._space!r}, which has {has}"
            ) from None
        return cast("Exchange", decode.to_type(msgspec.json.decode(content), Exchange))

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())

    def clear(self) -> None:
        """Delete all exchanges; numbers start again at 1."""
        self._api("DELETE", "spaces", self._space, "journal")
        self.clears += 1

    def __str__(self) -> str:
        return "\n".join(map(str, self))
