"""Write a scenario as a YAML file, without the keys that have their defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import yaml
from msgspec import NODEFAULT, Struct

from dav424.scenario.model import Scenario
from dav424.scenario.yaml_reader import MAX_BYTES, MAX_NODES, reads_as_text

_BREAKS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff]")
"""Characters that a block, or a text without double quotes, would change: YAML 1.1 has more line breaks than YAML 1.2."""


class FileTooLargeError(ValueError):
    """A scenario that would make a larger file than the server reads; the message says so."""


_LINE = re.compile(r"^(?=.)", re.MULTILINE)


class _BlockDumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # the type of a choice
    """Writes texts of several lines as blocks, and aliases never."""

    def ignore_aliases(self, _: object) -> bool:
        """Write equal values twice."""
        return True


def _text(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """Give the style in which the reader finds a text unchanged; None leaves the choice to the writer."""
    if _BREAKS.search(text):
        return '"'
    if "\n" in text:
        clean = text[0] not in " \n" and not any(line != line.rstrip() for line in text.split("\n"))
        return "|" if clean else '"'
    return None if reads_as_text(text) else "'"


_BlockDumper.add_representer(str, _text)


def write(scenario: Scenario) -> str:
    """Write a scenario; ``load`` reads an equal one. Raises ``FileTooLargeError`` if ``load`` would refuse its size."""
    plain = _plain(scenario)
    values = _count(plain)
    if values > MAX_NODES:
        raise FileTooLargeError(f"a scenario file may have {MAX_NODES} values, and this one would have {values}")
    written = "".join(_pieces(plain))
    size = len(written.encode())
    if size > MAX_BYTES:
        raise FileTooLargeError(f"a scenario file may have {MAX_BYTES} bytes, and this one would have {size}")
    return written


def _pieces(plain: dict[str, Any]) -> Iterator[str]:
    """Write each key of a file, and each resource of its tree, by a call of its own: other threads wait for a call."""
    for key, value in plain.items():
        if key != "tree":
            yield _dump({key: value})
            continue
        yield "tree:\n"
        for path, resource in value.items():
            yield _LINE.sub("  ", _dump({path: resource}))


def write_key(key: str, value: Any) -> str:
    """Write one key of a file, without a line break at its end."""
    return _dump({key: value}).rstrip("\n")


def _dump(plain: dict[str, Any]) -> str:
    return str(yaml.dump(plain, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True, width=110))


def _count(value: Any) -> int:
    """Count the values of plain data, as the reader does."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_count, inside))


def _plain(value: Any) -> Any:
    """Give plain data of a scenario, without the fields that have their default."""
    if isinstance(value, Struct):
        tag = value.__struct_config__.tag
        kind = {str(value.__struct_config__.tag_field): tag} if tag is not None else {}
        fields = {
            field.encode_name: _plain(getattr(value, field.name))
            for field in _fields(type(value))
            if not _is_default(field, getattr(value, field.name))
        }
        return {**({"id": fields["id"]} if "id" in fields else {}), **kind, **fields}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return msgspec.to_builtins(value)


_fields = cache(msgspec.structs.fields)


def _is_default(field: msgspec.structs.FieldInfo, value: Any) -> bool:
    if field.default is not NODEFAULT:
        return bool(field.default == value)
    return field.default_factory is not NODEFAULT and bool(field.default_factory() == value)
