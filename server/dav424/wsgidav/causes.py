"""A provider for ``provider_mapping`` that puts causes, and the atomic batch, over another provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import structs
from wsgidav.default_conf import DEFAULT_CONFIG

from dav424.app import DEFAULT_MAX_BODY, App
from dav424.causes.cause import Cause
from dav424.causes.kinds import AnyCause
from dav424.core import decode
from dav424.core.memory import Budget
from dav424.dialects.choice import dialect_choice
from dav424.dialects.library import Dialects
from dav424.faults.without_connection import impossible_faults
from dav424.methods import METHOD_FACTS
from dav424.scenario.blueprint import blueprint
from dav424.scenario.load import load_files
from dav424.scenario.model import Scenario, all_causes, faults_of
from dav424.scenario.sources import scenario_sources
from dav424.worlds.settings import Settings
from dav424.wsgi import listed_paths
from dav424.wsgidav.provider_world import ProviderWorld, provider_state
from dav424.wsgidav.scenario_provider import SUFFIXES, unknown_scenario
from dav424.wsgidav.served_provider import ServedProvider

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from wsgidav.dav_provider import DAVProvider

_NAME = "files"
"""The name of the scenario if the causes come from no file."""


class Causes(ServedProvider):
    """Puts causes over a provider: ``provider_mapping = {"/": Causes(FilesystemProvider(folder), "proppatch-protected")}``.

    ``causes`` is the name of a bundled scenario, the path of a scenario file, or a list of causes, each a mapping with the
    keys of a scenario file; the tree is that of the provider, whatever the scenario says. What the provider refuses is a
    cause, too. A request that fails is undone on the provider: its files, properties and locks. Locks are those of the lock
    manager of WsgiDAV, and dead properties those of its property manager.

    ``dialects`` are files and folders of dialects besides the bundled ones; requests are answered in the ``dialect`` of this name or
    file, unless the scenario names another one. ``max_memory`` limits the bytes of the bodies and of the journal (default: no limit).

    Raises ``ScenarioError`` if a file has mistakes, and ValueError for an unknown name or dialect, for a cause
    that is none, and for faults of the connection.
    """

    def __init__(
        self,
        provider: DAVProvider,
        causes: str | Path | Iterable[Mapping[str, Any] | Cause] = (),
        *,
        dialects: str | Path | Iterable[str | Path] = (),
        dialect: str = "",
        max_body: int = DEFAULT_MAX_BODY,
        max_memory: int = 0,
        strict_wire: bool = False,
        strict: bool = False,
        journal_entries: int = 1000,
        journal_bytes: int = 8 << 20,
    ) -> None:
        choice = dialect_choice(listed_paths(dialects), dialect)
        library = choice.library()
        name, scenario = _scenario(causes, library)
        if sentence := impossible_faults(scenario.faults):
            raise ValueError(f"The scenario {name!r} can't be served. {sentence}")
        settings = Settings(
            start=None,
            journal_entries=journal_entries,
            journal_bytes=journal_bytes,
            budget=Budget(max_memory or None),
            connections=False,
        )
        app = App(
            {name: lambda: scenario},
            settings,
            max_body=max_body,
            strict_wire=strict_wire,
            strict=strict,
            dialects=library,
            dialect=choice.name,
        )
        super().__init__(app, name, max_body)
        self.provider = provider
        self._environ = plain_environ(provider, DEFAULT_CONFIG)
        self._world = provider_world(app, name, scenario, provider, self._environ)

    def set_mount_path(self, mount_path: str) -> None:
        """Take the path at which WsgiDAV's application is mounted."""
        super().set_mount_path(mount_path)
        self.provider.set_mount_path(mount_path)

    def set_share_path(self, share_path: str) -> None:
        """Take the path at which WsgiDAV serves the provider."""
        super().set_share_path(share_path)
        self.provider.set_share_path(share_path)

    def set_lock_manager(self, lock_manager: Any) -> None:
        """Take the lock manager of WsgiDAV's configuration; None if it has none."""
        super().set_lock_manager(lock_manager)
        self.provider.set_lock_manager(lock_manager)

    def set_prop_manager(self, prop_manager: Any) -> None:
        """Take the property manager of WsgiDAV's configuration; None if it has none."""
        super().set_prop_manager(prop_manager)
        self.provider.set_prop_manager(prop_manager)

    def is_readonly(self) -> bool:
        """Say whether the provider is read-only."""
        return bool(self.provider.is_readonly())

    def custom_request_handler(
        self, environ: WSGIEnvironment, start_response: StartResponse, default_handler: object = None
    ) -> Iterable[bytes]:
        """Answer a request over the provider."""
        self._environ["wsgidav.config"] = environ["wsgidav.config"]
        with self._world.serving(environ):
            return super().custom_request_handler(environ, start_response, default_handler)


def provider_world(
    app: App, name: str, scenario: Scenario, provider: DAVProvider, environ: dict[str, Any]
) -> ProviderWorld:
    """Make the world of a provider in the default space of a server, with the causes and settings of a scenario."""
    space = app.spaces.default
    made = blueprint(name, structs.replace(scenario, tree={}, causes=[], faults=[]), 0.0)
    made = structs.replace(made, initial=provider_state(all_causes(scenario), faults_of(scenario)), outside=True)
    app.scenarios.put(made)
    world = ProviderWorld(
        provider,
        environ,
        made,
        METHOD_FACTS,
        space.journal,
        clock=space.clock,
        budget=app.spaces.settings.budget,
    )
    space.worlds[name] = world
    return world


def plain_environ(provider: DAVProvider, config: Mapping[str, Any]) -> dict[str, Any]:
    """Make the environment of a request that no WSGI server has brought, as resources of WsgiDAV need it."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "wsgidav.provider": provider,
        "wsgidav.config": config,
        "wsgidav.auth.user_name": "",
        "wsgidav.verbose": 0,
    }


def _scenario(causes: str | Path | Iterable[Mapping[str, Any] | Cause], dialects: Dialects) -> tuple[str, Scenario]:
    """Give a scenario and its name; a file can name one of the dialects."""
    if isinstance(causes, str | Path):
        if str(causes).endswith(SUFFIXES):
            file = Path(causes)
            return file.stem, load_files([file], treeless=True, dialects=dialects.names)[file.stem]
        name, sources = str(causes), scenario_sources()
        if name not in sources:
            raise unknown_scenario(name, sorted(sources))
        return name, sources[name]()
    return _NAME, Scenario(title="Files", causes=[_cause(each) for each in causes])


def _cause(written: Mapping[str, Any] | Cause) -> AnyCause:
    if isinstance(written, Cause):
        return cast("AnyCause", written)
    try:
        return cast("AnyCause", decode.to_type(dict(written), AnyCause))
    except msgspec.ValidationError as error:
        raise ValueError(f"{dict(written)!r} is no cause: {error}") from None
