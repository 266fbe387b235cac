"""A provider of WsgiDAV whose requests dav424 answers: the base of ``ScenarioProvider`` and ``Causes``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from wsgidav.dav_provider import DAVProvider

from dav424.app import App
from dav424.core.message import AdminRequest, Response, SizedBody
from dav424.core.space_names import DEFAULT_SPACE
from dav424.testing.admin import AdminApi
from dav424.testing.space import Space
from dav424.wsgi import WsgiRequest, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class ProviderKeywords(TypedDict, total=False):
    """The keywords of providers: they have the names, units and defaults of the flags of ``dav424 serve``."""

    dialects: str | Path | Iterable[str | Path]
    dialect: str
    max_body: int
    wall_clock: bool
    strict_wire: bool
    strict: bool
    journal_entries: int
    journal_bytes: int


class ServedProvider(DAVProvider):  # type: ignore[misc]  # WsgiDAV has no types
    """Answers requests in place of WsgiDAV's own handler, with the world of one scenario.

    The user of a request is the one whom WsgiDAV has authenticated (``wsgidav.auth.user_name``). ``space`` changes the
    causes, and reads the journal and the tree.
    """

    def __init__(self, app: App, scenario: str, max_body: int) -> None:
        super().__init__()
        self._app = app
        self._max_body = max_body
        self.scenario = scenario
        self._served = app.spaces.default
        self.space = Space(in_process(app), DEFAULT_SPACE, scenario, url="/")

    def set_share_path(self, share_path: str) -> None:
        """Take the path at which WsgiDAV serves the provider; ``space.url`` is then that path."""
        super().set_share_path(share_path)
        self.space.url = f"{self.mount_path}{self.share_path}/"

    def get_resource_inst(self, path: str, environ: Mapping[str, Any]) -> None:
        """Give no resource: WsgiDAV's directory browser asks for one, and the provider answers its requests itself."""

    def custom_request_handler(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        default_handler: object = None,  # noqa: ARG002 - WsgiDAV's own
    ) -> Iterable[bytes]:
        """Answer a request with the scenario, in place of WsgiDAV's own handler."""
        http = WsgiRequest(environ, self._max_body)
        user = environ.get("wsgidav.auth.user_name") or ""
        response = self._joined(self._app.gateway.answer_in(http, self._served, self.scenario, user))
        if not http.close_connection:
            environ["wsgidav.all_input_read"] = 1
        return send(response, environ, start_response)

    @staticmethod
    def _joined(response: Response) -> Response:
        """Give a response whose body has a length: WsgiDAV closes the connection after one of unknown length."""
        if isinstance(response.body, bytes | SizedBody):
            return response
        return Response(response.status, response.headers, _body(response), response.phrase)


def in_process(app: App) -> AdminApi:
    """Give a client of the admin API of a server that has no socket."""
    return AdminApi("http://localhost/", app.token, partial(_call, app))


def _call(app: App, method: str, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
    lower = {name.lower(): value for name, value in headers.items()}
    response = app.administer(AdminRequest(method, path, "http://localhost/", lower, lambda _: content))
    return response.status, _body(response)


def _body(response: Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)
