"""The collection in which one case works, and the steps that cases share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

from dav424.probe.bodies import XML, event, lockinfo, update
from dav424.probe.client import ProbeClient
from dav424.probe.exchange import Probed
from dav424.probe.state import Looked, look
from dav424.probe.verdict import unsupported, untested

_TOKEN = re.compile(rb"<(?:[\w.-]*:)?locktoken\b[^>]*>\s*<(?:[\w.-]*:)?href\b[^>]*>\s*([^<\s]+)")
_NO_DEPTH = re.compile(rb"<(?:[\w.-]*:)?depth\b[^>]*>\s*0\s*<")
_EXCLUSIVE = re.compile(rb"<(?:[\w.-]*:)?lockscope\b[^>]*>\s*<(?:[\w.-]*:)?exclusive\b")
NO_METHOD = {404, 405, 415, 501}
"""Statuses that say that the server has no such method here."""


class Place:
    """A new, empty collection. ``base`` is its path, with a slash at the end.

    In one of calendars (``holds_events``) the documents are events, and there are no collections inside. With ``keeps``, the
    request that is judged is not sent, but raises ``Prepared``. ``made`` are the collections that are removed at the end; a
    case adds those that it makes beside its own.
    """

    def __init__(self, client: ProbeClient, base: str, *, holds_events: bool, keeps: bool, made: list[str]) -> None:
        self.client, self.base, self.holds_events, self._keeps = client, base, holds_events, keeps
        self.made = made
        self.locks: list[tuple[str, str]] = []
        self.before: dict[str, Looked] = {}
        self.after: dict[str, Looked] = {}
        self.judged: Probed | None = None
        self._uids = count(1)

    def path(self, name: str) -> str:
        """Give the path of a member.

        In a calendar, that of a document ends as events do, and a collection stands beside it instead of in it.
        """
        if not self.holds_events:
            return self.base + name
        collection, slash, document = name.rpartition("/")
        base = f"{self.base.rstrip('/')}-{collection}/" if slash else self.base
        return base + (f"{document}.ics" if document else "")

    def absent(self, name: str) -> str:
        """Give the path of a collection that a request may make; it is removed at the end."""
        path = self.path(name)
        if self.holds_events:
            self.made.append(path)
        return path

    def subject(self) -> str:
        """Make the resource whose properties a case changes: a document, or the calendar itself."""
        return self.base if self.holds_events else self.document("f")

    def document(self, name: str, text: str = "one") -> str:
        """Put a document; gives its path. Raises ``NoVerdict`` if the server refuses it."""
        answer = self.put(self.path(name), text)
        if not answer.succeeded:
            raise untested(f"PUT of {name} is answered {answer.status}")
        return answer.path

    def put(self, path: str, text: str, headers: Mapping[str, str] | None = None, was: str = "") -> Probed:
        """Send a PUT of a text, or of an event whose summary it is; ``was`` is its path before it moved."""
        body, kind = (
            (event("-".join((was or path).split("/")[-2:]), text), "text/calendar")
            if self.holds_events
            else (text, "text/plain")
        )
        return self.client.send("PUT", path, body, {"Content-Type": kind, **(headers or {})})

    def collection(self, name: str) -> str:
        """Make a collection, or another calendar; gives its path. Raises ``NoVerdict`` if the server has none here."""
        if self.holds_events and "/" in name:
            raise unsupported("a calendar has no collections in it")
        method, path = ("MKCALENDAR" if self.holds_events else "MKCOL"), self.absent(f"{name}/")
        answer = self.client.send(method, path)
        if not answer.succeeded:
            raise untested(f"{method} of {name}/ is answered {answer.status}")
        return answer.path

    def lock(self, path: str, scope: str = "exclusive", depth: str = "0") -> Probed:
        """Send a LOCK; a lock that is granted is remembered, and removed at the end."""
        headers = {**XML, "Depth": depth, "Timeout": "Second-600"}
        answer = self.client.send("LOCK", path, lockinfo(scope), headers)
        token = lock_token(answer)
        if token:
            self.locks.append((path, token))
        return answer

    def locked(self, path: str, scope: str = "exclusive", depth: str = "0") -> str:
        """Lock a resource; gives the token. Raises ``NoVerdict`` if the server does not grant it."""
        answer = self.lock(path, scope, depth)
        token = lock_token(answer)
        if token and scope == "shared" and _EXCLUSIVE.search(answer.body):
            raise unsupported("the server grants an exclusive lock when a shared one is requested")
        if token:
            return token
        what = "LOCK" if scope == "exclusive" else "a shared LOCK"
        if answer.status in NO_METHOD or scope == "shared":
            raise unsupported(f"{what} is answered {answer.status}")
        raise untested(f"{what} is answered {answer.status}")

    def with_properties(self, path: str, *instructions: str) -> None:
        """Set properties of clients. Raises ``NoVerdict`` if the server does not take them."""
        answer = self.update(path, *instructions)
        if answer.status not in {200, 204, 207} or any(each.failed_itself for each in answer.facts.said):
            said = ", ".join(str(each.status) for each in answer.facts.said)
            why = f"PROPPATCH of a property of a client is answered {answer.status} {said}".rstrip()
            raise untested(why) if answer.status >= 500 and answer.status != 501 else unsupported(why)

    def update(self, path: str, *instructions: str, headers: Mapping[str, str] | None = None) -> Probed:
        """Send a PROPPATCH."""
        return self.client.send("PROPPATCH", path, update(*instructions), {**XML, **(headers or {})})

    def transfer(self, method: str, path: str, to: str, headers: Mapping[str, str] | None = None) -> Probed:
        """Send a COPY or a MOVE."""
        return self.client.send(
            method, path, headers={"Destination": self.client.access.origin + to, **(headers or {})}
        )

    def look(self, *paths: str) -> None:
        """Read the state before the request that is judged."""
        self.before = {path: look(self.client, path) for path in paths}
        self.client.holds = self._keeps

    def judge(self, answer: Probed) -> Probed:
        """Name the exchange that is judged, and read the state after it."""
        self.judged = answer
        self.after = {path: look(self.client, path) for path in self.before}
        return answer

    def shows(self, answer: Probed) -> Probed:
        """Name another exchange as the one that is judged, after the state was read."""
        self.judged = answer
        return answer

    def is_protected(self, path: str, text: str) -> bool:
        """Send a PUT without a token, and say whether it is refused; if not, it is the exchange that shows it."""
        answer = self.put(path, text)
        if answer.succeeded:
            self.judged = answer
        return not answer.succeeded

    def unlock(self, path: str, token: str) -> Probed:
        """Send an UNLOCK."""
        return self.client.send("UNLOCK", path, headers={"Lock-Token": f"<{token}>"})

    def release(self) -> None:
        """Remove the locks of the case, the latest first, whatever the server answers."""
        while self.locks:
            self.unlock(*self.locks.pop())


def lock_token(answer: Probed) -> str:
    """Give the token of a LOCK that was granted; empty for any other answer."""
    if not answer.succeeded:
        return ""
    header = answer.headers.get("lock-token", "").strip().strip("<>")
    found = _TOKEN.search(answer.body)
    return header or (found[1].decode() if found else "")


def locks_tree(answer: Probed) -> bool:
    """Say whether a lock that was granted is one of a tree; a lock whose depth is not told counts as one."""
    return not _NO_DEPTH.search(answer.body)
