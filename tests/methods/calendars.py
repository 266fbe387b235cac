"""What the tests of calendars and address books send: objects, collections and the bodies of reports."""

from __future__ import annotations

from dav424.proof.play import Answer
from tests.client import Client

XML = {"Content-Type": "application/xml", "Depth": "1"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:B="urn:ietf:params:xml:ns:carddav"'
COLLECTIONS = """
tree:
  /cal/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"]}
  /other/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"]}
  /book/: {types: ["{urn:ietf:params:xml:ns:carddav}addressbook"]}
  /plain/: {}
"""


def calendar(*lines: str, kind: str = "VEVENT", uid: str = "a@example.com") -> str:
    """Write a calendar object of one component."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", f"BEGIN:{kind}", f"UID:{uid}"]
    return "\r\n".join([*head, "DTSTAMP:20260101T000000Z", *lines, f"END:{kind}", "END:VCALENDAR", ""])


def card(*lines: str, uid: str = "a@example.com", name: str = "Ada Lovelace") -> str:
    """Write a vCard."""
    return "\r\n".join(["BEGIN:VCARD", "VERSION:4.0", f"UID:{uid}", f"FN:{name}", *lines, "END:VCARD", ""])


def put(client: Client, path: str, content: str) -> Answer:
    """Store an object; its media type is that of the extension."""
    kind = "text/vcard" if path.endswith(".vcf") else "text/calendar"
    return client("PUT", path, content.encode(), {"Content-Type": f"{kind}; charset=utf-8"})
