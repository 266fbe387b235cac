"""All traits, in the order in which the hooks of one stage run: a spelling comes last, and behind it the content coding."""

from __future__ import annotations

from dav424.dialects.faults import FAULTS
from dav424.dialects.offers import OFFERS
from dav424.dialects.spellings import SPELLINGS
from dav424.dialects.trait import Trait
from dav424.dialects.traits.accept_ranges import ACCEPT_RANGES
from dav424.dialects.traits.gzip_answers import GZIP
from dav424.dialects.traits.listed_lock_tokens import LISTED_LOCK_TOKENS
from dav424.dialects.traits.locations import LOCATIONS
from dav424.dialects.traits.lock_token_header import LOCK_TOKEN_HEADER
from dav424.dialects.traits.options_headers import OPTIONS_HEADERS
from dav424.dialects.traits.overwritten_status import CREATED_STATUS, OVERWRITTEN_STATUS

TRAITS: tuple[Trait, ...] = (
    *FAULTS,
    *OFFERS,
    *SPELLINGS,
    # of the response as a whole
    OVERWRITTEN_STATUS,
    CREATED_STATUS,
    ACCEPT_RANGES,
    OPTIONS_HEADERS,
    LOCK_TOKEN_HEADER,
    LISTED_LOCK_TOKENS,
    LOCATIONS,
    # of all that was written
    GZIP,
)
TRAIT_NAMES = {trait.name: trait for trait in TRAITS}
