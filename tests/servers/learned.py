"""How alike our server answers in the dialects that are learned from real servers, and where it does not.

``python -m tests.servers.learned`` measures, and writes learned.json; docs/dialect-differences.md shows it.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dav424.dialects.check_files import check_files
from dav424.likeness.dialect_text import write_dialect
from dav424.likeness.learn import Differing, SeenServer, compare, learn, see
from dav424.probe.access import ProbeAccess
from dav424.testing import Server
from tests.servers.running import Running, started
from tests.servers.table import SERVERS

NOT_LEARNED = {"webdav-server": "its process ends at a PROPPATCH, after 123 requests; no dialect is learned"}
"""The servers from which no dialect can be learned, and why."""
LEARNED = tuple(name for name in SERVERS if name not in NOT_LEARNED)
"""The servers from which ``make servers-learned`` learns a dialect."""
SLACK = 12
"""Answers that may differ from run to run, such as those that depend on the time or on the order of members."""
FILE = Path(__file__).with_name("learned.json")
_MARKUP = re.compile(r"<[^>]*>")
_OF_A_PATH = re.compile(r" of .*|\[.*?\]")
_LONGEST = 40


class Circle:
    """A dialect is learned from a server, written, read and served; then the same looks are taken at our server."""

    def __init__(self, server: Running, folder: Path) -> None:
        self.name = server.name
        user, _, password = base64.b64decode((server.authorization or "").partition(" ")[2]).decode().partition(":")
        url = server.calendars if server.name == "xandikos" else server.url
        self.seen = see(ProbeAccess(url=url or "", user=user, password=password))
        folder.mkdir(exist_ok=True)
        self.file = folder / "learned.yaml"
        self.file.write_text(write_dialect(learn(self.seen), version="0", date="2026-01-01"))
        self.served = _served(folder)
        self.differing = compare(self.seen, self.served)

    @property
    def alike(self) -> int:
        """How many answers are the same."""
        return self.seen.requests - len(self.differing)

    @property
    def kinds(self) -> dict[str, int]:
        """The differences in short, the most frequent first."""
        return dict(Counter(map(in_short, self.differing)).most_common())

    def check(self) -> None:
        """As many answers are alike as were measured; the file is checked; both scratch collections are removed."""
        row = measured()[self.name]
        assert [*check_files([self.file])][-1] == f"{self.file}: ok"
        assert (self.seen.left, self.served.left) == ((), ())
        new = {kind: count for kind, count in self.kinds.items() if kind not in row["differing"]}
        assert sum(new.values()) <= SLACK, new
        assert self.alike >= row["alike"] - SLACK, self.kinds


def _served(folder: Path) -> SeenServer:
    with Server(dialects=folder) as ours:
        return see(ProbeAccess(url=f"{ours.url}s/default~learned!/playground/"))


def in_short(each: Differing) -> str:
    """Name a difference by its method and by the first thing that differs, without the paths."""
    if not each.features:
        return f"{each.method} was not sent to both, since an earlier answer differs"
    statuses = {count > 0: feature.what for feature, count in each.features if feature.kind == "status"}
    if statuses:
        return f"{each.method}: the status {statuses.get(True)}, ours {statuses.get(False)}"
    (kind, where, what), _ = each.features[0]
    thing = _OF_A_PATH.sub("", where).rpartition(">")[2] or what
    return f"{each.method}: {kind} {' '.join(thing.split())[:_LONGEST]}".strip()


def measured() -> Mapping[str, Any]:
    """Read the latest measurement."""
    found: Mapping[str, Any] = json.loads(FILE.read_text())
    return found


def rows() -> Iterable[str]:
    """Write the rows of the page."""
    for name in LEARNED:
        row = measured()[name]
        most = [f"{kind} ({count})" for kind, count in list(row["differing"].items())[:8]]
        differing = _MARKUP.sub(r"`\g<0>`", "; ".join(most))
        yield f"| {name} | {row['requests']} | {row['alike']} | {differing} |"
    for name, why in NOT_LEARNED.items():
        yield f"| {name} | | | {why} |"


def main() -> None:
    """Measure all servers."""
    found = dict(measured()) if FILE.exists() else {}
    for name in sys.argv[1:] or LEARNED:
        with tempfile.TemporaryDirectory() as folder, started(name, Path(folder) / "server") as server:
            circle = Circle(server, Path(folder) / "dialects")
            found[name] = {"requests": circle.seen.requests, "alike": circle.alike, "differing": circle.kinds}
            FILE.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
