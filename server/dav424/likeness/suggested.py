"""What the answers of a server suggest for traits whose values are texts, numbers or statuses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from dav424.dialects.lock_elements import NAMES
from dav424.likeness.answer_text import body_text
from dav424.likeness.seen import SeenLook
from dav424.likeness.xml_features import empty_form, layout_of
from dav424.methods import METHODS
from dav424.probe.exchange import Probed

_D = "{DAV:}"
_DECLARATION = re.compile(r"\s*(<\?xml[^>]*\?>)")
_PROTOCOL = re.compile(r"HTTP/\d(?:\.\d)?")
_SECONDS = re.compile(r"Second-(\d+)(?:\.\d+)?")
_WISH = re.compile(rb"\r\nTimeout: ([^\r]*)\r\n", re.IGNORECASE)
_UNDECLARED = re.compile(r"Namespace prefix (\S+) (?:on|for) ")
_ANNOUNCED = ("X-MSDAVEXT", "DAV", "Allow", "MS-Author-Via", "Public", "DASL")
_MANNERS = {f"{_D}prop": "lock-manner", f"{_D}error": "error-manner", f"{_D}mkcol-response": "update-manner"}
"""The traits of the manner of whole documents, by the document element; a multistatus of a PROPPATCH is an update, too."""
_LAYOUTS = {"none": "none", "lines": "lines", "lines, indented": "indented"}
_EMPTY = {"one tag": "one-tag", "one tag with a space": "one-tag-with-space", "two tags": "two-tags"}
_MOST = 4
"""Values that are suggested for one trait: the most frequent ones."""


class Suggested:
    """What some looks at a server suggest. ``never_sent`` are the methods that no look has sent."""

    def __init__(self, seen: Iterable[SeenLook]) -> None:
        self._texts: dict[str, Counter[Any]] = {}
        self._statuses: dict[str, Counter[int]] = {}
        self._whole: dict[str, list[Mapping[str, Any]]] = {}
        for look in seen:
            for answer in look.exchanges:
                self._statuses.setdefault(answer.method, Counter())[answer.status] += 1
                self._read(answer)
        self.never_sent = frozenset(METHODS) - frozenset(self._statuses) if self._statuses else frozenset()

    def texts(self, trait: str) -> Sequence[Any]:
        """Give the values that are suggested for a trait, the most frequent first."""
        if trait in self._whole:
            return self._whole[trait]
        return [value for value, _ in self._texts.get(trait, Counter()).most_common(_MOST)]

    def statuses(self, method: str) -> Sequence[int]:
        """Give the statuses with which the server has answered to a method."""
        return [status for status, _ in self._statuses.get(method, Counter()).most_common()]

    def _add(self, trait: str, value: Any) -> None:
        self._texts.setdefault(trait, Counter())[value] += 1

    def _add_whole(self, trait: str, value: Mapping[str, Any]) -> None:
        known = self._whole.setdefault(trait, [])
        if value not in known:
            known.append(value)

    def _read(self, answer: Probed) -> None:
        if answer.method == "OPTIONS" and answer.status < 300:
            self._add_whole("options-headers", {name: answer.headers.get(name.lower(), "") for name in _ANNOUNCED})
        kind = answer.headers.get("content-type", "")
        text = body_text(answer) if "xml" in kind or answer.status == 207 else ""
        if not text:
            return
        self._add("xml-type", kind or "absent")
        phrase = answer.received.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2].partition(" ")[2].strip()
        if answer.status == 207 or not phrase:
            self._add("status-line", phrase or "absent")
        declaration = _DECLARATION.match(text)
        self._add("xml-declaration", declaration[1] if declaration else "")
        if found := _UNDECLARED.search(answer.xml_error):
            self._add("undeclared-prefix", found[1])
        self._read_elements(answer, text)

    def _read_elements(self, answer: Probed, text: str) -> None:
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
        root = etree.fromstring(text.encode(), parser)
        if root is None:
            return
        trait = (
            "update-manner" if answer.method == "PROPPATCH" and answer.status == 207 else _MANNERS.get(str(root.tag))
        )
        if trait is not None:
            self._add_whole(trait, _manner(answer.headers.get("content-type", ""), text, root))
        for element in root.iter(etree.Element):
            parent = element.getparent()
            in_prop = parent is not None and parent.tag == f"{_D}prop"
            if not str(element.tag).startswith(_D):
                if in_prop:
                    self._add("property-prefixes", element.prefix or "")
            else:
                self._add("dav-property-prefix" if in_prop else "dav-prefix", element.prefix or "")
            said = (element.text or "").strip()
            if element.tag == f"{_D}status" and (protocol := _PROTOCOL.match(said)):
                self._add("status-protocol", protocol[0])
            if element.tag == f"{_D}activelock":
                names = [str(each.tag).removeprefix(_D) for each in element.iterchildren(*map(_D.__add__, NAMES))]
                self._add("lock-order", " ".join(names))
            if element.tag == f"{_D}timeout" and answer.method == "LOCK":
                self._read_timeout(answer, said)

    def _read_timeout(self, answer: Probed, timeout: str) -> None:
        """Read how long a lock lasts; some seconds have passed since it was granted."""
        found = _SECONDS.search(timeout)
        seconds = -(-(int(found[1])) // 10) * 10 if found else 0
        if seconds:
            self._add("lock-timeout", seconds)
            self._add("longest-lock", seconds)
        wish = _WISH.search(answer.sent)
        if wish is None or wish[1].lower() == b"infinite":
            self._add("default-lock" if wish is None else "endless-lock", seconds or "infinite")


def _manner(kind: str, text: str, root: etree._Element) -> Mapping[str, Any]:
    """Say how a document is written, as the traits of the manner say it."""
    declaration = _DECLARATION.match(text)
    found = {
        "xml-declaration": declaration[1] if declaration else "",
        "white-space": _LAYOUTS.get(layout_of(root)),
        "empty-elements": _EMPTY.get(empty_form(text)),
        "xml-type": kind or None,
    }
    return {key: value for key, value in found.items() if value is not None}
