"""A middleware for ``middleware_stack``: the methods that WsgiDAV's RequestServer rejects before a provider sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsgidav.mw.base_mw import BaseMiddleware

from dav424.wsgidav.served_provider import ServedProvider

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Middleware(BaseMiddleware):  # type: ignore[misc]  # WsgiDAV has no types
    """Gives the providers of dav424 the methods that WsgiDAV's RequestServer does not know.

    In ``middleware_stack``, its place is behind the authenticator and before the directory browser. A configuration in YAML
    names it ``dav424.wsgidav.Middleware``. It passes on all requests for other providers.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for a provider of dav424, or pass it on."""
        provider = environ["wsgidav.provider"]
        if isinstance(provider, ServedProvider):
            return provider.custom_request_handler(environ, start_response)
        return self._next(environ, start_response)

    @property
    def _next(self) -> WSGIApplication:
        following: WSGIApplication = self.next_app
        return following
