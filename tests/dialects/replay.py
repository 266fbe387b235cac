"""What came before a captured request: the state that its case needs, made on our server by requests.

Documents and collections are made as RFC 4918 says, and locks are asked for in the dialect, which may refuse them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.client import Client
from tests.dialects.captures_reader import Capture

LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
EVENT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART:20240101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


class Replay:
    """Brings a server into the state before a captured request: ``plain`` answers as RFC 4918 says, ``spoken`` in the dialect."""

    def __init__(self, plain: Client, spoken: Client, capture: Capture) -> None:
        self._plain, self._spoken, self._capture = plain, spoken, capture
        self.token = ""
        """The token of the first lock that was granted."""

    def prepare(self) -> None:
        """Make the state of the case."""
        _CASES[self._capture.case](self)

    def headers(self) -> dict[str, str]:
        """The headers of the captured request, as they are on our server: another host and path, another token."""
        pairs = (each.partition(":") for each in self._capture.request.headers)
        headers = {name: value.strip() for name, _, value in pairs}
        if "Destination" in headers:
            headers["Destination"] = self._spoken.url.rstrip("/") + urlsplit(headers["Destination"]).path
        if "If" in headers and self.token:
            headers["If"] = f"(<{self.token}>)"
        return headers

    def make(self, path: str) -> None:
        """Make a collection, or a document, below collections that are made too."""
        parents = path.rstrip("/").split("/")[1:-1]
        for depth in range(len(parents)):
            self._plain("MKCOL", "/" + "/".join(parents[: depth + 1]) + "/")
        if path.endswith("/"):
            self._plain("MKCOL", path)
        else:
            self._plain(
                "PUT",
                path,
                EVENT.format(path) if path.endswith(".ics") else "content",
                {"Content-Type": "text/calendar" if path.endswith(".ics") else "text/plain"},
            )

    def lock(self, path: str, scope: str = "exclusive", depth: str = "0") -> None:
        """Ask for a lock."""
        headers = {"Depth": depth, "Content-Type": "application/xml", "Timeout": "Second-600"}
        answer = self._spoken("LOCK", path, LOCKINFO.format(scope), headers)
        found = re.search(rb"opaquelocktoken:[^<\s]+|urn:uuid:[^<\s]+", answer.body)
        if not self.token and answer.status in {200, 201} and found:
            self.token = found[0].decode()

    def target(self) -> None:
        self.make(self._capture.target)

    def locked_target(self) -> None:
        self.target()
        self.lock(self._capture.target)

    def parent(self) -> None:
        self.make(self._capture.target.rstrip("/").rpartition("/")[0] + "/")

    def folder(self, *members: str) -> str:
        """Make the collection of the case, with members; gives its path."""
        found = re.match(rf"/(?:.*?/)?{self._capture.case}\d+/", self._capture.target)
        assert found is not None, self._capture.name
        path = found[0]
        for member in members:
            self.make(path + member + (self._suffix if "." not in member and member[-1] != "/" else ""))
        return path

    @property
    def _suffix(self) -> str:
        return ".ics" if "/calendars/" in self._capture.target else ".txt"

    def lock_over(self, locked: str, scope: str) -> None:
        """A member is locked, and then the collection, unless that is the captured request."""
        path = self.folder("a", "b", *(["sub/g"] if "/" in locked else []))
        capture = self._capture
        if capture.method != "LOCK" or capture.target.endswith("/"):
            self.lock(path + locked + self._suffix, scope)
        if capture.method != "LOCK":
            self.lock(path, scope, "infinity")

    def member(self, locked: str) -> None:
        path = self.folder("a", "b", "m/")
        self.lock(path + locked + self._suffix)

    def copied(self) -> None:
        """The source is there, or what the captured PUT comes after: the destination with its locked member."""
        for path in {self.folder("a", "b"), "/i121/"}:
            for name in ("a", "b"):
                self.make(f"{path}{name}.txt")
        self.lock(self._capture.target if self._capture.method == "PUT" else "/i121/a.txt")


_CASES: dict[str, Callable[[Replay], None]] = {
    "a": Replay.target,
    "b": Replay.target,
    "c": Replay.locked_target,
    "d": Replay.target,
    "e": lambda replay: replay.lock_over("a", "exclusive"),
    "e2": lambda replay: replay.lock_over("sub/g", "exclusive"),
    "f": lambda replay: replay.lock_over("a", "shared"),
    "g": Replay.parent,
    "h": lambda replay: replay.member("b"),
    "i1": Replay.copied,
    "i2": lambda replay: replay.member("a"),
    "j": Replay.parent,
    "k": Replay.target,
}
