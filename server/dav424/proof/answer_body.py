"""What the body of an answer says of resources, properties and the requests of a batch.

A multistatus, an mkcol-response and a DAV:error are XML; the answer to a batch is JSON or multipart, with any of
these in it. A kind of body is one line in ``_READERS``.
"""

from __future__ import annotations

import base64
import email
import json
import re
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import Any
from urllib.parse import unquote

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from dav424.core.namespaces import DAV

_FAILED = re.compile(r'<([^>]*)>; rel="urn:dav424:failed-dependency"; status=([0-9]{3})')


class ReportedStatus(Struct, frozen=True):
    """What an answer says of one resource, of one ``property`` of it, or of one request of a batch, by its ``id``.

    What stands in the answer to such a request has its id, too. ``href`` is decoded and starts at the scenario's
    root. ``xml`` is a property's element. ``because`` is what a 424 of a batch names as failed: ids and
    statuses, without an id for what isn't a request; ``roots`` are the statuses of those that name nothing further.
    """

    href: str
    property: str | None
    status: int
    condition: str | None = None
    description: str = ""
    xml: str = ""
    id: str | None = None
    because: tuple[tuple[str, int], ...] = ()
    roots: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Say it in a line."""
        named = (f"request {self.id}" if self.id is not None else "", self.href, self.property or "")
        what = " ".join(each for each in named if each)
        return f"{what}: {self.status}" + (f" {self.condition}" if self.condition else "")


Read = tuple[str | None, tuple[ReportedStatus, ...]]
"""The condition of the whole answer, and all that it says of its parts."""


def read_body(content_type: str, body: bytes, base: str, path: str) -> Read:
    """Read a body; ``base`` is the path of the scenario in URLs, ``path`` what was asked for."""
    kind = content_type.partition(";")[0].strip().lower()
    reader = next((each for ending, each in _READERS.items() if kind.endswith(ending)), None)
    return reader(content_type, body, base, path) if reader and body else (None, ())


def read_json(body: bytes) -> Any:
    """Read JSON; None for what isn't any."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def asked(body: bytes) -> list[str]:
    """List the ids of the requests in a JSON batch; none for anything else."""
    data = read_json(body)
    requests = data.get("requests") if isinstance(data, dict) else None
    return [str(each.get("id")) for each in requests if isinstance(each, dict)] if isinstance(requests, list) else []


def _read_xml(_: str, body: bytes, base: str, path: str) -> Read:
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    if root.tag == f"{DAV}error":
        return _condition(root), ()
    if root.tag == f"{DAV}multistatus":
        return None, tuple(each for found in root.findall(f"{DAV}response") for each in _response(found, base))
    return None, tuple(_propstats(root, unquote(path))) if root.tag == f"{DAV}mkcol-response" else ()


def _read_problem(kind: str, body: bytes, base: str, path: str) -> Read:
    """Read what a problem says of what could not be done because of others, and of these."""
    data = read_json(body)
    if not isinstance(data, dict) or "responses" in data:
        return _read_batch(kind, body, base, path)
    through = [
        ReportedStatus(_decoded(each["href"], base), None, each["status"], description=data["detail"])
        for each in data.get("through", ())
    ]
    causes = [
        ReportedStatus(
            _decoded(each["href"], base), None, each["status"], description=f"{each['detail']} {each['cure']}"
        )
        for each in data.get("causes", ())
    ]
    return None, (*through, *causes)


def read_links(headers: Mapping[str, str], base: str) -> tuple[ReportedStatus, ...]:
    """Read the links to what failed."""
    found = _FAILED.findall(headers.get("Link", ""))
    return tuple(ReportedStatus(_decoded(href, base), None, int(status)) for href, status in found)


def _decoded(href: str, base: str) -> str:
    return unquote(href).removeprefix(base) or "/"


def _read_batch(_: str, body: bytes, base: str, __: str) -> Read:
    data = read_json(body)
    responses = data.get("responses") if isinstance(data, dict) else None
    if not isinstance(responses, list):
        return None, ()
    return None, tuple(said for each in responses for said in _part(each, base))


def _part(response: Mapping[str, Any], base: str) -> Iterator[ReportedStatus]:
    """Read a response object: what came of the request, and what its own body says."""
    name, status, body = str(response["id"]), int(response["status"]), response.get("body")
    kind = response.get("headers", {}).get("content-type", "")
    if isinstance(body, dict):
        error = body["error"] if isinstance(body.get("error"), dict) else body
        chain = body.get("because") or error.get("innerError", {}).get("because") or []
        description = str(body.get("detail") or error.get("message") or "")
        named, roots = tuple(_named(chain)), tuple(_roots(chain))
        yield ReportedStatus("", None, status, None, description, id=name, because=named, roots=roots)
        return
    text = body if isinstance(body, str) else ""
    content = text.encode() if kind.startswith("text/") else base64.urlsafe_b64decode(f"{text}===")
    yield from _inside(name, status, kind, content, base)


def _inside(name: str, status: int, kind: str, content: bytes, base: str) -> Iterator[ReportedStatus]:
    condition, said = read_body(kind, content, base, "") if kind.partition(";")[0].endswith("xml") else (None, ())
    yield ReportedStatus("", None, status, condition, id=name)
    yield from (replace(each, id=name) for each in said)


def _named(chain: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for each in chain:
        yield str(each.get("id", "")), int(each["status"])
        yield from _named(each.get("because", []))


def _roots(chain: list[dict[str, Any]]) -> Iterator[int]:
    for each in chain:
        if each.get("because"):
            yield from _roots(each["because"])
        elif not each.get("abridged"):
            yield int(each["status"])


def _read_multipart(content_type: str, body: bytes, base: str, _: str) -> Read:
    message = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return None, tuple(_parts(message, "", base))


def _parts(message: Message, place: str, base: str) -> Iterator[ReportedStatus]:
    """Read the parts of a multipart answer, which are named by their places: 2.1 is the first in the second."""
    for number, part in enumerate(message.get_payload(), 1):
        here = f"{place}{number}"
        assert isinstance(part, Message), "a multipart message has messages in it"
        if part.is_multipart():
            yield from _parts(part, f"{here}.", base)
        else:
            line, _, rest = _payload(part).partition(b"\n")
            inner = email.message_from_bytes(rest)
            yield from _inside(here, int(line.split()[1]), inner.get("Content-Type", ""), _payload(inner), base)


def _payload(message: Message) -> bytes:
    found = message.get_payload(decode=True)
    assert isinstance(found, bytes), "what isn't multipart has bytes in it"
    return found


_READERS: Mapping[str, Callable[[str, bytes, str, str], Read]] = {
    "xml": _read_xml,
    "problem+json": _read_problem,
    "json": _read_batch,
    "multipart/mixed": _read_multipart,
}
"""How bodies are read, by how their media types end."""


def _response(found: etree._Element, base: str) -> list[ReportedStatus]:
    href = _decoded((found.findtext(f"{DAV}href") or "").strip(), base)
    if found.find(f"{DAV}status") is None:
        return _propstats(found, href)
    description = found.findtext(f"{DAV}responsedescription") or ""
    return [ReportedStatus(href, None, _status(found), _condition(found.find(f"{DAV}error")), description)]


def _propstats(parent: etree._Element, href: str) -> list[ReportedStatus]:
    said = []
    for propstat in parent.findall(f"{DAV}propstat"):
        condition = _condition(propstat.find(f"{DAV}error"))
        description = propstat.findtext(f"{DAV}responsedescription") or ""
        for prop in propstat.iterfind(f"{DAV}prop/*"):
            xml = etree.tostring(prop, encoding="unicode", with_tail=False)
            said.append(ReportedStatus(href, str(prop.tag), _status(propstat), condition, description, xml))
    return said


def _status(parent: etree._Element) -> int:
    return int((parent.findtext(f"{DAV}status") or "HTTP/1.1 0").split()[1])


def _condition(error: etree._Element | None) -> str | None:
    return str(error[0].tag) if error is not None and len(error) else None
