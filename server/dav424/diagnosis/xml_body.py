"""Read XML answers in every spelling that servers use: multistatus, mkcol-response, DAV:error and lockdiscovery.

The elements are found by their names alone: prefixes, order, reason phrases and one propstat for each property or for
each status make no difference. The parser opens nothing, and refuses a document type declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from dav424.core.namespaces import CALDAV, DAV, SABRE
from dav424.diagnosis.pasted import PROPSTAT, RESPONSE, BodyFacts, SaidStatus, SaidThing, UnreadableText

_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": True,
    "remove_pis": True,
}
_DOCTYPE = re.compile(rb"(?:\s++|<\?[^>]*+>|<!--(?:[^-]|-(?!->))*+-->)*+<!DOCTYPE\s++([A-Za-z]*+)", re.IGNORECASE)
_STATUS = re.compile(r"\s*(?:HTTP/[0-9.]+\s+)?([1-5][0-9]{2})(?![0-9])")
_HTML_STATUS = re.compile(rb"<(?:title|h1)[^<>]*+>[^<0-9]{0,80}([45][0-9]{2})\b", re.IGNORECASE)
_HTML_TEXT = re.compile(rb"<(?:p|h1)[^<>]*+>([^<]{3,300})", re.IGNORECASE)


def is_html(body: bytes) -> bool:
    """Say whether a body that begins with ``<`` is an HTML page, as servers send them beside their errors."""
    start = body[:1000].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<title")) or b"<html" in start


def read_html(body: bytes) -> tuple[int | None, str]:
    """Give the status in the title of a page, if it has one, and its first sentence."""
    status, text = _HTML_STATUS.search(body[:20_000]), _HTML_TEXT.search(body[:20_000])
    sentence = " ".join(text[1].decode("utf-8", "replace").split()) if text else ""
    return (int(status[1]) if status else None), sentence


def read_xml(body: bytes) -> BodyFacts:
    """Read an XML body. Raises ``UnreadableText`` if it is malformed or has a document type declaration."""
    root = _parse(body)
    name = str(root.tag).rpartition("}")[2].rpartition(":")[2]
    if name == "multistatus":
        return _multistatus(root)
    if name in {"mkcol-response", "mkcalendar-response"}:
        said = tuple(_propstats(root, ""))
        return BodyFacts(shape=name, said=said, description=_text(root, "responsedescription"))
    if name == "error":
        condition, hrefs = _condition(root)
        return BodyFacts(
            shape="error", condition=condition, condition_hrefs=hrefs, description=_text(root, "message", anywhere=True)
        )
    if name == "prop" and root.find(".//{*}lockdiscovery") is not None:
        return BodyFacts(shape="lockdiscovery")
    return BodyFacts(shape="other XML")


def _parse(body: bytes) -> etree._Element:
    if _DOCTYPE.match(body):
        message = (
            "The XML has a document type declaration, which no answer of WebDAV has (RFC 4918 17). It is not read."
        )
        raise UnreadableText(message)
    problem = ""
    for encoding in (None, "utf-8"):  # the declaration can name the encoding that the text had on the wire
        parser = etree.XMLParser(encoding=encoding, recover=True, **_OPTIONS)
        root = etree.fromstring(body, parser)
        serious = [entry for entry in parser.error_log if entry.type != etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE]
        if root is not None and not serious:
            return root
        problem = problem or (f"{serious[0].message} (line {serious[0].line})" if serious else "there is no element")
    raise UnreadableText(f"The XML is malformed: {problem}. Paste the whole body, from its first < to its last >.")


def _name(tag: str) -> str:
    """Give the name of an element; a prefix that was not declared, as lighttpd has it, counts as one of DAV:."""
    prefix, colon, local = tag.rpartition(":")
    return f"{DAV}{local}" if colon and not tag.startswith("{") and prefix.upper() in {"D", "DAV"} else tag


def _multistatus(root: etree._Element) -> BodyFacts:
    said: list[SaidStatus] = []
    flaws: list[tuple[str, str]] = []
    hrefs: dict[str, int] = {}
    for response in root.iterfind("{*}response"):
        names = [_trim(href) for href in response.iterfind("{*}href")]
        href = names[0] if names else ""
        hrefs[href] = hrefs.get(href, 0) + 1
        own = [*_response(response, names)]
        if not own:
            flaws.append(
                (f"The response for {href or 'no href'} has neither a status nor a propstat.", "RFC 4918 14.24")
            )
        if response.find("{*}status") is not None and response.find("{*}propstat") is not None:
            flaws.append((f"The response for {href} has both a status and propstats.", "RFC 4918 14.24"))
        said += own
    outside = list(_propstats(root, ""))
    if outside:
        flaws.append(("A propstat stands outside of a response.", "RFC 4918 14.16"))
        said += outside
    flaws += [
        (f"{count} responses have the href {href}. An href may stand in one response only.", "RFC 4918 14.24")
        for href, count in hrefs.items()
        if count > 1 and href
    ]
    flaws += [
        (f"The status of {entry.thing} is no status line.", "RFC 4918 14.28") for entry in said if entry.status is None
    ][:10]
    shape = "multistatus" if root.find("{*}sync-token") is None else "sync-collection"
    return BodyFacts(shape=shape, said=tuple(said), description=_text(root, "responsedescription"), flaws=tuple(flaws))


def _response(response: etree._Element, names: list[str]) -> Iterator[SaidStatus]:
    status = response.find("{*}status")
    if status is not None:
        condition, hrefs = _condition_in(response)
        description = _text(response, "responsedescription")
        for href in names or [""]:
            yield SaidStatus(
                thing=SaidThing(href=href),
                status=_status(status),
                where=RESPONSE,
                condition=condition,
                condition_hrefs=hrefs,
                description=description,
            )
    yield from _propstats(response, names[0] if names else "")


def _propstats(parent: etree._Element, href: str) -> Iterator[SaidStatus]:
    general = _text(parent, "responsedescription")
    for propstat in parent.iterfind("{*}propstat"):
        status = propstat.find("{*}status")
        condition, hrefs = _condition_in(propstat)
        description = _text(propstat, "responsedescription") or general
        code = _status(status) if status is not None else None
        for property_ in propstat.iterfind("{*}prop/*"):
            if isinstance(property_.tag, str):
                yield SaidStatus(
                    thing=SaidThing(href=href, property=_name(property_.tag)),
                    status=code,
                    where=PROPSTAT,
                    condition=condition,
                    condition_hrefs=hrefs,
                    description=description,
                    has_value=len(property_) > 0 or bool((property_.text or "").strip()),
                )


def _condition_in(parent: etree._Element) -> tuple[str, tuple[str, ...]]:
    """Find the condition code; RFC 3253 and RFC 3744 put DAV:error into the responsedescription."""
    error = parent.find("{*}error")
    if error is None:
        error = parent.find("{*}responsedescription/{*}error")
    return _condition(error) if error is not None else ("", ())


def _condition(error: etree._Element) -> tuple[str, tuple[str, ...]]:
    """Give the first condition code of a known namespace, else the first, and the hrefs in it."""
    codes = [child for child in error if isinstance(child.tag, str) and not child.tag.startswith(SABRE)]
    known = [code for code in codes if code.tag.startswith((DAV, CALDAV, "{urn:ietf:"))]
    if not codes:
        return "", ()
    code = (known or codes)[0]
    return str(code.tag), tuple(_trim(href) for href in code.iterfind(".//{*}href"))


def _status(element: etree._Element) -> int | None:
    found = _STATUS.match(element.text or "")
    return int(found[1]) if found else None


def _text(parent: etree._Element, name: str, *, anywhere: bool = False) -> str:
    found = parent.find(f".//{{*}}{name}" if anywhere else f"{{*}}{name}")
    return " ".join("".join(map(str, found.itertext())).split())[:500] if found is not None else ""


def _trim(element: etree._Element) -> str:
    return (element.text or "").strip()
