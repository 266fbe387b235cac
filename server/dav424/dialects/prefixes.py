"""The prefixes of the properties in one document."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dav424.dialects.manner import Manner
from dav424.dialects.xml_tree import Declared, XmlElement

_NUMBER = re.compile(r"\d*$")
Named = dict[str, str]
"""Prefixes by namespace."""


class Prefixes:
    """Chooses the prefixes of properties; one that is counted up stays that of its namespace through the document."""

    def __init__(self, manner: Manner) -> None:
        self._of_dav = None if manner.of_properties == manner.undeclared else manner.of_properties
        self._template = manner.numbered or ""
        self._known = {namespace: prefix for prefix, namespace in manner.known.items() if prefix}
        found = _NUMBER.search(self._template)
        digits = found[0] if found else ""
        self._stem = self._template.removesuffix(digits)
        self._next = int(digits) if digits else None
        self._counted: Named = {}

    def of(self, properties: Iterable[XmlElement]) -> Named:
        """Give the prefixes that these properties get together, by namespace; none for those that keep their own."""
        named: Named = {}
        others = 0
        for namespace in dict.fromkeys(each.namespace for each in properties):
            if namespace == "DAV:":
                if self._of_dav is not None:
                    named[namespace] = self._of_dav
            elif namespace and self._template:
                prefix = self._known.get(namespace) or self._count(namespace)
                if not prefix:
                    others += 1
                    prefix = self._template if others == 1 else f"{self._template}{others}"
                named[namespace] = prefix
        return named

    def _count(self, namespace: str) -> str:
        """Give the prefix with a number of a namespace; an empty text if prefixes are not counted."""
        if self._next is None:
            return ""
        if namespace not in self._counted:
            self._counted[namespace] = f"{self._stem}{self._next}"
            self._next += 1
        return self._counted[namespace]


def declared_by(named: Named, dav: str) -> Declared:
    """Give the declarations for these prefixes; the prefix ``dav`` can't be declared again around elements of WebDAV."""
    return {prefix: namespace for namespace, prefix in named.items() if prefix != dav}
