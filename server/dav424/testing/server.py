"""A server for tests: in this process, or in another one."""

from __future__ import annotations

import re
import shlex
import ssl
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from dav424.testing.admin import AdminApi, AdminError, hide, over_http
from dav424.testing.space import Space

__tracebackhide__ = hide
if TYPE_CHECKING:
    from dav424.testing.scenario_data import ScenarioData

LONGEST_STEM = 51
"""A name of a space has at most 64 characters, and ends in 13 that make it unique."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")


def _listed(given: str | Path | Iterable[str | Path]) -> list[str | Path]:
    return [given] if isinstance(given, str | Path) else list(given)


class Server:
    """A server on a free port of 127.0.0.1; it starts when it is made. ``url`` is its root, with a slash at the end.

    ``scenarios`` are files and folders to serve besides the bundled scenarios, and ``dialects`` those of dialects; raises
    ``ScenarioError`` if one has mistakes. The server answers in the ``dialect`` of this name or file, unless a URL, a space or a
    scenario names another one; raises ValueError for an unknown one. With ``tls`` the server speaks HTTPS, and clients must trust ``authority``, a certificate in PEM; this needs
    the extra ``dav424[tls]``. Requests can have ``allow_hosts`` as their host, besides localhost and IP addresses.
    Pages of ``allow_origins`` in a browser may use the scenarios, and pages of ``admin_allow_origins`` the admin API.
    ``check`` and ``close`` raise the errors of the server's threads.
    """

    url: str
    """The root of the server, with a slash at the end."""
    authority: bytes = b""
    """The certificate that clients have to trust, in PEM; empty if the system trusts the server already."""
    scenario_paths: Sequence[str | Path] = ()
    """The files and folders of scenarios besides the bundled ones."""
    command: str = ""
    """The command that starts a server with the same scenarios; empty for a server in another process."""

    def __init__(
        self,
        scenarios: str | Path | Iterable[str | Path] = (),
        *,
        dialects: str | Path | Iterable[str | Path] = (),
        dialect: str = "",
        wall_clock: bool = False,
        tls: bool = False,
        allow_hosts: Iterable[str] = (),
        allow_origins: Iterable[str] = (),
        admin_allow_origins: Iterable[str] = (),
    ) -> None:
        # Imported late: the pytest plugin and Server.at need none of it, and it is half of the modules.
        from dav424.app import App  # noqa: PLC0415 - see above
        from dav424.dialects.choice import dialect_choice  # noqa: PLC0415 - see above
        from dav424.scenario.sources import scenario_sources  # noqa: PLC0415 - see above
        from dav424.wire.server import open_server, url  # noqa: PLC0415 - see above
        from dav424.wire.tls import make  # noqa: PLC0415 - see above
        from dav424.worlds.settings import CLOCK_START, Settings  # noqa: PLC0415 - see above

        paths, added = _listed(scenarios), _listed(dialects)
        choice = dialect_choice(map(Path, added), dialect)
        library = choice.library()
        sources = scenario_sources(map(Path, paths), dialects=library.names if paths else None)
        bugs: list[BaseException] = []
        made = make() if tls else None
        self.authority = made.authority if made is not None else b""
        settings = Settings(start=None if wall_clock else CLOCK_START)
        self._app = App(
            sources,
            settings,
            authority=self.authority,
            hosts=allow_hosts,
            origins=allow_origins,
            admin_origins=admin_allow_origins,
            dialects=library,
            dialect=choice.name,
            on_bug=bugs.append,
        )
        self._server = open_server(self._app.gateway, "127.0.0.1", 0, made)
        self._thread = threading.Thread(target=self._server.serve, name="dav424", daemon=True)
        self._thread.start()
        trusting = ssl.create_default_context(cadata=self.authority.decode()) if tls else None
        at = url(self._server)
        self._connect(AdminApi(at, send=over_http(at, context=trusting)), bugs)
        flags = [f"--scenarios {shlex.quote(str(Path(path).absolute()))}" for path in paths]
        flags += [f"--dialects {shlex.quote(str(path.absolute()))}" for path in choice.paths]
        flags += [f"--dialect {shlex.quote(choice.name)}"] if choice.name else []
        flags += ["--wall-clock"] * wall_clock + ["--tls --tls-ca ca.pem"] * tls
        self.scenario_paths = list(paths)
        self.command = " ".join(["dav424 serve", *flags])

    @classmethod
    def at(
        cls,
        url: str,
        token: str = "",
        *,
        authority: str | Path | None = None,
        scenarios: Iterable[str | Path] = (),
    ) -> Self:
        """Use a server that runs in another process; ``token`` is that of its admin API. ``close`` leaves it running.

        ``authority`` is the file of a certificate, in PEM, to trust beside those of the system. ``scenarios`` are files and
        folders of scenarios that the server may lack: a space of one has its tree, causes and users. Sends no request yet.
        Raises ValueError if the URL is not http or https, or has no host, OSError if the file is no certificate, and
        ``ScenarioError`` if a scenario has mistakes.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the URL of a server; give one such as http://127.0.0.1:4240/")
        server = cls.__new__(cls)
        send = None
        if authority is not None:
            server.authority = Path(authority).read_bytes()
            trusting = ssl.create_default_context()
            trusting.load_verify_locations(authority)
            send = over_http(url, context=trusting)
        server.scenario_paths = list(scenarios)
        server._connect(AdminApi(url, token, send), [])  # noqa: SLF001 - a Server itself
        return server

    def _connect(self, api: AdminApi, bugs: list[BaseException]) -> None:
        self._api, self._bugs = api, bugs
        self.url = api.url
        self._on_space: Callable[[Space], object] = lambda _: None

    @property
    def token(self) -> str:
        """The token of the admin API; empty for none."""
        return self._api.token

    def space(
        self,
        scenario: str | ScenarioData = "playground",
        name: str | None = None,
        *,
        causes: Iterable[Mapping[str, Any]] = (),
        faults: Iterable[Mapping[str, Any]] = (),
        tree: Mapping[str, Mapping[str, Any]] | None = None,
        users: Mapping[str, str] | None = None,
        dialect: str | None = None,
        expires_in: float | None = None,
    ) -> Space:
        """Make a space with a copy of a scenario; raises ``AdminError`` if the scenario is unknown or a value is not valid.

        ``causes`` and ``faults`` are added to those of the scenario, and ``tree`` and ``users`` replace its own; all are written as in
        scenario files. The space answers in the ``dialect``, with its faults if ``!`` stands behind its name. The server deletes the space after ``expires_in`` seconds without a request (default: never).
        The name of the space begins with ``name``, without characters that a URL can't have, and is always unique.
        """
        stem = _NOT_IN_NAMES.sub("-", name or "space")[:LONGEST_STEM].strip("-")
        unique = f"{stem or 'space'}-{uuid.uuid4().hex[:12]}"
        given: dict[str, Any] = {
            "causes": list(causes) or None,
            "faults": list(faults) or None,
            "tree": tree,
            "users": users,
        }
        given |= {"dialect": dialect, "expires-in": expires_in}
        body = {key: value for key, value in given.items() if value is not None}
        body = {"scenario": str(scenario), **body}
        try:
            self._api("PUT", "spaces", unique, body=body)
        except AdminError as error:
            inline = self._inline(scenario) if error.concerns("/scenario") else None
            if inline is None:
                raise
            added = {"causes": [*inline["causes"], *causes], "faults": [*inline["faults"], *faults]}
            body = {**inline, **body, "scenario": "playground", **added}
            self._api("PUT", "spaces", unique, body=body)
        space = Space(self._api, unique, body["scenario"])
        space.made_of = body
        self._on_space(space)
        return space

    def _inline(self, scenario: str | ScenarioData) -> dict[str, Any] | None:
        """Give the tree, the causes and the users of a scenario that the server lacks; None if it is not known here either.

        Raises ValueError for a scenario with other settings, which only a server that has the file can serve.
        """
        if isinstance(scenario, str):
            from dav424.testing.scenario_data import scenarios  # noqa: PLC0415 - as above

            known = {each.name: each for each in scenarios(self.scenario_paths, bundled=False)}
            if scenario not in known:
                return None
            scenario = known[scenario]
        sent = {key: value for key, value in scenario.settings.items() if key == "dialect"}
        if settings := scenario.settings.keys() - sent.keys():
            raise ValueError(
                f"the server at {self.url} does not have the scenario {scenario.name!r}, and its settings "
                f"{', '.join(sorted(settings))} can't be sent; start the server with --scenarios"
            )
        whole = {"tree": scenario.tree, "users": scenario.users, "missing": list(scenario.missing)}
        return {**sent, **whole, "causes": list(scenario.causes), "faults": list(scenario.faults)}

    def on_space(self, act: Callable[[Space], object]) -> None:
        """Let ``act`` be called with each space that is made from now on."""
        self._on_space = act

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
