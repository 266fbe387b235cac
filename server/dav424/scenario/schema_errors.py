"""What a JSON Schema finds in the data of a file, in sentences that say what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema_rs

from dav424.core.writable import XML_NAME, XML_TEXT, unwritable
from dav424.scenario.clark_names import name_problem
from dav424.scenario.file_problem import did_you_mean, suggest
from dav424.scenario.yaml_reader import Pointer

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "no value",
}
"""The types of JSON Schema, in words."""
_LONGEST_PATTERN = 120
"""In characters: a longer pattern is no help to a reader."""


class SchemaErrors:
    """Finds the errors of data against a schema of draft-07."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._validator = jsonschema_rs.Draft7Validator(schema)

    def problems(self, data: Any) -> Iterator[tuple[Pointer, str, bool]]:
        """Give for each problem its pointer, a sentence, and whether it concerns the key itself."""
        kinds = jsonschema_rs.ValidationErrorKind
        for error in self._validator.iter_errors(data):
            pointer, kind = tuple(error.instance_path), error.kind
            if isinstance(kind, kinds.AdditionalProperties):
                known = sorted(self._schema_at(error.schema_path[:-1]).get("properties", {}))
                for key in kind.unexpected:
                    yield (*pointer, key), f"unknown key {key!r}{suggest(key, known)}", True
            elif isinstance(kind, kinds.PropertyNames):
                yield (*pointer, str(kind.error.instance)), self._sentence(kind.error), True
            else:
                yield pointer, self._sentence(error), False

    def _sentence(self, error: Any) -> str:
        """Say which value is wrong and what to write instead."""
        kinds, kind, value = jsonschema_rs.ValidationErrorKind, error.kind, error.instance
        if isinstance(kind, kinds.Enum):
            return _not_one_of(value, kind.options)
        if isinstance(kind, kinds.Type):
            return f"expected {_expected(kind.types)}, received {_received(value)}{_hint(value, kind.types)}"
        if isinstance(kind, kinds.AnyOf):
            choices = self._choices(error.schema_path)
            types = ["string"] if any(choice.get("type") == "string" for choice in choices) else []
            return f"expected {' or '.join(map(_of_choice, choices))}, received {_received(value)}{_hint(value, types)}"
        if isinstance(kind, kinds.Required):
            return f"the key {kind.property!r} is missing; add it"
        if isinstance(kind, kinds.Pattern):
            return _wrong_form(value, kind.pattern, self._schema_at(error.schema_path[:-1]).get("description", ""))
        return str(error.message)

    def _schema_at(self, schema_path: Iterable[str | int]) -> dict[str, Any]:
        """Give the part of the schema at a path, with references followed."""
        node: Any = self._schema
        for step in schema_path:
            node = node[int(step)] if isinstance(node, list) else node.get(str(step), node)
            while isinstance(node, dict) and "$ref" in node:
                node = self._schema["definitions"][node["$ref"].rpartition("/")[2]]
        return node if isinstance(node, dict) else {}

    def _choices(self, schema_path: list[str | int]) -> list[dict[str, Any]]:
        """List the parts of the schema of which one accepts a value."""
        count = len(self._schema_at(schema_path[:-1])["anyOf"])
        return [self._schema_at([*schema_path, i]) for i in range(count)]


def _of_choice(choice: dict[str, Any]) -> str:
    """Say what a choice accepts, such as text or a mapping with the key xml."""
    if "enum" in choice:
        return " or ".join(map(str, choice["enum"]))
    if "minimum" in choice:
        return f"{_TYPES[choice['type']]} that is at least {choice['minimum']}"
    return _TYPES[choice["type"]] + (f" with the key {', '.join(choice['required'])}" if "required" in choice else "")


def _not_one_of(value: Any, accepted: Iterable[Any]) -> str:
    known = list(accepted)
    options = [str(option) for option in known]
    unquoted = isinstance(value, str) and value in options and value not in known
    hint = f"; write {value} without quotes" if unquoted else did_you_mean(str(value), options)
    return f"{value!r} is not one of {', '.join(options)}{hint}"


def _wrong_form(value: Any, pattern: str, description: str) -> str:
    shown = pattern.removesuffix(r"(?!\n)")
    named = name_problem(value) if pattern == XML_NAME and isinstance(value, str) else None
    if named is not None:
        return named
    if len(shown) > _LONGEST_PATTERN and description:
        return f"{value!r} has the wrong form; {description}"
    if shown == XML_TEXT:
        return f"the text has {unwritable(value)}, which XML can't hold; remove it"
    return f"{value!r} has the wrong form; write text that matches {shown}{description and f' ({description})'}"


def _expected(types: Iterable[str]) -> str:
    return " or ".join(_TYPES[name] for name in types)


def _received(value: Any) -> str:
    """Write a value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return "no value" if value is None else text if len(text) <= 60 else f"{text[:57]}..."


def _hint(value: Any, types: list[str]) -> str:
    """Say how to write a value of the expected type."""
    if "string" in types and isinstance(value, int | float):
        return "; put it in quotes"
    if types == ["integer"] and isinstance(value, float):
        return "; write it without a decimal point or exponent"
    if types == ["integer"] and isinstance(value, str) and re.fullmatch("[+-]?[0-9]+", value):
        return f"; write {int(value)} without quotes"
    if types == ["boolean"]:
        return "; write true or false, without quotes"
    if types == ["array"]:
        return "; write a line '- ITEM' for each item"
    return "; write a line 'KEY: VALUE' for each key" if "object" in types else ""
