"""Which method an answer belongs to, if the pasted text does not say: the shape of the answer tells most."""

from __future__ import annotations

from bisect import bisect_left

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.namespaces import DAV
from dav424.diagnosis.pasted import PROPSTAT, RESPONSE, BodyFacts, SaidStatus

_BY_SHAPE = {
    "mkcol-response": "MKCOL",
    "mkcalendar-response": "MKCALENDAR",
    "lockdiscovery": "LOCK",
    "batch": "POST",
    "multipart batch": "POST",
    "sync-collection": "REPORT",
}


_FOR_MANY = frozenset({"BCOPY", "BDELETE", "BMOVE", "BPROPFIND", "BPROPPATCH"})


def plain_method(method: str) -> str:
    """Give the method whose rules a method of Exchange for many resources follows; any other method unchanged."""
    return method[1:] if method in _FOR_MANY else method


def guess_method(facts: BodyFacts) -> str:
    """Guess the method of the request from its answer; empty if several methods answer like that."""
    if facts.shape != "multistatus":
        return _BY_SHAPE.get(facts.shape, "")
    propstats = [said for said in facts.said if said.where == PROPSTAT]
    return (
        _of_propstats(propstats) if propstats else _of_members([each for each in facts.said if each.where == RESPONSE])
    )


def _of_propstats(said: list[SaidStatus]) -> str:
    """Tell PROPPATCH, PROPFIND and LOCK apart: only PROPFIND gives values, and only the others give 424."""
    dependent = [each for each in said if each.status == FAILED_DEPENDENCY]
    if dependent and all(each.thing.property == f"{DAV}lockdiscovery" for each in said):
        return "LOCK"  # the form of RFC 2518 8.10.10
    if dependent:
        return "PROPPATCH"
    several = len({each.thing.href for each in said}) > 1
    if several or any(each.has_value for each in said) or {each.status for each in said} <= {200, 404}:
        return "PROPFIND"
    return "PROPPATCH"


def _of_members(said: list[SaidStatus]) -> str:
    """Know a LOCK by the 424 of a collection above the failed member (RFC 4918 9.10.3)."""
    dependent = [each.thing.href.rstrip("/") for each in said if each.status == FAILED_DEPENDENCY]
    failed = sorted(each.thing.href for each in said if each.failed_itself)
    return "LOCK" if dependent and failed and all(_is_above(each, failed) for each in dependent) else ""


def _is_above(collection: str, hrefs: list[str]) -> bool:
    """Say whether one of the sorted hrefs is below a collection."""
    place = bisect_left(hrefs, f"{collection}/")
    return place < len(hrefs) and hrefs[place].startswith(f"{collection}/")
