"""A space, as a test uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dav424.testing.admin import AdminApi, AdminError, hide
from dav424.testing.journal import Journal

__all__ = ["AdminError", "Space"]
__tracebackhide__ = hide


class RecordedCall(Struct, frozen=True):
    """A call of the admin API that changed a space.

    It came ``after`` the exchange with this number, and sent those up to the number ``sent``: the requests of a cure.
    ``clears`` counts how often the journal was cleared before, since then the numbers begin anew. ``scenario`` is in the query.
    """

    method: str
    path: tuple[str, ...]
    body: Any
    scenario: str = ""
    after: int = 0
    sent: int = 0
    clears: int = 0


class Space:
    """A copy of a scenario for one test. ``url`` is its root, with a slash at the end (default: by the space's name).

    The methods call the admin API; they raise ``AdminError`` if it refuses the call.
    """

    name: str
    """The name of the space."""
    scenario: str
    """The name of its scenario."""
    url: str
    """The URL of the scenario in the space, with a slash at the end."""
    journal: Journal
    """The requests that the space received."""

    made_of: Mapping[str, Any]
    """What the space was made of: the scenario, and the causes, the tree and the users of its own."""

    def __init__(self, api: AdminApi, name: str, scenario: str, url: str = "") -> None:
        self._api = api
        self.name, self.scenario = name, scenario
        self.url = url or f"{api.url}s/{name}/{scenario}/"
        self.journal = Journal(api, name)
        self.made_of = {"scenario": scenario}
        self._recorded: list[RecordedCall] | None = None

    def __repr__(self) -> str:
        return f"Space({self.url!r})"

    def _call(self, method: str, *path: str, body: object = None, scenario: bool = False) -> Any:
        query = {"scenario": self.scenario} if scenario else {}
        recorded = self._recorded if method != "GET" else None
        after = self.journal.newest if recorded is not None else 0
        try:
            content = self._api(method, "spaces", self.name, *path, body=body, **query)
        finally:
            if recorded is not None:
                sent = self.journal.newest if path == ("cure",) else after
                recorded.append(
                    RecordedCall(method, path, body, query.get("scenario", ""), after, sent, self.journal.clears)
                )
        return self._api.decode(content)

    def record(self) -> None:
        """Record from now on the calls that change the space, for a report that tells how to make it anew."""
        self._recorded = []

    @property
    def recorded(self) -> list[RecordedCall]:
        """The recorded calls, in their order; those before the journal was cleared come before its first exchange."""
        clears = self.journal.clears
        return [call if call.clears == clears else replace(call, after=0, sent=0) for call in self._recorded or ()]

    def user(self, name: str = "", *, dialect: str = "") -> str:
        """Give the user name that selects this space, and a dialect if one is given, for a client whose URL can't name them."""
        space = f"{self.name}~{dialect}" if dialect else self.name
        return f"s+{space}+{name}" if name else f"s+{space}"

    def url_in(self, dialect: str) -> str:
        """Give the URL of the scenario at which this space answers in a dialect, with its faults if ``!`` stands behind its name."""
        return f"{self._api.url}s/{self.name}~{dialect}/{self.scenario}/"

    def reset(self) -> None:
        """Reset the space to its initial state: tree, causes, counters, clock and journal."""
        self._call("POST", "reset")
        if self._recorded is not None:
            self._recorded.clear()

    def remove(self) -> None:
        """Remove the space from the server."""
        self._api("DELETE", "spaces", self.name)

    def keep(self, seconds: float | None) -> None:
        """Let the server delete the space after these seconds without a request; None stands for never."""
        self._api("POST", "spaces", self.name, "expiry", body={"expires-in": seconds})

    def snapshot(self) -> str:
        """Save tree, causes, counters and clock; gives the name of the snapshot."""
        return str(self._call("POST", "snapshots")["snapshot"])

    def restore(self, snapshot: str) -> None:
        """Restore a snapshot."""
        self._call("POST", "restore", body={"snapshot": snapshot})

    @property
    def now(self) -> datetime:
        """The time of the space's clock, which stands still until ``advance``."""
        return datetime.fromisoformat(self._call("GET", "clock")["now"])

    def advance(self, by: timedelta | float) -> datetime:
        """Advance the clock by a timedelta or by seconds; gives the new time."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        return datetime.fromisoformat(self._call("POST", "clock", body={"advance": seconds})["now"])

    @property
    def causes(self) -> dict[str, dict[str, Any]]:
        """The causes by id, including the protected properties that the RFCs require."""
        causes = self._call("GET", "causes", scenario=True)["causes"]
        return {cause["id"]: cause for cause in causes}

    @property
    def counts(self) -> dict[str, int]:
        """The number of attempts that each cause counted so far, by id."""
        return dict(self._call("GET", "causes", scenario=True)["counts"])

    def put_cause(self, id: str, kind: str, **settings: object) -> None:  # noqa: A002 - as in scenario files
        """Add or replace a cause, written as in scenario files: ``put_cause("disk", "store-fails", times=2)``."""
        body = {"kind": kind, **{name.replace("_", "-"): value for name, value in settings.items()}}
        self._call("PUT", "causes", id, body=body, scenario=True)

    def remove_cause(self, id: str) -> None:  # noqa: A002 - as above
        """Remove a cause."""
        self._call("DELETE", "causes", id, scenario=True)

    @property
    def faults(self) -> dict[str, dict[str, Any]]:
        """The faults by id."""
        return {fault["id"]: fault for fault in self._call("GET", "faults", scenario=True)["faults"]}

    def put_fault(self, id: str, kind: str, **settings: object) -> None:  # noqa: A002 - as in scenario files
        """Add or replace a fault, written as in scenario files: ``put_fault("late", "pause", milliseconds=300)``.

        A key that Python reserves gets an underscore behind it: ``with_="comments"``.
        """
        body = {"kind": kind, **{name.rstrip("_").replace("_", "-"): value for name, value in settings.items()}}
        self._call("PUT", "faults", id, body=body, scenario=True)

    def remove_fault(self, id: str) -> None:  # noqa: A002 - as above
        """Remove a fault."""
        self._call("DELETE", "faults", id, scenario=True)

    def cure(self) -> list[dict[str, Any]]:
        """Apply the cure of the scenario, and give its requests, which the server sent: name, status and so on.

        Raises ``AdminError`` if a request of the cure fails.
        """
        return list(self._call("POST", "cure", scenario=True)["requests"])

    @property
    def tree(self) -> dict[str, dict[str, Any]]:
        """All stored resources by path; the path of a collection ends in a slash."""
        return dict(self._call("GET", "tree", scenario=True)["resources"])

    def set_tree(self, resources: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace all resources; they are written as in scenario files."""
        self._call("PUT", "tree", body={"resources": resources}, scenario=True)

    def scenario_file(self) -> str:
        """Give the state now as a scenario file, whose head says what it does not have; see docs/admin.md."""
        return str(self._api("GET", "spaces", self.name, "scenario", scenario=self.scenario).decode())
