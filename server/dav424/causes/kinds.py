"""The table of all kinds of causes; the tag of a class is the ``kind`` in a scenario file."""

from __future__ import annotations

from typing import get_args

from dav424.causes.answers import Answers
from dav424.causes.cause import Cause
from dav424.causes.delay import Delay
from dav424.causes.denied import Denied
from dav424.causes.invitees import Invitees
from dav424.causes.live_properties_lost import Unpreserved
from dav424.causes.lock import Locked
from dav424.causes.login_expired import LoginExpired
from dav424.causes.object_limits import ObjectLimits
from dav424.causes.object_refused import ObjectRefused
from dav424.causes.protected_property import PROTECTED_BY_RFC4918, Protected
from dav424.causes.quota import Quota
from dav424.causes.read_only import ReadOnly
from dav424.causes.report_limit import ReportLimit
from dav424.causes.resourcetypes import KNOWN_TYPES, ResourceTypes
from dav424.causes.store_fails import StoreFails
from dav424.causes.sync_history import SyncHistory
from dav424.causes.unlockable import Unlockable
from dav424.causes.unreadable import Unreadable
from dav424.causes.value_rule import ValueRule

AnyCause = (
    Protected
    | ValueRule
    | ResourceTypes
    | Invitees
    | Locked
    | Quota
    | ObjectLimits
    | ObjectRefused
    | Denied
    | LoginExpired
    | ReadOnly
    | Unlockable
    | Unpreserved
    | StoreFails
    | Unreadable
    | ReportLimit
    | SyncHistory
    | Answers
    | Delay
)
CAUSES: tuple[type[Cause], ...] = get_args(AnyCause)
BUILT_IN: tuple[Cause, ...] = (*PROTECTED_BY_RFC4918, KNOWN_TYPES)
"""The causes that the RFCs demand in every world. Their ids start with the number of the RFC."""
