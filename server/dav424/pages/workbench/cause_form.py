"""A form for a new cause, made from the JSON Schema of scenario files, and the cause that a reader wrote in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from dav424.causes.kinds import CAUSES
from dav424.core.batch import Refused
from dav424.scenario.json_schema import schema

FIELD = "cause "
"""The beginning of the names of the fields in a form."""
_LISTS = ("array", "object")


class CauseField(Struct, frozen=True):
    """A field: its name, its type in the schema, the values to choose from, a default, and a description.

    A list is written with commas between its items, and an object as JSON.
    """

    name: str
    type: str
    choices: Sequence[str]
    default: str
    description: str
    required: bool
    value: str = ""


class CauseKind(Struct, frozen=True):
    """A kind of cause: its name, a sentence about it, and its fields."""

    kind: str
    sentence: str
    fields: Sequence[CauseField]


@cache
def kinds() -> Mapping[str, CauseKind]:
    """Give all kinds of causes by name."""
    definitions = schema()["definitions"]
    tags = {cause.__name__: str(cause.__struct_config__.tag) for cause in CAUSES}
    found = {kind: _kind(kind, definitions[name]) for name, kind in tags.items()}
    return dict(sorted(found.items()))


def _kind(kind: str, definition: Mapping[str, Any]) -> CauseKind:
    required = definition.get("required", [])
    fields = [
        _field(name, about, required=name in required)
        for name, about in definition["properties"].items()
        if name != "kind"
    ]
    sentence = str(definition.get("description", "")).partition("\n")[0].replace("``", "")
    return CauseKind(kind, sentence, sorted(fields, key=lambda field: not field.required))


def _field(name: str, about: Mapping[str, Any], *, required: bool) -> CauseField:
    choices = about.get("enum", [])
    default = about.get("default")
    kind = str(about.get("type", "string" if "anyOf" not in about and "allOf" not in about else "object"))
    return CauseField(
        name,
        "string" if choices and kind not in ("integer", "number") else kind,
        [str(choice) for choice in choices],
        "" if default in (None, [], {}, "") else str(default).lower() if isinstance(default, bool) else str(default),
        str(about.get("description", "")),
        required,
    )


def filled(kind: CauseKind, form: Mapping[str, str]) -> CauseKind:
    """Give a kind with the values that the reader wrote."""
    fields = [msgspec.structs.replace(field, value=form.get(FIELD + field.name, "")) for field in kind.fields]
    return msgspec.structs.replace(kind, fields=fields)


def cause_of_form(kind: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Read a cause from the fields of a form, as JSON has it; refuses with 400 an unknown kind or a value of another type."""
    known = kinds().get(kind)
    if known is None:
        raise Refused(400, f"There is no kind of cause {kind[:40]!r}; known are {', '.join(kinds())}.")
    written = [(field, form.get(FIELD + field.name, "").strip()) for field in known.fields]
    return {"kind": kind, **{field.name: _value(field, text) for field, text in written if text}}


def _value(field: CauseField, text: str) -> Any:
    try:
        match field.type:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return text == "true"
            case "array":
                return [int(item) if item.strip().isdecimal() else item.strip() for item in text.split(",")]
            case "object":
                return msgspec.json.decode(text)
            case _:
                return text
    except (ValueError, msgspec.DecodeError):
        raise Refused(400, f"{field.name} must be of the type {field.type}; {text[:40]!r} is not.") from None
