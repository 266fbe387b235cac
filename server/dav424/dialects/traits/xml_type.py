"""The ``Content-Type`` of XML answers."""

from __future__ import annotations

from functools import partial

from dav424.dav.multistatus import XML_TYPE as RFC_TYPE
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import HeaderText, Hooks, Trait
from dav424.spine.exchange import OpenExchange

ABSENT = "absent"


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_type, None if value == ABSENT else value))


def _with_type(value: str | None, _: OpenExchange, answer: SpelledAnswer) -> None:
    """Replace the type of a document that the server has written; content of clients has a type of its own."""
    if answer.root is not None:
        answer.change_header("Content-Type", lambda _: value)


XML_TYPE = Trait(
    name="xml-type",
    kind="spelling",
    values=HeaderText,
    default=RFC_TYPE,
    description="The Content-Type of a multistatus, and of every other XML document that the server writes; 'absent' "
    "leaves the header out.",
    reports=("webdav-fs#43", "opendal#4170", "WebDavClient#83", "WebDavClient#1", "caldav#142", "djangodav#20"),
    hooks=_hooks,
)
