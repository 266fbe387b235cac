"""The spelling traits that change the model of an answer, in the order in which they act."""

from __future__ import annotations

from dav424.dialects.trait import Trait
from dav424.dialects.traits.absent_properties import ABSENT_PROPERTIES
from dav424.dialects.traits.child_order import CHILD_ORDER
from dav424.dialects.traits.collection_etags import COLLECTION_ETAGS
from dav424.dialects.traits.collection_length import COLLECTION_LENGTH
from dav424.dialects.traits.collection_type import COLLECTION_TYPE
from dav424.dialects.traits.condition_hrefs import CONDITION_HREFS
from dav424.dialects.traits.conditions import CONDITIONS
from dav424.dialects.traits.copied_etag import COPIED_ETAG
from dav424.dialects.traits.creation_dates import CREATION_DATES
from dav424.dialects.traits.dav_prefix import DAV_PREFIX
from dav424.dialects.traits.dav_property_prefix import DAV_PROPERTY_PREFIX
from dav424.dialects.traits.declarations import DECLARATIONS
from dav424.dialects.traits.delete_status import DELETE_STATUS
from dav424.dialects.traits.dependents import DEPENDENTS
from dav424.dialects.traits.descriptions import DESCRIPTIONS
from dav424.dialects.traits.display_names import DISPLAY_NAMES
from dav424.dialects.traits.document_manners import ERROR_MANNER, LOCK_MANNER, UPDATE_MANNER
from dav424.dialects.traits.done_as_multistatus import DONE_AS_MULTISTATUS
from dav424.dialects.traits.empty_elements import EMPTY_ELEMENTS
from dav424.dialects.traits.error_body import ERROR_BODY
from dav424.dialects.traits.etags import ETAGS, LISTED_ETAGS, LOCK_ETAGS
from dav424.dialects.traits.existing_mkcol import EXISTING_MKCOL
from dav424.dialects.traits.granted_locks import GRANTED_LOCKS
from dav424.dialects.traits.head_etag import HEAD_ETAG
from dav424.dialects.traits.href_encoding import HREF_ENCODING
from dav424.dialects.traits.href_form import HREF_FORM
from dav424.dialects.traits.href_slash import HREF_SLASH
from dav424.dialects.traits.hrefs_together import HREFS_TOGETHER
from dav424.dialects.traits.inherited_locks import INHERITED_LOCKS
from dav424.dialects.traits.lock_order import LOCK_ORDER
from dav424.dialects.traits.lock_owners import LOCK_OWNERS
from dav424.dialects.traits.lock_refusal import LOCK_REFUSAL
from dav424.dialects.traits.lock_roots import LOCK_ROOTS
from dav424.dialects.traits.lock_texts import ENDLESS_TIMEOUT, LOCK_DEPTH_FORM, TIMEOUT_FORM
from dav424.dialects.traits.lockdiscovery_place import LOCKDISCOVERY_PLACE
from dav424.dialects.traits.member_failures import MEMBER_FAILURES
from dav424.dialects.traits.member_failures_type import MEMBER_FAILURES_TYPE
from dav424.dialects.traits.missing_parent import MISSING_PARENT
from dav424.dialects.traits.missing_properties import MISSING_PROPERTIES
from dav424.dialects.traits.mkcalendar_failure import MKCALENDAR_FAILURE
from dav424.dialects.traits.mkcol_failure import MKCOL_FAILURE
from dav424.dialects.traits.mkcol_success import MKCOL_SUCCESS
from dav424.dialects.traits.modified_dates import MODIFIED_DATES
from dav424.dialects.traits.multistatus_status import MULTISTATUS_STATUS
from dav424.dialects.traits.namespaces_lost import NAMESPACES_LOST
from dav424.dialects.traits.property_prefixes import PROPERTY_PREFIXES
from dav424.dialects.traits.proppatch_success import PROPPATCH_SUCCESS
from dav424.dialects.traits.propstat_order import PROPSTAT_ORDER
from dav424.dialects.traits.propstats import PROPSTATS
from dav424.dialects.traits.protected_status import PROTECTED_STATUS
from dav424.dialects.traits.put_etag import PUT_ETAG
from dav424.dialects.traits.quota_unlimited import QUOTA_UNLIMITED
from dav424.dialects.traits.reason_phrases import REASON_PHRASES
from dav424.dialects.traits.registered_codes import REGISTERED_CODES
from dav424.dialects.traits.responses_reversed import RESPONSES_REVERSED
from dav424.dialects.traits.self import SELF
from dav424.dialects.traits.status_line import STATUS_LINE
from dav424.dialects.traits.status_protocol import STATUS_PROTOCOL
from dav424.dialects.traits.undeclared_prefix import UNDECLARED_PREFIX
from dav424.dialects.traits.unknown_methods import UNKNOWN_METHODS
from dav424.dialects.traits.unmapped import UNMAPPED
from dav424.dialects.traits.unsupported_locks import UNSUPPORTED_LOCKS
from dav424.dialects.traits.update_failures import UPDATE_FAILURES
from dav424.dialects.traits.white_space import WHITE_SPACE
from dav424.dialects.traits.whole_failures import WHOLE_FAILURES
from dav424.dialects.traits.xml_declaration import XML_DECLARATION
from dav424.dialects.traits.xml_type import XML_TYPE

SPELLINGS: tuple[Trait, ...] = (
    # the answer as a whole
    UNMAPPED,
    WHOLE_FAILURES,
    UNKNOWN_METHODS,
    EXISTING_MKCOL,
    MISSING_PARENT,
    DELETE_STATUS,
    PROPPATCH_SUCCESS,
    DONE_AS_MULTISTATUS,
    MKCOL_SUCCESS,
    MKCOL_FAILURE,
    MKCALENDAR_FAILURE,
    LOCK_REFUSAL,
    MEMBER_FAILURES,
    UPDATE_FAILURES,
    LOCKDISCOVERY_PLACE,
    INHERITED_LOCKS,
    LOCK_ROOTS,
    LOCK_OWNERS,
    LOCK_ORDER,
    ENDLESS_TIMEOUT,
    TIMEOUT_FORM,
    LOCK_DEPTH_FORM,
    GRANTED_LOCKS,
    # dependencies
    DEPENDENTS,
    # values of live properties
    COPIED_ETAG,
    ETAGS,
    LISTED_ETAGS,
    LOCK_ETAGS,
    HEAD_ETAG,
    PUT_ETAG,
    MODIFIED_DATES,
    CREATION_DATES,
    QUOTA_UNLIMITED,
    COLLECTION_LENGTH,
    COLLECTION_ETAGS,
    COLLECTION_TYPE,
    UNSUPPORTED_LOCKS,
    DISPLAY_NAMES,
    ABSENT_PROPERTIES,
    NAMESPACES_LOST,
    # the order and the statuses of a multistatus
    MULTISTATUS_STATUS,
    PROPSTATS,
    PROPSTAT_ORDER,
    MISSING_PROPERTIES,
    SELF,
    RESPONSES_REVERSED,
    HREFS_TOGETHER,
    DESCRIPTIONS,
    PROTECTED_STATUS,
    REGISTERED_CODES,
    CONDITIONS,
    # hrefs
    HREF_SLASH,
    HREF_ENCODING,
    HREF_FORM,
    CONDITION_HREFS,
    # errors
    ERROR_BODY,
    # the manner in which XML is written
    DAV_PREFIX,
    DAV_PROPERTY_PREFIX,
    UNDECLARED_PREFIX,
    PROPERTY_PREFIXES,
    DECLARATIONS,
    WHITE_SPACE,
    EMPTY_ELEMENTS,
    XML_DECLARATION,
    REASON_PHRASES,
    STATUS_PROTOCOL,
    STATUS_LINE,
    CHILD_ORDER,
    XML_TYPE,
    LOCK_MANNER,
    ERROR_MANNER,
    UPDATE_MANNER,
    MEMBER_FAILURES_TYPE,
)
