"""The admin API of a replica: a call that changes a space is an entry of its log, and a call that reads one waits for the log."""

from __future__ import annotations

import re
from contextlib import nullcontext
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from dav424.admin.api import Admin
from dav424.admin.api_problem import ApiProblem
from dav424.core.batch import Refused, without_frames
from dav424.core.message import AdminRequest, Response
from dav424.core.space_names import DEFAULT_SPACE
from dav424.replicas.births import AnsweredError, Births
from dav424.replicas.door import MOST_BODY
from dav424.replicas.entries import CallEntry
from dav424.replicas.names import SpaceNames
from dav424.replicas.problems import NOT_DONE, RETRY_AFTER, StoreError, UnavailableError
from dav424.replicas.replica import Replica
from dav424.replicas.space_list import list_spaces
from dav424.replicas.upkeep import Upkeep
from dav424.worlds.space import SPACE_NAME

_SPACES, _READY = "/-/spaces", "/-/ready"
_OF_A_SPACE = re.compile(r"/-/spaces/([^/?]+)([^?]*)")
_WAITS = re.compile(r"[?&]wait=")
_OF_THE_CLIENT = ("authorization", "cookie", "origin", "referer", "sec-fetch-")
"""The beginnings of headers that decide whether a client may call; they don't go into the log."""


class Administration:
    """Answers calls for the spaces of a ``replica``."""

    def __init__(self, replica: Replica, births: Births, names: SpaceNames, upkeep: Upkeep) -> None:
        self._replica, self._births, self._names, self._upkeep = replica, births, names, upkeep

    def __call__(self, local: Admin, request: AdminRequest) -> Response:
        """Answer a call: in the house of its space, or by the ``local`` API if it concerns no space."""
        path = request.target.partition("?")[0]
        match = _OF_A_SPACE.match(request.target)
        if match is None and path not in (_SPACES, _READY):
            return local(request)
        refusal = local.refusal(request)
        if refusal is not None:
            return refusal
        try:
            if match is not None:
                return self._in_space(local, match[1], match[2], request)
            if path == _READY:
                return self._ready(local, request)
            return self._make(local, request) if request.method == "POST" else self._list(local, request)
        except (Refused, AnsweredError, UnavailableError, StoreError) as problem:
            return _response(problem)

    def _ready(self, local: Admin, request: AdminRequest) -> Response:
        problem = self._upkeep.problem or next(iter(list(self._replica.troubles.values())), "")
        if problem:
            raise UnavailableError(problem)
        return local(request)

    def _list(self, local: Admin, request: AdminRequest) -> Response:
        return list_spaces(self._replica, self._names, _admitted(request), local)

    def _in_space(self, local: Admin, name: str, rest: str, request: AdminRequest) -> Response:
        if request.method in ("GET", "HEAD") or rest == "/replay":
            return self._read(local, name, request)
        if request.method == "DELETE" and not rest:
            return self._remove(local, name, request)
        return self._change(local, name, rest, request)

    def _read(self, local: Admin, name: str, request: AdminRequest) -> Response:
        house = self._replica.synced(name)
        if house is None:
            return self._missing(local, name, request)
        self._upkeep.changed(name, due=False)  # a space that is only read is in use, too
        waits = _WAITS.search(request.target) is not None
        with self._upkeep.follows(name) if waits else nullcontext():
            return house.call(_admitted(request))

    def _remove(self, local: Admin, name: str, request: AdminRequest) -> Response:
        if name == DEFAULT_SPACE:
            return local(request)  # with the refusal
        return Response(204) if self._replica.remove(name) else self._missing(local, name, request)

    def _missing(self, local: Admin, name: str, request: AdminRequest) -> Response:
        """Answer a call about a space that does not exist: no replica has used the default space, or there is no other one."""
        if name != DEFAULT_SPACE:
            self._names.check(name)
        return local(request)

    def _make(self, local: Admin, request: AdminRequest) -> Response:
        """Make a space, with the name in the body or with the next number."""
        entry = self._entry(local, request)
        if isinstance(entry, Response):
            return entry
        name = _name_in(entry.body)
        if name is not None and SPACE_NAME.fullmatch(name):
            return self._carried(name, entry)
        name, birth = self._births.numbered(entry)
        return self._replica.carry_out(name, entry, lambda: birth).response

    def _change(self, local: Admin, name: str, rest: str, request: AdminRequest) -> Response:
        if not SPACE_NAME.fullmatch(name):
            return local(request)  # with the refusal of such a name
        entry = self._entry(local, request)
        if isinstance(entry, Response):
            return entry
        try:
            return self._carried(name, entry)
        except UnavailableError:
            if (name, rest) != (DEFAULT_SPACE, "/reset") or name not in self._replica.troubles:
                raise
        # It can't be deleted, so that a reset is the way to begin it anew.
        self._replica.remove(name)
        return self._carried(name, entry)

    def _carried(self, name: str, entry: CallEntry) -> Response:
        return self._replica.carry_out(name, entry, partial(self._births.begin, name, entry)).response

    @staticmethod
    def _entry(local: Admin, request: AdminRequest) -> CallEntry | Response:
        """Make an entry of a call; gives the answer to one whose body can't be read, which changes nothing."""
        try:
            body = request.read_body(MOST_BODY)
        except Refused as refused:
            return local(replace(request, read_body=partial(_refuse, without_frames(refused))))
        return CallEntry(request.method, request.target, request.root, _headers(request), body)


def _response(problem: Refused | AnsweredError | UnavailableError | StoreError) -> Response:
    match problem:
        case AnsweredError():
            return problem.carried.response
        case Refused():
            return ApiProblem(problem.status, problem.detail).response()
    text = f"{problem} {NOT_DONE}" if isinstance(problem, StoreError) else str(problem)
    return ApiProblem(503, text, headers=[("Retry-After", str(RETRY_AFTER))]).response()


def _refuse(refused: Refused, _: int) -> bytes:
    raise refused


def _name_in(body: bytes) -> str | None:
    """Give the name in the body that makes a space; None if it has none, or if it can't be read."""
    try:
        data: Any = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else None


def _admitted(request: AdminRequest) -> AdminRequest:
    """Give a call whose client may use the API, without the headers that say so."""
    return replace(request, headers=_headers(request), any_host=True)


def _headers(request: AdminRequest) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if not name.startswith(_OF_THE_CLIENT)}
