"""The mistakes in a cause of kind ``answers`` that a schema can't find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dav424.causes.answers import Answers
from dav424.core.paths import Path
from dav424.scenario.yaml_reader import Pointer

_OF_THE_SERVER = frozenset({
    "connection", "content-length", "date", "dav424-exchange", "dav424-space", "keep-alive", "server", "trailer",
    "transfer-encoding",
})  # fmt: skip
"""The headers that the server writes itself."""

WHOLE = ("LOCK",)
"""The methods that change all members that they reach, or none. A test compares both with the facts of the methods."""
IN_STEPS = ("DELETE", "COPY", "MOVE")
"""The methods that change each member that they reach in a step of its own, unless the scenario is atomic."""


def answers_problems(cause: Answers, path: Path, *, atomic: bool) -> Iterator[tuple[Pointer, str]]:
    """Check a cause at a path: a pointer into the cause and a sentence for each problem.

    In an ``atomic`` scenario DELETE, COPY and MOVE are all or nothing.
    """
    yield from _headers(cause.headers)
    typed = "content-type" in map(str.lower, cause.headers)
    if cause.status == 304 and cause.body is not None:
        yield ("body",), "a 304 has no body; remove the body, or choose another status"
    elif typed and cause.body is None:
        remedy = "remove it: a 304 has no body" if cause.status == 304 else "add a body, or remove it"
        yield ("headers",), f"Content-Type describes a body, and the cause has none; {remedy}"
    if cause.done and len(path) > 1:
        whole = _all_or_nothing(cause, atomic=atomic)
        if whole:
            are, listed = "is" if len(whole) == 1 else "are", ", ".join(whole)
            remedy = f"remove done, or leave {listed} out of the methods"
            yield (
                ("done",),
                f"{listed} here {are} all or nothing, so nothing stays done at the member {cause.path}; {remedy}",
            )


def _all_or_nothing(cause: Answers, *, atomic: bool) -> list[str]:
    """List the methods, among those that a cause is meant for, that change all members that they reach or none.

    A cause without a list is meant for those that the scenario made atomic.
    """
    if cause.methods is None:
        return [*IN_STEPS] if atomic else []
    return [name for name in (*WHOLE, *(IN_STEPS if atomic else ())) if name in cause.methods]


def _headers(headers: Mapping[str, str]) -> Iterator[tuple[Pointer, str]]:
    seen: dict[str, str] = {}
    for name in headers:
        lower = name.lower()
        if lower in _OF_THE_SERVER:
            yield ("headers", name), f"the server itself writes {name}; remove it"
        if lower in seen:
            yield ("headers", name), f"{name} and {seen[lower]} are the same header; keep one of them"
        seen[lower] = name
