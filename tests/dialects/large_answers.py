"""Large answers for tests of spellings: each has a form that costs a careless writer the square of its size."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from dav424.core.hrefs import Base
from dav424.core.message import Request, Response
from dav424.dav import multistatus
from dav424.dav.multistatus import XML_TYPE, Propstat
from tests.dialects.bundled_answers import BundledAnswer, bundled_answers

BASE = Base()


def taken(method: str) -> BundledAnswer:
    """Take a multistatus of a method, in which actions failed if it changes resources."""
    return next(
        each
        for each in bundled_answers()
        if each.exchange.request.method == method and each.response.status == 207 and each.exchange.request.path
    )


def _large(answer: BundledAnswer, body: bytes, asked: bytes = b"", times: int = 1) -> BundledAnswer:
    """Give a large answer to a request of which each action comes ``times`` times."""
    exchange = answer.exchange
    request: Request = replace(exchange.request, body=asked or exchange.request.body)
    actions, outcomes = exchange.actions * times, list(exchange.outcomes) * times
    response = Response(207, [("Content-Type", XML_TYPE)], body)
    return replace(
        answer, exchange=replace(exchange, request=request, actions=actions, outcomes=outcomes), response=response
    )


def members(count: int) -> BundledAnswer:
    """A listing of members, each with properties that it has, and others that it does not have."""
    found = ['<D:getetag>"x"</D:getetag>', '<X:a xmlns:X="urn:x">one</X:a>']
    lacked = ["<D:displayname/>", '<n:b xmlns:n="urn:y"/>']
    one = [multistatus.response(BASE, f"/d/{n}", [Propstat(200, found), Propstat(404, lacked)]) for n in range(count)]
    return _large(taken("PROPFIND"), multistatus.document("{DAV:}multistatus", "".join(one)))


def namespaces(count: int) -> BundledAnswer:
    """One resource with a property in each of many namespaces, all of which the request declares on one element."""
    declared = "".join([f' xmlns:p{n}="urn:p{n}"' for n in range(count)])
    asked = "".join([f"<p{n}:a/>" for n in range(count)])
    found = [f'<n:a xmlns:n="urn:p{n}"/>' for n in range(count)]
    body = multistatus.document("{DAV:}multistatus", multistatus.response(BASE, "/d", [Propstat(404, found)]))
    whole = f'<D:propfind xmlns:D="DAV:"{declared}><D:prop>{asked}</D:prop></D:propfind>'
    return _large(taken("PROPFIND"), body, whole.encode())


def one_value(count: int) -> BundledAnswer:
    """One property with many declarations, elements, attributes, entities and prefixes in its value."""
    declared = "".join([f' xmlns:p{n}="urn:p{n % 7}"' for n in range(count)])
    inside = "".join([f'<p{n}:e p{n}:f="p{n}:g">p{n}:h &amp; &lt;</p{n}:e>' for n in range(count)])
    value = f'<p0:a xmlns:z="urn:p0"{declared}>{inside}</p0:a>'
    body = multistatus.document("{DAV:}multistatus", multistatus.response(BASE, "/d", [Propstat(200, [value])]))
    return _large(taken("PROPFIND"), body)


def failures(count: int) -> BundledAnswer:
    """A DELETE of which many members failed, and the collections with them."""
    one = "".join([multistatus.resource_response(BASE, f"/d/{n}", 423) for n in range(count)])
    return _large(taken("DELETE"), multistatus.document("{DAV:}multistatus", one), times=count)


def updates(count: int) -> BundledAnswer:
    """A PROPPATCH with many properties, each with a reason of its own."""
    status = next(each.status for each in taken("PROPPATCH").exchange.outcomes if hasattr(each, "status"))
    parts = [Propstat(status, [f'<n:a xmlns:n="urn:p{n}"/>'], None, f"Because of {n}.") for n in range(count)]
    body = multistatus.document("{DAV:}multistatus", multistatus.response(BASE, "/d", parts))
    return _large(taken("PROPPATCH"), body, times=count)


CASES: list[Callable[[int], BundledAnswer]] = [members, namespaces, one_value, failures, updates]
