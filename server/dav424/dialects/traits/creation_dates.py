"""The format of ``DAV:creationdate``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import change_value
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.traits.modified_dates import rfc1123
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_written, _FORMATS[value]))


def _written(form: Callable[[datetime], str | None], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    def change(text: str) -> str | None:
        moment = datetime.fromisoformat(text.upper())
        return form(moment.astimezone(UTC))

    change_value(exchange, answer, "{DAV:}creationdate", change)


def _fraction(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _offset(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}+00:00"


def _fraction_offset(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}+00:00"


def _absent(_: datetime) -> None:
    return None


_FORMATS: dict[str, Callable[[datetime], str | None]] = {
    "http": partial(rfc1123, zone="GMT"),
    "fraction": _fraction,
    "offset": _offset,
    "fraction-offset": _fraction_offset,
    "absent": _absent,
}
CREATION_DATES = Trait(
    name="creation-dates",
    kind="spelling",
    values=Literal["rfc3339", "http", "fraction", "offset", "fraction-offset", "absent"],
    default="rfc3339",
    description="The format of creationdate: RFC 3339, the one of HTTP, with a fraction of a second, with +00:00 instead "
    "of Z, with both, or no date.",
    reports=("dufs#366", "alist#5878", "sabre/dav#300", "DecaTec#62"),
    hooks=_hooks,
)
