"""The pages of the reference, made from the code: ``PAGES`` has their names, and each gives its Markdown."""

from __future__ import annotations

import argparse
import inspect
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

from msgspec import Struct

from dav424.admin.openapi import document
from dav424.admin.routes import ROUTES
from dav424.causes.kinds import CAUSES
from dav424.commands import cli
from dav424.scenario.json_schema import schema
from docs._ext.schema_tables import anchor, cell, description, keys, kind, rows

MODULES = (
    "dav424.testing",
    "dav424.testing.containers",
    "dav424.diagnosis",
    "dav424.probe",
    "dav424.wsgi",
    "dav424.wsgidav",
)
"""The public modules of the package, whose docstrings the page on Python shows."""


class Page(Struct, frozen=True):
    """A page of the reference: its title, one line about it, and the function that writes the rest."""

    title: str
    subject: str
    write: Callable[[], str]

    def markdown(self) -> str:
        """Write the whole page."""
        return f"# {self.title}\n\n{self.write().strip()}\n"


def commands() -> str:
    """Write each command with its arguments, flags, variables and defaults."""
    with mock.patch.dict(os.environ, clear=True):  # a variable would become the default of its flag
        top = cli.parser()
    about = "Each flag can be given as its variable, too; the flag overrides the variable."
    return "\n".join([about, *(_command(name, command) for name, command in choices(top).items())])


def choices(top: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    (choices,) = [action.choices for action in top._actions if isinstance(action.choices, dict)]  # noqa: SLF001 - argparse has no other way to them
    return choices


def _command(name: str, command: argparse.ArgumentParser) -> str:
    actions = [action for action in command._actions if action.dest != "help"]  # noqa: SLF001 - as above
    arguments = (_argument(action) for action in actions if not action.option_strings)
    flags = (_flag(action) for action in actions if action.option_strings)
    return "\n".join(
        (
            f"\n## dav424 {name}\n\n{command.description}\n",
            rows(("argument", "meaning"), arguments),
            rows(("flag, variable", "default", "meaning"), flags),
        )
    )


def _argument(action: argparse.Action) -> tuple[str, ...]:
    return f"`{action.metavar}`", cell(action.help or "")


def _flag(action: argparse.Action) -> tuple[str, ...]:
    """Take the help of a flag apart, which ends in its default and its variable, or says that it has none."""
    meaning, without, _ = (action.help or "").partition(" (no variable)")
    if without:
        return f"`{action.option_strings[0]}`", "off", cell(meaning)
    match = re.fullmatch(r"(.*?)(?: \(default: (.*)\))? \[(\w+)(?:=1)?(?:, ([^\]]*))?\]", action.help or "", re.DOTALL)
    if match is None:
        raise ValueError(f"the help of {action.option_strings[0]} must end in its variable, in brackets: {action.help}")
    meaning, default, variable, form = match.groups()
    name = f"`{action.option_strings[0]}{f' {action.metavar}' if action.metavar else ''}`"
    return f"{name}<br>`{variable}`", cell(default or "off"), cell(f"{meaning}; {form}" if form else meaning)


def causes() -> str:
    """Write each kind of cause: its docstring, its section of a standard, and its settings."""
    definitions = schema()["definitions"]
    about = "A cause refuses a request or an action. Its `kind` is the heading here. [Scenario files](../scenarios.md#causes) have examples."
    parts = [about]
    for cause in sorted(CAUSES, key=lambda each: str(each.__struct_config__.tag)):
        told = f"\n## {cause.__struct_config__.tag}\n\n{inspect.getdoc(cause)}\n"
        section = f"Section: {cause.section}.\n" if cause.section else ""
        parts += [told, section, _to_scenario_files(keys(definitions[cause.__name__]))]
    return "\n".join(parts)


def scenario_files() -> str:
    """Write each key of a scenario file, from its JSON Schema, which editors read too."""
    whole = schema()
    kinds = {cause.__name__ for cause in CAUSES}
    about = "A scenario is a YAML file with these keys. The kinds of causes have [a page of their own](causes.md)."
    parts = [about, "", keys(whole)]
    for name, definition in whole["definitions"].items():
        if name not in kinds:
            parts += [f"\n## {name}\n\n{description(definition)}\n", keys(definition)]
    return _links_to_causes("\n".join(parts), kinds)


def admin_api() -> str:
    """Write each route of the admin API, and each object in its bodies, from its OpenAPI document."""
    whole = document(ROUTES)
    parts = ["Requests and responses are JSON. `/-/openapi.json` of a running server has the same in OpenAPI 3.1.\n"]
    for path, methods in whole["paths"].items():
        parts += [_operation(method.upper(), path, operation) for method, operation in methods.items()]
    parts.append("\n## Objects\n")
    kinds = {cause.__name__ for cause in CAUSES}
    for name, definition in whole["components"]["schemas"].items():
        if name not in kinds:
            parts += [f"\n### {name}\n\n{description(definition)}\n", keys(definition)]
    return _links_to_causes("\n".join(parts), kinds)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = (
        (f"`{each['name']}`", each["in"], kind(each["schema"]), cell(each.get("description", "")))
        for each in operation["parameters"]
    )
    answers = operation["responses"]
    refusals = ", ".join(status for status in answers if int(status) >= 400)
    lines = [
        f"\n## {method} {path}\n\n{operation['summary']}\n",
        rows(("parameter", "in", "type", "meaning"), parameters),
    ]
    if "requestBody" in operation:
        lines.append(f"Body: {_bodies(operation['requestBody'])}.\n")
    lines += [f"Response: {status} {_bodies(answer)}.\n" for status, answer in answers.items() if int(status) < 400]
    return "\n".join([*lines, f"Errors: {refusals}.\n"])


def _bodies(message: Mapping[str, Any]) -> str:
    forms = (f"{kind(content['schema'])} as `{media}`" for media, content in message.get("content", {}).items())
    return "; ".join(forms) or "without a body"


def _to_scenario_files(table: str) -> str:
    """Let the names of objects lead to the page on scenario files."""
    return table.replace("](#", "](scenario-files.md#")


def _links_to_causes(text: str, kinds: set[str]) -> str:
    """Let the names of the classes of causes lead to the page on causes."""
    choices = " or ".join(f"[{name}](#{anchor(name)})" for name in _in_order(text, kinds))
    text = text.replace(choices, "[a cause](causes.md)") if choices else text
    return re.sub(r"\[(\w+)\]\(#\w+\)", lambda match: "[a cause](causes.md)" if match[1] in kinds else match[0], text)


def _in_order(text: str, kinds: set[str]) -> Iterator[str]:
    yield from dict.fromkeys(name for name in re.findall(r"\[(\w+)\]\(#", text) if name in kinds)


def python() -> str:
    """Write the directives that show the docstrings of the public modules."""
    about = "The fixtures of pytest have [a page of their own](../pytest.md).\n"
    modules = (f"\n## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```\n" for name in MODULES)
    return "\n".join([about, *modules])


PAGES: Mapping[str, Page] = {
    "commands": Page("Commands and flags", "each command with its flags, variables and defaults", commands),
    "causes": Page("Kinds of causes", "each kind with its settings", causes),
    "scenario-files": Page("Keys of scenario files", "each key with its type and default", scenario_files),
    "admin-api": Page("Routes of the admin API", "each route and each object in its bodies", admin_api),
    "python": Page("Python API", "the public modules with their docstrings", python),
}
"""The pages by the name of their file."""
