"""Mistakes in names in Clark notation, such as ``{DAV:}getetag``: the names of properties and of condition codes."""

from __future__ import annotations

import re

from dav424.core import condition_codes, namespaces
from dav424.core.condition_codes import ConditionCode
from dav424.dav.live_properties import LIVE
from dav424.scenario.file_problem import did_you_mean

_CLARK = re.compile(r"(\{[^{}]*\})?([^{}\s]+)")
_START = r"A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NCNAME = re.compile(rf"[{_START}][{_START}.0-9\xb7\u0300-\u036f\u203f\u2040-]*")
"""A name without a colon (Namespaces in XML 3): a name in XML can have no other local part."""
_PREFIXES = {
    "d": namespaces.DAV,
    "dav": namespaces.DAV,
    "c": namespaces.CALDAV,
    "cal": namespaces.CALDAV,
    "caldav": namespaces.CALDAV,
    "card": namespaces.CARDDAV,
    "carddav": namespaces.CARDDAV,
    "cs": namespaces.CALENDARSERVER,
    "me": namespaces.ME,
}
"""The namespaces that clients most often bind to these prefixes."""


def _condition_names() -> list[str]:
    codes = [code.name for code in vars(condition_codes).values() if isinstance(code, ConditionCode)]
    more = (condition_codes.NO_UID_CONFLICT, condition_codes.NO_UID_CONFLICT_OF_CARDS)
    makers = (condition_codes.lock_token_submitted, condition_codes.no_conflicting_lock)
    return [*codes, *more, *(make().name for make in makers), condition_codes.need_privileges("", "").name]


CONDITIONS = tuple(sorted(_condition_names()))
"""The condition codes that the server sends."""


def name_problem(name: str) -> str | None:
    """Say why no property, type or condition code can have a name that fits the pattern of the schema; else None."""
    match = _CLARK.fullmatch(name)
    if match is None:
        return None
    namespace, local = match[1] or "", match[2]
    prefix, colon, rest = local.partition(":")
    if colon and rest:
        meant = f"{namespace or _PREFIXES.get(prefix.lower(), '{NAMESPACE}')}{rest}"
        return f"{name!r} has the prefix {prefix!r}, which names no namespace here; write {meant!r}"
    if not _NCNAME.fullmatch(local):
        return f"{local!r} can't be the name of an XML element; write a letter first, and no colon or space"
    if namespace == "{}":
        return f"{name!r} has an empty namespace; write {local!r} for a name without a namespace"
    return None


def condition_problem(name: str) -> str | None:
    """Say why the server never sends a condition code: it has no namespace, or the name has a mistake; else None."""
    problem = name_problem(name)
    if problem is not None or name.startswith("{"):
        return problem
    meant = next((known for known in CONDITIONS if known.rpartition("}")[2] == name), None)
    if meant is None:
        near = did_you_mean(f"{{DAV:}}{name}", CONDITIONS)
        return f"the condition {name!r} has no namespace; write {f'{{DAV:}}{name}'!r}{near}"
    return f"the condition {name!r} has no namespace; write {meant!r}"


def name_note(name: str) -> str | None:
    """Name a likely mistake in the possible name of a property: it has no namespace, or nearly that of WebDAV; else None."""
    namespace, brace, local = name.rpartition("}")
    dav = f"{namespaces.DAV}{local}"
    if not brace:
        hint = f"; did you mean {dav!r}?" if dav in LIVE else ""
        return f"{name!r} has no namespace, and so differs from all properties that have one{hint}"
    if namespace.strip("{ :").lower() == "dav" and not name.startswith(namespaces.DAV):
        return f"the namespace of {name!r} is not that of WebDAV; did you mean {dav!r}?"
    return None
