"""How to start the servers of Debian. None uses the configuration or the services of the system."""

from __future__ import annotations

import getpass
import imaplib
import os
import pwd
from functools import partial

from tests.installed import NotInstalledError
from tests.servers.place import Launch, Place, free_port
from tests.servers.sources import GO_PROGRAM


def apache(place: Place) -> Launch:
    """mod_dav over the file system, with mod_dav_lock for locks."""
    conf = place.write("apache.conf", modules="/usr/lib/apache2/modules")
    return Launch([*_no_root("www-data"), "/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(conf)])


def lighttpd(place: Place) -> Launch:
    """mod_webdav with its database for properties and locks."""
    return Launch(["/usr/sbin/lighttpd", "-D", "-f", str(place.write("lighttpd.conf"))])


def nginx(place: Place) -> Launch:
    """The dav module for methods that write, and dav-ext for PROPFIND and locks."""
    conf = place.write("nginx.conf", modules="/usr/lib/nginx/modules")
    return Launch(["/usr/sbin/nginx", "-p", str(place.folder), "-c", str(conf)])


def tomcat(place: Place) -> Launch:
    """The WebdavServlet at the root of the only context of an own base."""
    home = "/usr/share/tomcat10"
    place.write("tomcat-web.xml")
    conf = place.write("tomcat-server.xml")
    for name in ("conf", "temp", "work"):
        (place.folder / name).mkdir()
    settings = [
        f"-Dcatalina.home={home}",
        f"-Dcatalina.base={place.folder}",
        f"-Djava.io.tmpdir={place.folder / 'temp'}",
    ]
    jars = f"{home}/bin/bootstrap.jar:{home}/bin/tomcat-juli.jar"
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    start = ["org.apache.catalina.startup.Bootstrap", "-config", str(conf), "start"]
    return Launch(["java", *quick, *settings, "-classpath", jars, *start])


def cyrus(place: Place) -> Launch:
    """The master with HTTP, and with IMAP, by which its administrator makes the mailbox of a user."""
    runs_as = "cyrus" if os.getuid() == 0 else getpass.getuser()
    imap_port = free_port()
    conf = place.write("cyrus-imapd.conf", runs_as=runs_as)
    master, pid = place.write("cyrus-master.conf", imap_port=imap_port), place.folder / "cyrus" / "master.pid"
    for name in ("proc", "lock", "db", "socket"):
        (place.folder / "cyrus" / name).mkdir(parents=True)
    run = [*_no_root(runs_as), "/usr/lib/cyrus/bin/master", "-C", str(conf), "-M", str(master), "-p", str(pid)]
    home = "user/somebody/"
    user = "Basic c29tZWJvZHk6c2VjcmV0"
    prepare = partial(_make_mailbox, imap_port)
    return Launch(run, f"/dav/drive/{home}", f"/dav/calendars/{home}", authorization=user, prepare=prepare)


def _make_mailbox(imap_port: int) -> None:
    with imaplib.IMAP4("127.0.0.1", imap_port, timeout=30) as imap:
        imap.login("root", "secret")
        imap.create("user.somebody")


def gowebdav(place: Place) -> Launch:
    """golang.org/x/net/webdav over its own memory."""
    if not GO_PROGRAM.exists():
        raise NotInstalledError("The server in Go isn't compiled here; make servers-install does that")
    return Launch([str(GO_PROGRAM), f"127.0.0.1:{place.port}"])


def sabre(place: Place) -> Launch:
    """sabre/dav over a folder, in the server of PHP."""
    return Launch(["php", "-S", f"127.0.0.1:{place.port}", str(place.write("sabre.php"))])


def rclone(place: Place) -> Launch:
    """Rclone's own server over a folder."""
    nothing = {"RCLONE_CONFIG": str(place.folder / "rclone.conf"), "XDG_CACHE_HOME": str(place.folder / "cache")}
    address = ["--addr", f"127.0.0.1:{place.port}"]
    return Launch(
        ["rclone", "serve", "webdav", str(place.root), *address, "--vfs-cache-mode", "writes"], environment=nothing
    )


def _no_root(user: str) -> list[str]:
    """Begin the command of a server that does not serve as root: root runs it as another user, with access to all files."""
    if os.getuid() != 0:
        return []
    rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", *rights]
