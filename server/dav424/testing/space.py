"""A space from a test's side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dav424.testing.admin import AdminApi, AdminError
from dav424.testing.journal import Journal

__all__ = ["AdminError", "Space"]


class Space:
    """A copy of a scenario that nobody else uses. ``url`` is its root, with a slash at the end.

    All that is asked of it but through ``url`` goes over the admin API; what that refuses is raised as
    ``AdminError``.
    """

    def __init__(self, api: AdminApi, name: str, scenario: str) -> None:
        self._api = api
        self.name, self.scenario = name, scenario
        self.url = f"{api.url}s/{name}/{scenario}/"
        self.journal = Journal(api, name)

    def __repr__(self) -> str:
        return f"Space({self.url!r})"

    def _call(self, method: str, *path: str, body: object = None, scenario: bool = False) -> Any:
        query = {"scenario": self.scenario} if scenario else {}
        content = self._api(method, "spaces", self.name, *path, body=body, **query)
        return self._api.decode(content)

    def user(self, name: str = "") -> str:
        """Give the user name that carries this space, for a client that can't be given its URL."""
        return f"s+{self.name}+{name}" if name else f"s+{self.name}"

    def reset(self) -> None:
        """Put everything back to the beginning: tree, causes, counters, clock and journal."""
        self._call("POST", "reset")

    def remove(self) -> None:
        """Remove the space from the server."""
        self._call("DELETE")

    def snapshot(self) -> str:
        """Keep tree, causes, counters and clock; gives the name to restore them by."""
        return str(self._call("POST", "snapshots")["snapshot"])

    def restore(self, snapshot: str) -> None:
        """Put back what a snapshot kept."""
        self._call("POST", "restore", body={"snapshot": snapshot})

    @property
    def now(self) -> datetime:
        """The time of its clock, which stands still."""
        return datetime.fromisoformat(self._call("GET", "clock")["now"])

    def advance(self, by: timedelta | float) -> datetime:
        """Let time pass: a timedelta, or seconds. Gives what time it is then."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        return datetime.fromisoformat(self._call("POST", "clock", body={"advance": seconds})["now"])

    @property
    def causes(self) -> dict[str, dict[str, Any]]:
        """What is in the way, by id, the protection that the RFCs demand included."""
        found = self._call("GET", "causes", scenario=True)["causes"]
        return {cause["id"]: cause for cause in found}

    @property
    def counts(self) -> dict[str, int]:
        """How often each cause was met so far, by id."""
        return dict(self._call("GET", "causes", scenario=True)["counts"])

    def put_cause(self, id: str, kind: str, **settings: object) -> None:  # noqa: A002 - as in scenario files
        """Put something in the way, as scenario files have it: ``put_cause("disk", "store-fails", times=2)``."""
        body = {"kind": kind, **{name.replace("_", "-"): value for name, value in settings.items()}}
        self._call("PUT", "causes", id, body=body, scenario=True)

    def remove_cause(self, id: str) -> None:  # noqa: A002 - as above
        """Take a cause away."""
        self._call("DELETE", "causes", id, scenario=True)

    def cure(self) -> None:
        """Apply the scenario's own cure."""
        self._call("POST", "cure", scenario=True)

    @property
    def tree(self) -> dict[str, dict[str, Any]]:
        """All resources by path, collections with a slash at the end: what is really stored."""
        return dict(self._call("GET", "tree", scenario=True)["resources"])

    def set_tree(self, resources: Mapping[str, Mapping[str, Any]]) -> None:
        """Put other resources in the place of all that there are, written as in scenario files."""
        self._call("PUT", "tree", body={"resources": resources}, scenario=True)
