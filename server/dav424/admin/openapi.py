"""The admin API as an OpenAPI 3.1 document, made from the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dav424 import __version__
from dav424.admin.api_problem import PROBLEM_TYPE, ProblemShape
from dav424.admin.call import Route
from dav424.admin.payloads import SpaceName
from dav424.causes.cause import Id
from dav424.core.reason_phrases import reason

_REF = "#/components/schemas/{name}"
_PARAMETERS = {
    "space": "The name of a space; default is the one that is served without a name.",
    "scenario": "The name of a scenario.",
    "cause": "The id of a cause.",
    "number": "The number of an exchange, as the header Dav424-Exchange has it.",
}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_VALUES: dict[str, dict[str, Any]] = {
    "space": msgspec.json.schema(SpaceName),
    "cause": msgspec.json.schema(Id),
    "number": _WHOLE,
    "status": _WHOLE,
    "since": _WHOLE,
    "count": _WHOLE,
    "newest": _WHOLE,
    "wait": {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m)?$"},
    "as": {"type": "string", "enum": ["text", "html", "json"]},
}
"""What parameters look like that aren't any text."""


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Describe the routes."""
    routes = list(routes)
    shapes = [kind for route in routes for kind in (route.gives, route.takes) if kind not in (None, dict)]
    schemas, components = msgspec.json.schema_components([*shapes, ProblemShape], ref_template=_REF)
    found = dict(zip(map(_key, [*shapes, ProblemShape]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, found, components)
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


def _key(kind: Any) -> str:
    return repr(kind)


def _operation(route: Route, schemas: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    problem = {PROBLEM_TYPE: {"schema": schemas[_key(ProblemShape)]}}
    body_errors = (413, 415, 422) if route.takes is not None else ()
    refusals = sorted({400, 405, *body_errors, *route.errors} | (set() if route.open else {401, 403}))
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}-{route.path.strip('/-').replace('/', '-').translate(_PLAIN) or 'index'}",
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {
            str(route.status): _success(route, schemas),
            **{str(status): {"description": reason(status), "content": problem} for status in refusals},
        },
        "security": [{}] if route.open else [{}, {"token": []}],
    }
    if route.takes is not None:
        schema = schemas[_key(route.takes)]
        body = {"application/json": {"schema": _without_id(schema, components) if route.named else schema}}
        operation["requestBody"] = {"required": route.takes_something, "content": body}
    return operation


def _without_id(choice: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Let the id be left out of each of a choice of shapes: the path has it."""
    shapes = [components[each["$ref"].rpartition("/")[2]] for each in choice["anyOf"]]
    return {"anyOf": [{**each, "required": [key for key in each["required"] if key != "id"]} for each in shapes]}


_PLAIN = str.maketrans("", "", "{}.")


def _success(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"description": reason(route.status)}
    if route.status == 204:
        return said
    schema = {"type": "object"} if route.gives is dict else schemas.get(_key(route.gives), {"type": "string"})
    content = {kind: {"schema": schema if "json" in kind else {"type": "string"}} for kind in route.media_types}
    return {**said, "content": content}


def _parameters(route: Route) -> list[dict[str, Any]]:
    inside = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARAMETERS[name],
            "schema": _VALUES.get(name, {"type": "string"}),
        }
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    return inside + [
        {"name": name, "in": "query", "description": said, "schema": _VALUES.get(name, {"type": "string"})}
        for name, said in route.query.items()
    ]
