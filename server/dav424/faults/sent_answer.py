"""An answer as the client gets it, beside the true one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from dav424.core.message import Response
from dav424.faults.fault import Fault

NO_FAULTS: Mapping[str, Fault] = MappingProxyType({})


class FaultDone(Struct, frozen=True):
    """What a fault did to an answer, in a sentence."""

    id: str
    kind: str
    did: str


class SentAnswer(Struct, frozen=True):
    """An answer as the client gets it, and the faults that made it so, in their order."""

    response: Response
    faults: tuple[FaultDone, ...]
