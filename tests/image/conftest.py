"""The image, built from the Dockerfile without a Docker engine: by buildah, over a base by debootstrap."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BASE_TAR = ROOT / "build" / "image" / "base.tar"
BASE = "localhost/dav424-base"
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
LINKS = ("--build-arg", "REPOSITORY=https://EXAMPLE.invalid/dav424", "--build-arg", "REVISION=abcdef")
NEEDED = ("buildah", "debootstrap")


def run(*command: str | Path) -> str:
    """Run a command that has to succeed, and give what it printed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def lacking() -> str | None:
    """Say what is missing here to build an image; None for nothing."""
    missing = [each for each in NEEDED if shutil.which(each) is None]
    if missing:
        return f"to build the image, on Debian: apt-get install {' '.join(NEEDED)}; missing: {', '.join(missing)}"
    return (
        None
        if os.geteuid() == 0
        else "debootstrap and a build without an engine need root; run make image-test as root"
    )


class Buildah:
    """buildah with a store of its own, which is gone when the tests are over."""

    def __init__(self, store: Path) -> None:
        self._command = ["buildah", "--root", store / "root", "--runroot", store / "run", "--storage-driver", "vfs"]

    def __call__(self, *arguments: str | Path) -> str:
        return run(*self._command, *arguments).strip()


class Image:
    """The image that was built: its ``config``, and its ``root`` to be run from, read-only, as its own user."""

    def __init__(self, buildah: Buildah, container: str) -> None:
        self.buildah, self.container = buildah, container
        self.root = Path(buildah("mount", container))
        self.config: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", "dav424"))["Docker"]["config"]

    def command(self, arguments: list[str], variables: Mapping[str, str], mounts: Mapping[Path, str]) -> list[str]:
        """Give the command that runs this in the image as an engine with --read-only would, on this machine's network."""
        settings = [*self.config["Env"], *(f"{name}={value}" for name, value in variables.items())]
        bound = "".join(f'mount --bind "{outside}" "{self.root}{inside}" && ' for outside, inside in mounts.items())
        script = (
            f'mount --bind "{self.root}" "{self.root}" && cd "{self.root}" && mount -t proc proc proc && '
            f'mount --rbind /dev dev && {bound} mount -o remount,bind,ro "{self.root}" && '
            f'exec chroot --userspec={self.config["User"]} --groups= "{self.root}" env -i "$@"'
        )
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *settings, *arguments]

    def ask(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the image to its end."""
        command = self.command(list(arguments), variables, {})
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    @contextmanager
    def running(self, mounts: Mapping[Path, str] | None = None, **variables: str) -> Iterator[Running]:
        """Run what the image runs by itself, with its settings and these; ends it as its STOPSIGNAL says."""
        variables = {"DAV424_PORT": str(free_port()), **variables}
        command = self.command([*self.config["Entrypoint"], *self.config["Cmd"]], variables, mounts or {})
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            ready = re.fullmatch(r"dav424 ready url=(\S+)\n", line)
            assert ready is not None, line + (process.communicate(timeout=10)[1] if process.poll() is not None else "")
            yield Running(process, ready[1], variables)
        finally:
            process.send_signal(signal.Signals[self.config.get("StopSignal", "SIGKILL")])
            process.communicate(timeout=10)


class Running:
    """A server in a container: its ``process``, its ``url``, and the ``variables`` that it was given."""

    def __init__(self, process: subprocess.Popen[str], url: str, variables: Mapping[str, str]) -> None:
        self.process, self.url, self.variables = process, url, variables

    def __call__(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send a request from this machine."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


def free_port() -> int:
    """Find a port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def make_base(folder: Path) -> None:
    """Make a small Debian with Python, that trusts whom this machine trusts."""
    system = folder / "system"
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    run("debootstrap", "--variant=minbase", "--include=python3,python3-venv", suite, system)
    (system / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TRUSTED, system / "etc/ssl/certs/ca-certificates.crt")
    BASE_TAR.parent.mkdir(parents=True, exist_ok=True)
    unfinished = BASE_TAR.with_suffix(".unfinished")
    run(
        "tar",
        "--create",
        "--file",
        unfinished,
        "--directory",
        system,
        "--exclude=./var/cache/apt/*",
        "--exclude=./dev/*",
        ".",
    )
    unfinished.replace(BASE_TAR)
    shutil.rmtree(system)


def for_this_buildah(dockerfile: str) -> str:
    """Take out of the Dockerfile the one flag that Debian's buildah is too old for."""
    said = subprocess.run(["buildah", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"version (\d+)\.(\d+)", said)
    assert version is not None, said
    if (int(version[1]), int(version[2])) >= (1, 34):
        return dockerfile
    assert dockerfile.count(" --start-interval=250ms") == 1
    return dockerfile.replace(" --start-interval=250ms", "")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, built as docker build would."""
    reason = lacking()
    if reason is not None:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("image")
    if not BASE_TAR.exists():
        make_base(folder)
    buildah = Buildah(folder / "store")
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, BASE_TAR, "/")
    buildah("commit", "--quiet", base, BASE)
    buildah("rm", base)
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(for_this_buildah((ROOT / "Dockerfile").read_text()))
    buildah(
        "build-using-dockerfile",
        *("--isolation", "chroot", "--pull-never", "--format", "docker", "--no-cache"),
        *(
            "--build-arg",
            f"BASE={BASE}",
            "--build-arg",
            "VERSION=1.2.3",
            *LINKS,
            "--ignorefile",
            ROOT / ".dockerignore",
        ),
        *("--file", dockerfile, "--tag", "dav424", ROOT),
    )
    container = buildah("from", "--pull-never", "localhost/dav424")
    try:
        yield Image(buildah, container)
    finally:
        buildah("umount", container)
        buildah("rm", container)
        shutil.rmtree(folder / "store")


@pytest.fixture(scope="session")
def url_on() -> Callable[[str, str], str]:
    """Give the URL of the same port on another address of this machine."""
    return lambda url, host: re.sub(r"//127\.0\.0\.1:", f"//{host}:", url)
