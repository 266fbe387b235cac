"""Derived resources: one action reads each source, and one makes the document, which needs them.

    position 0   read /feeds/eu.csv     Failed 404
    position 1   read /feeds/us.csv     Done
    position 2   make /report.html      needs 0 and 1: FailedDependency(on=(0,))

A source can itself be derived from other sources. Then it is made first, in the same batch, in which
``batch.causes_of`` finds the root causes. To read a source is a GET of it by the same user: a cause that refuses the GET
refuses the read too, and counts it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.apply import CauseContext, CauseIndex, check_done, check_request
from dav424.core import batch
from dav424.core.batch import Action, Done, Group, Refused
from dav424.core.message import Request
from dav424.core.method_facts import Facts
from dav424.core.paths import Path, href
from dav424.core.patterns import pattern
from dav424.core.subject import Subject
from dav424.store.content import whole
from dav424.store.draft import Draft
from dav424.store.tree import Collection, Derived, Document

MOST_BYTES = 8 << 20
"""The most bytes that one request may make, all its derived documents together."""
MOST_ACTIONS = 1000
"""The most resources that one request may read and make."""
_PLACE = pattern(r"\$(?:(?P<escaped>\$)|(?P<plain>[1-9][0-9]*)|\{(?P<braced>[1-9][0-9]*)\}|(?P<wrong>))")


def parts(template: str, sources: int) -> Iterator[bytes | int]:
    """Split a template into bytes and the positions of sources, counted from 0.

    ``$1`` or ``${1}`` stands for the first source, ``$$`` for a dollar sign. Raises ValueError for any other ``$``,
    and for the number of a source that does not exist.

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
    """Plan the batch that makes the document derived at a path: its last action gives the ``Document``.

    Each action is a group by itself: a read has no effect that needs an undo. Refuses with 507 a resource that needs
    more than ``MOST_ACTIONS`` actions.
    """
    planned = _Plan(context)
    planned.add(path)
    return [[action] for action in planned.actions]


class Maker(Struct, frozen=True):
    """Makes derived documents for a draft, without advancing the counters of causes.

    It refers to no draft, since the draft refers to it.
    """

    cause_index: CauseIndex
    counts: Mapping[str, int]
    request: Request
    methods: Facts

    def __call__(self, draft: Draft, path: Path) -> Document | None:
        """Make the document derived at a path of a draft; None if a source can't be read."""
        context = CauseContext(self.cause_index, dict(self.counts), self.request, draft, self.methods)
        try:
            outcome = batch.run(plan(context, path), draft)[-1]
        except Refused:
            return None
        return outcome.value if isinstance(outcome, Done) else None


class _Plan:
    """The actions so far, and the positions at which each path is read or made."""

    def __init__(self, context: CauseContext) -> None:
        self._draft = context.draft
        self._work = _Work(context)
        self.actions: list[Action] = []
        self._positions: dict[Path, int] = {}

    def add(self, top: Path) -> None:
        """Add the actions that make the document derived at a path, sources first."""
        opened: dict[Path, list[int]] = {}
        """The derived resources on the way down from the top, each with the positions it needs beside its sources."""
        todo: list[tuple[Path, bool]] = [(top, False)]
        while todo:
            path, entered = todo.pop()
            node = self._draft.find(path)
            if entered:
                assert isinstance(node, Derived), "only derived resources are entered"
                needs = (*opened[path], *(self._positions[source] for source in node.sources if source not in opened))
                del opened[path]
                make = self._work.make if path == top else self._work.make_source
                self._positions[path] = self._act(Subject("make", path), partial(make, path, node), needs)
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
            raise Refused(
                507,
                f"To make this resource takes more than {MOST_ACTIONS} others, which is the limit; derive it from fewer.",
            )
        self.actions.append(Action(subject, run, needs))
        return len(self.actions) - 1


class _Work:
    """Runs the actions, and holds the documents that they have read and made.

    It refers to no action, since the actions refer to it.
    """

    def __init__(self, context: CauseContext) -> None:
        self.cause_context = context
        self.draft = context.draft
        self._documents: dict[Path, Document] = {}
        self._bytes = 0

    def _get(self, path: Path) -> CauseContext:
        """Give what causes read about a GET of this path by the same user."""
        request = replace(
            self.cause_context.request, method="GET", path=path, slash=False, headers={}, body=b"", chunked=False
        )
        return replace(self.cause_context, request=request)

    def admit(self, path: Path) -> None:
        """Refuse if a GET of this path by the same user would be refused."""
        check_request(self._get(path))

    def answer(self, path: Path) -> None:
        """Refuse if a cause answers a GET of this path by the same user after it was done."""
        if self.cause_context.cause_index.answering_after:
            check_done(self._get(path), self.cause_context)

    def read(self, path: Path) -> None:
        """Read the document at a path, as a GET would."""
        self.admit(path)
        node = self.draft.get(path)
        if isinstance(node, Collection):
            raise Refused(409, f"{href(path, collection=True)} is a collection, and a source must be a document.")
        self._documents[path] = replace(node, modified=self.draft.modified(path, node))
        self.answer(path)

    def make_source(self, path: Path, node: Derived) -> Document:
        """Make a document that is the source of another."""
        made = self.make(path, node)
        self.answer(path)
        return made

    def make(self, path: Path, node: Derived) -> Document:
        """Make a document from the documents of its sources."""
        sources = [self._documents[source] for source in node.sources]
        pieces = [whole(sources[part].content) if isinstance(part, int) else part for part in node.parts]
        self._bytes += sum(map(len, pieces))
        if self._bytes > MOST_BYTES:
            raise Refused(507, f"{href(path)} would be too large: one request can make at most {MOST_BYTES} bytes.")
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
    raise Refused(508, f"{href(around[0])} is derived from itself: {' from '.join(map(href, around))}.")
