"""The statuses that the body of an answer reports, for resources, properties and the requests in a batch.

A multistatus, an mkcol-response and a DAV:error are XML. The answer to a batch is JSON or multipart, and each
of its entries can have one of these as its body. Each kind of body has one line in ``_READERS``.
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

from dav424.core.namespaces import DAV, SABRE

_TO_URL_ALPHABET = str.maketrans("+/", "-_")
_OF_ANOTHER_FORM = (etree.XMLSyntaxError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What the readers raise for a body that no answer of this server has."""
_ORIGIN = re.compile(r"^https?://[^/]*", re.IGNORECASE)
_FAILED = re.compile(r'<([^>]*)>; rel="urn:dav424:failed-dependency"; status=([0-9]{3})')


class ReportedStatus(Struct, frozen=True):
    """A status that an answer reports for one resource, one ``property``, or one request in a batch, by its ``id``.

    A status inside the answer to a request in a batch has the id of that request too. ``href`` is decoded and
    starts at the scenario's root. ``xml`` is the element of the property. ``because`` lists the failures that a 424
    in a batch names: the id, empty if the failure is no request, and the status. ``roots`` are the statuses of
    those failures that name no other failure.
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
        """Write it in a line, such as ``/report.txt {DAV:}getetag: 403``."""
        names = (f"request {self.id}" if self.id is not None else "", self.href, self.property or "")
        subject = " ".join(filter(None, names))
        return f"{subject}: {self.status}" + (f" {self.condition}" if self.condition else "")


Read = tuple[str | None, tuple[ReportedStatus, ...]]
"""The condition of the whole answer, and the statuses that its body reports."""


def read_body(content_type: str, body: bytes, base: str, path: str) -> Read:
    """Read a body; ``base`` is the path of the scenario in URLs, ``path`` that of the request, from the scenario's root.

    A body in another form reports nothing: it can be a document that a client has stored.
    """
    kind = content_type.partition(";")[0].strip().lower()
    reader = next((reader for ending, reader in _READERS.items() if kind.endswith(ending)), None)
    try:
        return reader(content_type, body, base, path) if reader and body else (None, ())
    except _OF_ANOTHER_FORM:
        return None, ()


def read_json(body: bytes) -> Any:
    """Read JSON; None for a body that is not JSON, or is nested too deep."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def request_ids(body: bytes) -> list[str]:
    """List the ids of the requests in a JSON batch; none for any other body."""
    data = read_json(body)
    requests = data.get("requests") if isinstance(data, dict) else None
    if not isinstance(requests, list):
        return []
    return [str(request.get("id")) for request in requests if isinstance(request, dict)]


def _read_xml(_: str, body: bytes, base: str, path: str) -> Read:
    root = _parse(body)
    if root.tag == f"{DAV}error":
        return _condition(root), ()
    if root.tag == f"{DAV}multistatus":
        return None, tuple(entry for response in root.findall(f"{DAV}response") for entry in _response(response, base))
    return None, tuple(_propstats(root, unquote(path))) if root.tag == f"{DAV}mkcol-response" else ()


def _parse(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _read_problem(kind: str, body: bytes, base: str, path: str) -> Read:
    """Read a problem (RFC 9457): the resources through which a 424 came, and its causes."""
    data = read_json(body)
    if not isinstance(data, dict) or "responses" in data:
        return _read_batch(kind, body, base, path)
    through = [
        ReportedStatus(_decoded(entry["href"], base), None, entry["status"], description=data["detail"])
        for entry in data.get("through", ())
    ]
    causes = [
        ReportedStatus(
            _decoded(cause["href"], base), None, cause["status"], description=f"{cause['detail']} {cause['cure']}"
        )
        for cause in data.get("causes", ())
    ]
    return None, (*through, *causes)


def read_links(headers: Mapping[str, str], base: str) -> tuple[ReportedStatus, ...]:
    """Read the ``Link`` header, which names the failed resources."""
    links = _FAILED.findall(headers.get("Link", ""))
    return tuple(ReportedStatus(_decoded(href, base), None, int(status)) for href, status in links)


def _decoded(href: str, base: str) -> str:
    """Decode an href; that of a resource starts at the scenario's root, be it a path or a URL."""
    return unquote(_ORIGIN.sub("", href)).removeprefix(base) or "/"


def _read_batch(_: str, body: bytes, base: str, __: str) -> Read:
    data = read_json(body)
    responses = data.get("responses") if isinstance(data, dict) else None
    if not isinstance(responses, list):
        return None, ()
    return None, tuple(entry for response in responses for entry in _batch_response(response, base))


def _batch_response(response: Mapping[str, Any], base: str) -> Iterator[ReportedStatus]:
    """Read the response to one request in a batch: its status, and the statuses that its own body reports."""
    name, status, body = str(response["id"]), int(response["status"]), response.get("body")
    headers = response.get("headers", {})
    kind = _content_type(headers)
    if isinstance(body, dict):
        error = body["error"] if isinstance(body.get("error"), dict) else body
        inner = error.get("innerError") or {}
        chain = body.get("because") or inner.get("because") or []
        description = str(body.get("detail") or error.get("message") or "")
        because, roots = tuple(_because(chain)), tuple(_roots(chain))
        condition = inner.get("condition")
        yield ReportedStatus("", None, status, condition, description, id=name, because=because, roots=roots)
        return
    yield from _inside(name, status, kind, _content(headers, kind, body), base)


def _content_type(headers: Mapping[str, str]) -> str:
    return next((value for header, value in headers.items() if header.lower() == "content-type"), "")


def _content(headers: Mapping[str, str], kind: str, body: object) -> bytes:
    """Give the bytes of a string in a JSON batch: base64 of either alphabet (RFC 4648), or plain text.

    OData writes plain text. Microsoft Graph, which names headers as HTTP does, writes it in base64 too.
    """
    text = body if isinstance(body, str) else ""
    if "<" in text or (kind.startswith("text/") and "Content-Type" not in headers):
        return text.encode()
    try:
        decoded = base64.urlsafe_b64decode(f"{text}===".translate(_TO_URL_ALPHABET))
    except ValueError:
        decoded = None
    return text.encode() if decoded is None else decoded


def encoded_bodies(body: bytes) -> Iterator[tuple[str, str]]:
    """Give the id and the text of each response in a JSON batch whose body is a text in base64."""
    data = read_json(body)
    responses = data.get("responses") if isinstance(data, dict) else None
    for response in responses if isinstance(responses, list) else []:
        try:
            name, headers, encoded = str(response["id"]), response.get("headers", {}), response.get("body")
            content = _content(headers, _content_type(headers), encoded)
        except _OF_ANOTHER_FORM:
            continue  # an entry of a document that a client has stored
        if isinstance(encoded, str) and content != encoded.encode():
            yield name, content.decode(errors="replace").rstrip()


def description(content_type: str, body: bytes) -> str:
    """Give the sentence in which the body of a response describes its status; empty if it has none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return body.decode(errors="replace").strip()
    if kind.endswith("json"):
        data = read_json(body)
        error = data.get("error") if isinstance(data, dict) else None
        found = (
            error.get("message") if isinstance(error, dict) else data.get("detail") if isinstance(data, dict) else ""
        )
        return str(found or "")
    if not kind.endswith("xml") or not body:
        return ""
    try:
        root = _parse(body)
    except etree.XMLSyntaxError:
        return ""
    return root.findtext(".//{*}message") or "" if root.tag == f"{DAV}error" else ""


def _inside(name: str, status: int, kind: str, content: bytes, base: str) -> Iterator[ReportedStatus]:
    condition, entries = read_body(kind, content, base, "") if kind.partition(";")[0].endswith("xml") else (None, ())
    yield ReportedStatus("", None, status, condition, description(kind, content), id=name)
    yield from (replace(entry, id=name) for entry in entries)


def _because(chain: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for failure in chain:
        yield str(failure.get("id", "")), int(failure["status"])
        yield from _because(failure.get("because", []))


def _roots(chain: list[dict[str, Any]]) -> Iterator[int]:
    for failure in chain:
        if failure.get("because"):
            yield from _roots(failure["because"])
        elif not failure.get("abridged"):
            yield int(failure["status"])


def _read_multipart(content_type: str, body: bytes, base: str, _: str) -> Read:
    message = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return None, tuple(_parts(message, "", base))


def _parts(message: Message, prefix: str, base: str) -> Iterator[ReportedStatus]:
    """Read the parts of a multipart answer; their ids are their positions: 2.1 is the first part in the second."""
    for number, part in enumerate(message.get_payload(), 1):
        position = f"{prefix}{number}"
        if not isinstance(part, Message):
            raise TypeError("the body has no parts")
        if part.is_multipart():
            yield from _parts(part, f"{position}.", base)
        else:
            line, _, rest = _payload(part).partition(b"\n")
            inner = email.message_from_bytes(rest)
            yield from _inside(position, int(line.split()[1]), inner.get("Content-Type", ""), _payload(inner), base)


def _payload(message: Message) -> bytes:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes), "a message that isn't multipart has bytes in it"
    return payload


_READERS: Mapping[str, Callable[[str, bytes, str, str], Read]] = {
    "xml": _read_xml,
    "problem+json": _read_problem,
    "json": _read_batch,
    "multipart/mixed": _read_multipart,
}
"""The readers of bodies, by the end of the media type."""


def _response(response: etree._Element, base: str) -> list[ReportedStatus]:
    href = _decoded((response.findtext(f"{DAV}href") or "").strip(), base)
    if response.find(f"{DAV}status") is None:
        return _propstats(response, href)
    description = response.findtext(f"{DAV}responsedescription") or ""
    return [ReportedStatus(href, None, _status(response), _condition(response.find(f"{DAV}error")), description)]


def _propstats(parent: etree._Element, href: str) -> list[ReportedStatus]:
    entries = []
    for propstat in parent.findall(f"{DAV}propstat"):
        condition = _condition(propstat.find(f"{DAV}error"))
        description = propstat.findtext(f"{DAV}responsedescription") or ""
        for prop in propstat.iterfind(f"{DAV}prop/*"):
            xml = etree.tostring(prop, encoding="unicode", with_tail=False)
            entries.append(ReportedStatus(href, str(prop.tag), _status(propstat), condition, description, xml))
    return entries


def _status(parent: etree._Element) -> int:
    return int((parent.findtext(f"{DAV}status") or "HTTP/1.1 0").split()[1])


def _condition(error: etree._Element | None) -> str | None:
    """Give the name of the first condition code; elements that sabre/dav adds beside them are none."""
    tags = [str(child.tag) for child in error if not str(child.tag).startswith(SABRE)] if error is not None else []
    return tags[0] if tags else None
