"""YAML 1.2 as plain data, with the line and column of every key and value.

PyYAML parses the syntax. This module resolves scalars by the core schema of YAML 1.2, so that ``no`` is
text and ``12:30`` is not 750.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct, field

from dav424.scenario.file_problem import FileProblem
from dav424.scenario.yaml_hints import syntax_hint

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 200_000
MAX_DEPTH = 40
_TOO_DEEP = f"the data is nested more than {MAX_DEPTH} levels deep; nest it less, and use no alias inside its own value"
_TOO_MUCH = f"the data has more than {MAX_NODES} values, expanded aliases included; use fewer of them"
MAX_COMPOSED_UNCHECKED = 2_000
"""Bytes: a shorter text can't be nested so deep that libyaml's composer overflows the stack."""
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
    """The data of a file, the line and column of each value and key, and the problems of the syntax."""

    file: str
    data: Any = None
    values: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)
    nodes: int = 0

    def problem(self, position: tuple[int, int], message: str) -> None:
        """Add a problem at a line and column."""
        self.problems.append(FileProblem(self.file, *position, message))

    def position(self, pointer: Pointer, *, key: bool = False) -> tuple[int, int]:
        """Give the line and column of a value, or of its key; of the nearest parent if the value is missing."""
        if key and pointer in self.keys:
            return self.keys[pointer]
        while pointer and pointer not in self.values:
            pointer = pointer[:-1]
        return self.values.get(pointer, (1, 1))


def read(text: str | bytes, file: str) -> ParsedYaml:
    """Read one YAML document."""
    parsed = ParsedYaml(file)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(text) > MAX_BYTES:
        parsed.problem((1, 1), f"the file has {len(text)} bytes; use a file of at most {MAX_BYTES} bytes")
        return parsed
    try:
        if isinstance(text, str):
            text = text.encode()
        if len(text) > MAX_COMPOSED_UNCHECKED and _too_deep(text, loader, parsed):
            return parsed
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = ", ".join(filter(None, (error.context, error.problem)))
        written = text.decode(errors="replace") if isinstance(text, bytes) else text
        lines = [place.line for place in (error.problem_mark, error.context_mark) if place is not None]
        hint = syntax_hint(written, str(error.problem), lines)
        parsed.problem(_position(mark) if mark else (1, 1), f"the YAML is not valid: {sentence}{hint}")
        return parsed
    except (yaml.YAMLError, UnicodeError) as error:
        parsed.problem((1, 1), f"the file is not YAML: {' '.join(str(error).split())}")
        return parsed
    if node is None:
        parsed.problem((1, 1), "the file is empty; write at least a title")
        return parsed
    parsed.data = _convert(node, (), parsed)
    return parsed


def reads_as_text(written: str) -> bool:
    """Say whether ``read`` gives a scalar without quotes as the text that it is."""
    return not any(pattern.fullmatch(written) for pattern, _ in _CORE)


def _too_deep(text: bytes, loader: Any, parsed: ParsedYaml) -> bool:
    """Say whether the data is nested too deep, before libyaml's composer recurses and overflows the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            parsed.problem(_position(event.start_mark), _TOO_DEEP)
            return True
    return False


def _position(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _convert(node: yaml.Node, pointer: Pointer, parsed: ParsedYaml) -> Any:
    parsed.values[pointer] = _position(node.start_mark)
    parsed.nodes += 1
    if parsed.nodes > MAX_NODES or len(pointer) > MAX_DEPTH:
        if parsed.nodes <= MAX_NODES + 1:
            parsed.problem(_position(node.start_mark), _TOO_MUCH if parsed.nodes > MAX_NODES else _TOO_DEEP)
            parsed.nodes = MAX_NODES + 1
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, pointer, parsed)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, (*pointer, i), parsed) for i, child in enumerate(node.value)]
    return _scalar(node, parsed)


def _mapping(node: yaml.MappingNode, pointer: Pointer, parsed: ParsedYaml) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            parsed.problem(
                _position(key.start_mark),
                "a key is a list or a mapping; write it as text, and a name such as {DAV:}getetag in quotes",
            )
            continue
        name = str(key.value)
        if name in data:
            line, _ = parsed.keys[(*pointer, name)]
            parsed.problem(
                _position(key.start_mark), f"the key {name!r} repeats the key in line {line}; remove one of them"
            )
            continue
        parsed.keys[(*pointer, name)] = _position(key.start_mark)
        data[name] = _convert(value, (*pointer, name), parsed)
    return data


def _scalar(node: yaml.Node, parsed: ParsedYaml) -> Any:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and not node.style:
        for pattern, make in _CORE:
            if pattern.fullmatch(text):
                try:
                    return _written(make(text))
                except ValueError:
                    parsed.problem(
                        _position(node.start_mark),
                        f"the number has {len(text)} digits, which is too many; put it in quotes to make it text",
                    )
                    return None
        if node.tag not in _PLAIN_TAGS:
            parsed.problem(
                _position(node.start_mark), f"the tag {node.tag} is not supported; put the text in quotes instead"
            )
    return text


def _written(value: Any) -> Any:
    """Give a value back; raises ValueError for a number with more digits than Python writes."""
    str(value)
    return value


_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "int", "float", "null", "timestamp", "merge", "value")
}
