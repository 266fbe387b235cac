"""A case: what it is called, the rule behind it, and the function that finds the remarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from dav424.probe.place import Place
from dav424.probe.verdict import Remark


class ProbeCase(Struct, frozen=True):
    """One case. ``run`` works in a place of its own, and may raise ``NoVerdict``.

    It prepares the place, reads the state with ``place.look``, and sends the request that is judged; the remarks come after
    that. With ``--keep`` it ends where that request would be sent: ``Prepared`` is raised there.
    """

    name: str
    title: str
    section: str
    run: Callable[[Place], Iterable[Remark]]
