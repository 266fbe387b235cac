"""The names of HTTP methods: those that the server has, and those that exist elsewhere."""

from __future__ import annotations

_SERVED = (
    "BCOPY BDELETE BMOVE BPROPFIND BPROPPATCH COPY DELETE GET HEAD LOCK MKCALENDAR MKCOL MOVE OPTIONS ORDERPATCH POST "
    "PROPFIND PROPPATCH PUT REPORT UNLOCK"
)
SERVED = frozenset(_SERVED.split())
"""The methods that the server has. A test compares them with the table of methods."""

_ELSEWHERE = (
    "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT LABEL LINK MERGE MKACTIVITY MKREDIRECTREF MKWORKSPACE NOTIFY "
    "PATCH POLL PRI QUERY REBIND SEARCH SUBSCRIBE TRACE UNBIND UNCHECKOUT UNLINK UNSUBSCRIBE UPDATE "
    "UPDATEREDIRECTREF VERSION-CONTROL"
)
KNOWN = SERVED | frozenset(_ELSEWHERE.split())
"""The methods in IANA's registry of HTTP methods, and those of Exchange."""
