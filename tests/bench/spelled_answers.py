"""Answers of a server in a dialect, in any size: the time to read and to write them grows with the size, and no faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from dav424.dialects.dialect import Dialect
from tests.dialects.bundled_answers import BundledAnswer
from tests.dialects.large_answers import CASES

_ITEM = 200
"""About the bytes of each item of a large answer."""
_DIALECTS: dict[str, dict[str, Any]] = {
    "prefixes of the request": {
        "property-prefixes": "~request",
        "declarations": "multistatus",
        "white-space": "indented",
    },
    "counted prefixes": {"property-prefixes": "ns0", "dav-property-prefix": "lp1", "declarations": "response"},
    "one propstat for each": {"property-prefixes": "n", "declarations": "propstat", "propstats": "each"},
    "all in order": {"propstat-order": "request", "responses-reversed": True, "dependents": "in-full"},
    "values": {"etags": "absent", "modified-dates": "iso", "quota-unlimited": "-3", "descriptions": "zope"},
    "hrefs": {"href-form": "url", "href-encoding": "twice", "condition-hrefs": "relative", "hrefs-together": True},
}


def spelled_answers() -> Iterator[tuple[str, Callable[[int], float]]]:
    """Give a name for each kind of answer in each dialect, and a function of the size in bytes that measures the time."""
    for name, values in _DIALECTS.items():
        dialect = Dialect("measured", values)
        for make in CASES:
            yield f"dialect: {name}, {make.__name__}", _measuring(dialect, make)


def _measuring(dialect: Dialect, make: Callable[[int], BundledAnswer]) -> Callable[[int], float]:
    def seconds(size: int) -> float:
        answer = make(max(size // _ITEM, 1))
        start = time.process_time()
        body = dialect.told(answer.exchange, answer.response).body
        assert isinstance(body, bytes), "it was written whole"
        return time.process_time() - start

    return seconds
