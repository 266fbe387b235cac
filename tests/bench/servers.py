"""The servers that are compared: each in a process of its own, on loopback, ended by its own id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

BARE = """
import sys
from cheroot.wsgi import Server
from lxml import etree
answer = open(sys.argv[2], "rb").read()
def app(environ, start_response):
    etree.fromstring(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"<a/>")
    start_response("207 Multi-Status", [("Content-Type", "application/xml; charset=utf-8"), ("Content-Length", str(len(answer)))])
    return [answer]
Server(("127.0.0.1", int(sys.argv[1])), app, numthreads=10).safe_start()
"""
APACHE = """
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dav_module {modules}/mod_dav.so
LoadModule dav_fs_module {modules}/mod_dav_fs.so
LoadModule dav_lock_module {modules}/mod_dav_lock.so
LoadModule mime_module {modules}/mod_mime.so
TypesConfig /dev/null
DavLockDB {folder}/locks
DavDepthInfinity on
MaxKeepAliveRequests 0
LimitXMLRequestBody 0
DocumentRoot {root}
<Directory {root}>
  Dav on
  Require all granted
</Directory>
User {user}
Group {user}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: its port, the path to work below, and its process."""

    port: int
    base: str
    process: subprocess.Popen[bytes]

    def memory(self, name: str = "VmRSS") -> int:
        """Give its resident memory in bytes; with ``VmHWM``, the most since ``forget_peak``."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0]) * 1024

    def forget_peak(self) -> None:
        """Measure the most memory from now on."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")


@contextmanager
def _process(command: list[str], port: int, base: str) -> Iterator[Running]:
    # With byte code, as every installed program has it: a checkout's is written when it first runs.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    try:
        for _ in range(2500):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.002)
        yield Running(port, base, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def dav424(_: Path, *flags: str) -> AbstractContextManager[Running]:
    """Start this server."""
    port = free_port()
    return _process([sys.executable, "-m", "dav424", "serve", "--port", str(port), *flags], port, "/playground")


def stock(folder: Path, *flags: str) -> AbstractContextManager[Running]:
    """Start WsgiDAV by its own command over a folder: cheroot, with its lock manager."""
    port, root = free_port(), folder / "stock"
    root.mkdir()
    options = ["--host", "127.0.0.1", "--port", str(port), "--root", str(root), "--auth", "anonymous", *flags]
    return _process([sys.executable, "-m", "wsgidav.server.server_cli", *options], port, "")


def bare(folder: Path, answer: bytes) -> AbstractContextManager[Running]:
    """Start cheroot alone: it parses the body with lxml and always sends the same answer."""
    port, file = free_port(), folder / "answer.xml"
    file.write_bytes(answer)
    return _process([sys.executable, "-c", BARE, str(port), str(file)], port, "")


def apache(folder: Path) -> AbstractContextManager[Running] | None:
    """Start Apache httpd with mod_dav_fs, or None where it isn't installed."""
    program, modules = shutil.which("apache2"), Path("/usr/lib/apache2/modules")
    if program is None or not (modules / "mod_dav_fs.so").exists():
        return None
    port, root = free_port(), folder / "apache"
    root.mkdir()
    for place in (folder, root):
        place.chmod(0o777)
    user = "www-data" if os.getuid() == 0 else os.environ.get("USER", "nobody")
    config = folder / "apache.conf"
    config.write_text(APACHE.format(port=port, folder=folder, root=root, modules=modules, user=user))
    return _process([program, "-DFOREGROUND", "-f", str(config)], port, "")
