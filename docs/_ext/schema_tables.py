"""JSON Schemas as Markdown tables: a row for each key, with its type, its default and its description."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def cell(text: str) -> str:
    """Make a text fit into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def rows(head: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> str:
    """Write a table; an empty text if it has no lines."""
    body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *body, ""]) if body else ""


def description(schema: Schema) -> str:
    """Give the description of a schema, without the indentation of the code."""
    return inspect.cleandoc(str(schema.get("description", "")))


def keys(schema: Schema) -> str:
    """Write the table of the keys of an object; an empty text for a schema without keys."""
    needed = schema.get("required", ())
    return rows(
        ("key", "type", "default", "meaning"),
        (
            (
                f"`{name}`",
                kind(value),
                _default(value, needed=name in needed),
                cell(description(value)),
            )
            for name, value in schema.get("properties", {}).items()
        ),
    )


def kind(schema: Schema) -> str:
    """Name the values that a schema allows, such as ``list of text``; an object with a name becomes a link."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    if "enum" in schema:
        return cell(", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(choice) for choice in schema["anyOf"]))
    types = schema.get("type", "any value")
    return " or ".join(_of_type(each, schema) for each in ([types] if isinstance(types, str) else types))


def anchor(heading: str) -> str:
    """Give the fragment that leads to a heading."""
    return heading.lower()


def _of_type(name: str, schema: Schema) -> str:
    if name == "array":
        return f"list of {kind(schema['items'])}" if schema.get("items") else "list"
    if name == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {kind(schema['additionalProperties'])}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}.get(name, name)


def _default(schema: Schema, *, needed: bool) -> str:
    if needed:
        return "required"
    return f"`{cell(json.dumps(schema['default']))}`" if "default" in schema else "none"
