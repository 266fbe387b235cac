"""A server for tests: in this process, or one that runs elsewhere."""

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

from dav424.testing.admin import AdminApi
from dav424.testing.space import Space

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class Server:
    """A server on a free port of 127.0.0.1, started when it is made. ``url`` is its root, with a slash at the end.

    ``scenarios`` are files and folders to be served beside the bundled ones; raises ``Wrong`` if one has
    mistakes. With ``tls`` it speaks HTTPS, and clients have to trust ``authority``, a certificate in PEM; that
    needs the extra ``dav424[tls]``. What went wrong in the server's threads is raised again by ``check`` and ``close``.
    """

    authority = b""

    def __init__(
        self, scenarios: str | Path | Iterable[str | Path] = (), *, wall_clock: bool = False, tls: bool = False
    ) -> None:
        # Here, and not at the top: the pytest plugin and Server.at need none of it, and it is half of what there is to load.
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
        self._app = App(sources, settings, authority=self.authority, on_bug=bugs.append)
        self._server = open_server(self._app.gateway, "127.0.0.1", 0, made)
        self._thread = threading.Thread(target=self._server.serve, name="dav424", daemon=True)
        self._thread.start()
        trusting = ssl.create_default_context(cadata=self.authority.decode()) if tls else None
        self._connect(AdminApi(url(self._server), context=trusting), bugs)

    @classmethod
    def at(cls, url: str, token: str = "") -> Self:
        """Use a server that runs elsewhere, for which ``close`` does nothing; ``token`` is its admin API's.

        Raises ValueError if the URL is none; nothing is asked yet.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the URL of a server, as http://127.0.0.1:4240/")
        server = cls.__new__(cls)
        server._connect(AdminApi(url, token), [])  # noqa: SLF001 - it is one of these
        return server

    def _connect(self, api: AdminApi, bugs: list[BaseException]) -> None:
        self._api, self._bugs = api, bugs
        self.url = api.url

    def space(self, scenario: str, name: str | None = None) -> Space:
        """Make a copy of a scenario that nobody else uses; raises ``AdminError`` if there is no such scenario.

        ``name`` is made fit for a URL, and unique, unless it is left out.
        """
        stem = _UNFIT.sub("-", name or "space").strip("-")[-50:]
        unique = f"{stem}-{uuid.uuid4().hex[:12]}"
        self._api("PUT", "spaces", unique, body={"scenario": scenario})
        return Space(self._api, unique, scenario)

    def ready(self) -> None:
        """Ask whether requests are served; raises OSError if nobody answers, ``AdminError`` if not."""
        self._api("GET", "ready")

    def check(self) -> None:
        """Raise what went wrong in the server's threads, if anything did."""
        bugs, self._bugs[:] = list(self._bugs), []
        if len(bugs) > 1:
            raise BaseExceptionGroup("several things went wrong in the server's threads", bugs)
        if bugs:
            raise bugs[0]

    def close(self) -> None:
        """Stop the server, and raise what went wrong in its threads."""
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
