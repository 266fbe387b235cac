"""The faults: state that no RFC allows, and failures that are not told, in the order in which their hooks run."""

from __future__ import annotations

from dav424.dialects.trait import Trait
from dav424.dialects.traits.collection_copy import COLLECTION_COPY
from dav424.dialects.traits.dead_properties import DEAD_PROPERTIES
from dav424.dialects.traits.failed_mkcol import FAILED_MKCOL
from dav424.dialects.traits.failed_proppatch import FAILED_PROPPATCH
from dav424.dialects.traits.failures_hidden import FAILURES_HIDDEN
from dav424.dialects.traits.locks_dropped import LOCKS_DROPPED
from dav424.dialects.traits.locks_ignored import LOCKS_IGNORED
from dav424.dialects.traits.member_locks_ignored import MEMBER_LOCKS_IGNORED
from dav424.dialects.traits.minimal_failures import MINIMAL_FAILURES
from dav424.dialects.traits.moved_locks import MOVED_LOCKS
from dav424.dialects.traits.properties_lost import PROPERTIES_LOST
from dav424.dialects.traits.protected_properties import PROTECTED_PROPERTIES
from dav424.dialects.traits.refused_delete import REFUSED_DELETE
from dav424.dialects.traits.refused_move import REFUSED_MOVE
from dav424.dialects.traits.request_headers import IF_HEADER, LOCK_DEPTH, OVERWRITE_F, PRECONDITIONS

FAULTS: tuple[Trait, ...] = (
    PRECONDITIONS,
    OVERWRITE_F,
    LOCK_DEPTH,
    IF_HEADER,
    LOCKS_IGNORED,
    MEMBER_LOCKS_IGNORED,
    PROTECTED_PROPERTIES,
    DEAD_PROPERTIES,
    FAILED_PROPPATCH,
    FAILED_MKCOL,
    COLLECTION_COPY,
    PROPERTIES_LOST,
    MOVED_LOCKS,
    REFUSED_MOVE,
    REFUSED_DELETE,
    LOCKS_DROPPED,
    FAILURES_HIDDEN,
    MINIMAL_FAILURES,
)
