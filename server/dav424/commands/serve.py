"""``dav424 serve``: its flags, and the server from the first line that it prints to its end."""

from __future__ import annotations

import argparse
import contextlib
import gc
import ipaddress
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dav424.app import App, Scenarios
    from dav424.gateway.gateway import Gateway
    from dav424.scenario.model import Scenario
    from dav424.wire.cheroot_parts import HttpServer
    from dav424.wire.tls import Tls

    Sources = dict[str, Callable[[], Scenario]]

FIRST_SCENARIO = "proppatch-protected"
"""The one that ``serve`` shows how to ask."""
BROKEN = ("expired", "wrong-host", "untrusted")
"""The ways in which a certificate can be wrong, as ``tls`` makes it."""


class UsageError(Exception):
    """Something the user asked for can't be had; the message is all there is to say."""


def add_flags(command: argparse.ArgumentParser) -> None:
    """Add the flags of ``serve``; each one's default comes from its DAV424_ variable."""
    flag = partial(_flag, command)
    switch = partial(_switch, command)
    add_place_flags(command)
    flag("--tls-names", "", "names of hosts that the certificate is for too, separated by commas", metavar="NAMES")
    flag("--tls-ca", None, "write the certificate of the authority here, which clients have to trust", metavar="PATH")
    flag("--max-body", str(4 << 30), "the largest request body, in bytes", type=_whole, metavar="BYTES")
    switch("--wall-clock", "let the clocks of spaces show the real time; they stand still otherwise, until advanced")
    switch("--strict-wire", "send no header that isn't in a standard: no Dav424-Exchange, no Dav424-Space")
    switch(
        "--strict", "refuse what is malformed though it could be understood: a Lock-Token without its angle brackets"
    )
    switch("--ask-login", "ask for a login, any, where scenarios have no users, so that user names can carry spaces")
    switch("--no-auto-spaces", "answer 404 to /s/NAME/ unless the admin API made the space")
    flag(
        "--space-idle",
        "3600",
        "seconds after which a space nobody asks for goes; 0 for never",
        type=_whole,
        metavar="N",
    )
    flag("--max-spaces", "10000", "how many spaces there may be", type=_whole, metavar="N")
    flag("--journal-entries", "1000", "exchanges that each space's journal keeps", type=_whole, metavar="N")
    flag("--journal-bytes", str(8 << 20), "bytes that each space's journal keeps", type=_whole, metavar="BYTES")
    switch("--admin-open", "let everybody use the admin API, though the server listens on more than loopback")


def add_place_flags(command: argparse.ArgumentParser) -> None:
    """Add the flags that say where a server is, and how to speak to it."""
    flag = partial(_flag, command)
    flag("--host", "127.0.0.1", "the address to listen on; * for all there are, of both families")
    flag("--port", "4240", "the port to listen on; 0 for any that is free", type=_port, metavar="N")
    flag("--ready-file", None, "write url and pid here as JSON once the socket listens", metavar="PATH")
    _switch(command, "--tls", "serve HTTPS, with a certificate of an authority made for it")
    flag(
        "--tls-broken",
        None,
        f"serve HTTPS with a certificate that clients have to refuse: {', '.join(BROKEN)}",
        type=_broken,
        metavar="HOW",
    )
    flag("--admin-token", "", "what the admin API wants as a bearer token", type=_token, metavar="TOKEN")
    flag(
        "--admin-port",
        None,
        "serve the admin API on a port of its own; 0 for any that is free",
        type=_port,
        metavar="N",
    )


def _switch(command: argparse.ArgumentParser, name: str, said: str) -> None:
    variable = _variable(name)
    text = os.environ.get(variable, "").lower()
    if text not in ("", "0", "false", "no", "1", "true", "yes"):
        raise UsageError(f"{variable}={text} is neither yes nor no; write 1 or 0")
    command.add_argument(name, action="store_true", default=text in ("1", "true", "yes"), help=f"{said} [{variable}=1]")


def serve(sources: Sources, options: argparse.Namespace) -> None:
    """Serve scenarios until a signal comes; raises ``UsageError`` for what can't be had."""
    from dav424.wire.server import open_server, serve_until_signalled, url

    tls = _tls(options)
    with _to_stay():
        app = _put_together(sources, options, tls)
    with contextlib.ExitStack() as stack:

        def listen(share: Gateway, port: int, flag: str) -> HttpServer:
            try:
                server = open_server(share, options.host, port, tls)
            except OSError as error:
                reason = error.strerror or str(error)
                raise UsageError(
                    f"can't listen on {options.host}:{port}: {reason}; choose another with {flag}"
                ) from None
            stack.callback(server.stop)
            return server

        server = listen(app.gateway, options.port, "--port")
        app.url = url(server)
        ready = {"url": app.url}
        if options.admin_port is not None:
            beside = listen(app.admin, options.admin_port, "--admin-port")
            ready["admin"] = f"{url(beside)}-/"
            threading.Thread(target=beside.serve, name="admin", daemon=True).start()
        if options.tls_ca is not None and tls is not None:
            stack.enter_context(_written(options.tls_ca, tls.authority.decode(), "the authority's certificate"))
            ready["ca"] = options.tls_ca
        if options.ready_file is not None:
            told = json.dumps({**ready, "pid": os.getpid()}) + "\n"
            stack.enter_context(_written(options.ready_file, told, "the ready file"))
        serve_until_signalled(
            server, lambda: _announce(ready, app.scenarios, _explaining(ready, app)), app.spaces.close
        )


def _put_together(sources: Sources, options: argparse.Namespace, tls: Tls | None) -> App:
    from dav424.app import App
    from dav424.worlds.space import CLOCK_START, Settings

    settings = Settings(
        idle=options.space_idle,
        most=options.max_spaces,
        auto=not options.no_auto_spaces,
        start=None if options.wall_clock else CLOCK_START,
        journal_entries=options.journal_entries,
        journal_bytes=options.journal_bytes,
    )
    return App(
        sources,
        settings,
        max_body=options.max_body,
        strict_wire=options.strict_wire,
        strict=options.strict,
        ask_login=options.ask_login,
        authority=tls.authority if tls is not None else b"",
        token=options.admin_token,
        closed=not (_is_loopback(options.host) or options.admin_token or options.admin_open),
        apart=options.admin_port is not None,
    )


def _tls(options: argparse.Namespace) -> Tls | None:
    if not (options.tls or options.tls_broken):
        return None
    from dav424.wire.tls import make

    try:
        return make(filter(None, options.tls_names.replace(",", " ").split()), options.tls_broken)
    except ModuleNotFoundError as missing:
        raise UsageError(f"--tls needs {missing.name}; install it with: pip install 'dav424[tls]'") from None
    except ValueError as error:
        raise UsageError(f"--tls-names {options.tls_names}: no certificate can have that: {error}") from None


@contextlib.contextmanager
def _to_stay() -> Iterator[None]:
    """Spare the garbage collector what is made here: it would go through all of it again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _is_loopback(host: str) -> bool:
    """Say whether a host is this machine alone, whatever address it is found at."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)}
    except OSError:
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in found)


def _explaining(ready: dict[str, str], app: App) -> str:
    """Write the command that explains the first exchange, for those who may; else say what opens the admin API."""
    if app.closed:
        return "The admin API is closed, since this is not loopback; --admin-token TOKEN or --admin-open opens it."
    token = ' -H "Authorization: Bearer $DAV424_ADMIN_TOKEN"' if app.token else ""
    journal = f"{ready.get('admin', ready['url'] + '-/')}spaces/default/journal/1/explain"
    return f"and this, to have the first explained:\n\ncurl{token} {journal}"


def _announce(ready: dict[str, str], scenarios: Scenarios, explaining: str) -> None:
    print("dav424 ready " + " ".join(f"{name}={where}" for name, where in ready.items()), flush=True)
    later = threading.Timer(0.1, _print_commands, (ready["url"], scenarios, explaining))  # programs before people
    later.daemon = True
    later.start()


def _print_commands(where: str, scenarios: Scenarios, explaining: str) -> None:
    from dav424.proof.play import Player

    scenario = scenarios.scenario(FIRST_SCENARIO)
    commands = [*map(Player(f"{where}{FIRST_SCENARIO}/", scenario).curl, scenario.requests)]
    print(
        f"\n{len(scenarios.names)} scenarios are served; {where} lists them. Paste this, and see what fails because of what:\n"
    )
    if where.startswith("https:"):
        print(f"(First let curl trust it: curl -ko ca.pem {where}-/ca.pem; export CURL_CA_BUNDLE=ca.pem)\n")
    print("\n\nand this, to see that nothing was stored:\n\n".join(commands[:2]))
    print(f"\n{explaining}\n\nCtrl-C stops.", flush=True)


@contextlib.contextmanager
def _written(path: str, text: str, what: str) -> Iterator[None]:
    """Write a file in one piece, and take it away when the server has stopped."""
    unfinished = Path(f"{path}.{os.getpid()}")
    try:
        unfinished.write_text(text)
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"can't write {what} {path}: {error.strerror}") from None
    try:
        yield
    finally:
        Path(path).unlink(missing_ok=True)


def _variable(name: str) -> str:
    return "DAV424_" + name.removeprefix("--").replace("-", "_").upper()


def _flag(command: argparse.ArgumentParser, name: str, default: str | None, said: str, **more: Any) -> None:
    variable = _variable(name)
    shown = f"; {default} if absent" if default is not None else ""
    command.add_argument(name, default=os.environ.get(variable, default), help=f"{said}{shown} [{variable}]", **more)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]*=*", text):
        raise argparse.ArgumentTypeError("a token is of letters, digits and ._~+/- alone (RFC 6750 2.1)")
    return text


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _broken(text: str) -> str | None:
    if text and text not in BROKEN:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(BROKEN)}")
    return text or None
