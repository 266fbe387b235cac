"""Properties that a tree can't set, because the server computes them, and what to write instead."""

from __future__ import annotations

from dav424.core.namespaces import DAV, INVITE
from dav424.dav.live_properties import LIVE, ORDERING_TYPE

_LEAVE_OUT = "leave it out"
_IN_FILES = {
    f"{DAV}creationdate": "use the key created",
    f"{DAV}getcontentlength": "leave it out, since it follows from content",
    f"{DAV}getcontenttype": "use the key type",
    f"{DAV}getlastmodified": "use the key modified",
    f"{DAV}lockdiscovery": "use a cause of the kind lock",
    ORDERING_TYPE: "use the key ordering",
    f"{DAV}quota-available-bytes": "use a cause of the kind quota",
    f"{DAV}quota-used-bytes": "use a cause of the kind quota",
    f"{DAV}resourcetype": "use the key types, and end the path of a collection in a slash",
}
_IN_TREES = {
    **_IN_FILES,
    f"{DAV}getetag": "use the key etag",
    f"{DAV}lockdiscovery": "use the key locks",
    ORDERING_TYPE: "use the keys ordering and order",
}


def computed_property(name: str, *, in_file: bool) -> str | None:
    """Say that the server computes a property, and what to write instead; None for a property that a tree can set.

    The keys are those of a scenario file with ``in_file``, and else those of a tree of the admin API.
    """
    if name not in LIVE or name == INVITE or LIVE[name].kept != "never":  # a stored value counts
        return None
    remedy = (_IN_FILES if in_file else _IN_TREES).get(name, _LEAVE_OUT)
    return f"the server computes {name}, and would not serve this value; {remedy}"
