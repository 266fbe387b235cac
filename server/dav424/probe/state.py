"""The state of a resource, as a client can read it: its properties, its locks and its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from lxml import etree
from msgspec import Struct

from dav424.core.namespaces import DAV
from dav424.diagnosis.pasted import RESPONSE
from dav424.probe.bodies import XML, propfind
from dav424.probe.client import ProbeClient
from dav424.probe.exchange import plain_path, same_path

ASKED = "D:getlastmodified D:creationdate D:displayname D:resourcetype D:getetag D:lockdiscovery X:A X:B X:C"

_GONE = {404, 410}


class Looked(Struct, frozen=True):
    """One resource. ``values`` are the properties that it has, as text; ``twice`` are those that it has more than once.

    ``content`` is None for a collection, and for a resource that is not there.
    """

    exists: bool
    values: Mapping[str, str]
    twice: tuple[str, ...]
    locks: tuple[str, ...]
    content: str | None

    def __str__(self) -> str:
        """Write it in a line."""
        if not self.exists:
            return "not there"
        shown = [f"{name.rpartition('}')[2]}={value!r}" for name, value in sorted(self.values.items())]
        locks = [f"{len(self.locks)} lock{'s'[: len(self.locks) != 1]}"] if self.locks else []
        content = [] if self.content is None else [f"content {self.content[:40]!r}"]
        return ", ".join([*shown, *locks, *content]) or "there"


def look(client: ProbeClient, path: str) -> Looked:
    """Read the state of a resource."""
    answer = client.send("PROPFIND", path, propfind(ASKED), {**XML, "Depth": "0"})
    if answer.status != 207 or any(
        each.where == RESPONSE and each.status in _GONE for each in answer.of_resource(path)
    ):
        return Looked(exists=False, values={}, twice=(), locks=(), content=None)
    values, twice, locks = _properties(answer.body, path)
    content = None
    if "collection" not in values.get(f"{DAV}resourcetype", "") and not path.endswith("/"):
        got = client.send("GET", path)
        content = got.body.decode("utf-8", "replace") if got.status == 200 else None
    return Looked(exists=True, values=values, twice=twice, locks=locks, content=content)


def locks_below(client: ProbeClient, path: str) -> Iterator[tuple[str, str]]:
    """List the locks in a collection, as paths with their tokens, however deep."""
    answer = client.send("PROPFIND", path, propfind("D:resourcetype D:lockdiscovery"), {**XML, "Depth": "1"})
    if answer.status != 207 or not answer.body:
        return
    for response in _parsed(answer.body).iterfind("{*}response"):
        href = (response.findtext("{*}href") or "").strip()
        member = urlsplit(href).path if "://" in href[:12] else href
        for token in response.iterfind(".//{*}locktoken/{*}href"):
            yield member, (token.text or "").strip()
        if response.find(".//{*}resourcetype/{*}collection") is not None and len(plain_path(member)) > len(
            plain_path(path)
        ):
            yield from locks_below(client, member)


def _parsed(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(body, parser)
    return etree.Element("none") if root is None else root


def _properties(body: bytes, path: str) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    responses = _parsed(body).findall("{*}response") if body else []
    values: dict[str, str] = {}
    twice: list[str] = []
    locks: list[str] = []
    for response in responses:
        href = (response.findtext("{*}href") or "").strip()
        if href and not same_path(href, path) and len(responses) > 1:
            continue
        for propstat in response.iterfind("{*}propstat"):
            if " 200" not in (propstat.findtext("{*}status") or ""):
                continue
            for property_ in propstat.iterfind("{*}prop/*"):
                name = str(property_.tag)
                if name == f"{DAV}lockdiscovery":
                    locks += [(each.text or "").strip() for each in property_.iterfind(".//{*}locktoken/{*}href")]
                    continue
                twice += [name] if name in values else []
                values[name] = _text(property_)
    return values, tuple(twice), tuple(locks)


def _text(element: etree._Element) -> str:
    """Give the text of a property, and the names of the elements in it."""
    names = [str(each.tag).rpartition("}")[2] for each in element.iterdescendants() if isinstance(each.tag, str)]
    return " ".join(["".join(map(str, element.itertext())).strip(), *names]).strip()
