"""``dav424 probe URL --learn FILE``: write the dialect of a server as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dav424 import __version__
from dav424.commands.flag_types import UsageError
from dav424.commands.work_bar import WorkBar

if TYPE_CHECKING:
    from dav424.likeness.learn import Learned
    from dav424.probe.access import ProbeAccess

SUFFIX = ".yaml"


def checked_target(path: str, *, force: bool) -> Path:
    """Give the file to write. Raises ``UsageError`` if it can't be one, or is there already and ``force`` does not say to replace it."""
    from dav424.dialects.names import RFC4918
    from dav424.scenario.files import NAME

    file = Path(path)
    if file.suffix != SUFFIX:
        raise UsageError(
            f"--learn {path}: the file of a dialect ends with {SUFFIX}; name it {file.stem or 'mine'}{SUFFIX}"
        )
    if not NAME.fullmatch(file.stem):
        raise UsageError(
            f"--learn {path}: {file.stem!r} can't be a dialect's name; use letters, digits, '.', '_' and '-'"
        )
    if file.stem == RFC4918:
        raise UsageError(f"--learn {path}: {RFC4918!r} stands for the answers of the RFCs; choose another name")
    if not file.parent.is_dir():
        raise UsageError(f"--learn {path}: there is no folder {file.parent}; make it first")
    if file.exists() and not (force and file.is_file()):
        raise UsageError(f"--learn {path}: it is there already; choose another name, or add --force to replace it")
    return file


def learn_dialect(access: ProbeAccess, file: Path) -> int:
    """Learn the dialect of a server, and write it; the last lines say how to serve it, and which traits were not observed."""
    from dav424.core.clocks import real_datetime
    from dav424.likeness.dialect_text import write_dialect
    from dav424.likeness.learn import learn, see

    seen = see(access, WorkBar("looking at the server"))
    learned = learn(seen, WorkBar("finding its traits"))
    date = real_datetime().now().date().isoformat()
    try:
        file.write_text(write_dialect(learned, version=__version__, date=date), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--learn {file} can't be written: {error.strerror}") from None
    print("\n".join(_summary(learned, file)))
    return 0


def _summary(learned: Learned, file: Path) -> list[str]:
    from dav424.dialects.table import TRAIT_NAMES

    seen = learned.seen
    faults = [name for name in learned.values if TRAIT_NAMES[name].kind == "fault"]
    name = f"{file}{'!' if faults else ''}"
    observed = (
        f"{file} has the dialect of {seen.server or seen.url}: {len(learned.shown)} traits were observed, "
        f"{len(learned.values)} of them are not as the RFCs say."
    )
    lines = [
        observed,
        f"In this dialect, our server answers {learned.alike} of {seen.requests} requests alike; the file lists the others.",
        f"Serve it: dav424 serve --dialect '{name}'",
    ]
    if faults:
        lines.append(f"Without the exclamation mark, its faults are left out: {', '.join(faults)}.")
    if learned.not_observed:
        lines.append(f"Not observed, and left at the default: {', '.join(learned.not_observed)}.")
    if seen.ended:
        lines.append(f"{len(seen.ended)} conversations ended early; the first: {seen.ended[0]}.")
    lines += [f"This could not be removed; remove it yourself: {path}" for path in seen.left]
    return lines
