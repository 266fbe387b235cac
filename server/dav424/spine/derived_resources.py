"""What is made from others: one action reads each source, and one makes the result, which needs them.

    position 0   read /feeds/eu.csv     Failed 404
    position 1   read /feeds/us.csv     Done
    position 2   make /report.html      needs 0 and 1: FailedDependency(on=(0,))

A source can be derived itself: then it is made first, from sources of its own, and all of it is one batch,
in which ``batch.causes_of`` finds the roots. To read a source is a GET of it by the same user, so
whatever would refuse that refuses here too, and counts.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.apply import CauseContext, CauseIndex, check_request
from dav424.core import batch
from dav424.core.batch import Action, Done, Group, Refused
from dav424.core.message import Request
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.store.draft import Draft
from dav424.store.tree import Collection, Derived, Document

Made = tuple[Collection, Path, Document | None]
"""What was made, of which root and at which path; None if it could not be."""
MOST_BYTES = 8 << 20
"""What one request may make in all, in bytes."""
MOST_ACTIONS = 1000
"""How many resources one request may read and make for it."""
_PLACE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<plain>[1-9][0-9]*)|\{(?P<braced>[1-9][0-9]*)\}|(?P<wrong>))")


def parts(template: str, sources: int) -> Iterator[bytes | int]:
    """Take a template apart: bytes, and the positions of sources, counted from 0.

    ``$1`` or ``${1}`` stands for the first source, ``$$`` for a dollar sign. Raises ValueError for any other ``$``,
    and for a source that there isn't.

    >>> list(parts("<b>$1</b>", 1))
    [b'<b>', 0, b'</b>']
    """
    literal, at = "", 0
    for match in _PLACE.finditer(template):
        literal += template[at : match.start()]
        at = match.end()
        number = match["plain"] or match["braced"]
        if match["wrong"] is not None:
            message = f"the $ before {template[at : at + 10]!r} stands for nothing; write $$ for the sign itself"
            raise ValueError(message)
        if number is None:
            literal += "$"
            continue
        if len(number) > 4 or int(number) > sources:
            message = f"${number} stands for no source; there {'is' if sources == 1 else 'are'} {sources}"
            raise ValueError(message)
        if literal:
            yield literal.encode()
        yield int(number) - 1
        literal = ""
    if literal + template[at:]:
        yield (literal + template[at:]).encode()


def plan(context: CauseContext, path: Path) -> list[Group]:
    """Make the batch that makes what is derived at a path: its last action does, and gives a ``Document``.

    Each action is a group of its own: to read has no effect that would have to be undone.
    Refuses with 507 what needs too many others.
    """
    planned = _Plan(context)
    planned.add(path)
    return [[action] for action in planned.actions]


class Maker(Struct):
    """Makes what is derived, for those who only ask what it is like now: no counter of a cause counts that.

    It remembers the last that was made, or that there was none. It keeps no draft, which would keep
    it in turn.
    """

    cause_index: CauseIndex
    counts: Mapping[str, int]
    request: Request
    last: Made | None = None

    def __call__(self, draft: Draft, path: Path) -> Document | None:
        """Make what is derived at a path of a draft; None if that can't be done now."""
        root = draft.root
        if self.last is None or self.last[0] is not root or self.last[1] != path:
            self.last = (root, path, self._make(draft, path))
        return self.last[2]

    def _make(self, draft: Draft, path: Path) -> Document | None:
        asking = CauseContext(self.cause_index, dict(self.counts), self.request, draft)
        try:
            made = batch.run(plan(asking, path), draft)[-1]
        except Refused:
            return None
        return made.value if isinstance(made, Done) else None


class _Plan:
    """The actions so far, and where among them each path is read or made."""

    def __init__(self, context: CauseContext) -> None:
        self._draft = context.draft
        self._work = _Work(context)
        self.actions: list[Action] = []
        self._positions: dict[Path, int] = {}

    def add(self, top: Path) -> None:
        """Add what it takes to make what is derived at a path, sources first."""
        opened: dict[Path, list[int]] = {}
        """What is being gone through, from the top down, with what it needs beside its sources."""
        todo: list[tuple[Path, bool]] = [(top, False)]
        while todo:
            path, entered = todo.pop()
            node = self._draft.find(path)
            if entered:
                assert isinstance(node, Derived), "only what is derived is entered"
                needs = (*opened[path], *(self._positions[each] for each in node.sources if each not in opened))
                del opened[path]
                self._positions[path] = self._act(Subject("make", path), partial(self._work.make, path, node), needs)
            elif path in opened:
                around = list(opened)
                round_trip = [*around[around.index(path) :], path]
                opened[around[-1]].append(self._act(Subject("read", path), partial(_refuse_circle, round_trip)))
            elif path in self._positions:
                pass
            elif isinstance(node, Derived):
                opened[path] = (
                    [] if path == top else [self._act(Subject("read", path), partial(self._work.admit, path))]
                )
                todo += [(path, True), *((source, False) for source in reversed(node.sources))]
            else:
                self._positions[path] = self._act(Subject("read", path), partial(self._work.read, path))

    def _act(self, subject: Subject, run: Callable[[], object], needs: tuple[int, ...] = ()) -> int:
        if len(self.actions) >= MOST_ACTIONS:
            raise Refused(507, f"More than {MOST_ACTIONS} resources would have to be read to make this one.")
        self.actions.append(Action(subject, run, needs))
        return len(self.actions) - 1


class _Work:
    """What the actions do: what they have read and made so far. It knows of no action, so that none holds itself."""

    def __init__(self, context: CauseContext) -> None:
        self.cause_context = context
        self.draft = context.draft
        self._documents: dict[Path, Document] = {}
        self._bytes = 0

    def admit(self, path: Path) -> None:
        """Refuse what a GET of this path by the same user would be refused for."""
        asked = replace(self.cause_context.request, method="GET", path=path, slash=False, headers={}, body=b"")
        check_request(replace(self.cause_context, request=asked))

    def read(self, path: Path) -> None:
        """Keep what is at a path, if a GET of it is let in."""
        self.admit(path)
        node = self.draft.get(path)
        if isinstance(node, Collection):
            raise Refused(409, f"{href(path, collection=True)} is a collection, and has no content to make this of.")
        self._documents[path] = replace(node, modified=self.draft.modified(path, node))

    def make(self, path: Path, node: Derived) -> Document:
        """Make what is derived from what was read and made before."""
        sources = [self._documents[source] for source in node.sources]
        pieces = [sources[part].content if isinstance(part, int) else part for part in node.parts]
        self._bytes += sum(map(len, pieces))
        if self._bytes > MOST_BYTES:
            raise Refused(507, f"{href(path)} would become too large: one request can make {MOST_BYTES} bytes.")
        content = b"".join(pieces)
        origin = repr((node.sources, node.parts, [source.etag for source in sources])).encode()
        made = Document(
            content,
            node.content_type,
            f'"{blake2b(origin, digest_size=8).hexdigest()}-{zlib.crc32(content):08x}"',
            created=node.created,
            modified=max(self.draft.modified(path, node), *(source.modified for source in sources)),
            properties=node.properties,
        )
        self._documents[path] = made
        return made


def _refuse_circle(around: list[Path]) -> None:
    raise Refused(508, f"{href(around[0])} would be made from itself: {' from '.join(map(href, around))}.")
