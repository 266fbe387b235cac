"""A folder of the file system as a scenario: ``dav424 serve --folder DIR`` serves it at ``/folder/``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from wsgidav.dav_error import HTTP_FORBIDDEN, DAVError
from wsgidav.default_conf import DEFAULT_CONFIG
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.lock_man.lock_manager import LockManager

from dav424.dialects.choice import DialectChoice
from dav424.scenario.load import load
from dav424.scenario.model import Scenario
from dav424.wsgidav.causes import plain_environ, provider_world
from dav424.wsgidav.stored_state import StateFile, StoredLocks, StoredProperties

if TYPE_CHECKING:
    from dav424.app import App

NAME = "folder"
"""The name of the scenario."""


class FolderError(Exception):
    """The folder can't be served; the message is a sentence for the user, and names the flag."""


class RegularFiles(FilesystemProvider):  # type: ignore[misc]
    """The files and folders of a folder; a pipe, a socket or a device is 403, since to open one can wait without an end."""

    def get_resource_inst(self, path: str, environ: dict[str, Any]) -> Any:
        """Find a resource by its path; None if there is none."""
        file = self._loc_to_file_path(path, environ)
        if os.path.exists(file) and not os.path.isdir(file) and not os.path.isfile(file):  # noqa: PTH110, PTH112, PTH113 - WsgiDAV has a text
            raise DAVError(HTTP_FORBIDDEN, "It is neither a file nor a folder.")
        return super().get_resource_inst(path, environ)


class Folder(Struct, frozen=True):
    """A folder, the scenario of its causes, and the file for its properties and locks."""

    path: Path
    scenario: Scenario
    state: Path


def read_folder(path: Path, causes: Path | None, state: Path | None, dialects: DialectChoice) -> Folder:
    """Check the flags, and load the causes, whose file can name one of the dialects; raises ``FolderError``, and ``ScenarioError`` for mistakes in the causes."""
    if not path.is_dir():
        raise FolderError(f"--folder {path}: there is no such folder; make it first")
    path = path.resolve()
    if state is None:
        if not path.name:
            raise FolderError("--folder /: the state of a folder is a file beside it; name one with --folder-state")
        state = path.with_name(f"{path.name}.dav424-state")
    state = state.resolve()
    if state.is_relative_to(path):
        raise FolderError(f"--folder-state {state} is in the folder, so clients could change it; choose another path")
    return Folder(path, _scenario(path, causes, dialects), state)


def _scenario(path: Path, causes: Path | None, dialects: DialectChoice) -> Scenario:
    if causes is None:
        return Scenario(title=f"The folder {path.name or path}")
    try:
        text = causes.read_bytes()
    except OSError as error:
        raise FolderError(f"--folder-causes {causes}: the file can't be read: {error.strerror}") from None
    scenario = load(text, str(causes), treeless=True, dialects=dialects.sources())
    if scenario.tree:
        raise FolderError(f"--folder-causes {causes}: the file has a tree, and the tree is the folder; remove the key")
    return scenario


def serve_folder(app: App, folder: Folder) -> None:
    """Serve a folder in the default space of a server; raises ``FolderError`` if the state can't be used.

    The scenarios of the server have to include it, under ``NAME``.
    """
    try:
        state = StateFile(folder.state)
    except OSError as error:
        raise FolderError(
            f"--folder-state {folder.state} can't be used: {error.strerror}; choose another path"
        ) from None
    provider = RegularFiles(str(folder.path), fs_opts={})
    provider.set_share_path("")
    provider.set_prop_manager(StoredProperties(state))
    provider.set_lock_manager(LockManager(StoredLocks(state)))
    environ: dict[str, Any] = plain_environ(provider, DEFAULT_CONFIG)
    provider_world(app, NAME, folder.scenario, provider, environ)
