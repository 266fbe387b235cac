"""The types of the values that several traits take, and the changes of a request that several traits make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import replace

from dav424.methods import METHODS

if TYPE_CHECKING:
    from dav424.spine.exchange import OpenExchange

MethodName: Any = Literal[tuple(METHODS)]
"""An HTTP method of the server."""
_REDIRECTIONS = (301, 302, 303, 307, 308)
REFUSAL_STATUSES = (400, 403, 404, 405, 409, 412, 415, 423, 500, 501, 502, 503)
RedirectStatus = Literal[301, 302, 303, 307, 308]
"""A status with ``Location``."""


def by_method(methods: Iterable[str], statuses: tuple[int, ...], example: str) -> Any:
    """Give the type of a mapping from some methods to some statuses; ``example`` shows one."""
    names = tuple(methods)
    meta = Meta(
        description=f"The status for each method, such as {example}.",
        extra_json_schema={"propertyNames": {"enum": sorted(names)}},
    )
    types: Any = dict[Literal[names], Literal[statuses]]  # type: ignore[valid-type]
    return Annotated[types, meta]


REFUSALS: Any = by_method(METHODS, REFUSAL_STATUSES, "{LOCK: 405}")
"""The value of a trait that refuses methods, each with its status."""
REDIRECTIONS_AND_REFUSALS: Any = by_method(METHODS, _REDIRECTIONS + REFUSAL_STATUSES, "{GET: 301, DELETE: 409}")
"""The value of a trait that redirects or refuses methods."""


def set_header(exchange: OpenExchange, name: str, value: str | None) -> None:
    """Change a header of the request that the method reads, or remove it with None; ``name`` is in lower case."""
    others = {other: text for other, text in exchange.request.headers.items() if other != name}
    added = {} if value is None else {name: value}
    exchange.request = replace(exchange.request, headers={**others, **added})
