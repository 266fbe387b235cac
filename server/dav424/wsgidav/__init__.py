"""Scenarios inside a WsgiDAV configuration, and causes over any provider of WsgiDAV.

    WsgiDAVApp --> HTTPAuthenticator --> Middleware --> ScenarioProvider --> Gateway     a tree in memory
                                                    --> Causes           --> Gateway     files, or any other provider

WsgiDAV checks the logins. RequestServer rejects methods that it does not know, such as MKCALENDAR; with the middleware, a
provider gets them too.
"""

from __future__ import annotations

from dav424.wsgidav.causes import Causes
from dav424.wsgidav.middleware import Middleware
from dav424.wsgidav.scenario_provider import ScenarioProvider

__all__ = ["Causes", "Middleware", "ScenarioProvider"]
