"""What the formats of batches have in common: each stands at a place, takes media types, and runs one batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from dav424.core.batch import Group
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts
from dav424.core.paths import Path
from dav424.methods.batch_requests.items import MalformedBatch
from dav424.methods.batch_requests.run_batch import BatchRun
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import MethodTable


class BatchFormat(ABC):
    """A format of batches; an instance runs one batch, whose requests are of ``methods``."""

    FACTS: ClassVar[Facts]
    path: ClassVar[Path]
    """The place to which it is posted."""
    types: ClassVar[Sequence[str]]
    """The media types of its bodies, in lower case."""

    def __init__(self, methods: MethodTable) -> None:
        self._methods = methods
        self._running: BatchRun | MalformedBatch | None = None

    @classmethod
    def stands_at(cls, request: Request) -> bool:
        """Say whether a request is for its place."""
        return request.path == cls.path and not request.slash

    @abstractmethod
    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Make the groups of the batch; none of a malformed one."""

    @abstractmethod
    def answer(self, exchange: OpenExchange) -> Response:
        """Answer with the results of the batch, or with the problems of a malformed one."""
