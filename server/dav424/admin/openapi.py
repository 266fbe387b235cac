"""The admin API as an OpenAPI 3.1 document, made from the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dav424 import __version__
from dav424.admin.api_problem import PROBLEM_TYPE, ProblemDocument
from dav424.admin.call import Route
from dav424.admin.payloads import SpaceName
from dav424.causes.counted import Id
from dav424.core import decode
from dav424.core.reason_phrases import reason
from dav424.journal.as_code import FORMS

_REF = "#/components/schemas/{name}"
_PARAMETERS = {
    "space": "The name of a space; the space whose URLs have no name is `default`.",
    "scenario": "The name of a scenario.",
    "cause": "The id of a cause.",
    "fault": "The id of a fault.",
    "number": "The number of an exchange, from the response header Dav424-Exchange.",
    "language": "The language of the code.",
}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_VALUES: dict[str, dict[str, Any]] = {
    "space": decode.json_schema(SpaceName, _REF),
    "cause": decode.json_schema(Id, _REF),
    "fault": decode.json_schema(Id, _REF),
    "number": _WHOLE,
    "language": {"type": "string", "enum": list(FORMS)},
    "status": _WHOLE,
    "since": _WHOLE,
    "count": _WHOLE,
    "newest": _WHOLE,
    "wait": {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m)?$"},
    "as": {"type": "string", "enum": ["text", "html", "json"]},
    "outcome": {"type": "string", "enum": ["failed", "failed-dependency", "done"]},
}
"""The schemas of parameters, as far as not every text is allowed."""


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Describe the routes as an OpenAPI document."""
    routes = list(routes)
    bodies = [
        body for route in routes for body in (route.response_type, route.request_type) if body not in (None, dict)
    ]
    types = [*bodies, ProblemDocument]
    schemas, components = decode.json_schemas(types, _REF)
    schemas_by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas_by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dav424",
            "version": __version__,
            "summary": "Spaces, causes, clocks and journals of a WebDAV test server.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    problem = {PROBLEM_TYPE: {"schema": schemas[ProblemDocument]}}
    body_errors = (413, 415, 422) if route.request_type is not None else ()
    of_space = (410,) if "{space}" in route.path else ()  # it may have expired
    refusals = sorted({400, 405, *body_errors, *of_space, *route.errors} | (set() if route.public else {401, 403}))
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}-{route.path.strip('/-').replace('/', '-').translate(_PLAIN) or 'index'}",
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {
            str(route.status): _success(route, schemas),
            **{str(status): {"description": reason(status), "content": problem} for status in refusals},
        },
        "security": [{}] if route.public else [{}, {"token": []}],
    }
    if route.request_type is not None:
        schema = schemas[route.request_type]
        body = {"application/json": {"schema": _without_id(schema, components) if route.id_in_path else schema}}
        operation["requestBody"] = {"required": route.body_required, "content": body}
    return operation


def _without_id(choice: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Make the id optional in each alternative of a schema: the path has it."""
    schemas = [components[alternative["$ref"].rpartition("/")[2]] for alternative in choice["anyOf"]]
    return {"anyOf": [{**schema, "required": [key for key in schema["required"] if key != "id"]} for schema in schemas]}


_PLAIN = str.maketrans("", "", "{}.")


def _success(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    description: dict[str, Any] = {"description": reason(route.status)}
    if route.status == 204:
        return description
    schema = {"type": "object"} if route.response_type is dict else schemas.get(route.response_type, {"type": "string"})
    content = {
        media_type: {"schema": {"type": "string"} if media_type.startswith("text/") else schema}
        for media_type in route.media_types
    }
    return {**description, "content": content}


def _parameters(route: Route) -> list[dict[str, Any]]:
    path_parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARAMETERS[name],
            "schema": _VALUES.get(name, {"type": "string"}),
        }
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    return path_parameters + [
        {"name": name, "in": "query", "description": description, "schema": _VALUES.get(name, {"type": "string"})}
        for name, description in route.query.items()
    ]
