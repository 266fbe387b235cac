"""The JSON of a tree in the admin API as types; keys are the names of the attributes, with hyphens for underscores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, field

from dav424.admin.payloads import RequestBody, Time
from dav424.causes.cause import PropertyName, TreePath
from dav424.core.writable import ENTITY_TAG
from dav424.scenario.model import DerivedMethods, MediaType, Spelling, Uri, XmlProperty


class LockJson(RequestBody, frozen=True):
    """A lock; without ``expires`` it never expires. ``owner`` is a ``DAV:owner`` element, or empty."""

    token: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~]+$(?!\n)",
            description="A URI: the lock token of the Lock-Token header.",
        ),
    ]
    scope: Literal["exclusive", "shared"] = "exclusive"
    depth: Literal["0", "infinity"] = "infinity"
    principal: str = ""
    owner: str = ""
    expires: Time | None = None


class ResourceJson(RequestBody, frozen=True, omit_defaults=True):
    """A resource: a collection if its path ends in a slash, else a document.

    ``content`` is text; ``content-base64`` takes bytes. ``from`` lists the sources of a derived document, which
    ``template`` combines; ``methods`` make it, and ``spelling`` is the format of its 424. ``types`` are the resource
    types of a collection besides ``DAV:collection``. ``ordering`` is the type of its order (RFC 3648), and ``order`` lists
    its members, percent-encoded; members that are not in the list follow by name. Keys that are left out have the same defaults as in scenario files; without ``locks``, the resource gets the locks of the causes.
    """

    content: str = ""
    content_base64: str | None = None
    type: MediaType | None = None
    etag: (
        Annotated[str, Meta(pattern=rf"^{ENTITY_TAG}$(?!\n)", description="A strong entity-tag, with its quotes.")]
        | None
    ) = None
    created: Time | None = None
    modified: Time | None = None
    sources: (
        Annotated[list[str], Meta(min_length=1, description="The paths of the sources of a derived document.")] | None
    ) = field(default=None, name="from")
    template: str | None = None
    methods: DerivedMethods | None = None
    spelling: Spelling | None = None
    types: Sequence[PropertyName] = ()
    ordering: Uri | None = None
    order: Sequence[str] = ()
    properties: dict[PropertyName, str | XmlProperty] = field(default_factory=dict)
    locks: Sequence[LockJson] | None = None


class TreeJson(RequestBody, frozen=True):
    """A whole tree: the resources by path."""

    resources: dict[TreePath, ResourceJson]
