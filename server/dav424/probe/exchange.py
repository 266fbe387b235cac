"""One request of the probe and its answer, with the bytes of both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote, urlsplit

from lxml import etree
from msgspec import Struct

from dav424.diagnosis import PastedAnswer, SaidStatus, UnreadableText
from dav424.diagnosis.pasted import BodyFacts
from dav424.diagnosis.read_answer import read_answer

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


class Probed(Struct, frozen=True, dict=True):
    """An exchange. ``sent`` has no secret: the value of Authorization is left out. Names of headers are lower-case."""

    method: str
    path: str
    sent: bytes
    received: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the status line alone says success; a 207 does not say so."""
        return 200 <= self.status < 300 and self.status != 207

    @cached_property
    def facts(self) -> BodyFacts:
        """What the body says; nothing if it can't be read."""
        try:
            return read_answer(PastedAnswer(status=self.status, headers=self.headers, body=self.body))
        except UnreadableText:
            return BodyFacts()

    @cached_property
    def xml_error(self) -> str:
        """Why the body is no well-formed XML with namespaces; empty if it is, or if it isn't meant to be XML."""
        is_xml = "xml" in self.headers.get("content-type", "") or self.status == 207
        if not is_xml or not self.body:
            return "the body is empty" if self.status == 207 else ""
        try:
            etree.fromstring(self.body, _PARSER)
        except etree.XMLSyntaxError as error:
            return str(error.msg)
        return ""

    def of_property(self, name: str) -> list[SaidStatus]:
        """List the statuses that the answer gives to a property."""
        return [each for each in self.facts.said if each.thing.property == name]

    def of_resource(self, path: str) -> list[SaidStatus]:
        """List the statuses that the answer gives to a resource; a slash at the end makes no difference."""
        return [each for each in self.facts.said if same_path(each.thing.href, path)]


def same_path(href: str, path: str) -> bool:
    """Say whether an href, a path or a URL, is that of a path."""
    return plain_path(href) == plain_path(path)


def plain_path(href: str) -> str:
    """Give the decoded path of an href, without a slash at its end; some servers begin a path with two."""
    path = urlsplit(href).path if "://" in href[:12] else href
    return "/" + unquote(path).strip("/")
