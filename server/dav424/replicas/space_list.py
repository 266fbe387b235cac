"""The list of all spaces: each is brought up to date here, since only its log knows its content."""

from __future__ import annotations

from typing import Any

import msgspec

from dav424.admin.api import Admin
from dav424.admin.call import JSON
from dav424.admin.handlers import to_json
from dav424.core.message import AdminRequest, Response
from dav424.core.space_names import DEFAULT_SPACE
from dav424.replicas.names import SpaceNames
from dav424.replicas.replica import Replica


def list_spaces(replica: Replica, names: SpaceNames, request: AdminRequest, local: Admin) -> Response:
    """Answer ``GET /-/spaces``, as ``admin.handlers.spaces`` does; a space that no replica may serve is left out.

    Raises ``UnavailableError`` and ``StoreError``.
    """
    known, expired = names.all()
    answer = local(request)
    if answer.status != 200 or not isinstance(answer.body, bytes):
        return answer
    listed: dict[str, Any] = msgspec.json.decode(answer.body)
    spaces = [_details(replica, name, request) for name in known]
    own = [each for each in listed["spaces"] if each["name"] == DEFAULT_SPACE]
    listed["spaces"] = [each for each in [spaces[0] or own[0], *spaces[1:]] if each is not None]
    listed["expired"] = expired
    return Response(200, JSON, to_json(listed))


def _details(replica: Replica, name: str, request: AdminRequest) -> Any:
    house = replica.synced(name)
    if house is None:
        return None
    target = f"/-/spaces/{name}"
    answer = house.call(msgspec.structs.replace(request, method="GET", target=target))
    return msgspec.json.decode(answer.body) if isinstance(answer.body, bytes) and answer.status == 200 else None
