"""A server for tests: in this process, or in another one."""

from __future__ import annotations

import re
import ssl
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from dav424.testing.admin import AdminApi, over_http
from dav424.testing.space import Space

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class Server:
    """A server on a free port of 127.0.0.1; it starts when it is made. ``url`` is its root, with a slash at the end.

    ``scenarios`` are files and folders to serve besides the bundled scenarios; raises ``ScenarioError`` if one has
    mistakes. With ``tls`` the server speaks HTTPS, and clients must trust ``authority``, a certificate in PEM; this needs
    the extra ``dav424[tls]``. Requests can have ``allow_hosts`` as their host, besides localhost and IP addresses.
    ``check`` and ``close`` raise the errors of the server's threads.
    """

    authority = b""

    def __init__(
        self,
        scenarios: str | Path | Iterable[str | Path] = (),
        *,
        wall_clock: bool = False,
        tls: bool = False,
        allow_hosts: Iterable[str] = (),
    ) -> None:
        # Imported late: the pytest plugin and Server.at need none of it, and it is half of the modules.
        from dav424.app import App  # noqa: PLC0415 - see above
        from dav424.scenario.load import scenario_sources  # noqa: PLC0415 - see above
        from dav424.wire.server import open_server, url  # noqa: PLC0415 - see above
        from dav424.wire.tls import make  # noqa: PLC0415 - see above
        from dav424.worlds.space import CLOCK_START, Settings  # noqa: PLC0415 - see above

        paths = [scenarios] if isinstance(scenarios, str | Path) else scenarios
        sources = scenario_sources(map(Path, paths))
        bugs: list[BaseException] = []
        made = make() if tls else None
        self.authority = made.authority if made is not None else b""
        settings = Settings(start=None if wall_clock else CLOCK_START)
        self._app = App(sources, settings, authority=self.authority, hosts=allow_hosts, on_bug=bugs.append)
        self._server = open_server(self._app.gateway, "127.0.0.1", 0, made)
        self._thread = threading.Thread(target=self._server.serve, name="dav424", daemon=True)
        self._thread.start()
        trusting = ssl.create_default_context(cadata=self.authority.decode()) if tls else None
        at = url(self._server)
        self._connect(AdminApi(at, send=over_http(at, context=trusting)), bugs)

    @classmethod
    def at(cls, url: str, token: str = "") -> Self:
        """Use a server that runs in another process; ``token`` is that of its admin API. ``close`` leaves it running.

        Sends no request yet. Raises ValueError if the URL is not http or https, or has no host.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the URL of a server; give one such as http://127.0.0.1:4240/")
        server = cls.__new__(cls)
        server._connect(AdminApi(url, token), [])  # noqa: SLF001 - a Server itself
        return server

    def _connect(self, api: AdminApi, bugs: list[BaseException]) -> None:
        self._api, self._bugs = api, bugs
        self.url = api.url

    def space(self, scenario: str, name: str | None = None) -> Space:
        """Make a space with a copy of a scenario; raises ``AdminError`` if the scenario is unknown.

        The name of the space begins with ``name``, without characters that a URL can't have, and is always unique.
        """
        stem = _NOT_IN_NAMES.sub("-", name or "space").strip("-")[-50:]
        unique = f"{stem}-{uuid.uuid4().hex[:12]}"
        self._api("PUT", "spaces", unique, body={"scenario": scenario})
        return Space(self._api, unique, scenario)

    def ready(self) -> None:
        """Check that the server accepts requests; raises OSError if it does not answer, and ``AdminError`` if it is not ready."""
        self._api("GET", "ready")

    def check(self) -> None:
        """Raise the errors of the server's threads, if there are any."""
        bugs, self._bugs[:] = list(self._bugs), []
        if len(bugs) > 1:
            raise BaseExceptionGroup("the server's threads raised several errors", bugs)
        if bugs:
            raise bugs[0]

    def close(self) -> None:
        """Stop the server, and raise the errors of its threads."""
        if hasattr(self, "_server"):
            self._app.spaces.close()
            self._server.stop()
            self._thread.join()
        self.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
