"""Scenarios inside a WsgiDAV configuration: a provider for ``provider_mapping`` and a middleware for ``middleware_stack``.

    WsgiDAVApp --> HTTPAuthenticator --> Middleware --> ScenarioProvider --> Gateway

WsgiDAV checks the logins. RequestServer rejects methods that it does not know, such as MKCALENDAR; with the middleware, a
provider gets them too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from wsgidav.dav_provider import DAVProvider
from wsgidav.mw.base_mw import BaseMiddleware

from dav424.app import DEFAULT_MAX_BODY, App
from dav424.core.message import AdminRequest, Response
from dav424.testing.admin import AdminApi
from dav424.testing.space import Space
from dav424.worlds.space import DEFAULT_SPACE
from dav424.wsgi import WsgiRequest, make_app, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SUFFIXES = (".yaml", ".yml")


class ProviderKeywords(TypedDict, total=False):
    """The keywords of ``ScenarioProvider``: they have the names, units and defaults of the flags of ``dav424 serve``."""

    max_body: int
    wall_clock: bool
    strict_wire: bool
    strict: bool
    journal_entries: int
    journal_bytes: int


class ScenarioProvider(DAVProvider):  # type: ignore[misc]  # WsgiDAV has no types
    """Serves one scenario as a share of WsgiDAV: ``provider_mapping = {"/": ScenarioProvider("proppatch-protected")}``.

    ``scenario`` is the name of a bundled scenario, or the path of a file that ends in ``.yaml`` or ``.yml``. The user of a request is the one whom WsgiDAV has authenticated
    (``wsgidav.auth.user_name``). ``space`` changes the causes, and reads the journal and the tree.

    Raises ``ScenarioError`` if the file has mistakes, and ValueError for an unknown name.
    """

    def __init__(self, scenario: str | Path, **keywords: Unpack[ProviderKeywords]) -> None:
        super().__init__()
        file = Path(scenario) if str(scenario).endswith(_SUFFIXES) else None
        self._app = make_app((file,) if file is not None else (), admin_open=True, **keywords)
        self._max_body = keywords.get("max_body", DEFAULT_MAX_BODY)
        self.scenario = file.stem if file is not None else str(scenario)
        names = self._app.scenarios.names
        if self.scenario not in names:
            near = difflib.get_close_matches(self.scenario, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; 'dav424 scenarios' lists all of them"
            raise ValueError(f"there is no scenario {self.scenario!r}{hint}")
        self._served = self._app.spaces.default
        self.space = Space(in_process(self._app), DEFAULT_SPACE, self.scenario, url="/")

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
        response = self._app.gateway.answer_in(http, self._served, self.scenario, user)
        if not http.close_connection:
            environ["wsgidav.all_input_read"] = 1
        return send(_joined(response), environ, start_response)


class Middleware(BaseMiddleware):  # type: ignore[misc]  # WsgiDAV has no types
    """Gives providers of scenarios the methods that WsgiDAV's RequestServer does not know.

    In ``middleware_stack``, its place is behind the authenticator and before the directory browser. A configuration in YAML
    names it ``dav424.wsgidav.Middleware``. It passes on all requests for other providers.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a scenario, or pass it on."""
        provider = environ["wsgidav.provider"]
        if isinstance(provider, ScenarioProvider):
            return provider.custom_request_handler(environ, start_response)
        return self._next(environ, start_response)

    @property
    def _next(self) -> WSGIApplication:
        following: WSGIApplication = self.next_app
        return following


def in_process(app: App) -> AdminApi:
    """Give a client of the admin API of a server that has no socket."""
    return AdminApi("http://localhost/", app.token, partial(_call, app))


def _call(app: App, method: str, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
    lower = {name.lower(): value for name, value in headers.items()}
    response = app.administer(AdminRequest(method, path, "http://localhost/", lower, lambda _: content))
    return response.status, _body(response)


def _joined(response: Response) -> Response:
    """Give a response whose body is one piece: WsgiDAV closes the connection after one of unknown length."""
    return Response(response.status, response.headers, _body(response), response.phrase)


def _body(response: Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)
