"""The command ``dav424 probe``: what a WebDAV server does with a dependent failure."""

from __future__ import annotations

import argparse
import getpass
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from dav424.commands.flag_types import Flag, Switch, UsageError
from dav424.commands.learn_dialect import checked_target, learn_dialect
from dav424.commands.nearest_dialect import nearest_dialect

if TYPE_CHECKING:
    from dav424.probe.access import ProbeAccess
    from dav424.probe.case import ProbeCase
    from dav424.probe.run import ProbeReport

FORMATS = ("text", "json", "junit", "markdown", "html")


def _format(text: str) -> str:
    if text not in FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a format; choose one of {', '.join(FORMATS)}")
    return text


def _rate(text: str) -> float | None:
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate; give a number of requests a second, such as 5")
    return rate


def _times(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs; give one from 1 to 1000")
    return int(text)


PROBE_FLAGS = (
    Flag(
        name="--user", metavar="NAME", default="", default_text="none", help="log in with this name, by Basic or Digest"
    ),
    Flag(
        name="--ca",
        metavar="FILE",
        default="",
        default_text="those of the system",
        help="trust the certificates in this file",
    ),
    Switch(name="--insecure", help="accept any certificate"),
    Switch(name="--calendars", help="use a calendar for each case, though the server takes plain documents, too"),
    Flag(
        name="--rate",
        metavar="N",
        default="",
        default_text="20; no limit on loopback",
        convert=_rate,
        help="send at most N requests a second",
    ),
    Flag(name="--only", metavar="CASES", default="", default_text="all", help="run only these cases, such as a,e2,h"),
    Flag(
        name="--repeat",
        metavar="N",
        default="1",
        convert=_times,
        help="run each case N times, and say where the answers differ",
    ),
    Flag(
        name="--format",
        metavar="FORMAT",
        default="text",
        convert=_format,
        help=f"format of the report: {', '.join(FORMATS)}",
    ),
    Switch(name="--strict", help="exit with status 1 for a SHOULD that was missed, too"),
    Switch(name="--list", help="list the cases, and send nothing"),
    Flag(
        name="--keep",
        metavar="CASE",
        default="",
        default_text="none",
        help="prepare this case, leave it there, and print the request to send",
    ),
    Flag(
        name="--learn",
        metavar="FILE",
        default="",
        default_text="none",
        help="write how the server answers as a dialect, which 'dav424 serve' can speak",
    ),
    Switch(name="--force", help="let --learn replace a file"),
    Switch(name="--which", help="name the bundled dialect that is nearest, with the differences"),
)


def probe(options: argparse.Namespace) -> int:
    """Probe a server. The exit status is 0 if nothing is wrong, 1 if something is, 2 if no case could run."""
    if options.list:
        return _list()
    cases = _chosen(options.keep or options.only)
    file = _to_learn(options)
    access = _access(options)
    from dav424.probe.run import NotProbedError

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.which:
            return nearest_dialect(access)
        if file is not None:
            return learn_dialect(access, file)
        return _keep(access, cases[0]) if options.keep else _run(access, cases, options)
    except NotProbedError as error:
        raise UsageError("\n".join([str(error), *getattr(error, "__notes__", [])])) from None
    except KeyboardInterrupt as stopped:
        left = ", ".join(map(str, stopped.args))
        said = f"this could not be removed; remove it yourself: {left}" if left else "the scratch collection is removed"
        raise UsageError(f"interrupted; {said}") from None


def _to_learn(options: argparse.Namespace) -> Path | None:
    """Give the file in which a dialect is to be written; raises ``UsageError`` with flags that are about something else."""
    if options.learn and options.which:
        raise UsageError("--learn writes a file, and --which names a dialect; give one of the two")
    if not (options.learn or options.which):
        return None
    flag = "--learn" if options.learn else "--which"
    others = [name for name in ("only", "keep", "strict") if getattr(options, name)]
    if others:
        raise UsageError(
            f"{flag} looks at all of a server, and --{others[0]} is for a report of cases; give one of the two"
        )
    return checked_target(options.learn, force=options.force) if options.learn else None


def _interrupt(*_: object) -> NoReturn:
    """Treat SIGTERM as Ctrl-C, so that the scratch collection is removed."""
    raise KeyboardInterrupt


def _list() -> int:
    from dav424.probe.cases import CASES

    width = max(map(len, CASES))
    for case in CASES.values():
        print(f"{case.name:{width}}  {case.title} ({case.section})")
    return 0


def _chosen(names: str) -> Sequence[ProbeCase]:
    from dav424.probe.cases import CASES

    chosen = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in CASES]
    if unknown:
        raise UsageError(f"there is no case {unknown[0]!r}; 'dav424 probe --list' lists all")
    return [CASES[name] for name in chosen] or [*CASES.values()]


def _access(options: argparse.Namespace) -> ProbeAccess:
    """Read how to reach the server; asks for a password on the terminal if only the name is given."""
    from dav424.probe.access import ProbeAccess

    url = urlsplit(options.url or "")
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise UsageError(f"{options.url or 'no URL'!r} is not a URL; give one such as https://dav.example.com/files/")
    if url.username or url.password:
        raise UsageError("the URL has a login, which other users can see; give --user and DAV424_PROBE_PASSWORD")
    password = os.environ.get("DAV424_PROBE_PASSWORD", "")
    if options.user and not password:
        if not sys.stdin.isatty():
            raise UsageError("there is no terminal to ask for the password; set DAV424_PROBE_PASSWORD")
        password = getpass.getpass(f"Password of {options.user}: ")
    access = ProbeAccess(
        url=options.url,
        ca=Path(options.ca) if options.ca else None,
        insecure=options.insecure,
        user=options.user,
        password=password,
        token=os.environ.get("DAV424_PROBE_TOKEN", ""),
        rate=options.rate,
        calendars=options.calendars,
    )
    try:
        access.context()
    except OSError as error:
        raise UsageError(f"--ca {options.ca} can't be used: {error.strerror or error}") from None
    return access


def _run(access: ProbeAccess, cases: Sequence[ProbeCase], options: argparse.Namespace) -> int:
    from dav424.probe.run import run_cases

    report = run_cases(access, cases, options.repeat, _Progress(len(cases)))
    print(_written(report, options))
    for path in report.left if options.format != "text" else ():
        print(f"dav424: this could not be removed; remove it yourself: {path}", file=sys.stderr)
    return int(bool(report.wrong or (options.strict and report.missed)))


class _Progress:
    """Shows on a terminal which case runs; on anything else it shows nothing."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0

    def __call__(self, name: str) -> None:
        self._done += 1
        if sys.stderr.isatty():
            done = 20 * self._done // self._total
            end = "\n" if self._done == self._total else ""
            print(f"\r[{'#' * done:20}] {self._done}/{self._total} {name:4}", end=end, file=sys.stderr, flush=True)


def _written(report: ProbeReport, options: argparse.Namespace) -> str:
    from dav424.commands.colour import verdict_painter
    from dav424.probe.as_data import as_json, as_junit
    from dav424.probe.as_text import as_html, as_markdown, as_text

    match options.format:
        case "json":
            return as_json(report)
        case "junit":
            return as_junit(report, strict=options.strict)
        case "markdown":
            return as_markdown(report)
        case "html":
            return as_html(report)
        case _:
            return as_text(report, shutil.get_terminal_size((100, 24)).columns, verdict_painter())


def _keep(access: ProbeAccess, case: ProbeCase) -> int:
    from dav424.probe.client import NoAnswerError
    from dav424.probe.run import keep
    from dav424.probe.verdict import NoVerdict

    try:
        request = keep(access, case)
    except (NoVerdict, NoAnswerError) as error:
        raise UsageError(f"the case {case.name} can't be prepared: {error}") from None
    print(f"# {case.name}: {case.title} ({case.section})")
    print("# Send this request; then remove its collection yourself. Its locks expire in ten minutes.")
    print(_curl(request.method, access.origin + request.path, request.headers, request.body.decode()))
    return 0


def _curl(method: str, url: str, headers: Mapping[str, str], body: str) -> str:
    words = ["curl", "-i", "-X", method, url]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, *(["--data-binary", body] if body else [])])
