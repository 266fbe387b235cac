"""The admin API as an application: find the route, check the access, call the handler, write the response."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import JSON, Call, Prove, Route, ScenarioLookup, SendIn, check_query
from dav424.admin.handlers import to_json
from dav424.admin.payloads import RouteSummary
from dav424.admin.routes import ROUTES
from dav424.core.batch import Refused, without_frames
from dav424.core.memory import out_of_memory
from dav424.core.message import AdminRequest, Response
from dav424.core.neighbours import ALL_HOSTS, HostNames, allow_with, check_origin
from dav424.dav.request_content import check_coding, with_accepted_coding
from dav424.dialects.library import Dialects
from dav424.worlds.space import Spaces

MOST_BODY = 64 << 20
"""The maximum size of a request's body in bytes; the longest bodies are whole trees."""
_PATTERNS = [(route, route.pattern) for route in ROUTES]
log = logging.getLogger("dav424")
Answer = TypeVar("Answer")


class Access(Struct, frozen=True):
    """Who may use the API: clients that send the ``token``. If it is empty, all clients may, unless the API is ``closed``.

    ``closed`` is the reason why it is closed and the way to open it, in sentences, or empty. ``hosts`` are the names of the server, and ``origins`` the sites whose pages may use the API beside its own.
    """

    token: str = ""
    closed: str = ""
    hosts: HostNames = ALL_HOSTS
    origins: frozenset[str] = frozenset()


class Admin:
    """Answers requests under ``/-/``.

    ``answered`` counts the responses of the server by method and status. ``send_in`` answers the requests that the API
    sends: those of a cure, and those that it plays again. ``prove`` proves a scenario.
    """

    def __init__(
        self,
        spaces: Spaces,
        scenarios: ScenarioLookup,
        dialects: Dialects,
        access: Access,
        answered: Mapping[tuple[str, int], int],
        *,
        send_in: SendIn,
        prove: Prove,
    ) -> None:
        self._spaces, self._scenarios, self._dialects = spaces, scenarios, dialects
        self._access, self._answered = access, answered
        self._send_in, self._prove = send_in, prove

    def __call__(self, request: AdminRequest) -> Response:
        """Answer a call."""
        return self._with_problems(request, self._answer)

    def refusal(self, request: AdminRequest) -> Response | None:
        """Give the answer to a call that has no route, or whose client may not use it; None for any other call."""

        def look(request: AdminRequest) -> None:
            self._find(request)

        return self._with_problems(request, look)

    @staticmethod
    def _with_problems(request: AdminRequest, answer: Callable[[AdminRequest], Answer]) -> Answer | Response:
        try:
            return answer(request)
        except ApiProblem as problem:
            return problem.response()
        except Refused as refused:
            return with_accepted_coding(ApiProblem(refused.status, refused.detail).response(), request.headers)
        except MemoryError as error:
            without_frames(error)  # what they hold is free now
            log.warning("Out of memory: %s %.200s; nothing was changed", request.method, request.target)
            full = out_of_memory()
            return ApiProblem(full.status, full.detail).response()

    def _answer(self, request: AdminRequest) -> Response:
        method, headers = request.method, request.headers
        found = self._find(request)
        if found is None:
            return Response(
                200, JSON, to_json([RouteSummary(route.method, route.path, route.summary) for route in ROUTES])
            )
        route, parameters = found
        query_parameters = _query(request.target.partition("?")[2])
        check_query(query_parameters, route.query)
        call = Call(
            self._spaces,
            self._scenarios,
            self._dialects,
            self._answered,
            request.root,
            parameters,
            query_parameters,
            headers,
            _body(route, headers, request.read_body) if method not in ("GET", "HEAD") else b"",
            self._send_in,
            self._prove,
            request.look_for_client,
        )
        return _response(route, route.handler(call))

    def _find(self, request: AdminRequest) -> tuple[Route, dict[str, str]] | None:
        """Find the route of a call whose client may use it, and the parameters in its path; None for the list of the routes."""
        method, headers = request.method, request.headers
        if not request.any_host:
            self._access.hosts.check(headers)
        path = request.target.partition("?")[0]
        if path == "/-/" and method in ("GET", "HEAD"):
            return None
        route, parameters = self._route(method, path)
        if "origin" in headers or route.method != "GET":
            remedy = partial(allow_with, "--admin-allow-origin", headers)
            check_origin(headers, self._access.origins, "use this API", remedy)
        self._admit(route, headers)
        return route, parameters

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        matches = [(route, match) for route, pattern in _PATTERNS if (match := pattern.fullmatch(path))]
        if not matches:
            raise ApiProblem(404, f"There is no route {path[:80]!r}; GET /-/ lists all of them.")
        for route, match in matches:
            if method == route.method or (method == "HEAD" and route.method == "GET"):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        methods = {route.method for route, _ in matches}
        allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        detail = f"This route does not support {method}; it supports {allowed}."
        raise ApiProblem(405, detail, headers=[("Allow", allowed)])

    def _admit(self, route: Route, headers: Mapping[str, str]) -> None:
        if route.public:
            return
        if self._access.token:
            scheme, _, token = headers.get("authorization", "").partition(" ")
            valid = hmac.compare_digest(token.strip().encode("latin-1"), self._access.token.encode())
            if scheme.lower() != "bearer" or not valid:
                challenge = [("WWW-Authenticate", 'Bearer realm="dav424"')]
                detail = "The request has no valid token; send the header Authorization: Bearer TOKEN."
                raise ApiProblem(401, detail, headers=challenge)
        elif self._access.closed:
            raise ApiProblem(403, self._access.closed)


def _query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except (ValueError, UnicodeDecodeError):
        raise ApiProblem(
            400, "The query is malformed; send NAME=VALUE pairs, percent-encoded, joined by '&'."
        ) from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise ApiProblem(400, "The query has a parameter twice; send it once.")
    return dict(pairs)


def _body(route: Route, headers: Mapping[str, str], read_body: Callable[[int], bytes]) -> bytes:
    check_coding(headers)
    body = read_body(MOST_BODY)
    media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if body and route.request_type is None:
        raise ApiProblem(400, f"The request has a body of {len(body)} bytes; send this request without a body.")
    if body and media_type != "application/json" and not media_type.endswith("+json"):
        # This also refuses the types that a form on a page of another site can send.
        raise ApiProblem(415, f"The body is {media_type[:80]}; send JSON with Content-Type: application/json.")
    return body


def _response(route: Route, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    return Response(204) if result is None else Response(route.status, JSON, to_json(result))
