"""The type of a dialect file, made from the table of traits, and its JSON Schema (draft-07)."""

from __future__ import annotations

from operator import getitem
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from dav424.causes.cause import Sentence
from dav424.core import decode
from dav424.core.writable import XML_TEXT
from dav424.dialects.table import TRAITS
from dav424.dialects.trait import Trait
from dav424.scenario.json_schema import DRAFT, simplified

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)"
"""The names that a dialect can have; ``!`` and ``~`` stand beside a name."""


class _OwnKeys(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dialect: how a server answers, where that is not as the RFCs say. No key is required."""

    title: Annotated[Sentence, Meta(description="One line, which lists of dialects show.")] = ""
    source: Annotated[
        str, Meta(pattern=XML_TEXT, description="Where its facts come from: a capture, a server, a source, a report.")
    ] = ""
    extends: Annotated[str, Meta(pattern=NAME, description="The dialect whose traits it begins with.")] | None = None


OWN_KEYS: tuple[str, ...] = _OwnKeys.__struct_fields__
"""The keys of a dialect file that are no traits."""


_OF_KIND = {
    "spelling": "A spelling.",
    "offer": "An offer: what the RFCs let a server choose.",
    "fault": "A fault: it works only where the dialect is named with an exclamation mark.",
}


def _trait_field(trait: Trait) -> tuple[str, Any, Any]:
    meta = Meta(description=f"{trait.description} {_OF_KIND[trait.kind]}", extra_json_schema={"default": trait.default})
    described: Any = getitem(Annotated, (trait.values, meta))
    return trait.name.replace("-", "_"), described | UnsetType, msgspec.field(default=UNSET, name=trait.name)


DialectFile = msgspec.defstruct(
    "DialectFile",
    [_trait_field(trait) for trait in TRAITS],
    bases=(_OwnKeys,),
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)


def dialect_schema() -> dict[str, Any]:
    """Generate the schema that editors and ``dav424 check`` use."""
    generated = decode.json_schema(DialectFile, "#/definitions/{name}")
    definitions: dict[str, Any] = {name: simplified(part) for name, part in generated["$defs"].items()}
    root = definitions.pop("DialectFile")
    return {
        "$schema": DRAFT,
        **root,
        "description": _OwnKeys.__doc__,
        "definitions": dict(sorted(definitions.items())),
    }
