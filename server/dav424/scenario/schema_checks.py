"""The problems of a scenario file that the JSON Schema finds, in sentences that say what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.reason_phrases import is_registered
from dav424.core.writable import XML_NAME, XML_TEXT, unwritable
from dav424.scenario.cause_checks import NEVER_424
from dav424.scenario.clark_names import name_problem
from dav424.scenario.file_problem import did_you_mean, suggest
from dav424.scenario.json_schema import schema
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


def schema_problems(data: Any) -> Iterator[tuple[Pointer, str, bool]]:
    """Check the data of a file: for each problem its pointer, a sentence, and whether it concerns the key itself."""
    if isinstance(data, dict):
        yield from _statuses(data)
    kinds = jsonschema_rs.ValidationErrorKind
    for error in _validator().iter_errors(data):
        pointer, kind = tuple(error.instance_path), error.kind
        if isinstance(kind, kinds.AdditionalProperties):
            known = sorted(_schema_at(error.schema_path[:-1]).get("properties", {}))
            for key in kind.unexpected:
                yield (*pointer, key), f"unknown key {key!r}{suggest(key, known)}", True
        elif isinstance(kind, kinds.PropertyNames):
            yield (*pointer, str(kind.error.instance)), _sentence(kind.error), True
        else:
            yield pointer, _sentence(error), False


def cause_schema_problems(data: Any) -> Iterator[tuple[Pointer, str]]:
    """Check the data of one cause, which need not come from a file: a pointer into the cause and a sentence for each problem."""
    reported: set[Pointer] = set()
    for pointer, message, _ in schema_problems({"title": "-", "causes": [data]}):
        if pointer not in reported:
            yield pointer[2:], message
        reported.add(pointer)


def _sentence(error: Any) -> str:
    """Say which value is wrong and what to write instead."""
    kinds, kind, value = jsonschema_rs.ValidationErrorKind, error.kind, error.instance
    if isinstance(kind, kinds.Enum):
        options = [str(option) for option in kind.options]
        unquoted = isinstance(value, str) and value in options and value not in kind.options
        hint = f"; write {value} without quotes" if unquoted else did_you_mean(str(value), options)
        return f"{value!r} is not one of {', '.join(options)}{hint}"
    if isinstance(kind, kinds.Type):
        return f"expected {_expected(kind.types)}, received {_received(value)}{_hint(value, kind.types)}"
    if isinstance(kind, kinds.AnyOf):
        return f"expected {_expected_any(error.schema_path)}, received {_received(value)}{_hint(value, ['string'])}"
    if isinstance(kind, kinds.Required):
        return f"the key {kind.property!r} is missing; add it"
    if isinstance(kind, kinds.Pattern):
        pattern = kind.pattern.removesuffix(r"(?!\n)")
        description = _schema_at(error.schema_path[:-1]).get("description", "")
        named = name_problem(value) if kind.pattern == XML_NAME and isinstance(value, str) else None
        if named is not None:
            return named
        if len(pattern) > _LONGEST_PATTERN and description:
            return f"{value!r} has the wrong form; {description}"
        if pattern == XML_TEXT:
            return f"the text has {unwritable(value)}, which XML can't hold; remove it"
        return f"{value!r} has the wrong form; write text that matches {pattern}{description and f' ({description})'}"
    return str(error.message)


@cache
def _schema() -> Any:
    return schema()


@cache
def _validator() -> Any:
    return jsonschema_rs.Draft7Validator(_schema())


def _schema_at(schema_path: Iterable[str | int]) -> dict[str, Any]:
    """Give the part of the schema at a path, with references followed."""
    root = _schema()
    node = root
    for step in schema_path:
        node = node[int(step)] if isinstance(node, list) else node.get(str(step), node)
        while isinstance(node, dict) and "$ref" in node:
            node = root["definitions"][node["$ref"].rpartition("/")[2]]
    return node if isinstance(node, dict) else {}


def _expected(types: Iterable[str]) -> str:
    return " or ".join(_TYPES[name] for name in types)


def _expected_any(schema_path: list[str | int]) -> str:
    """Say what a choice accepts, such as text or a mapping with the key xml."""
    choices = [_schema_at([*schema_path, i]) for i in range(len(_schema_at(schema_path[:-1])["anyOf"]))]
    return " or ".join(
        _TYPES[choice["type"]] + (f" with the key {', '.join(choice['required'])}" if "required" in choice else "")
        for choice in choices
    )


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


def _statuses(data: dict[str, Any]) -> Iterator[tuple[Pointer, str, bool]]:
    """Find causes with the status 424, and expected statuses that are not registered."""
    causes = data.get("causes")
    for i, cause in enumerate(causes if isinstance(causes, list) else []):
        if isinstance(cause, dict) and cause.get("status") == FAILED_DEPENDENCY:
            yield ("causes", i, "status"), NEVER_424, False
    cure = data.get("cure")
    own = {cause.get("status") for cause in causes if isinstance(cause, dict)} if isinstance(causes, list) else set()
    yield from _expected_statuses(data.get("requests"), ("requests",), own)
    inside = cure.get("requests") if isinstance(cure, dict) else None
    yield from _expected_statuses(inside, ("cure", "requests"), own)


def _expected_statuses(requests: Any, pointer: Pointer, own: set[Any]) -> Iterator[tuple[Pointer, str, bool]]:
    """Find statuses that are neither registered nor among the ``own`` ones of the scenario's causes."""
    for i, request in enumerate(requests if isinstance(requests, list) else []):
        expect = request.get("expect") if isinstance(request, dict) else None
        if not isinstance(expect, dict):
            continue
        answers = expect.get("answers")
        statuses: list[tuple[Pointer, Any]] = [((*pointer, i, "expect", "status"), expect.get("status"))]
        statuses += [
            ((*pointer, i, "expect", "answers", k, "status"), answer.get("status"))
            for k, answer in enumerate(answers if isinstance(answers, list) else [])
            if isinstance(answer, dict)
        ]
        for position, status in statuses:
            if isinstance(status, int) and 100 <= status <= 599 and status not in own and not is_registered(status):
                yield position, f"{status} is not a registered HTTP status code; check the number", False
