"""The JSON Schema (draft-07) of scenario files, generated from the types."""

from __future__ import annotations

from typing import Any

from dav424.core import decode
from dav424.scenario.model import Scenario

DRAFT = "http://json-schema.org/draft-07/schema#"


def schema() -> dict[str, Any]:
    """Generate the schema that editors and ``dav424 check`` use."""
    generated = decode.json_schema(Scenario, "#/definitions/{name}")
    definitions = {name: simplified(definition) for name, definition in generated["$defs"].items()}
    root = definitions.pop("Scenario")
    for name in ("TreeEntry", "Calendar", "AddressBook"):
        definitions[name]["type"] = ["object", "null"]  # a line '/folder/:' without a value is an empty collection
    return {"$schema": DRAFT, **root, "definitions": dict(sorted(definitions.items()))}


def simplified(node: Any) -> Any:
    """Rewrite a schema so that its error messages name one mistake.

    A choice by ``kind`` becomes conditions, so that a validator reports the mistakes of that kind alone.
    A value that may be null becomes an optional value.
    """
    if isinstance(node, list):
        return [simplified(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "discriminator" in node:
        name, mapping = node["discriminator"]["propertyName"], node["discriminator"]["mapping"]
        return {
            "type": "object",
            "required": [name],
            "properties": {name: {"enum": sorted(mapping)}},
            "allOf": [
                {"if": {"properties": {name: {"const": kind}}, "required": [name]}, "then": {"$ref": ref}}
                for kind, ref in sorted(mapping.items())
            ],
        }
    if node.get("anyOf", [None])[-1] == {"type": "null"} and len(node["anyOf"]) == 2:
        return {**simplified(node["anyOf"][0]), **{key: node[key] for key in node if key not in ("anyOf", "default")}}
    return {key: simplified(value) for key, value in node.items()}
