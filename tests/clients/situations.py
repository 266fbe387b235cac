"""What every client is asked to do: an ordinary life cycle, and what fails in the bundled scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EXAMPLE = "http://example.com/ns"


@dataclass(frozen=True)
class Situation:
    """One call in the world of one scenario, which has to fail; ``title`` is how the page calls it."""

    scenario: str
    title: str
    call: str
    arguments: list[Any]

    @property
    def method(self) -> str:
        """The HTTP method that it is about; a client may send others around it."""
        return self.title.split()[0]


@dataclass(frozen=True)
class Step:
    """One call of the life cycle: what it has to change, and what it has to read."""

    call: str
    arguments: list[Any]
    changes: frozenset[str] = frozenset()
    value: Any = None


def _changes(*words: str) -> frozenset[str]:
    return frozenset(words)


LIFE_CYCLE = (
    Step("mkdir", ["/box/"], _changes("made /box/")),
    Step("put", ["/box/a.txt", "Milk\n"], _changes("made /box/a.txt")),
    Step("put", ["/box/d.txt", "Tea\n"], _changes("made /box/d.txt")),
    Step("list", ["/box/"], value=["a.txt", "d.txt"]),
    Step("get", ["/box/a.txt"], value="Milk\n"),
    Step("proppatch", ["/box/a.txt", [[EXAMPLE, "author", "Ada"]]], _changes("set author of /box/a.txt")),
    Step("propget", ["/box/a.txt", EXAMPLE, "author"], value="Ada"),
    Step("copy", ["/box/a.txt", "/box/b.txt"], _changes("made /box/b.txt")),
    Step("move", ["/box/d.txt", "/box/c.txt"], _changes("made /box/c.txt", "removed /box/d.txt")),
    Step("delete", ["/box/a.txt"], _changes("removed /box/a.txt")),
    Step("lock", ["/box/"], _changes("locked /box/")),
    Step("unlock", ["/box/"], _changes("unlocked /box/")),
)
LIFE = "A life cycle"

SITUATIONS = (
    Situation(
        "proppatch-protected",
        "PROPPATCH with a protected property",
        "proppatch",
        ["/report.txt", [[EXAMPLE, "author", "Grace"], ["DAV:", "getetag", '"mine"'], [EXAMPLE, "title", "Q3"]]],
    ),
    Situation(
        "proppatch-locked",
        "PROPPATCH of a locked document",
        "proppatch",
        ["/report.txt", [[EXAMPLE, "author", "Grace"]]],
    ),
    Situation("lock-infinity-locked-child", "LOCK over a locked member", "lock", ["/project/"]),
    Situation("delete-locked-member", "DELETE over a locked member", "delete", ["/box/"]),
    Situation("copy-onto-locked-member", "COPY onto a locked member", "copy", ["/new/", "/old/"]),
    Situation("move-locked-member", "MOVE of a locked member", "move", ["/project/", "/archive/"]),
    Situation(
        "mkcol-with-properties",
        "MKCOL with a protected property",
        "mkcol",
        ["/home/special/", [["DAV:", "displayname", "Special"], ["DAV:", "owner", "me"]]],
    ),
    Situation(
        "mkcalendar-refused",
        "MKCALENDAR with a protected property",
        "mkcalendar",
        [
            "/calendars/holidays/",
            [["DAV:", "displayname", "Holidays"], ["http://apple.com/ns/ical/", "calendar-color", "#FF2968FF"]],
        ],
    ),
    Situation("put-into-locked-collection", "PUT into a locked collection", "put", ["/project/new.txt", "New\n"]),
    Situation("delete-full-disk", "DELETE on a full disk", "delete", ["/photos/"]),
    Situation("delete-success-as-207", "DELETE with bare status lines", "delete", ["/box/"]),
    Situation("slash-and-proxy", "DELETE at a strict server", "delete", ["/files/"]),
    Situation("class-1-no-locks", "LOCK at a server of class 1", "lock", ["/notes/today.txt"]),
    Situation("copy-conflict-forever", "COPY that is always 409", "copy", ["/report.txt", "/archive/report.txt"]),
    Situation("move-gateway-timeout", "MOVE that was done, with 504", "move", ["/uploads/part.tmp", "/files/film.mkv"]),
    Situation("put-busy-then-works", "PUT at a busy server", "put", ["/inbox/letter.txt", "Dear Ada\n"]),
    Situation(
        "multiget-one-denied",
        "REPORT with a denied member",
        "multiget",
        ["/work/", ["/work/event-16.ics", "/work/event-17.ics", "/work/event-18.ics"]],
    ),
    Situation(
        "multiget-one-gone",
        "REPORT with a member that is gone",
        "multiget",
        ["/work/", ["/work/breakfast.ics", "/work/brunch.ics", "/work/dinner.ics"]],
    ),
    Situation("sync-stops-at-507", "REPORT that stops at 507", "sync", ["/work/"]),
)
