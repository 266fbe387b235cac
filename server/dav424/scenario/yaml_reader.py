"""YAML 1.2 as plain data, with the place in the file of every key and value.

PyYAML's parser reads the syntax; scalars are resolved here by the core schema of YAML 1.2, so that
``no`` is a word and ``12:30`` is not 750.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct, field

from dav424.scenario.file_problem import FileProblem

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 200_000
MAX_DEPTH = 40
MAX_COMPOSED_UNSEEN = 2_000
"""Bytes in which nothing can be nested so deep that composing it could harm."""
_CORE: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"(~|null|Null|NULL|)"), lambda _: None),
    (re.compile(r"(true|True|TRUE|false|False|FALSE)"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text, 0)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)"), lambda text: float("-inf" if text[0] == "-" else "inf")),
    (re.compile(r"\.(nan|NaN|NAN)"), lambda _: float("nan")),
)
Pointer = tuple[str | int, ...]


class ParsedYaml(Struct):
    """A file's data, where each value and key of it stands, and what was wrong with the syntax."""

    file: str
    data: Any = None
    values: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)
    nodes: int = 0

    def problem(self, at: tuple[int, int], message: str) -> None:
        """Note a problem at a line and column."""
        self.problems.append(FileProblem(self.file, *at, message))

    def place(self, pointer: Pointer, *, key: bool = False) -> tuple[int, int]:
        """Find where a value stands, or its key; for what isn't there, the nearest that is."""
        if key and pointer in self.keys:
            return self.keys[pointer]
        while pointer and pointer not in self.values:
            pointer = pointer[:-1]
        return self.values.get(pointer, (1, 1))


def read(text: str | bytes, file: str) -> ParsedYaml:
    """Read one YAML document."""
    found = ParsedYaml(file)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(text) > MAX_BYTES:
        found.problem((1, 1), f"the file has {len(text)} bytes; at most {MAX_BYTES} are read")
        return found
    try:
        if isinstance(text, str):
            text = text.encode()
        if len(text) > MAX_COMPOSED_UNSEEN and _too_deep(text, loader, found):
            return found
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found.problem(_at(mark) if mark else (1, 1), str(error.problem or error.context))
        return found
    except (yaml.YAMLError, UnicodeError) as error:
        found.problem((1, 1), f"not YAML: {' '.join(str(error).split())}")
        return found
    if node is None:
        found.problem((1, 1), "the file is empty")
        return found
    found.data = _convert(node, (), found)
    return found


def _too_deep(text: bytes, loader: Any, found: ParsedYaml) -> bool:
    """Say whether the data is nested too deep, before libyaml's composer goes down there and doesn't come back."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            found.problem(_at(event.start_mark), f"the data is nested more than {MAX_DEPTH} levels deep")
            return True
    return False


def _at(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _convert(node: yaml.Node, pointer: Pointer, found: ParsedYaml) -> Any:
    found.values[pointer] = _at(node.start_mark)
    found.nodes += 1
    if found.nodes > MAX_NODES or len(pointer) > MAX_DEPTH:
        if found.nodes <= MAX_NODES + 1:
            found.problem(_at(node.start_mark), "the data is nested too deep or its aliases expand to too much")
            found.nodes = MAX_NODES + 1
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, pointer, found)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, (*pointer, i), found) for i, child in enumerate(node.value)]
    return _scalar(node, found)


def _mapping(node: yaml.MappingNode, pointer: Pointer, found: ParsedYaml) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            found.problem(_at(key.start_mark), "a key must be a word or text")
            continue
        name = str(key.value)
        if name in data:
            line, _ = found.keys[(*pointer, name)]
            found.problem(_at(key.start_mark), f"duplicate key {name!r}; it stands in line {line} already")
            continue
        found.keys[(*pointer, name)] = _at(key.start_mark)
        data[name] = _convert(value, (*pointer, name), found)
    return data


def _scalar(node: yaml.Node, found: ParsedYaml) -> Any:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and not node.style:
        for pattern, make in _CORE:
            if pattern.fullmatch(text):
                try:
                    return make(text)
                except ValueError:
                    found.problem(_at(node.start_mark), f"a number of {len(text)} digits is too large")
                    return None
        if node.tag not in _PLAIN_TAGS:
            found.problem(_at(node.start_mark), f"the tag {node.tag} is not supported; quote the text instead")
    return text


_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "int", "float", "null", "timestamp", "merge", "value")
}
