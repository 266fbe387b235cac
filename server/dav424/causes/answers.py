"""An answer of the scenario's choice: any status of 300 to 599 other than 424, with headers and a body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, field

from dav424.causes.request_filter import RequestFilter
from dav424.core.batch import Refused
from dav424.core.message import Reply
from dav424.core.paths import href

if TYPE_CHECKING:
    from dav424.causes.resource_access import ResourceAccess
    from dav424.core.message import Request

FieldName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$(?!\n)", description="The name of a header.")]
FieldValue = Annotated[
    str,
    Meta(
        pattern=r"^[\t\x20-\x7e\xa0-\xff]*$(?!\n)",
        description="The value of a header: characters of Latin-1 other than line breaks and other control characters.",
    ),
]


class Answers(RequestFilter, frozen=True, kw_only=True, tag="answers"):
    """The cause answers requests with a status, headers and a body of the scenario's choice.

    It answers before anything is done or, with ``done``, after the request was done; then nothing is undone, unless the
    request is in an atomic group. It answers a request as a whole if its URI or its ``Destination`` is at the path or
    below it. At a member, it answers for what the request does to that member. ``{base}`` in ``headers`` and ``body`` is
    the path of the scenario. A response gets the headers that its status demands, such as ``Allow`` for 405, unless
    ``headers`` has them.
    """

    section = "RFC 9110 15"

    status: Annotated[int, Meta(ge=300, le=599, description="The status: any of 300 to 599 other than 424.")]
    headers: Annotated[
        dict[FieldName, FieldValue],
        Meta(
            description="The headers of the response, such as Retry-After: '7'. The server itself writes Connection, "
            "Content-Length, Date, Keep-Alive, Server, Trailer and Transfer-Encoding."
        ),
    ] = field(default_factory=dict)
    body: (
        Annotated[str, Meta(description="The body of the response (default: a sentence about the answer).")] | None
    ) = None
    done: Annotated[bool, Meta(description="Whether the request is done before it is answered (default: false).")] = (
        False
    )
    chunked: Annotated[
        bool, Meta(description="Whether only requests are answered whose body comes in chunks (default: false).")
    ] = False

    def refuse_access(self, access: ResourceAccess) -> Refused | None:
        """Give the answer if the access matches; the server asks a cause with ``done`` after the request was done."""
        if not self.matches(access) or (self.chunked and not access.request.chunked):
            return None
        request = access.request
        when = " after it was done" if self.done else ""
        detail = f"The scenario answers {request.method} {href(access.path)} with {self.status}{when}."
        return Refused(self.status, detail, reply=self._reply(request))

    def _reply(self, request: Request) -> Reply:
        base = request.base.url("")
        headers = [(name, value.replace("{base}", base)) for name, value in self.headers.items()]
        return Reply(headers, self.body.replace("{base}", base).encode() if self.body is not None else None)
