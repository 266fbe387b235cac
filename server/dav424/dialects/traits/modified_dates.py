"""The format of ``DAV:getlastmodified``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import change_value
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_without_dates if value == "absent" else partial(_written, _FORMATS[value]))


def _written(form: Callable[[datetime], str], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    def change(text: str) -> str:
        return form(parsedate_to_datetime(text).astimezone(UTC))

    change_value(exchange, answer, "{DAV:}getlastmodified", change)


def _without_dates(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    change_value(exchange, answer, "{DAV:}getlastmodified", lambda _: None)
    answer.set_header("Last-Modified", None)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def rfc1123(moment: datetime, zone: str) -> str:
    """Write a date as HTTP does, with a name or an offset of the time zone."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} {zone}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORMATS: dict[str, Callable[[datetime], str]] = {
    "iso": _iso,
    "utc": partial(rfc1123, zone="UTC"),
    "offset": partial(rfc1123, zone="+0000"),
}
MODIFIED_DATES = Trait(
    name="modified-dates",
    kind="spelling",
    values=Literal["http", "iso", "utc", "offset", "absent"],
    default="http",
    description="The format of getlastmodified: the one of HTTP, ISO 8601, with UTC or +0000 instead of GMT, or no date, "
    "and no Last-Modified header either.",
    reports=(
        "owncloud/android#2999",
        "android-library#511",
        "dufs#366",
        "alist#5878",
        "dav4rack#26",
        "DecaTec#62",
        "AFWebDAVManager#4",
        "rclone#2937",
    ),
    hooks=_hooks,
)
