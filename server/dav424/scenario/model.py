"""The types of a scenario file.

The server reads the title, the tree, the users, the causes and the settings. ``dav424 prove`` and ``dav424 try``
read the requests with their expected answers, and the cure; the server never uses those to answer a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from dav424.causes import BUILT_IN, AnyCause, Cause
from dav424.causes.cause import Id, PropertyName, Sentence, TreePath
from dav424.core import decode
from dav424.core.paths import Path
from dav424.core.writable import FIELD_VALUE, MEDIA_TYPE, XML_TEXT

MOST_SOURCES = 32
LONGEST_TEMPLATE = 65_536
"""In characters."""
AnyStatus = Annotated[int, Meta(ge=100, le=599)]
HeaderValue = Annotated[str, Meta(pattern=FIELD_VALUE, description="A header value: Latin-1, without line breaks.")]
Text = Annotated[str, Meta(pattern=XML_TEXT)]
MediaType = Annotated[str, Meta(pattern=MEDIA_TYPE, description="A media type, such as text/plain.")]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
JsonPointer = Annotated[str, Meta(pattern=r"^(/([^~]|~[01])*)?$")]
Uri = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*$",
        description="The ordering type of the collection, such as DAV:custom: members keep the order of the file.",
    ),
]
Spelling = Literal["problem", "bedrock", "sagemaker", "azureml", "openai"]
DerivedMethods = Annotated[list[Literal["GET", "POST"]], Meta(min_length=1, max_length=2)]
ResourceKinds = Mapping[Path, Literal["collection", "document"]]
"""The kind of each resource in a tree, by path."""


class StrictStruct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A mapping in which every key is known."""


class XmlProperty(StrictStruct, frozen=True, kw_only=True):
    """A property as an XML element, with its prefixes, attributes and language."""

    xml: str


class TreeEntry(StrictStruct, frozen=True, kw_only=True):
    """A resource of the tree: a collection if its path ends in a slash, else a document."""

    content: str = ""
    type: MediaType | None = None
    sources: (
        Annotated[
            list[Annotated[str, Meta(min_length=1)]],
            Meta(
                min_length=1,
                max_length=MOST_SOURCES,
                description="The sources of a derived document: paths from the root, or from its own collection.",
            ),
        ]
        | None
    ) = field(default=None, name="from")
    template: (
        Annotated[
            str,
            Meta(
                max_length=LONGEST_TEMPLATE,
                description="The content of a derived document: $1 is its first source, $$ a dollar sign.",
            ),
        ]
        | None
    ) = None
    methods: Annotated[
        DerivedMethods | None,
        Meta(description="The methods that make a derived document: GET, or GET and POST (default: GET)."),
    ] = None
    spelling: Annotated[
        Spelling | None,
        Meta(description="The format of the 424 of a derived document (default: the client chooses it with Accept)."),
    ] = None
    properties: Annotated[
        dict[PropertyName, str | XmlProperty], Meta(description="Dead properties: text, or an element as xml.")
    ] = {}
    ordering: Uri | None = None


class ExpectedStatus(StrictStruct, frozen=True, kw_only=True):
    """A status that the body of an answer must report: of a resource, a property, or a request in a batch."""

    id: (
        Annotated[
            str, Meta(description="The request in a batch: its id, or its position in a multipart body, such as 2.1.")
        ]
        | None
    ) = None
    href: (
        Annotated[
            str,
            Meta(
                pattern=r"^(/|[a-z]+:)",
                description="The resource or address (default: the requested resource; in a batch none).",
            ),
        ]
        | None
    ) = None
    property: PropertyName | None = None
    status: AnyStatus
    condition: Annotated[PropertyName, Meta(description="The condition code in DAV:error.")] | None = None


class ExpectedAnswer(StrictStruct, frozen=True, kw_only=True):
    """The expected answer: its status, and every status that its body reports."""

    status: AnyStatus
    condition: PropertyName | None = None
    answers: list[ExpectedStatus] = []
    contains: Annotated[str, Meta(description="Text that the body must contain.")] | None = None
    json: Annotated[
        dict[JsonPointer, Any], Meta(description="Values that a JSON body must have, by JSON Pointer.")
    ] = {}


class RequestSpec(StrictStruct, frozen=True, kw_only=True):
    """A request and its expected answer."""

    name: Sentence
    method: Token
    path: TreePath
    headers: dict[Token, HeaderValue] = {}
    user: str | None = None
    body: str = ""
    expect: ExpectedAnswer


class Cure(StrictStruct, frozen=True, kw_only=True):
    """The changes after which the same requests succeed; none if sending them again is enough."""

    why: Annotated[Sentence, Meta(description="The cure in words.")]
    requests: Annotated[list[RequestSpec], Meta(description="The requests of the cure.")] = []
    remove: list[Id] = []
    change: Annotated[dict[Id, dict[str, Any]], Meta(description="New settings of causes, by id.")] = {}


class Scenario(StrictStruct, frozen=True, kw_only=True):
    """A tree, the causes of failures, the requests that show the failures, and the cure."""

    title: Sentence
    teaches: Text = ""
    spec: Annotated[
        list[Text], Meta(description="The sections that define the behaviour, such as RFC 4918 9.2.1.")
    ] = []
    tree: dict[TreePath, TreeEntry] = {}
    missing: Annotated[list[TreePath], Meta(description="Sources that the tree leaves out on purpose.")] = []
    users: Annotated[
        dict[Text, str], Meta(description="User names and passwords (default: none, and every client has access).")
    ] = {}
    auth: Annotated[Literal["any", "basic", "digest"], Meta(description="The authentication scheme of the users.")] = (
        "any"
    )
    atomic: Annotated[
        bool, Meta(description="Whether DELETE, COPY and MOVE succeed or fail as a whole (RFC 5842).")
    ] = False
    dependency_success: Annotated[
        Literal["outcome", "status-line"],
        Meta(
            description="What decides whether a request in a batch succeeded: its outcome, or its status line alone, as in OData."
        ),
    ] = "outcome"
    batch_order: Annotated[
        Literal["document", "reversed"],
        Meta(
            description="The order of the answers of a JSON batch: that of its requests, or the reverse. Clients must find answers by id."
        ),
    ] = "document"
    tells_dependents: Annotated[
        bool,
        Meta(description="Whether a failed ORDERPATCH also reports, with 424, the members that it could have moved."),
    ] = False
    causes: list[AnyCause] = field(default_factory=list)
    requests: list[RequestSpec] = []
    cure: Cure | None = None


def all_causes(scenario: Scenario) -> list[Cause]:
    """List the scenario's causes, and the built-in protection that RFC 4918 requires unless the scenario replaces it."""
    ids = {cause.id for cause in scenario.causes}
    return [*scenario.causes, *(cause for cause in BUILT_IN if cause.id not in ids)]


def cured(scenario: Scenario) -> dict[str, Cause | None]:
    """Give the causes that the cure changes, by id; None for a cause that it removes."""
    if scenario.cure is None:
        return {}
    changed: dict[str, Cause | None] = dict.fromkeys(scenario.cure.remove)
    for cause in all_causes(scenario):
        if cause.id in scenario.cure.change:
            settings = {**msgspec.to_builtins(cause), **scenario.cure.change[cause.id]}
            changed[cause.id] = decode.to_type(settings, AnyCause)
    return changed
