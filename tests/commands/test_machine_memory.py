"""``--max-memory``: how it is written, and its default, which is half of what the server can use."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dav424.commands.flag_types import Flag
from dav424.commands.flags import SERVE_FLAGS
from dav424.commands.machine_memory import cgroup_limits, default_limit

from .test_cli import dav424, running

(MAX_MEMORY,) = (flag for flag in SERVE_FLAGS if isinstance(flag, Flag) and flag.name == "--max-memory")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1000000", 1_000_000),
        ("2GiB", 2 << 30),
        ("512MiB", 512 << 20),
        ("64 KiB", 64 << 10),
        ("1T", 1 << 40),
        ("2gb", 2 << 30),
        ("10B", 10),
        ("", None),
    ],
)
def test_a_size_has_a_unit_or_none(text: str, size: int | None) -> None:
    """A unit is a power of 1024. Empty stands for the default, as in compose files."""
    assert MAX_MEMORY.convert(text) == size


@pytest.mark.parametrize("text", ["much", "-1", "1.5GiB", "2 pounds", "GiB", "9" * 30])
def test_what_is_no_size_is_named(text: str) -> None:
    """With an example, and the variable."""
    run = dav424("serve", f"--max-memory={text}")
    assert run.returncode == 2
    said = f"{text!r} is not a number of bytes; give one such as 2GiB, 512MiB or 1000000 [DAV424_MAX_MEMORY]"
    assert said in run.stderr


def limit(url: str) -> str:
    """Read the limit in the metrics of a server."""
    lines = urllib.request.urlopen(f"{url}-/metrics").read().decode().splitlines()
    return next((line.partition(" ")[2] for line in lines if line.startswith("dav424_memory_limit_bytes ")), "none")


def test_the_flag_and_the_variable_set_it() -> None:
    """The flag wins; 0 sets no limit."""
    with running("--port", "0", DAV424_MAX_MEMORY="64MiB") as (_, url):
        assert limit(url) == str(64 << 20)
    with running("--port", "0", "--max-memory", "0", DAV424_MAX_MEMORY="64MiB") as (_, url):
        assert limit(url) == "none"


def test_the_default_is_half_of_what_there_is() -> None:
    """Of the machine at most."""
    found = default_limit()
    assert found is not None
    assert 0 < found <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    with running("--port", "0", DAV424_MAX_MEMORY="") as (_, url):
        assert limit(url) == str(found)


def test_ulimit_counts() -> None:
    """A process that may have less than the machine has."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31));"
        "from dav424.commands.machine_memory import default_limit; print(default_limit())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) <= 1 << 30


def cgroups(top: Path, own: str, files: dict[str, str]) -> list[int]:
    """Read the limits where /proc/self/cgroup and the files of cgroups hold these texts."""
    (top / "own").write_text(own)
    for name, text in files.items():
        file = top / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return list(cgroup_limits(top / "own", top / "cgroup"))


def test_the_limits_of_nested_cgroups_count(tmp_path: Path) -> None:
    """Version 2: a service in a slice; max is no limit."""
    files = {"memory.max": "max\n", "a.slice/memory.max": "1000\n", "a.slice/b.service/memory.max": "max\n"}
    assert cgroups(tmp_path, "0::/a.slice/b.service\n", files) == [1000]


def test_a_container_sees_its_own_cgroup_as_the_root(tmp_path: Path) -> None:
    """Whatever its name is outside."""
    assert cgroups(tmp_path, "0::/../x\n", {"memory.max": "4096\n"}) == [4096]


def test_version_1_has_a_folder_for_memory(tmp_path: Path) -> None:
    """Beside those of other controllers."""
    own = "12:cpu,cpuacct:/docker/x\n5:memory:/docker/x\n"
    files = {"memory/docker/x/memory.limit_in_bytes": "2048\n", "cpu/docker/x/memory.limit_in_bytes": "1\n"}
    assert cgroups(tmp_path, own, files) == [2048]


def test_a_system_without_cgroups_has_no_such_limit(tmp_path: Path) -> None:
    """Such as macOS."""
    assert list(cgroup_limits(tmp_path / "none", tmp_path)) == []


def test_the_metrics_say_how_much_is_held() -> None:
    """It grows with a document, and falls when that goes."""

    def held() -> int:
        text = urllib.request.urlopen(f"{url}-/metrics").read().decode()
        return int(next(line for line in text.splitlines() if line.startswith("dav424_memory_bytes ")).split()[1])

    with running("--port", "0") as (_, url):
        before = held()
        document = f"{url}playground/f"
        urllib.request.urlopen(urllib.request.Request(document, b"x" * 1_000_000, method="PUT")).close()
        assert held() - before > 1_000_000
        urllib.request.urlopen(urllib.request.Request(document, method="DELETE")).close()
        urllib.request.urlopen(urllib.request.Request(f"{url}-/spaces/default/reset", b"", method="POST")).close()
        assert held() - before < 200_000
