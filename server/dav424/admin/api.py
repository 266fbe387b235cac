"""The admin API as an application: which route, may it be, and the answer."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import Call, Route, ScenarioLookup, check_query
from dav424.admin.handlers import to_json
from dav424.admin.payloads import Link
from dav424.admin.routes import ROUTES
from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.worlds.space import Spaces

MOST_BODY = 64 << 20
"""Bytes that a body may have: a whole tree is the longest."""
_JSON = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
_PATTERNS = [(route, route.pattern) for route in ROUTES]
log = logging.getLogger("dav424")


class Access(Struct, frozen=True):
    """Who may use the API: whoever has the ``token``; without one, everybody if it is ``open``."""

    token: str = ""
    open: bool = True


class Admin:
    """Answers what is asked under ``/-/``; ``url`` is where scenarios are served, if not at the same place."""

    def __init__(
        self,
        spaces: Spaces,
        scenarios: ScenarioLookup,
        access: Access,
        answered: Mapping[tuple[str, int], int],
        url: str = "",
    ) -> None:
        self._spaces, self._scenarios, self._access, self._answered = spaces, scenarios, access, answered
        self._url = url

    def __call__(
        self, method: str, target: str, headers: Mapping[str, str], read_body: Callable[[int], bytes]
    ) -> Response:
        """Answer a call; ``read_body`` reads its body, of at most so many bytes."""
        try:
            return self._answer(method, target, headers, read_body)
        except ApiProblem as problem:
            return problem.response()
        except Refused as refused:
            return ApiProblem(refused.status, refused.detail).response()

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], read_body: Callable[[int], bytes]
    ) -> Response:
        path, _, query = target.partition("?")
        if path == "/-/" and method in ("GET", "HEAD"):
            return Response(200, _JSON, to_json([Link(each.method, each.path, each.summary) for each in ROUTES]))
        route, parameters = self._route(method, path)
        self._admit(route, headers)
        asked = _query(query)
        check_query(asked, route.query)
        call = Call(
            self._spaces,
            self._scenarios,
            self._answered,
            self._url or f"http://{headers.get('host', 'localhost')}/",
            parameters,
            asked,
            headers,
            _body(route, headers, read_body) if method not in ("GET", "HEAD") else b"",
        )
        return _written(route, route.task(call))

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        matches = [(route, match) for route, pattern in _PATTERNS if (match := pattern.fullmatch(path))]
        if not matches:
            raise ApiProblem(404, f"There is no route {path[:80]!r}; GET /-/ lists all of them.")
        for route, match in matches:
            if method == route.method or (method == "HEAD" and route.method == "GET"):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        methods = {route.method for route, _ in matches}
        allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        raise ApiProblem(405, f"{method} can't be done here; {allowed} can.", headers=[("Allow", allowed)])

    def _admit(self, route: Route, headers: Mapping[str, str]) -> None:
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            raise ApiProblem(
                403, f"A page of {origin[:80]} may not use this API; ask it from no browser, or from here."
            )
        if route.open:
            return
        if self._access.token:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            right = hmac.compare_digest(given.strip().encode("latin-1"), self._access.token.encode())
            if scheme.lower() != "bearer" or not right:
                challenge = [("WWW-Authenticate", 'Bearer realm="dav424"')]
                raise ApiProblem(401, "Send the token: Authorization: Bearer TOKEN.", headers=challenge)
        elif not self._access.open:
            raise ApiProblem(
                403,
                "The admin API is closed, since the server listens on more than loopback. "
                "Start it with --admin-token TOKEN, or with --admin-open to let everybody in.",
            )


def _query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except (ValueError, UnicodeDecodeError):
        raise ApiProblem(400, "The query can't be read.") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise ApiProblem(400, "The query has a parameter twice.")
    return dict(pairs)


def _body(route: Route, headers: Mapping[str, str], read_body: Callable[[int], bytes]) -> bytes:
    body = read_body(MOST_BODY)
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if body and route.takes is None:
        raise ApiProblem(400, "This takes no body.")
    if body and kind != "application/json" and not kind.endswith("+json"):
        # What a form of a foreign page could send is refused here as well.
        raise ApiProblem(415, f"The body has to be JSON; send Content-Type: application/json, not {kind[:80]}.")
    return body


def _written(route: Route, given: Any) -> Response:
    if isinstance(given, Response):
        return given
    return Response(204) if given is None else Response(route.status, _JSON, to_json(given))
