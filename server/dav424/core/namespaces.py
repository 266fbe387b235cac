"""XML namespaces in Clark notation, and the name of a property that several rooms use."""

from __future__ import annotations

DAV = "{DAV:}"

CALDAV = "{urn:ietf:params:xml:ns:caldav}"

CARDDAV = "{urn:ietf:params:xml:ns:carddav}"

CALENDARSERVER = "{http://calendarserver.org/ns/}"

ME = "{http://me.com/_namespace/}"

SABRE = "{http://sabredav.org/ns}"
"""The namespace of the elements that sabre/dav puts beside the condition code in a DAV:error."""


INVITE = f"{CALENDARSERVER}invite"
"""The property that lists the users invited to a collection."""
