"""What a user of dav424 can name, a line each: flags, keys of files, routes, names of Python.

``python -m tests.compatibility.surface`` writes ``promised.txt``, which is done for a release. From then on, a test holds that
no line of it is gone.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, is_typeddict
from unittest import mock

import pytest

from dav424 import pytest_plugin
from dav424.admin.openapi import document
from dav424.admin.routes import ROUTES
from dav424.commands import cli
from dav424.dialects.dialect_file import dialect_schema
from dav424.scenario.json_schema import schema as scenario_schema
from docs._ext.reference import MODULES, choices

PROMISED = Path(__file__).with_name("promised.txt")
Schema = Mapping[str, Any]


def surface() -> list[str]:
    """List all that a user can name, sorted."""
    parts = (_commands, _files, _admin_api, _plugin, _python)
    return sorted({line for part in parts for line in part()})


def _commands() -> Iterator[str]:
    with mock.patch.dict(os.environ, clear=True):  # a variable would become the default of its flag
        top = cli.parser()
    for name, command in choices(top).items():
        yield f"command {name}"
        for action in command._actions:
            yield from (f"command {name} {option}" for option in action.option_strings)


def _files() -> Iterator[str]:
    for kind, whole in (("scenario file", scenario_schema()), ("dialect file", dialect_schema())):
        yield from _keys(kind, whole)
        for name, part in whole["definitions"].items():
            yield from _keys(f"{kind}, {_kind(name, part)}", part)


def _admin_api() -> Iterator[str]:
    for route in ROUTES:
        yield f"admin API {route.method} {route.path}"
        yield from (f"admin API {route.method} {route.path}?{name}" for name in route.query)
    in_files = scenario_schema()["definitions"].keys()
    for name, part in document(ROUTES)["components"]["schemas"].items():
        if name not in in_files:
            yield from _keys(f"admin API, {name}", part)


def _plugin() -> Iterator[str]:
    parser = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(parser)
    yield from (f"pytest {option}" for group in parser._groups for each in group.options for option in each.names())
    yield from (f"pytest ini {name}" for name in parser._inidict)
    yield from (
        f"pytest fixture {name}" for name in ("dav424", "dav424_server", "dav424_space") if hasattr(pytest_plugin, name)
    )


def _python() -> Iterator[str]:
    for name in MODULES:
        module = importlib.import_module(name)
        for member in getattr(module, "__all__", None) or _own_names(module):
            yield from _members(f"Python {name}.{member}", getattr(module, member))


def _own_names(module: object) -> Iterator[str]:
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__:  # type: ignore[attr-defined]
            yield name


def _members(name: str, value: object) -> Iterator[str]:
    """List the parameters of a function or class, and the public methods and attributes of a class."""
    yield name
    if not callable(value):
        return
    yield from _parameters(name, value)
    if is_typeddict(value):
        yield from (f"{name}.{key}" for key in value.__annotations__)
    elif inspect.isclass(value):
        for member, attribute in vars(value).items():
            if not member.startswith("_"):
                yield f"{name}.{member}"
                if inspect.isfunction(attribute):
                    yield from _parameters(f"{name}.{member}", attribute)


def _parameters(name: str, value: Callable[..., object]) -> Iterator[str]:
    try:
        parameters = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return  # a type alias, or a class of Python itself
    for parameter in parameters.values():
        if not parameter.name.startswith("_") and parameter.name not in ("self", "cls", "args", "kwargs"):
            yield f"{name}({parameter.name})"


def _kind(name: str, part: Schema) -> str:
    """Name an object by its key ``kind``, as a user does, if it has one."""
    return next(_choices_of(part.get("properties", {}).get("kind", {})), name)


def _keys(name: str, part: Schema) -> Iterator[str]:
    """List the keys of an object in a JSON schema, each with its fixed values."""
    for key, value in part.get("properties", {}).items():
        yield f"{name}: {key}"
        yield from (f"{name}: {key}: {choice}" for choice in _choices_of(value))


def _choices_of(part: Schema) -> Iterator[str]:
    yield from (str(choice) for choice in part.get("enum", ()))
    if "const" in part:
        yield str(part["const"])
    for each in (*part.get("anyOf", ()), *part.get("oneOf", ()), part.get("items")):
        if isinstance(each, dict):
            yield from _choices_of(each)


def main() -> None:
    """Write what is promised from now on."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    PROMISED.write_text("\n".join(surface()) + "\n")


if __name__ == "__main__":
    main()
