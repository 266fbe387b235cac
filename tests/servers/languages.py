"""How to start the servers of PyPI and npm."""

from __future__ import annotations

import shutil
import sys

from tests.servers.place import FILES, Launch, Place
from tests.servers.sources import OF_NPM, OF_PYPI

ZOPE_USER = "Basic YWRtaW46c2VjcmV0"


def wsgidav(place: Place) -> Launch:
    """Stock WsgiDAV over a folder, for anybody."""
    return _python("wsgidav", ["-m", "wsgidav.server.server_cli", "--config", str(place.write("wsgidav.json"))])


def radicale(place: Place) -> Launch:
    """Radicale without log-in; its collections are calendars and address books."""
    launch = _python("radicale", ["-m", "radicale", "--config", str(place.write("radicale.conf"))])
    return Launch(launch.command, "/user/", "/user/", authorization="Basic dXNlcjo=", environment=launch.environment)


def xandikos(place: Place) -> Launch:
    """Xandikos with an empty calendar home."""
    where = ["-d", str(place.root), "-l", "127.0.0.1", "-p", str(place.port), "--no-detect-systemd"]
    state = ["--state-dir", str(place.folder / "state"), "--autocreate"]
    launch = _python("xandikos", ["-m", "xandikos.web", *where, *state])
    return Launch(launch.command, "/user/calendars/", "/user/calendars/", environment=launch.environment)


def asgiwebdav(place: Place) -> Launch:
    """ASGIWebDAV over a folder, in uvicorn."""
    where = ["--host", "127.0.0.1", "--port", str(place.port)]
    return _python("asgiwebdav", ["-m", "asgi_webdav", *where, "--config", str(place.write("asgiwebdav.json"))])


def pywebdav3(place: Place) -> Launch:
    """PyWebDAV3 over a folder, for anybody."""
    where = ["--host", "127.0.0.1", "--port", str(place.port), "--directory", str(place.root)]
    return _python("pywebdav3", ["-m", "pywebdav.server.server", "--noauth", *where])


def zope(place: Place) -> Launch:
    """Zope over objects in memory, with one user."""
    place.write("zope.conf")
    (place.folder / "inituser").write_text("admin:secret\n")
    launch = _python("zope", ["-m", "Zope2.Startup.serve", str(place.write("zope.ini"))])
    return Launch(launch.command, authorization=ZOPE_USER, environment=launch.environment)


def copyparty(place: Place) -> Launch:
    """Copyparty over a folder in which anybody may do anything."""
    where = ["-i", "127.0.0.1", "-p", str(place.port), "-v", f"{place.root}::rwmda", "--daw"]
    launch = _python("copyparty", ["-m", "copyparty", *where, "--hist", str(place.folder / "history"), "-q"])
    own = {"XDG_CONFIG_HOME": str(place.folder / "config"), "PRTY_NO_MP": "1"}
    return Launch(launch.command, environment={**launch.environment, **own})


def nephele(place: Place) -> Launch:
    """Nephele over a folder, in Express."""
    return _node(place, "nephele.mjs")


def webdav_server(place: Place) -> Launch:
    """webdav-server over a folder."""
    return _node(place, "webdav-server.cjs")


def _python(package: str, arguments: list[str]) -> Launch:
    return Launch([sys.executable, *arguments], environment={"PYTHONPATH": str(OF_PYPI.at_hand(package))})


def _node(place: Place, program: str) -> Launch:
    """Run a program of ``files`` from where its packages are found."""
    (place.folder / "node_modules").symlink_to(OF_NPM.at_hand() / "node_modules")
    copied = shutil.copy(FILES / program, place.folder)
    return Launch(["node", str(copied), str(place.root), str(place.port)])
