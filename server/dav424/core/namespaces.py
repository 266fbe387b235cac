"""Namespaces of XML names in Clark notation, and the one property that several rooms name."""

from __future__ import annotations

DAV = "{DAV:}"

CALDAV = "{urn:ietf:params:xml:ns:caldav}"

CARDDAV = "{urn:ietf:params:xml:ns:carddav}"

CALENDARSERVER = "{http://calendarserver.org/ns/}"

ME = "{http://me.com/_namespace/}"


INVITE = f"{CALENDARSERVER}invite"
"""The property that lists who was invited to a collection."""
