"""The mistakes in a cause of kind ``answers`` that a schema can't find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dav424.causes import Answers
from dav424.core.http_methods import KNOWN
from dav424.core.paths import Path
from dav424.methods import METHOD_FACTS
from dav424.scenario.file_problem import suggest
from dav424.scenario.yaml_reader import Pointer

_OF_THE_SERVER = frozenset({
    "connection", "content-length", "date", "dav424-exchange", "dav424-space", "keep-alive", "server", "trailer",
    "transfer-encoding",
})  # fmt: skip
"""The headers that the server writes itself."""


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
    for i, name in enumerate(cause.methods or ()):
        if name not in KNOWN:
            yield ("methods", i), f"{name!r} is not the name of an HTTP method{suggest(name.upper(), sorted(KNOWN))}"
    if cause.done and len(path) > 1:
        whole = [name for name in _atomic_on_members(atomic=atomic) if _names(cause, name, atomic=atomic)]
        if whole:
            are, listed = "is" if len(whole) == 1 else "are", ", ".join(whole)
            remedy = f"remove done, or leave {listed} out of the methods"
            yield (
                ("done",),
                f"{listed} here {are} all or nothing, so nothing stays done at the member {cause.path}; {remedy}",
            )


def _atomic_on_members(*, atomic: bool) -> list[str]:
    """List the methods that reach members and change all of them or none."""
    return [
        name
        for name, facts in METHOD_FACTS.items()
        if facts.reaches_members and not facts.safe and (atomic or facts.atomicity == "whole")
    ]


def _names(cause: Answers, method: str, *, atomic: bool) -> bool:
    """Say whether a cause is meant for a method: without a list, that is so for those that the scenario made atomic."""
    if cause.methods is not None:
        return method in cause.methods
    return atomic and METHOD_FACTS[method].atomicity == "steps"


def _headers(headers: Mapping[str, str]) -> Iterator[tuple[Pointer, str]]:
    seen: dict[str, str] = {}
    for name in headers:
        lower = name.lower()
        if lower in _OF_THE_SERVER:
            yield ("headers", name), f"the server itself writes {name}; remove it"
        if lower in seen:
            yield ("headers", name), f"{name} and {seen[lower]} are the same header; keep one of them"
        seen[lower] = name
