"""``dav424 serve``: the server from the line that says it is ready to its end."""

from __future__ import annotations

import argparse
import contextlib
import gc
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dav424.commands.flag_types import UsageError
from dav424.commands.names_flag import names_in
from dav424.commands.stdout import say
from dav424.core.patterns import pattern

if TYPE_CHECKING:
    from dav424.app import App
    from dav424.dialects.choice import DialectChoice
    from dav424.replicas.store import SharedStore
    from dav424.scenario.sources import Sources
    from dav424.wire.access_log import AccessLog
    from dav424.wire.cheroot_parts import HttpServer
    from dav424.wire.tls import Tls
    from dav424.wsgidav.folder import Folder

FOLDER = "folder"
"""The name of the scenario that --folder serves."""
SWITCH_INTERVAL = 0.001
"""Seconds after which a thread that computes lets another one run. A request waits for that several times."""
GC_THRESHOLDS = (2_000, 5, 20_000)
"""When the garbage collector visits new objects, when those of five such visits, and when all: practically never."""
FIRST_SCENARIO = "report-from-feeds"
"""The scenario of the first lines to paste: 424 on the status line."""
_OF_SYSTEM = pattern(r"\[Errno -?\d+\] ([^()]+)\)")
_CLOSED = "The admin API is closed, because the server listens on more than loopback."
_OPEN_IT = "Start the server with --admin-token TOKEN, or with --admin-open to allow all clients."


def serve(read: Callable[[], Sources], choice: DialectChoice, options: argparse.Namespace) -> None:
    """Serve the scenarios that ``read`` gives, and the dialects of a choice, until SIGTERM or SIGINT.

    At SIGHUP, they are read anew.

    Raises ``UsageError`` if the flags ask for something impossible.
    """
    if options.exit_with_parent:
        _end_with_parent()
    sys.setswitchinterval(SWITCH_INTERVAL)
    tls = _tls(options)
    folder = _folder(options, choice)
    if folder is not None:
        read = partial(_with_folder, read, folder)
    with _kept_from_garbage_collection():
        from dav424.commands.reload import Reloader, say_left_out
        from dav424.wire.pace import Limits
        from dav424.wire.server import open_server, serve_until_signalled, url

        sources = read()
        app = _make_app(sources, choice, options, tls)
        if folder is not None:
            _serve_folder(app, folder)
    say_left_out(app, choice.name, sources)
    watched = [*options.scenarios, *choice.paths]
    if options.watch and not watched:
        raise UsageError("--watch needs files to look at; name them with --scenarios or --dialects")
    reloader = Reloader(app, read, choice, watched if options.watch else ())
    limits = Limits(options.head_timeout, options.min_rate, options.min_rate_window)
    with _few_threads_reported(), contextlib.ExitStack() as stack:
        with _bad_address_reported(options.host, options.port, "--port"):
            server = open_server(app.gateway, options.host, options.port, tls, limits)
        server.access_log = _access_log(options.access_log)
        stack.callback(_end_threads, server)
        stack.callback(server.stop)
        app.url = url(server)
        ready = {"url": app.url}
        if options.admin_port is not None:
            with _bad_address_reported(options.host, options.admin_port, "--admin-port"):
                admin_server = open_server(app.admin, options.host, options.admin_port, tls, limits)
            admin_server.access_log = server.access_log
            stack.callback(admin_server.stop)
            ready["admin"] = app.admin_url = f"{url(admin_server)}-/"
            threading.Thread(target=admin_server.serve, name="admin", daemon=True).start()
        if options.tls_ca is not None and tls is not None:
            stack.enter_context(_written(options.tls_ca, tls.authority.decode(), "the authority's certificate"))
            ready["ca"] = options.tls_ca
        if options.ready_file is not None:
            import json

            text = json.dumps({**ready, "pid": os.getpid()}) + "\n"
            stack.enter_context(_written(options.ready_file, text, "the ready file"))
        reloader.start()
        serve_until_signalled(
            server,
            lambda: _announce(ready, app),
            app.spaces.close,
            stop_timeout=options.stop_timeout,
            reload=reloader.ask,
        )


def _end_threads(server: HttpServer) -> None:
    """End the process after a signal if a thread of the server works on: it could take any time."""
    if server.draining and server.requests.works_on:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


@contextlib.contextmanager
def _bad_address_reported(host: str, port: int, flag: str) -> Iterator[None]:
    """Raise ``UsageError`` instead of the error of an address on which the server can't listen."""
    try:
        yield
    except (OSError, UnicodeError) as error:  # UnicodeError is for a name that no DNS can have
        of_system = dict.fromkeys(
            _OF_SYSTEM.findall(str(error))
        )  # cheroot puts an error for each address into one text
        reason = (isinstance(error, OSError) and error.strerror) or ", ".join(of_system) or str(error)
        raise UsageError(
            f"can't listen on {host}:{port}: {reason}; choose another port with {flag}, or another address with --host"
        ) from None


@contextlib.contextmanager
def _few_threads_reported() -> Iterator[None]:
    """Raise ``UsageError`` if the system starts too few threads."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != "can't start new thread":
            raise
        reason = "the system starts too few threads; raise its limits of memory and of threads (ulimit -v, ulimit -u)"
        raise UsageError(f"can't start: {reason}") from None


def _known_scenario(name: str, sources: Sources) -> str:
    """Raise ``UsageError`` for a name that no scenario has."""
    if name and name not in sources:
        raise UsageError(f"--well-known: there is no scenario {name!r}; dav424 scenarios lists them")
    return name


def _make_app(sources: Sources, choice: DialectChoice, options: argparse.Namespace, tls: Tls | None) -> App:
    from dav424.app import App
    from dav424.commands.machine_memory import default_limit
    from dav424.core.memory import Budget
    from dav424.worlds.settings import CLOCK_START, Settings

    settings = Settings(
        idle=options.space_idle,
        most=options.max_spaces,
        auto=not options.no_auto_spaces,
        start=None if options.wall_clock else CLOCK_START,
        journal_entries=options.journal_entries,
        journal_bytes=options.journal_bytes,
        well_known=_known_scenario(options.well_known, sources),
        budget=Budget((default_limit() if options.max_memory is None else options.max_memory) or None),
    )
    loopback = _is_loopback(options.host)
    return App(
        sources,
        settings,
        max_body=options.max_body,
        strict_wire=options.strict_wire,
        strict=options.strict,
        ask_login=options.ask_login,
        authority=tls.authority if tls is not None else b"",
        token=options.admin_token,
        closed="" if loopback or options.admin_token or options.admin_open else f"{_CLOSED} {_OPEN_IT}",
        apart=options.admin_port is not None,
        hosts=[options.host, *names_in(options.tls_names), *names_in(options.allow_host)] if loopback else None,
        origins=names_in(options.allow_origin),
        admin_origins=names_in(options.admin_allow_origin),
        proxies=names_in(options.trust_proxy),
        dialects=choice.library(),
        dialect=choice.name,
        store=_store(options),
    )


def _store(options: argparse.Namespace) -> SharedStore | None:
    if not options.store:
        return None
    if options.folder is not None:
        raise UsageError("--store and --folder: the files of a folder can't be shared; leave one of the two out")
    if options.watch:
        raise UsageError("--store and --watch: servers that share spaces have the same files; start them anew instead")
    try:
        from dav424.replicas.engine import check_url
    except ModuleNotFoundError as missing:
        raise UsageError(f"--store needs {missing.name}; install it with: pip install 'dav424[valkey]'") from None
    from dav424.replicas.store import SharedStore

    try:
        check_url(options.store)
    except ValueError as error:
        raise UsageError(f"--store: {error}") from None
    return SharedStore(options.store, options.store_timeout, os.environ.get("DAV424_STORE_PASSWORD", ""))


def _folder(options: argparse.Namespace, choice: DialectChoice) -> Folder | None:
    if options.folder is None:
        for flag, value in (("--folder-causes", options.folder_causes), ("--folder-state", options.folder_state)):
            if value is not None:
                raise UsageError(f"{flag} {value} is about a folder; name one with --folder")
        return None
    from dav424.wsgidav.folder import FolderError, read_folder

    try:
        return read_folder(options.folder, options.folder_causes, options.folder_state, choice)
    except FolderError as error:
        raise UsageError(str(error)) from None


def _serve_folder(app: App, folder: Folder) -> None:
    from dav424.wsgidav.folder import FolderError, serve_folder

    try:
        serve_folder(app, folder)
    except FolderError as error:
        raise UsageError(str(error)) from None


def _with_folder(read: Callable[[], Sources], folder: Folder) -> Sources:
    from dav424.scenario.sources import LoadedScenario

    return {**read(), FOLDER: LoadedScenario(folder.scenario)}


def _end_with_parent() -> None:
    from dav424.commands.parent import end_with_parent

    if sys.platform == "win32":
        raise UsageError("--exit-with-parent does not work on Windows; stop the server with its process id")
    end_with_parent()


def _access_log(form: str) -> AccessLog | None:
    if form == "off":
        return None
    from dav424.wire.access_log import log_to

    return log_to(sys.stderr, as_json=form == "json")


def _tls(options: argparse.Namespace) -> Tls | None:
    if not (options.tls or options.tls_broken):
        return None
    from dav424.wire.tls import make

    try:
        return make(names_in(options.tls_names), options.tls_broken)
    except ModuleNotFoundError as missing:
        raise UsageError(f"--tls needs {missing.name}; install it with: pip install 'dav424[tls]'") from None
    except ValueError as error:
        raise UsageError(f"--tls-names {options.tls_names}: a certificate can't have these names: {error}") from None


@contextlib.contextmanager
def _kept_from_garbage_collection() -> Iterator[None]:
    """Exclude the objects made in this context from garbage collection, and collect the oldest generation rarely.

    They live as long as the server, and each collection would visit all of them. A collection of the oldest generation visits
    everything that clients have stored, and no request is answered meanwhile.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        gc.enable()


def _is_loopback(host: str) -> bool:
    """Say whether all addresses of a host are loopback addresses."""
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)}
    except (OSError, UnicodeError):  # listening reports it
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)


def _announce(ready: dict[str, str], app: App) -> None:
    # Scripts parse the ready line, so it is the first one, and nothing delays it.
    say("dav424 ready " + " ".join(f"{name}={value}" for name, value in ready.items()))
    printing = threading.Timer(0.1, lambda: say(_lines_to_paste(ready, app)))
    printing.daemon = True
    printing.start()


def _lines_to_paste(ready: dict[str, str], app: App) -> str:
    """Write the first requests for a person to try, each with a sentence above it."""
    from dav424.proof.play import Player

    url, scenario = ready["url"], app.scenarios.scenario(FIRST_SCENARIO)
    curl = Player(f"{url}{FIRST_SCENARIO}/", scenario).curl
    cures = scenario.cure.requests if scenario.cure is not None else []
    paragraphs = [f"{url} lists {len(app.scenarios.names)} scenarios."]
    if url.startswith("https:"):
        paragraphs += [
            "curl must trust the certificate authority of the server first:",
            f"curl -ko ca.pem {url}-/ca.pem; export CURL_CA_BUNDLE=ca.pem",
        ]
    for spec in scenario.requests[:1]:
        paragraphs += ["This request gets 424 Failed Dependency:", curl(spec), *_explanation(ready, app)]
    for spec in cures[:1]:
        paragraphs += ["This request is the cure; after it, the first request succeeds:", curl(spec)]
    paragraphs += [
        "'dav424 try proppatch-protected' shows 424 in the answer to a PROPPATCH. 'dav424 scenarios' lists the others.",
        "Press Ctrl-C to stop the server.",
    ]
    return "\n" + "\n\n".join(paragraphs)


def _explanation(ready: dict[str, str], app: App) -> list[str]:
    """Write the command that explains the first exchange, or, if the admin API is closed, the flags that open it."""
    if app.closed:
        return [f"{_CLOSED} Open it with --admin-token TOKEN or --admin-open."]
    token = ' -H "Authorization: Bearer $DAV424_ADMIN_TOKEN"' if app.token else ""
    journal = f"{ready.get('admin', ready['url'] + '-/')}spaces/default/journal/last/explain"
    return ["This request explains why:", f"curl{token} '{journal}?outcome=failed-dependency'"]


@contextlib.contextmanager
def _written(path: str, text: str, what: str) -> Iterator[None]:
    """Write a file in one step, and delete it when the server has stopped; ``what`` names it in errors."""
    if Path(path).exists() and not Path(path).is_file():  # to replace a device would harm the whole machine
        raise UsageError(f"can't write {what} {path}: it is not a regular file; choose another path")
    unfinished = Path(f"{path}.{os.getpid()}")
    try:
        unfinished.write_text(text)
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the folder may be the reason of the error
            unfinished.unlink(missing_ok=True)
        raise UsageError(f"can't write {what} {path}: {error.strerror}; choose another path") from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):  # the file is gone, or holds something else
            if Path(path).read_text() == text:  # another server may have written its own file there
                Path(path).unlink()
