"""The handlers of the admin API for the dialects of the server, and the traits of which they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dav424.admin.call import Call
from dav424.admin.payloads import ResponseBody
from dav424.dialects.trait import TraitKind


class DialectDetails(ResponseBody, frozen=True):
    """A dialect. ``traits`` are the values that are not those of the RFCs, of the dialects that it extends too.

    ``source`` says where its facts come from. Its ``faults`` are the traits that work only where it is named with ``!``.
    """

    name: str
    title: str
    source: str
    traits: Mapping[str, Any]
    faults: Sequence[str]


class TraitDetails(ResponseBody, frozen=True):
    """A trait: one way in which servers differ.

    ``values`` is the JSON Schema of the values that a dialect can give it; a reference in it is one into the schema that
    ``dav424 schema --dialect`` prints. ``reports`` are public reports that need it, as
    PROJECT#NUMBER.
    """

    name: str
    kind: TraitKind
    default: Any
    values: Mapping[str, Any]
    description: str
    reports: Sequence[str]


def dialects(call: Call) -> list[DialectDetails]:
    """List the dialects by name, each with the traits that are not those of the RFCs."""
    described = [call.dialects.describe(f"{name}!") for name in call.dialects.names]
    return [DialectDetails(each.name, each.title, each.source, each.values, [*each.fault_names]) for each in described]


def traits(_: Call) -> list[TraitDetails]:
    """List the traits of which dialects are made, in the order in which they act."""
    # Imported late: most clients of the API ask for no dialect.
    from dav424.dialects.dialect_file import dialect_schema  # noqa: PLC0415 - see above
    from dav424.dialects.table import TRAITS  # noqa: PLC0415 - see above

    values = dialect_schema()["properties"]
    return [
        TraitDetails(each.name, each.kind, each.default, values[each.name], each.description, each.reports)
        for each in TRAITS
    ]
