"""Scenarios as data, without a server: to parametrise tests over them, and to send their requests with any client."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from dav424.scenario import served_request
from dav424.scenario.files import files_in
from dav424.scenario.load import load_files
from dav424.scenario.model import RequestSpec, Scenario, TreeEntry
from dav424.scenario.sources import scenario_sources

_NO_SETTINGS = frozenset(
    {"title", "teaches", "spec", "tree", "missing", "users", "causes", "faults", "requests", "cure"}
)
"""The keys of a scenario file that do not change how a server serves it, or have an attribute of their own."""


class PreparedRequest(Struct, frozen=True):
    """A request as a client sends it: ``headers`` are without a login, and ``auth`` is a user and a password, if it needs one.

    ``status`` is the expected status of the response.
    """

    method: str
    url: str
    headers: dict[str, str]
    content: bytes
    auth: tuple[str, str] | None
    status: int

    @property
    def headers_with_login(self) -> dict[str, str]:
        """The headers with a Basic login, for a client that takes no ``auth``."""
        if self.auth is None:
            return self.headers
        pair = base64.b64encode(":".join(self.auth).encode()).decode()
        return {**self.headers, "Authorization": f"Basic {pair}"}


class ScenarioRequest(Struct, frozen=True):
    """A request of a scenario. ``path`` starts at the root of the scenario and is percent-encoded.

    In ``headers`` and ``content``, ``{base}`` stands for the path of the scenario in URLs; ``at`` replaces it. ``status`` is
    the expected status of the response.
    """

    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes
    auth: tuple[str, str] | None
    status: int
    _spec: RequestSpec

    def at(self, url: str) -> PreparedRequest:
        """Prepare the request for the scenario at ``url``, such as that of a space."""
        root = url.rstrip("/")
        base = urlsplit(root).path
        headers, content = served_request.headers(self._spec, base), served_request.body(self._spec, base)
        return PreparedRequest(self.method, root + self.path, headers, content, self.auth, self.status)

    def __str__(self) -> str:
        return self.name


class ScenarioData(Struct, frozen=True):
    """A scenario: its ``tree``, ``users``, ``causes`` and ``faults`` as in its file, and its ``requests``.

    ``users`` are the passwords by user name, and ``missing`` the sources that the tree leaves out on purpose. ``settings`` are the other keys of the file that change how it is served, such as
    ``atomic``. ``cure`` are the requests of the cure, after which the same requests succeed.
    """

    name: str
    title: str
    teaches: str
    tree: dict[str, dict[str, Any]]
    users: dict[str, str]
    causes: Sequence[dict[str, Any]]
    faults: Sequence[dict[str, Any]]
    missing: Sequence[str]
    settings: dict[str, Any]
    requests: Sequence[ScenarioRequest]
    cure: Sequence[ScenarioRequest] = ()

    def __str__(self) -> str:
        return self.name


def scenarios(paths: str | Path | Iterable[str | Path] = (), *, bundled: bool = True) -> list[ScenarioData]:
    """Read the scenarios of files and folders, and the bundled ones unless ``bundled`` is false, sorted by name.

    Raises ``ScenarioError`` if a file has mistakes.
    """
    own = list(map(Path, [paths] if isinstance(paths, str | Path) else paths))
    loaded = (
        {name: source() for name, source in scenario_sources(own).items()} if bundled else load_files(files_in(own))
    )
    return [_data(name, scenario) for name, scenario in sorted(loaded.items())]


def _data(name: str, scenario: Scenario) -> ScenarioData:
    return ScenarioData(
        name,
        scenario.title,
        scenario.teaches,
        {path: _written(entry) for path, entry in scenario.tree.items()},
        dict(scenario.users),
        _plain(scenario.causes),
        _plain(scenario.faults),
        scenario.missing,
        _settings(scenario),
        [_request(spec, scenario) for spec in scenario.requests],
        [_request(spec, scenario) for spec in scenario.cure.requests] if scenario.cure is not None else [],
    )


def _request(spec: RequestSpec, scenario: Scenario) -> ScenarioRequest:
    auth = (spec.user, scenario.users[spec.user]) if spec.user is not None else None
    return ScenarioRequest(
        spec.name, spec.method, spec.path, spec.headers, spec.body.encode(), auth, spec.expect.status, spec
    )


def _settings(scenario: Scenario) -> dict[str, Any]:
    """Give the settings of how a scenario is served that differ from the defaults."""
    default, data = _plain(Scenario(title="")), _plain(scenario)
    return {key: value for key, value in data.items() if key not in _NO_SETTINGS and value != default[key]}


def _written(entry: TreeEntry) -> dict[str, Any]:
    """Give a resource as it would be written in a file, without the keys that have their defaults."""
    return {key: value for key, value in _plain(entry).items() if value not in (None, "", {}, [])}


def _plain(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
