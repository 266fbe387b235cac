"""The limits of Apple's bulk requests (calendarserver-bulk-change 5).

``methods.apple`` enforces them. They stand here because the live property ``MM:bulk-requests`` announces them.
"""

from __future__ import annotations

from dav424.core.namespaces import ME
from dav424.dav.multistatus import element

BULK_BYTES = 10 * 1024 * 1024
"""The bytes of a body."""
MOST_IMPORTED = 1_000
"""The objects of a simple import."""
MOST_CHANGED = 100
"""The resources of an ``MM:multiput``."""


def announcement() -> str:
    """Write the XML inside ``MM:bulk-requests``."""
    return "".join(
        element(
            f"{ME}{name}",
            element(f"{ME}max-resources", str(resources)) + element(f"{ME}max-bytes", str(BULK_BYTES)),
        )
        for name, resources in (("simple", MOST_IMPORTED), ("crud", MOST_CHANGED))
    )
