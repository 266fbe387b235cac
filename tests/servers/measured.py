"""An independent measurement of real servers, and each verdict in which the probe differs from it, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

CASES = ("a", "b", "c", "d", "e", "e2", "f", "g", "h", "i1", "i2", "j", "k", "l")
"""The cases that both have. ``d`` stands for d1 to d4: the worst of them."""
MEASURED = {
    "apache": "ok~ OK ok~ ok~ ok~ ok~ OK - BAD BAD BAD - OK -",
    "lighttpd": "BAD OK ok~ BAD BAD BAD OK - BAD BAD BAD - BAD -",
    "nginx": "- - - - BAD BAD - - BAD BAD BAD - - -",
    "tomcat": "OK OK ok~ OK OK OK OK - OK OK ok~ - OK -",
    "cyrus": "OK BAD BAD BAD BAD BAD - OK BAD - BAD - - -",
    "cyrus-calendar": "OK OK BAD OK BAD - - OK BAD - BAD ok~ BAD -",
    "go": "OK OK ok~ ok~ BAD BAD - - BAD BAD BAD - OK -",
    "sabre": "ok~ OK OK BAD BAD BAD BAD BAD OK BAD OK - OK -",
    "rclone": "BAD BAD ok~ - BAD BAD - - BAD BAD BAD - - -",
    "wsgidav": "ok~ OK ok~ ok~ BAD BAD BAD - OK ok~ ok~ - OK -",
    "radicale": "BAD OK - BAD - - - BAD - - - BAD BAD -",
    "xandikos-calendar": "BAD - - BAD - - - BAD - - - BAD - -",
    "asgiwebdav": "BAD OK ok~ BAD BAD BAD BAD - BAD BAD BAD - BAD -",
    "pywebdav3": "- - ok~ BAD BAD BAD - - BAD BAD BAD - - -",
    "zope": "ok~ OK ok~ ok~ ok~ ok~ - - OK BAD BAD - OK -",
    "copyparty": "- - BAD - BAD BAD BAD BAD BAD BAD BAD - - -",
    "nephele": "OK OK ok~ OK OK OK OK - OK OK OK - OK -",
    "webdav-server": "BAD BAD BAD BAD BAD BAD BAD BAD BAD BAD BAD - BAD -",
}
"""The verdicts of each row, in the order of ``CASES``."""
DIFFERENT: Mapping[tuple[str, str], tuple[str, str]] = {
    ("cyrus", "k"): (
        "BAD",
        "Files do have it: Cyrus answers 200 to a failed PROPPATCH with `Prefer: return=minimal`, as it does for a calendar.",
    ),
    ("sabre", "i1"): (
        "OK",
        "The measurement is of 4.7, which overwrites the locked member. Debian has 1.8, which refuses the COPY with 423.",
    ),
    ("rclone", "a"): (
        "-",
        "The measurement is of 1.75, which answers 200 and drops properties. Debian has 1.60, which refuses all properties of clients.",
    ),
    ("rclone", "b"): ("-", "As for a."),
    ("xandikos-calendar", "a"): (
        "-",
        "Xandikos refuses properties of clients. The measurement used displayname in their place, as a7 does, which is wrong here too.",
    ),
    ("asgiwebdav", "b"): (
        "BAD",
        "After set A, remove A, set A, the property is absent: the server sorts the instructions, and RFC 4918 9.2 forbids that.",
    ),
    ("copyparty", "d"): (
        "BAD",
        "It has a PROPPATCH, which answers 207 to getlastmodified and displayname, and leaves out displayname (RFC 4918 9.2.1).",
    ),
}
"""What the probe finds instead, and why."""
OF_DIALECTS: Mapping[str, str] = {
    "apache": "",
    "zope": "",
    "lighttpd": "j",
    "nginx": "e3 f j",
    "tomcat": "c7 g g2 i8 j k2",
    "go": "i6",
    "wsgidav": "c7 e6",
    "nephele": "a6 c7 g g2 j k2 n1 n2",
    "xandikos": "d1 d2 d4",
}
"""The cases in which our dialect of a server gets another verdict than the server: what no trait of dialects expresses."""
_SHORT = {
    "conformant": "OK",
    "a SHOULD missed": "ok~",
    "wrong": "BAD",
    "unsupported": "-",
    "could not be tested": "?",
}
_WORST = ("BAD", "?", "ok~", "OK", "-")


def folded(verdicts: Mapping[str, str]) -> dict[str, str]:
    """Give the verdicts of a probe, by case, in the words and with the cases of the measurement."""
    found: dict[str, str] = {}
    for name, verdict in verdicts.items():
        case = "d" if name.startswith("d") else name
        if case in CASES:
            found[case] = min(found.get(case, "-"), _SHORT[verdict], key=_WORST.index)
    return found


def differing(row: str, verdicts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Give each case in which a probe differs: the case, what was measured, and what the probe found."""
    for case, measured in zip(CASES, MEASURED.get(row, "").split(), strict=False):
        found = folded(verdicts)[case]
        if found != measured:
            yield case, measured, found
