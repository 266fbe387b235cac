"""A space, as a test uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dav424.testing.admin import AdminApi, AdminError
from dav424.testing.journal import Journal

__all__ = ["AdminError", "Space"]


class Space:
    """A copy of a scenario for one test. ``url`` is its root, with a slash at the end (default: by the space's name).

    The methods call the admin API; they raise ``AdminError`` if it refuses the call.
    """

    def __init__(self, api: AdminApi, name: str, scenario: str, url: str = "") -> None:
        self._api = api
        self.name, self.scenario = name, scenario
        self.url = url or f"{api.url}s/{name}/{scenario}/"
        self.journal = Journal(api, name)

    def __repr__(self) -> str:
        return f"Space({self.url!r})"

    def _call(self, method: str, *path: str, body: object = None, scenario: bool = False) -> Any:
        query = {"scenario": self.scenario} if scenario else {}
        content = self._api(method, "spaces", self.name, *path, body=body, **query)
        return self._api.decode(content)

    def user(self, name: str = "") -> str:
        """Give the user name that selects this space, for a client whose URL can't name it."""
        return f"s+{self.name}+{name}" if name else f"s+{self.name}"

    def reset(self) -> None:
        """Reset the space to its initial state: tree, causes, counters, clock and journal."""
        self._call("POST", "reset")

    def remove(self) -> None:
        """Remove the space from the server."""
        self._call("DELETE")

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
