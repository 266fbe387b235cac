"""The JSON Schema (draft-07) of scenario files, generated from the types."""

from __future__ import annotations

from typing import Any

import msgspec

from dav424.scenario.model import Scenario

DRAFT = "http://json-schema.org/draft-07/schema#"


def schema() -> dict[str, Any]:
    """Generate the schema: the one that editors use and ``dav424 check`` goes by."""
    made = msgspec.json.schema(Scenario, ref_template="#/definitions/{name}")
    definitions = {name: _simplify(part) for name, part in made["$defs"].items()}
    root = definitions.pop("Scenario")
    return {"$schema": DRAFT, **root, "definitions": dict(sorted(definitions.items()))}


def _simplify(part: Any) -> Any:
    """Turn what only programs need to say into what people can be told about.

    A choice by ``kind`` becomes conditions, so that a mistake is told about the kind that was meant;
    a value that may be null is one that may be absent.
    """
    if isinstance(part, list):
        return [_simplify(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "discriminator" in part:
        name, mapping = part["discriminator"]["propertyName"], part["discriminator"]["mapping"]
        return {
            "type": "object",
            "required": [name],
            "properties": {name: {"enum": sorted(mapping)}},
            "allOf": [
                {"if": {"properties": {name: {"const": kind}}, "required": [name]}, "then": {"$ref": ref}}
                for kind, ref in sorted(mapping.items())
            ],
        }
    if part.get("anyOf", [None])[-1] == {"type": "null"} and len(part["anyOf"]) == 2:
        return {**_simplify(part["anyOf"][0]), **{key: part[key] for key in part if key not in ("anyOf", "default")}}
    return {key: _simplify(value) for key, value in part.items()}
