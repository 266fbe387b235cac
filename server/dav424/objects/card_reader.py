"""Reads address objects (RFC 6350, RFC 2426) with vobject; a stream that it can't read is refused with the place.

The library is imported when the first card is read.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

from msgspec import Struct

from dav424.dav.object_properties import VERSIONS_OF_CARDS
from dav424.objects import calendar_data, libraries
from dav424.objects.calendar_data import CARD, invalid
from dav424.objects.components import Component, ObjectProperty, unescaped

_CONTENT_LINE = re.compile(
    r"""(?:[\w-]++\.)?[\w-]++                              # the group and the name
        (?>(?:;[\w-]++(?:=(?:"[^"]*+"|[^";:,]*+)(?>(?:,(?:"[^"]*+"|[^";:,]*+))*))?)*)  # the parameters and their values
        ;?:""",
    re.VERBOSE | re.ASCII,
)
"""The beginning of a content line (RFC 6350 3.3). The library takes exponential time for a line that does not begin so."""


class Card(Struct, frozen=True, gc=False):
    """An address object: its UID and its properties."""

    uid: str
    root: Component


def read(data: bytes) -> Card:
    """Read a vCard; refuses with 403 ``valid-address-data`` and the place a stream that isn't one card with a UID."""
    libraries.demand("To read a vCard")
    text = calendar_data.text_of(data, CARD)
    calendar_data.check_pieces(text, CARD)
    from vobject.base import (  # noqa: PLC0415 - of the extra, imported when needed
        ParseError,
        VObjectError,
        getLogicalLines,
        readComponents,
    )

    places = {}
    for index, (line, number) in enumerate(getLogicalLines(StringIO(text), allowQP=False)):
        places[number] = number - index  # the library counts one line too many for each content line
        if not _CONTENT_LINE.match(line):
            raise invalid(CARD, f"line {places[number]}: {line[:40]!r} has no colon after its name and parameters")
    try:
        found = list(readComponents(text, validate=False, transform=False, ignoreUnreadable=False))
    except ParseError as error:
        raise invalid(
            CARD, f"line {places[error.lineNumber]}: {error.msg}" if error.lineNumber in places else str(error.msg)
        ) from None
    except (VObjectError, ValueError, IndexError, AttributeError) as error:  # vobject raises these for odd lines
        raise invalid(CARD, str(error)[:300]) from None
    if len(found) != 1 or found[0].name.upper() != "VCARD":
        raise invalid(CARD, f"it must be exactly one VCARD, and it has {len(found)} components")
    card = _card(found[0])
    version = card.text("VERSION")
    if version not in VERSIONS_OF_CARDS:
        raise invalid(
            CARD, f"its VERSION must be {' or '.join(VERSIONS_OF_CARDS)}, and it is {version[:40] or 'missing'}"
        )
    if not card.named("FN"):
        raise invalid(CARD, "it must have an FN, and it has none")
    uid = card.text("UID")
    if not uid:
        raise invalid(CARD, "it must have a UID, and it has none")
    return Card(uid, card)


def _card(card: Any) -> Component:
    properties = []
    for line in card.lines():
        params = tuple(
            (name.upper(), tuple(each for value in values for each in value.split(",")))
            for name, values in line.params.items()
        )
        bare = (("TYPE", tuple(line.singletonparams)),) if line.singletonparams else ()
        properties.append(
            ObjectProperty(line.name.upper(), unescaped(str(line.value)), (*params, *bare), line.group or "")
        )
    return Component("VCARD", tuple(properties))
