"""The server as the pages see it: its admin API, and a copy of a scenario to which they send requests.

Neither has a privilege: the API gets the token of the reader, and requests have the logins of the scenario.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from dav424.core import decode
from dav424.core.batch import Refused
from dav424.core.message import AdminRequest
from dav424.core.space_names import BEFORE_DIALECT, DEFAULT_SPACE, SPACES
from dav424.pages.page import PageRequest
from dav424.pages.workbench.answer import Received, receive
from dav424.pages.workbench.sent import Sent
from dav424.scenario.model import Scenario
from dav424.wire.in_process import in_process

_Kind = TypeVar("_Kind")
MOST_READ = 1 << 20
"""The maximum size of a tree that a page reads."""
EXPIRES_IN = 3600
"""Seconds without a request after which a space of a page expires."""


class ApiRefusal(Exception):
    """The admin API refused a call, with a status, a sentence, and a sentence for each error in the body."""

    def __init__(self, status: int, detail: str, errors: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors

    @property
    def no_access(self) -> bool:
        """Whether the API refused the reader, and not the call."""
        return self.status in (401, 403)


class Api:
    """Calls the admin API with the rights of the reader, who may have sent a ``token`` in a form."""

    def __init__(self, request: PageRequest, token: str = "") -> None:
        self._request, self.token = request, token

    def __call__(self, method: str, path: str, data: object = None, *, kind: type[_Kind]) -> _Kind:
        """Call a route below ``/-/``, and read its answer as a type; raises ``ApiRefusal``."""
        request = self._request
        if request.call_api is None:
            raise ApiRefusal(403, f"The admin API is on another port: {request.api_url}")
        body = msgspec.json.encode(data) if data is not None else b""
        headers = {"host": request.headers.get("host", ""), "content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        elif "authorization" in request.headers:
            headers["authorization"] = request.headers["authorization"]
        response = request.call_api(
            AdminRequest(
                method,
                f"/-/{path}",
                request.root,
                headers,
                lambda _: body,
                request.look_for_client,
                any_host=True,  # that of the page was checked
            )
        )
        content = response.body if isinstance(response.body, bytes) else _whole(response.body)
        if response.status >= 400:
            problem = msgspec.json.decode(content)
            errors = [f"{each.get('pointer', '')}: {each.get('detail', '')}" for each in problem.get("errors", ())]
            raise ApiRefusal(response.status, str(problem.get("detail", "")), errors)
        try:
            found: _Kind = decode.from_json(content or b"null", kind)
        except msgspec.DecodeError:
            raise ApiRefusal(404, f"There is no page for /-/{path[:80]}.") from None  # another route answered
        return found


def _whole(pieces: Iterable[bytes]) -> bytes:
    """Read a streamed answer of the API, such as a tree; raises ``ApiRefusal`` if a page could not show it."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MOST_READ:
            raise ApiRefusal(413, f"It has more than {MOST_READ:,} bytes.")
    return bytes(content)


class Copy(Struct, frozen=True):
    """A copy of a scenario in a space. ``name`` is that of the scenario; ``dialect`` is one that its URL names."""

    request: PageRequest
    space: str
    name: str
    scenario: Scenario
    dialect: str = ""

    @property
    def base(self) -> str:
        """The path of the copy in URLs, without a slash at its end."""
        within = f"/{SPACES}/{self.space}" if self.space != DEFAULT_SPACE else ""
        if self.dialect:
            within = f"/{SPACES}/{self.space}{BEFORE_DIALECT}{self.dialect}"
        return f"{self.request.mount}{within}/{quote(self.name)}"

    @property
    def url(self) -> str:
        """The URL of the copy, without a slash at its end."""
        root = urlsplit(self.request.root)
        return f"{root.scheme}://{root.netloc}{self.base}"

    def headers(self, sent: Sent) -> dict[str, str]:
        """Give the headers to send, with the login of the user; refuses with 400 an unknown user."""
        return {**sent.headers_to_send(self.base), **self._login(sent.user)}

    def _login(self, user: str) -> Mapping[str, str]:
        if not user:
            return {}
        if user not in self.scenario.users:
            raise Refused(
                400, f"The scenario has no user {user[:40]!r}; choose one of {', '.join(self.scenario.users)}."
            )
        pair = base64.b64encode(f"{user}:{self.scenario.users[user]}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def send(self, sent: Sent) -> Received:
        """Send a request, and read its answer; refuses with 400 what no client can send."""
        root = urlsplit(self.request.root)
        http = in_process(
            sent.method,
            self.base + sent.path,
            self.headers(sent),
            sent.body_to_send(self.base),
            host=root.netloc,
            scheme=root.scheme,
        )
        http.mount = self.request.mount
        http.any_host = True  # that of the page was checked
        return receive(self.request.send(http, None), sent.method, self.request.look_for_client)


def tree_of(api: Api, copy: Copy) -> dict[str, Any]:
    """Read all resources of a copy by path; raises ``ApiRefusal``, also if they are too many for a page."""
    found = api("GET", f"spaces/{quote(copy.space)}/tree?scenario={quote(copy.name)}", kind=dict[str, dict[str, Any]])
    return found["resources"]
