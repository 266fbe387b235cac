"""Who is asking: WsgiDAV's authenticator for Basic and Digest, over the users of a scenario.

WsgiDAV is imported when the first such scenario is asked for: most have no users.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

Application = Callable[..., Any]


def authenticator(serve: Application) -> Application:
    """Put authentication before a WSGI application; ``environ`` brings ``dav424.users`` and ``dav424.realm``."""

    @cache
    def made() -> Application:
        return _make(serve)

    def authenticated(environ: dict[str, Any], start_response: Application) -> Any:
        return made()(environ, start_response)

    return authenticated


def _make(serve: Application) -> Application:
    from wsgidav.dc.base_dc import BaseDomainController  # noqa: PLC0415 - 50 ms that most never need
    from wsgidav.http_authenticator import HTTPAuthenticator  # noqa: PLC0415 - as above

    class ScenarioUsers(BaseDomainController):  # type: ignore[misc]  # WsgiDAV has no types
        """The users of the scenario that a request is about; its name is the realm."""

        def get_domain_realm(self, _path_info: str, environ: dict[str, Any]) -> str:
            return str(environ["dav424.realm"])

        def require_authentication(self, _realm: str, environ: dict[str, Any]) -> bool:
            return bool(environ["dav424.users"])

        def basic_auth_user(self, _realm: str, user_name: str, password: str, environ: dict[str, Any]) -> bool:
            return user_name in environ["dav424.users"] and environ["dav424.users"][user_name] == password

        def supports_http_digest_auth(self) -> bool:
            return True

        def digest_auth_user(self, realm: str, user_name: str, environ: dict[str, Any]) -> str | bool:
            password = environ["dav424.users"].get(user_name)
            if password is None:
                return False
            return str(self._compute_http_digest_a1(realm, user_name, password))

    accept = {
        "domain_controller": ScenarioUsers,
        "accept_basic": True,
        "accept_digest": True,
        "default_to_digest": False,
    }
    return HTTPAuthenticator(None, serve, {"http_authenticator": accept, "verbose": 1})  # type: ignore[no-any-return]
