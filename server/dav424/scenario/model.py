"""The types of a scenario file.

The server reads the title, the tree, the users, the causes, the faults and the settings. ``dav424 prove`` and ``dav424 try``
read the requests with their expected answers, and the cure; the server never uses those to answer a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from dav424.causes.cause import Cause, PropertyName, Sentence, TreePath
from dav424.causes.counted import Id
from dav424.causes.kinds import BUILT_IN, AnyCause
from dav424.core import decode
from dav424.core.paths import Path
from dav424.core.writable import FIELD_VALUE, MEDIA_TYPE, MOMENT, XML_TEXT
from dav424.faults.fault import Fault
from dav424.faults.kinds import AnyFault

MOST_SOURCES = 32
LONGEST_TEMPLATE = 65_536
"""In characters."""
DIALECT = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}!?$(?!\n)"
"""The name of a dialect, with an exclamation mark behind it or without."""
AnyStatus = Annotated[int, Meta(ge=100, le=599)]
HeaderValue = Annotated[str, Meta(pattern=FIELD_VALUE, description="A header value: Latin-1, without line breaks.")]
Text = Annotated[str, Meta(pattern=XML_TEXT)]
MediaType = Annotated[str, Meta(pattern=MEDIA_TYPE, description="A media type, such as text/plain.")]
Moment = Annotated[str, Meta(pattern=MOMENT, description="A time with its zone, such as 2026-01-01T00:00:00Z.")]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
JsonPointer = Annotated[str, Meta(pattern=r"^(/([^~]|~[01])*)?$")]
CollectionPath = Annotated[
    str, Meta(pattern=r"^/(.*/)?$(?!\n)", description="The path of a collection, with a slash at its end.")
]
NO_HOME = "none"
HomePath = Annotated[
    str,
    Meta(
        pattern=rf"^({NO_HOME}|/(.*/)?)$(?!\n)",
        description="The path of a collection, with a slash at its end; none: the principal doesn't have the property.",
    ),
]
Uri = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*$",
        description="The ordering type of the collection, such as DAV:custom: members keep the order of the file.",
    ),
]
Spelling = Literal["problem", "bedrock", "sagemaker", "azureml", "openai"]
ReportName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?#[0-9]+$")]
DerivedMethods = Annotated[list[Literal["GET", "POST"]], Meta(min_length=1, max_length=2)]
ResourceKinds = Mapping[Path, Literal["collection", "document"]]
"""The kind of each resource in a tree, by path."""


class StrictStruct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A mapping in which every key is known."""


class XmlProperty(StrictStruct, frozen=True, kw_only=True):
    """A property as an XML element, with its prefixes, attributes and language."""

    xml: Annotated[str, Meta(description="The whole element of the property.")]


class TreeEntry(StrictStruct, frozen=True, kw_only=True):
    """A resource of the tree: a collection if its path ends in a slash, else a document."""

    content: Annotated[str, Meta(description="The content of a document, as text.")] = ""
    content_base64: Annotated[str, Meta(description="The bytes of content that is no text, in base64.")] | None = None
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
    types: Annotated[
        list[PropertyName],
        Meta(description="The resource types of a collection besides {DAV:}collection, such as that of a calendar."),
    ] = []
    ordering: Uri | None = None
    created: Moment | None = None
    modified: Moment | None = None


class Calendar(StrictStruct, frozen=True, kw_only=True):
    """A calendar collection (RFC 4791 4.2); its members are in the tree."""

    name: Annotated[Text, Meta(description="The display name (default: none).")] = ""
    description: Annotated[Text, Meta(description="The property C:calendar-description (default: none).")] = ""
    color: Annotated[
        Text, Meta(description="Apple's property calendar-color, such as '#FF2968FF' (default: none).")
    ] = ""
    components: (
        Annotated[
            list[Literal["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"]],
            Meta(min_length=1, description="The components that its members can have (default: any)."),
        ]
        | None
    ) = None


class AddressBook(StrictStruct, frozen=True, kw_only=True):
    """An address book collection (RFC 6352 5.2); its members are in the tree."""

    name: Annotated[Text, Meta(description="The display name (default: none).")] = ""
    description: Annotated[Text, Meta(description="The property CARD:addressbook-description (default: none).")] = ""


class PrincipalEntry(StrictStruct, frozen=True, kw_only=True):
    """The settings of a user as a principal (RFC 3744 2)."""

    name: Annotated[Text, Meta(description="The display name (default: the user name).")] = ""
    addresses: (
        Annotated[
            list[Uri],
            Meta(description="The addresses in calendars (default: mailto: and the user name, if that has an @)."),
        ]
        | None
    ) = None
    calendar_home: Annotated[HomePath, Meta(description="The collection of the calendars, or none (default: /).")] = "/"
    address_book_home: Annotated[
        HomePath, Meta(description="The collection of the address books, or none (default: /).")
    ] = "/"


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
    status: Annotated[AnyStatus, Meta(description="The status that the body reports.")]
    condition: Annotated[PropertyName, Meta(description="The condition code in DAV:error.")] | None = None


class ExpectedAnswer(StrictStruct, frozen=True, kw_only=True):
    """The expected answer: its status, and every status that its body reports."""

    status: Annotated[AnyStatus, Meta(description="The status of the answer itself.")]
    condition: PropertyName | None = None
    answers: list[ExpectedStatus] = []
    contains: Annotated[str, Meta(description="Text that the body must contain.")] | None = None
    json: Annotated[
        dict[JsonPointer, Any], Meta(description="Values that a JSON body must have, by JSON Pointer.")
    ] = {}


class RequestSpec(StrictStruct, frozen=True, kw_only=True):
    """A request and its expected answer."""

    name: Annotated[Sentence, Meta(description="The request in words.")]
    method: Annotated[Token, Meta(description="The method, such as PROPPATCH.")]
    path: TreePath
    headers: Annotated[dict[Token, HeaderValue], Meta(description="Headers; {base} is the path of the scenario.")] = {}
    user: Annotated[str, Meta(description="The user who logs in (default: none).")] | None = None
    body: Annotated[str, Meta(description="The body; {base} is the path of the scenario.")] = ""
    expect: ExpectedAnswer


class Cure(StrictStruct, frozen=True, kw_only=True):
    """The changes after which the same requests succeed; none if sending them again is enough."""

    why: Annotated[Sentence, Meta(description="The cure in words.")]
    requests: Annotated[list[RequestSpec], Meta(description="The requests of the cure.")] = []
    remove: Annotated[list[Id], Meta(description="The causes and faults to remove, by id.")] = []
    change: Annotated[dict[Id, dict[str, Any]], Meta(description="New settings of causes and faults, by id.")] = {}


class Scenario(StrictStruct, frozen=True, kw_only=True):
    """A tree, the causes of failures, the requests that show the failures, and the cure."""

    format: Annotated[
        Literal[1], Meta(description="The format of the file (default: 1). A version that can't read it says so.")
    ] = 1
    title: Annotated[Sentence, Meta(description="One line, which lists of scenarios show.")]
    teaches: Annotated[Text, Meta(description="A few sentences: what the scenario shows.")] = ""
    spec: Annotated[
        list[Text], Meta(description="The sections that define the behaviour, such as RFC 4918 9.2.1.")
    ] = []
    reports: Annotated[
        list[ReportName],
        Meta(description="Public reports of clients that met such an answer, as PROJECT#NUMBER, such as go-webdav#21."),
    ] = []
    tree: dict[TreePath, TreeEntry] = {}
    calendars: Annotated[
        dict[CollectionPath, Calendar],
        Meta(description="Calendar collections by path, beside those of the tree."),
    ] = {}
    address_books: Annotated[
        dict[CollectionPath, AddressBook],
        Meta(description="Address book collections by path, beside those of the tree."),
    ] = {}
    principals: Annotated[
        dict[Text, PrincipalEntry],
        Meta(description="The principals of users by user name, or that of anyone in a scenario without users."),
    ] = {}
    missing: Annotated[list[TreePath], Meta(description="Paths that the tree leaves out on purpose.")] = []
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
    allow_origins: (
        Annotated[
            list[str],
            Meta(
                description="The origins whose pages in a browser may use the scenario, or * (default: those of the server)."
            ),
        ]
        | None
    ) = None
    sandbox: Annotated[
        bool,
        Meta(description="Whether a browser shows HTML, SVG and XML of the scenario without their scripts."),
    ] = True
    dialect: (
        Annotated[
            str,
            Meta(
                pattern=DIALECT,
                description="The dialect in which requests are answered; its faults work with an exclamation mark behind it "
                "(default: that of the server).",
            ),
        ]
        | None
    ) = None
    causes: Annotated[list[AnyCause], Meta(description="The reasons why requests fail.")] = field(default_factory=list)
    faults: Annotated[list[AnyFault], Meta(description="What happens to answers on their way to the client.")] = field(
        default_factory=list
    )
    requests: list[RequestSpec] = []
    cure: Cure | None = None


def all_causes(scenario: Scenario) -> list[Cause]:
    """List the scenario's causes, and the built-in protection that RFC 4918 requires unless the scenario replaces it."""
    ids = {cause.id for cause in scenario.causes}
    return [*scenario.causes, *(cause for cause in BUILT_IN if cause.id not in ids)]


def faults_of(scenario: Scenario) -> dict[str, Fault]:
    """Give the faults of a scenario by id."""
    return {fault.id: fault for fault in scenario.faults}


def cured_faults(scenario: Scenario) -> dict[str, Fault | None]:
    """Give the faults that the cure changes, by id; None for a fault that it removes."""
    if scenario.cure is None:
        return {}
    changed: dict[str, Fault | None] = {}
    for fault in scenario.faults:
        if fault.id in scenario.cure.remove:
            changed[fault.id] = None
        elif fault.id in scenario.cure.change:
            settings = {**msgspec.to_builtins(fault), **scenario.cure.change[fault.id]}
            changed[fault.id] = decode.to_type(settings, AnyFault)
    return changed


def cured(scenario: Scenario) -> dict[str, Cause | None]:
    """Give the causes that the cure changes, by id; None for a cause that it removes."""
    if scenario.cure is None:
        return {}
    faults = faults_of(scenario)
    changed: dict[str, Cause | None] = {name: None for name in scenario.cure.remove if name not in faults}
    for cause in all_causes(scenario):
        if cause.id in scenario.cure.change:
            settings = {**msgspec.to_builtins(cause), **scenario.cure.change[cause.id]}
            changed[cause.id] = decode.to_type(settings, AnyCause)
    return changed
