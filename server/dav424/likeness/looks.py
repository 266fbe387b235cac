"""The looks: short conversations that show how a server answers, beside the cases of the probe, which are looks too.

Each begins in an empty collection of its own. A trait that no case of the probe shows has its look here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dav424.likeness.collection_looks import COLLECTION_LOOKS
from dav424.likeness.document_looks import DOCUMENT_LOOKS
from dav424.likeness.lock_looks import LOCK_LOOKS
from dav424.likeness.property_looks import PROPERTY_LOOKS
from dav424.likeness.step import run_steps
from dav424.likeness.transfer_looks import TRANSFER_LOOKS
from dav424.probe.case import ProbeCase
from dav424.probe.cases import CASES
from dav424.probe.place import Place
from dav424.probe.verdict import NoVerdict

Look = Callable[[Place], None]
"""Sends requests in a place."""


def _case(case: ProbeCase, place: Place) -> None:
    """Send the requests of a case; its verdict is put aside."""
    try:
        for _ in case.run(place):
            pass
    except NoVerdict:
        return


_STEPS = {**DOCUMENT_LOOKS, **COLLECTION_LOOKS, **PROPERTY_LOOKS, **LOCK_LOOKS, **TRANSFER_LOOKS}
LOOKS: dict[str, Look] = {
    **{name: run_steps(steps) for name, steps in _STEPS.items()},
    **{f"case {name}": partial(_case, case) for name, case in CASES.items()},
}
"""All looks by name, in the order in which they are taken."""
