"""The model of an answer, which spelling traits change: what the answer says, and the manner in which it is written.

    DAV:multistatus        items: ResourceAnswer, each with hrefs, and either propstats or a status
    DAV:mkcol-response     items: PropstatAnswer
    DAV:error, DAV:prop    items: XmlElement
    not XML                body

A large multistatus is read and written piece by piece: its items are an iterator, and ``each_resource`` changes them while
they pass. A trait that needs all of them at once calls ``all_items``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field

from dav424.core.message import Response
from dav424.dialects.manner import Manner
from dav424.dialects.xml_tree import Declared, XmlElement

MULTISTATUS, MKCOL_RESPONSE, ERROR = "{DAV:}multistatus", "{DAV:}mkcol-response", "{DAV:}error"


class PropstatAnswer(Struct):
    """A ``DAV:propstat``: properties that have one status; ``rest`` are elements of extensions."""

    properties: list[XmlElement]
    status: int
    error: XmlElement | None = None
    description: str = ""
    rest: list[XmlElement] = field(default_factory=list)


class ResourceAnswer(Struct):
    """A ``DAV:response``: propstats, or a status for the resources at ``hrefs``."""

    hrefs: list[str]
    propstats: list[PropstatAnswer] = field(default_factory=list)
    status: int | None = None
    error: XmlElement | None = None
    description: str = ""
    rest: list[XmlElement] = field(default_factory=list)


Item = ResourceAnswer | PropstatAnswer | XmlElement


class SpelledAnswer(Struct):
    """An answer, as a trait changes it; ``root`` is the name of the document element, and None if the body is no XML.

    ``declared`` are namespaces that the document element declares besides ``DAV:``. ``streamed`` says that the answer is
    sent piece by piece. ``original`` is the response that was read.
    """

    status: int
    headers: list[tuple[str, str]]
    phrase: str = ""
    body: bytes | Iterable[bytes] = b""
    root: str | None = None
    declared: Declared = field(default_factory=dict)
    items: Iterable[Item] = ()
    streamed: bool = False
    original: Response | None = None
    manner: Manner = field(default_factory=Manner)

    @property
    def is_multistatus(self) -> bool:
        """Whether the body is a ``DAV:multistatus``."""
        return self.root == MULTISTATUS

    @property
    def is_error(self) -> bool:
        """Whether the request failed as a whole, with the status of its failure."""
        return self.status >= 400 and self.root in (None, ERROR)

    def all_items(self) -> list[Item]:
        """Read the rest of the body, and give all items."""
        if not isinstance(self.items, list):
            self.items = list(self.items)
        return self.items

    def resources(self) -> list[ResourceAnswer]:
        """Give all ``DAV:response`` elements."""
        return [item for item in self.all_items() if isinstance(item, ResourceAnswer)]

    def each_item(self, change: Callable[[Item], Item]) -> None:
        """Change each item, when it passes."""
        if isinstance(self.items, list):
            self.items = [change(item) for item in self.items]
        else:
            self.items = map(change, self.items)

    def each_resource(self, change: Callable[[ResourceAnswer], object]) -> None:
        """Change each ``DAV:response`` in place."""

        def changed(item: Item) -> Item:
            if isinstance(item, ResourceAnswer):
                change(item)
            return item

        self.each_item(changed)

    def each_propstats(self, change: Callable[[list[PropstatAnswer]], list[PropstatAnswer]]) -> None:
        """Change the propstats of each resource; those of a ``DAV:mkcol-response`` stand alone."""

        def of_resource(resource: ResourceAnswer) -> None:
            if resource.propstats:
                resource.propstats = change(resource.propstats)

        if self.root is None:
            return
        if self.is_multistatus:
            self.each_resource(of_resource)
        items = self.items if self.is_multistatus else self.all_items()
        if isinstance(items, list) and items and all(isinstance(item, PropstatAnswer) for item in items):
            self.items = list(change([item for item in items if isinstance(item, PropstatAnswer)]))

    def each_property(self, change: Callable[[XmlElement, PropstatAnswer], XmlElement | None]) -> None:
        """Change each property; None removes it, and an empty propstat with it."""

        def of_propstats(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
            kept = []
            for each in propstats:
                before = each.properties
                each.properties = [new for old in before if (new := change(old, each)) is not None]
                if each.properties or not before:
                    kept.append(each)
            return kept

        self.each_propstats(of_propstats)

    def header(self, name: str) -> str | None:
        """Give the value of a header; None if the answer does not have it."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def set_header(self, name: str, value: str | None) -> None:
        """Replace a header, or remove it."""
        others = [(key, old) for key, old in self.headers if key.lower() != name.lower()]
        self.headers = [*others, (name, value)] if value is not None else others

    def change_header(self, name: str, change: Callable[[str], str | None]) -> None:
        """Change the values of a header in their places; None removes one."""
        changed = [(key, change(value) if key.lower() == name.lower() else value) for key, value in self.headers]
        self.headers = [(key, value) for key, value in changed if value is not None]

    def say(self, status: int, root: str, items: Sequence[Item]) -> None:
        """Replace the status and the document."""
        if self.root is None:
            self.set_header("Content-Type", self.manner.xml_type)
        self.status, self.root, self.items, self.body, self.streamed = status, root, list(items), b"", False
        self.phrase = ""

    def say_bytes(self, content_type: str | None, body: bytes) -> None:
        """Replace the document with a body that is no XML."""
        self.root, self.items, self.streamed, self.body = None, (), False, body
        self.set_header("Content-Type", content_type)

    def take(self, other: SpelledAnswer) -> None:
        """Become another answer, in the same manner; the headers that describe no body stay."""
        described = ("content-type", "content-length")
        kept = [(key, value) for key, value in self.headers if key.lower() not in described]
        new = [(key, value) for key, value in other.headers if key.lower() in described]
        self.headers = [*new, *kept]
        self.status, self.phrase, self.body, self.root = other.status, other.phrase, other.body, other.root
        self.declared, self.items, self.streamed = other.declared, other.items, other.streamed
