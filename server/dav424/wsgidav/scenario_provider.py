"""A provider for ``provider_mapping`` that serves a scenario."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Unpack

from dav424.app import DEFAULT_MAX_BODY
from dav424.faults.without_connection import impossible_faults
from dav424.wsgi import make_app
from dav424.wsgidav.served_provider import ProviderKeywords, ServedProvider

SUFFIXES = (".yaml", ".yml")


class ScenarioProvider(ServedProvider):
    """Serves one scenario as a share of WsgiDAV: ``provider_mapping = {"/": ScenarioProvider("proppatch-protected")}``.

    ``scenario`` is the name of a bundled scenario, or the path of a file that ends in ``.yaml`` or ``.yml``. The user of a request is the one whom WsgiDAV has authenticated
    (``wsgidav.auth.user_name``). ``space`` changes the causes, and reads the journal and the tree.

    Raises ``ScenarioError`` if the file has mistakes, and ValueError for an unknown name, and for faults of
    the connection.
    """

    def __init__(self, scenario: str | Path, **keywords: Unpack[ProviderKeywords]) -> None:
        file = Path(scenario) if str(scenario).endswith(SUFFIXES) else None
        app = make_app((file,) if file is not None else (), admin_open=True, **keywords)
        name = file.stem if file is not None else str(scenario)
        if name not in app.scenarios.names:
            raise unknown_scenario(name, app.scenarios.names)
        if sentence := impossible_faults(app.scenarios.scenario(name).faults):
            raise ValueError(f"The scenario {name!r} can't be served. {sentence}")
        super().__init__(app, name, keywords.get("max_body", DEFAULT_MAX_BODY))


def unknown_scenario(name: str, names: list[str]) -> ValueError:
    """Give the error for a name that no scenario has."""
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "; 'dav424 scenarios' lists all of them"
    return ValueError(f"there is no scenario {name!r}{hint}")
