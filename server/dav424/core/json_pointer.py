"""JSON Pointers (RFC 6901): the place of a value in a JSON document."""

from __future__ import annotations

from typing import Any


def spell(*steps: str | int) -> str:
    """Spell the pointer that takes these steps, names of members and indices of arrays, from the root.

    >>> spell("resources", "/a~b", 0)
    '/resources/~1a~0b/0'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def fragment(*steps: str | int) -> str:
    """Spell a pointer as a URI fragment, in the form of RFC 9457 3.

    >>> fragment("requests", 0, "a/b")
    '#/requests/0/a~1b'
    """
    return "#" + spell(*steps)


def resolve(document: Any, pointer: str) -> Any:
    """Give the value at a pointer; None if the document has no such value.

    >>> resolve({"requests": [{"a/b": 7}]}, "/requests/0/a~1b")
    7
    """
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
