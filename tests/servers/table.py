"""All real servers that tests can start, by name."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tests.servers import debian, languages
from tests.servers.place import Launch, Place
from tests.servers.sources import Debian, Npm, PyPI, Source


class RealServer(Struct, frozen=True):
    """A server of another project, where it is from, and how to start it in a place."""

    name: str
    title: str
    source: Source
    launch: Callable[[Place], Launch]


_TABLE = (
    RealServer("apache", "Apache httpd mod_dav", Debian("apache2-bin"), debian.apache),
    RealServer("lighttpd", "lighttpd mod_webdav", Debian("lighttpd", ("lighttpd-mod-webdav",)), debian.lighttpd),
    RealServer("nginx", "nginx dav and dav-ext", Debian("nginx", ("libnginx-mod-http-dav-ext",)), debian.nginx),
    RealServer("tomcat", "Tomcat WebdavServlet", Debian("tomcat10-common", ("default-jdk-headless",)), debian.tomcat),
    RealServer("cyrus", "Cyrus", Debian("cyrus-caldav", ("cyrus-imapd",)), debian.cyrus),
    RealServer("go", "Go x/net/webdav", Debian("golang-golang-x-net-dev", ("golang-go",)), debian.gowebdav),
    RealServer("sabre", "sabre/dav", Debian("php-sabre-dav", ("php-cli",)), debian.sabre),
    RealServer("rclone", "rclone serve webdav", Debian("rclone"), debian.rclone),
    RealServer("wsgidav", "WsgiDAV", PyPI("wsgidav"), languages.wsgidav),
    RealServer("radicale", "Radicale", PyPI("radicale"), languages.radicale),
    RealServer("xandikos", "Xandikos", PyPI("xandikos"), languages.xandikos),
    RealServer("asgiwebdav", "ASGIWebDAV", PyPI("asgiwebdav"), languages.asgiwebdav),
    RealServer("pywebdav3", "PyWebDAV3", PyPI("pywebdav3"), languages.pywebdav3),
    RealServer("zope", "Zope", PyPI("zope"), languages.zope),
    RealServer("copyparty", "copyparty", PyPI("copyparty"), languages.copyparty),
    RealServer("nephele", "Nephele", Npm("nephele"), languages.nephele),
    RealServer("webdav-server", "webdav-server", Npm("webdav-server"), languages.webdav_server),
)
SERVERS = {each.name: each for each in _TABLE}
