"""What causes refuse of the objects of calendars and address books: those beyond a bound, and any with a precondition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dav424.causes.cause import below
from dav424.core.batch import Refused
from dav424.objects.limits import CollectionLimits

if TYPE_CHECKING:
    from dav424.causes.apply import CauseContext
    from dav424.causes.object_limits import ObjectLimits
    from dav424.core.paths import Path
    from dav424.objects.calendar_data import Kind
    from dav424.objects.calendar_object import CalendarObject


def check_object(context: CauseContext, path: Path, size: int, kind: Kind, read: CalendarObject | None) -> None:
    """Let causes refuse to store an object; a card has nothing but its size that causes look at."""
    for cause in _around(context, path):
        context.raise_if_due(cause, _refusal(lambda limits: limits.check_size(size, kind), cause.limits))
        if read is not None:
            context.raise_if_due(cause, _refusal(lambda limits: limits.check(read), cause.limits))
    for refusing in context.cause_index.refusing_objects:
        if below(path, refusing.path):
            context.raise_if_due(refusing, refusing.refused(path, kind))


def _around(context: CauseContext, path: Path) -> list[ObjectLimits]:
    return [cause for cause in context.cause_index.limiting if below(path, cause.path)]


def _refusal(check: Callable[[CollectionLimits], None], limits: CollectionLimits) -> Refused | None:
    try:
        check(limits)
    except Refused as refused:
        return refused
    return None
