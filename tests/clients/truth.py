"""What is true: what the server answered, and what is in the tree, read by a client of our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from dav424.core.message import Response
from dav424.core.reason_phrases import reason
from dav424.proof.answer_body import ReportedStatus
from dav424.proof.play import Answer, read
from dav424.wire.framing import IncomingRequest
from tests.client import Client
from tests.trees import XML

READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND"})
_ALL = '<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:lockdiscovery/></D:include></D:propfind>'


@dataclass(frozen=True)
class Heard:
    """An answer on its way to the client."""

    method: str
    answer: Answer

    @property
    def failures(self) -> list[ReportedStatus]:
        """The failures inside it; that a resource lacks a property which a report asks for is none."""
        absent = HTTPStatus.NOT_FOUND if self.method == "REPORT" else None
        return [each for each in self.answer.failures if each.property is None or each.status != absent]

    @property
    def culprits(self) -> list[str]:
        """What failed for a reason of its own, by its own name; the whole request by its status."""
        if self.answer.reported:
            return [_name(each) for each in self.failures if each.status != HTTPStatus.FAILED_DEPENDENCY]
        return [str(self.answer.status)] if self.answer.status >= 400 else []

    def __str__(self) -> str:
        """Say it in a line, without what went well."""
        said = ", ".join(f"{_name(each)} {each.status}" for each in self.failures)
        return f"{self.method} {self.answer.status}" + (f": {said}" if said else "")


def _name(each: Any) -> str:
    return each.property.rpartition("}")[2] if each.property else each.href.rstrip("/").rpartition("/")[2]


class Ear:
    """Stands between the server and its application, and hears the answers to whatever writes."""

    def __init__(self, app: Callable[[IncomingRequest], Response]) -> None:
        self._app = app
        self.heard: list[Heard] = []

    def __call__(self, http: IncomingRequest) -> Response:
        """Hand everything through as it is."""
        response = self._app(http)
        if http.head.method not in READS:
            path = unquote(urlsplit(http.head.target).path)
            base = "/" + path.split("/")[1]
            answer = read(_Response(response), base, path.removeprefix(base))
            self.heard.append(Heard(http.head.method, answer))
        return response


@dataclass(frozen=True)
class _Response:
    """What ``read`` wants to know of an http.client.HTTPResponse."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def reason(self) -> str:
        return reason(self.response.status)

    def getheaders(self) -> list[tuple[str, str]]:
        return list(self.response.headers)

    def read(self) -> bytes:
        assert isinstance(self.response.body, bytes), "what writes is not answered by a stream"
        return self.response.body


@dataclass(frozen=True)
class Node:
    """A resource as anybody can see it; a collection has no content."""

    content: bytes | None
    properties: dict[str, str] = field(default_factory=dict)
    locked: bool = False


def tree(client: Client) -> dict[str, Node]:
    """Read everything there is, by path; of the properties those that somebody has set."""
    answer = client("PROPFIND", "/", _ALL, {**XML, "Depth": "infinity"})
    assert answer.status == 207, answer
    return dict(_node(client, response) for response in etree.fromstring(answer.body).iterfind("{DAV:}response"))


def _node(client: Client, response: etree._Element) -> tuple[str, Node]:
    href = response.findtext("{DAV:}href") or ""
    path = href.removeprefix(client.base)
    roots = [root.text for root in response.iterfind(".//{DAV:}lockroot/{DAV:}href")]
    found = response.iterfind("{DAV:}propstat/{DAV:}prop/*")
    kept = {str(each.tag): etree.tostring(each).decode() for each in found if not str(each.tag).startswith("{DAV:}")}
    content = None if path.endswith("/") else client("GET", path).body
    return unquote(path), Node(content, kept, href in roots)


def changes(before: dict[str, Node], after: dict[str, Node]) -> list[str]:
    """Say what has become different, in words, in the order of the paths."""
    words = []
    for path in sorted(before | after):
        old, new = before.get(path), after.get(path)
        if old is None or new is None:
            words.append(f"{'made' if old is None else 'removed'} {path}")
            continue
        if old.content != new.content:
            words.append(f"rewrote {path}")
        names = sorted(old.properties.items() ^ new.properties.items())
        words += [f"set {name} of {path}" for name in dict.fromkeys(tag.rpartition("}")[2] for tag, _ in names)]
        if old.locked != new.locked:
            words.append(f"{'locked' if new.locked else 'unlocked'} {path}")
    return words
