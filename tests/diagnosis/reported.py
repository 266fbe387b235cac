"""Write answers as they stand in public reports: short notations for the spellings of the servers that sent them."""

from __future__ import annotations

import json

XML = "HTTP/1.1 {status} {phrase}\nContent-Type: application/xml; charset=utf-8\n\n{body}"


def multistatus(*responses: str, head: str = "HTTP/1.1 207 Multi-Status", prefix: str = "d") -> str:
    """Write a multistatus with its head; each response is written by ``member`` or ``properties``."""
    body = f'<?xml version="1.0"?>\n<{prefix}:multistatus xmlns:{prefix}="DAV:">{"".join(responses)}</{prefix}:multistatus>'
    return f"{head}\nContent-Type: application/xml; charset=utf-8\n\n{body}" if head else body


def member(href: str, status: str, inside: str = "", prefix: str = "d") -> str:
    """Write the response for a resource."""
    return f"<{prefix}:response><{prefix}:href>{href}</{prefix}:href><{prefix}:status>{status}</{prefix}:status>{inside}</{prefix}:response>"


def properties(href: str, *propstats: tuple[str, str], prefix: str = "d", inside: str = "") -> str:
    """Write the response for properties: each pair is a status line and the elements that have it."""
    text = "".join(
        f"<{prefix}:propstat><{prefix}:prop>{elements}</{prefix}:prop><{prefix}:status>{status}</{prefix}:status></{prefix}:propstat>"
        for status, elements in propstats
    )
    return f"<{prefix}:response><{prefix}:href>{href}</{prefix}:href>{text}{inside}</{prefix}:response>"


def sabre_error(status: str, exception: str, message: str, code: str = "") -> str:
    """Write the error of sabre/dav, on which Nextcloud, ownCloud and Baïkal are built."""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">\n'
        f"  <s:exception>{exception}</s:exception>\n  <s:message>{message}</s:message>\n  {code}\n</d:error>"
    )
    return f"HTTP/1.1 {status}\nContent-Type: application/xml; charset=utf-8\n\n{body}"


def odata(*responses: dict[str, object], head: str = "HTTP/1.1 200 OK") -> str:
    """Write the answer to a JSON batch."""
    return f"{head}\nContent-Type: application/json\n\n{json.dumps({'responses': responses})}"


def graph_error(code: str, message: str) -> dict[str, object]:
    """Write the error object of Microsoft Graph."""
    return {"error": {"code": code, "message": message}}


def parts(*answers: str, boundary: str = "batch_1") -> str:
    """Write a multipart batch; each answer is a status line and what follows it."""
    body = "".join(
        f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{answer}\r\n"
        for answer in answers
    )
    return f"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary={boundary}\r\n\r\n{body}--{boundary}--\r\n"
