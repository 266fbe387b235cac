"""The offers: what an RFC lets a server refuse or choose, in the order in which their hooks run."""

from __future__ import annotations

from dav424.dialects.trait import Trait
from dav424.dialects.traits.atomic_methods import ATOMIC_METHODS
from dav424.dialects.traits.collection_listing import COLLECTION_LISTING
from dav424.dialects.traits.depth_infinity import DEPTH_INFINITY
from dav424.dialects.traits.destination_encoding import DESTINATION_ENCODING
from dav424.dialects.traits.destination_host import DESTINATION_HOST, DESTINATION_SCHEME
from dav424.dialects.traits.destination_path import DESTINATION_PATH
from dav424.dialects.traits.extended_mkcol import EXTENDED_MKCOL
from dav424.dialects.traits.lock_over_shared import LOCK_OVER_SHARED
from dav424.dialects.traits.lock_timeouts import DEFAULT_LOCK, ENDLESS_LOCK, LOCK_REFRESH, LOCK_TIMEOUT, LONGEST_LOCK
from dav424.dialects.traits.missing_slash import MISSING_SLASH
from dav424.dialects.traits.partial_put import PARTIAL_PUT
from dav424.dialects.traits.patch import PATCH
from dav424.dialects.traits.ranges import RANGES
from dav424.dialects.traits.redirects import REDIRECTS
from dav424.dialects.traits.refused_methods import COLLECTIONS_REFUSE, DOCUMENTS_REFUSE, METHODS_ABSENT, METHODS_REFUSED
from dav424.dialects.traits.refused_properties import REFUSED_PROPERTIES
from dav424.dialects.traits.request_headers import BRIEF, DEPTH_ZERO, OVERWRITE_DEFAULT, PREFER
from dav424.dialects.traits.shared_lock_tokens import SHARED_LOCK_TOKENS
from dav424.dialects.traits.shared_locks import SHARED_LOCKS
from dav424.dialects.traits.unasked_properties import UNASKED_PROPERTIES
from dav424.dialects.traits.x_oc_mtime import X_OC_MTIME

OFFERS: tuple[Trait, ...] = (
    DOCUMENTS_REFUSE,
    METHODS_ABSENT,
    METHODS_REFUSED,
    REDIRECTS,
    MISSING_SLASH,
    COLLECTIONS_REFUSE,
    COLLECTION_LISTING,
    DEPTH_INFINITY,
    DEPTH_ZERO,
    UNASKED_PROPERTIES,
    PREFER,
    BRIEF,
    DESTINATION_ENCODING,
    DESTINATION_SCHEME,
    DESTINATION_HOST,
    DESTINATION_PATH,
    OVERWRITE_DEFAULT,
    ATOMIC_METHODS,
    EXTENDED_MKCOL,
    REFUSED_PROPERTIES,
    SHARED_LOCKS,
    SHARED_LOCK_TOKENS,
    LOCK_OVER_SHARED,
    DEFAULT_LOCK,
    ENDLESS_LOCK,
    LOCK_TIMEOUT,
    LONGEST_LOCK,
    LOCK_REFRESH,
    RANGES,
    PARTIAL_PUT,
    PATCH,
    X_OC_MTIME,
)
