"""What a scenario file says, as types; and the world that it sets up.

The server reads the tree, the users and the causes. What is expected of the requests is for those
who prove a scenario, and never reaches a world.
"""

from __future__ import annotations

import mimetypes
import re
import zlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from lxml import etree
from msgspec import Meta, field
from msgspec.structs import replace
from rpds import HashTrieMap

from dav424.causes import BUILT_IN, AnyCause, Cause
from dav424.causes.cause import Id, PropertyName, TreePath
from dav424.core import decode
from dav424.core.markup import escape
from dav424.core.paths import Path, split
from dav424.dav import multistatus
from dav424.scenario.derivation import LONGEST_TEMPLATE, MOST_SOURCES, derive
from dav424.store.draft import Draft
from dav424.store.ordering import ranked
from dav424.store.state import State
from dav424.store.tree import Collection, Document, Node, new_collection, new_document, with_child, with_properties
from dav424.worlds.world import Blueprint, initial_state

AnyStatus = Annotated[int, Meta(ge=100, le=599)]
HeaderValue = Annotated[str, Meta(pattern=r"^[^\r\n]*$")]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
JsonPointer = Annotated[str, Meta(pattern=r"^(/([^~]|~[01])*)?$")]
Uri = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*$",
        description="A collection's type of order, as DAV:custom: its members come as the file lists them.",
    ),
]
Places = Mapping[Path, Literal["collection", "document"]]
"""What a tree has, by path."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A mapping in which every key is known."""


class Xml(Strict, frozen=True, kw_only=True):
    """A property as a whole XML element, with its own prefixes, attributes and language."""

    xml: str


class TreeEntry(Strict, frozen=True, kw_only=True):
    """A resource of the tree: a collection if its path ends in a slash, else a document."""

    content: str = ""
    type: HeaderValue | None = None
    sources: (
        Annotated[
            list[Annotated[str, Meta(min_length=1)]],
            Meta(
                min_length=1,
                max_length=MOST_SOURCES,
                description="What it is made from; paths from the root or from where it lies.",
            ),
        ]
        | None
    ) = field(default=None, name="from")
    template: (
        Annotated[
            str,
            Meta(
                max_length=LONGEST_TEMPLATE,
                description="How it is made of its sources: $1 is the first, $$ a dollar sign.",
            ),
        ]
        | None
    ) = None
    properties: Annotated[
        dict[PropertyName, str | Xml], Meta(description="Dead properties: text, or an element as xml.")
    ] = {}
    ordering: Uri | None = None


class Expected(Strict, frozen=True, kw_only=True):
    """What an answer must say: of a resource or property, or of a request of a batch and what stands in its answer."""

    id: (
        Annotated[str, Meta(description="The request of a batch: its id or, in multipart, its place, as 2.1.")] | None
    ) = None
    href: (
        Annotated[
            str,
            Meta(
                pattern=r"^(/|[a-z]+:)",
                description="The resource or address; the one requested if absent, in a batch none.",
            ),
        ]
        | None
    ) = None
    property: PropertyName | None = None
    status: AnyStatus
    condition: Annotated[PropertyName, Meta(description="The condition code in DAV:error.")] | None = None


class Expect(Strict, frozen=True, kw_only=True):
    """What an answer must be: its status, and all that it says of resources and properties."""

    status: AnyStatus
    condition: PropertyName | None = None
    answers: list[Expected] = []
    contains: Annotated[str, Meta(description="Text that must stand in the body.")] | None = None
    json: Annotated[
        dict[JsonPointer, Any], Meta(description="Values that must stand in a body of JSON, by JSON Pointer.")
    ] = {}


class RequestSpec(Strict, frozen=True, kw_only=True):
    """One request, and what must come of it."""

    name: Annotated[str, Meta(min_length=1)]
    method: Token
    path: TreePath
    headers: dict[Token, HeaderValue] = {}
    user: str | None = None
    body: str = ""
    expect: Expect


class Cure(Strict, frozen=True, kw_only=True):
    """What to change so that the very same requests succeed; nothing, where sending them again will do."""

    why: Annotated[str, Meta(min_length=1, description="The cure in words.")]
    requests: Annotated[list[RequestSpec], Meta(description="What to send for it.")] = []
    remove: list[Id] = []
    change: Annotated[dict[Id, dict[str, Any]], Meta(description="New settings of causes, by id.")] = {}


class Scenario(Strict, frozen=True, kw_only=True):
    """A world in which something can't be done, and how to show and to cure it."""

    title: Annotated[str, Meta(min_length=1)]
    teaches: str = ""
    spec: Annotated[list[str], Meta(description="Where it is written, as RFC 4918 9.2.1.")] = []
    tree: dict[TreePath, TreeEntry] = {}
    missing: Annotated[
        list[TreePath], Meta(description="Sources that are not in the tree, and are not meant to be.")
    ] = []
    users: Annotated[dict[str, str], Meta(description="Names and passwords; with none, everybody may come in.")] = {}
    auth: Annotated[Literal["any", "basic", "digest"], Meta(description="By which scheme users have to log in.")] = (
        "any"
    )
    atomic: Annotated[
        bool, Meta(description="Whether DELETE, COPY and MOVE are done as a whole or not at all (RFC 5842).")
    ] = False
    dependency_success: Annotated[
        Literal["outcome", "status-line"],
        Meta(description="What counts in a batch: what came of a request, or as OData has it its status line alone."),
    ] = "outcome"
    tells_dependents: Annotated[
        bool, Meta(description="Whether an ORDERPATCH that failed also names, with 424, what could have been done.")
    ] = False
    causes: list[AnyCause] = field(default_factory=list)
    requests: list[RequestSpec] = []
    cure: Cure | None = None


def all_causes(scenario: Scenario) -> list[Cause]:
    """List what is in the way: the scenario's causes, and the protection that RFC 4918 demands."""
    named = {cause.id for cause in scenario.causes}
    return [*scenario.causes, *(cause for cause in BUILT_IN if cause.id not in named)]


def cured(scenario: Scenario) -> dict[str, Cause | None]:
    """Say which causes the cure changes, by id; None for those that it takes away."""
    if scenario.cure is None:
        return {}
    changed: dict[str, Cause | None] = dict.fromkeys(scenario.cure.remove)
    for cause in all_causes(scenario):
        if cause.id in scenario.cure.change:
            settings = {**msgspec.to_builtins(cause), **scenario.cure.change[cause.id]}
            changed[cause.id] = decode.to_type(settings, AnyCause)
    return changed


def blueprint(name: str, scenario: Scenario, now: float) -> Blueprint:
    """Set up what the worlds of a scenario are made from; ``now`` is when its tree was made."""
    return Blueprint(
        name,
        initial_state(build_tree(scenario.tree, now), all_causes(scenario), now),
        scenario.users,
        schemes=scenario.auth,
        atomic=scenario.atomic,
        status_line_counts=scenario.dependency_success == "status-line",
        tells_dependents=scenario.tells_dependents,
    )


def build_tree(entries: Mapping[str, TreeEntry], now: float) -> Collection:
    """Grow the tree, with the collections that paths go through."""
    root = new_collection(now)
    for written in sorted(entries, key=lambda each: split(each)[0]):
        path, slash = split(written)
        root = _plant(root, path, entries[written], now, collection=slash)
    return _ordered(root, entries)


def _ordered(root: Collection, entries: Mapping[str, TreeEntry]) -> Collection:
    """Put the members of ordered collections into the order in which the file first speaks of them."""
    draft = Draft(State(root), 0.0)
    listed = [split(written)[0] for written in entries]
    for written, entry in entries.items():
        path, _ = split(written)
        node = draft.get(path)
        if entry.ordering is not None and isinstance(node, Collection):
            below = [each[len(path)] for each in listed if len(each) > len(path) and each[: len(path)] == path]
            draft.replace(path, replace(node, order=ranked(entry.ordering, dict.fromkeys(below))))
    return draft.root


def _plant(top: Collection, path: Path, entry: TreeEntry, now: float, *, collection: bool) -> Collection:
    properties = HashTrieMap({name: property_xml(name, value) for name, value in entry.properties.items()})
    if not path:
        node = with_properties(top, properties)
        assert isinstance(node, Collection), "the root is a collection"
        return node
    above: list[Collection] = [top]
    for segment in path[:-1]:
        child = above[-1].children.get(segment)
        above.append(child if isinstance(child, Collection) else new_collection(now))
    if collection:
        made: Node = with_properties(new_collection(now), properties)
    else:
        made = with_properties(_document(path, entry, now), properties)
    for parent, segment in zip(reversed(above), reversed(path), strict=True):
        made = with_child(parent, segment, made)
    assert isinstance(made, Collection), "the last parent is the root"
    return made


def _document(path: Path, entry: TreeEntry, now: float) -> Document:
    content = entry.content.encode()
    guessed = mimetypes.guess_type(path[-1])[0] or "application/octet-stream"
    if entry.sources is not None:
        return derive(path, entry.sources, entry.template, entry.type or guessed, now)
    return new_document(content, entry.type or guessed, f'"0-{zlib.crc32(content):08x}"', now)


def property_xml(name: str, value: str | Xml) -> str:
    """Give the element to store for a property; text is put into one of the property's name.

    Raises ValueError if given XML that isn't an element of that name.
    """
    written = _in_dav(multistatus.element(name, escape(value))) if isinstance(value, str) else value.xml
    try:
        root = etree.fromstring(written, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"the XML of {name} is not well-formed: {error}"
        raise ValueError(message) from None
    if root.tag != name:
        message = f"the XML of {name} is an element named {root.tag}"
        raise ValueError(message)
    if root.getroottree().docinfo.internalDTD is not None:
        message = f"the XML of {name} declares a document type; write it without one"
        raise ValueError(message)
    return etree.tostring(root, encoding="unicode")


def _in_dav(element: str) -> str:
    """Declare the prefix that an element in ``DAV:`` is written with, so that it stands by itself."""
    return re.sub(r"^<(D:[^\s/>]+)", r'<\1 xmlns:D="DAV:"', element)
