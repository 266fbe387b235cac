"""The bodies that the probe sends."""

from __future__ import annotations

import re
from collections.abc import Mapping

XML: Mapping[str, str] = {"Content-Type": "application/xml"}
NAMESPACE = "{urn:dav424:probe}"
A, B, C = f"{NAMESPACE}A", f"{NAMESPACE}B", f"{NAMESPACE}C"
"""Properties of clients."""
_PREFIXES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "X": "urn:dav424:probe"}
_EVENT = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//dav424//probe//EN",
    "BEGIN:VEVENT",
    "UID:{uid}",
    "DTSTAMP:20240101T000000Z",
    "DTSTART:20240101T000000Z",
    "DTEND:20240101T010000Z",
    "SUMMARY:{text}",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
)


def update(*instructions: str) -> str:
    """Write a PROPPATCH of instructions such as ``set X:A=1`` and ``remove X:A``."""
    parts = (_instruction(each) for each in instructions)
    return _document("D:propertyupdate", "".join(parts))


def declared_at_root(name: str, value: str) -> str:
    """Write a PROPPATCH of one property whose prefix is declared at the root; to XML, that means the same."""
    return _document("D:propertyupdate", f"<D:set><D:prop><{name}>{value}</{name}></D:prop></D:set>")


def creation(root: str, *instructions: str) -> str:
    """Write the body of MKCOL (``D:mkcol``) or MKCALENDAR (``C:mkcalendar``)."""
    properties = "".join(_element(each.removeprefix("set ")) for each in instructions)
    return _document(root, f"<D:set><D:prop>{properties}</D:prop></D:set>")


def lockinfo(scope: str) -> str:
    """Write the body of a LOCK: ``exclusive`` or ``shared``."""
    return _document(
        "D:lockinfo",
        f"<D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>dav424 probe</D:owner>",
    )


def propfind(names: str) -> str:
    """Write a PROPFIND of properties such as ``D:getetag X:A``."""
    return _document("D:propfind", f"<D:prop>{''.join(map(_element, names.split()))}</D:prop>")


def event(uid: str, text: str) -> str:
    """Write an event, for collections that hold no other document."""
    return "\r\n".join(_EVENT).format(uid=uid, text=text)


def clark(name: str) -> str:
    """Give the name of a property such as ``D:getetag`` in Clark notation."""
    prefix, _, local = name.partition(":")
    return f"{{{_PREFIXES[prefix]}}}{local}"


def _document(root: str, inside: str) -> str:
    """Write a body whose root declares its prefixes, but for those of properties: some servers read only own ones of them."""
    used = [prefix for prefix in _PREFIXES if re.search(rf"<{prefix}:[\w-]+[/>]", f"<{root}>{inside}")]
    declared = "".join(f' xmlns:{prefix}="{_PREFIXES[prefix]}"' for prefix in used)
    return f'<?xml version="1.0" encoding="utf-8"?><{root}{declared}>{inside}</{root}>'


def _instruction(text: str) -> str:
    verb, _, said = text.partition(" ")
    return f"<D:{verb}><D:prop>{_element(said)}</D:prop></D:{verb}>"


def _element(said: str) -> str:
    name, _, value = said.partition("=")
    prefix, _, _ = name.partition(":")
    start = f'{name} xmlns:{prefix}="{_PREFIXES[prefix]}"'
    return f"<{start}>{value}</{name}>" if value else f"<{start}/>"
