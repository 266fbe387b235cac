"""What a server imports for its first answers: nothing that those don't need, so that it starts soon."""

from __future__ import annotations

import subprocess
import sys

from tests.client import Client

NEVER = (
    "dav424.admin",
    "dav424.commands.ask_server",
    "dav424.commands.diagnose",
    "dav424.commands.learn",
    "dav424.commands.probe",
    "dav424.diagnosis",
    "dav424.dialects.dialect",
    "dav424.dialects.load",
    "dav424.dialects.table",
    "dav424.faults.apply",
    "dav424.methods.apple",
    "dav424.methods.batch_requests",
    "dav424.methods.copymove",
    "dav424.methods.get",
    "dav424.methods.lock",
    "dav424.methods.microsoft",
    "dav424.methods.object_demands",
    "dav424.methods.post",
    "dav424.methods.propfind",
    "dav424.methods.put",
    "dav424.methods.report",
    "dav424.methods.reports.report_kind",
    "dav424.objects.calendar_reader",
    "dav424.objects.card_reader",
    "dav424.objects.filters",
    "dav424.objects.recurrence",
    "dav424.pages",
    "dav424.probe",
    "dav424.replicas",
    "dav424.scenario.schema_checks",
    "dav424.scenario.semantic_checks",
    "dav424.testing",
    "dav424.wire.tls",
    "dav424.wsgi",
    "dav424.wsgidav",
    "dateutil",
    "difflib",
    "html",
    "icalendar",
    "jinja2",
    "jsonschema_rs",
    "trustme",
    "valkey",
    "vobject",
    "wsgidav",
)
"""Modules, each with all below it, that a PROPPATCH on a bundled scenario doesn't need."""
NOT_FOR_OPTIONS = (
    *NEVER,
    "dav424.causes.kinds",
    "dav424.faults.kinds",
    "dav424.methods.proppatch",
    "dav424.scenario.load",
)
NOT_FOR_OPTIONS += ("dav424.scenario.model", "lxml", "yaml")
"""Those that an answer without a scenario doesn't need either."""
SERVE = """
import os, sys, threading
class Never:  # the timer that prints the lines to paste: what it imports comes after the first answers
    daemon = True
    def __init__(self, *_): pass
    def start(self): pass
threading.Timer = Never
from dav424.commands import cli
from dav424.commands import serve
announce = serve._announce
def announced(ready, app):
    announce(ready, app)
    threading.Thread(target=ended, daemon=True).start()
def ended():
    sys.stdin.read()
    print(*sys.modules, sep="\\n", flush=True)
    os._exit(0)
serve._announce = announced
cli.main(["serve", "--port", "0"])
"""
BODY = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><u:a xmlns:u="u">1</u:a></D:prop></D:set></D:propertyupdate>'


def imported_for(method: str, path: str, body: str) -> tuple[int, set[str]]:
    """Serve as ``dav424 serve`` does, and send one request: its status, and the modules that were imported then."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().partition("url=")[2].strip()
        status = Client(url.rstrip("/"))(method, path, body, {"Content-Type": "application/xml"} if body else {}).status
        modules, _ = process.communicate(timeout=60)
    return status, set(modules.split())


def below(names: tuple[str, ...], modules: set[str]) -> set[str]:
    """Find the modules that have one of these names, or lie below it."""
    return {module for module in modules if any(f"{module}.".startswith(f"{name}.") for name in names)}


def test_a_proppatch_imports_what_it_needs() -> None:
    """The other methods, reports, dialects, pages and libraries are imported when a request asks for them."""
    status, modules = imported_for("PROPPATCH", "/playground/", BODY)
    assert (status, below(NEVER, modules)) == (207, set())
    assert "dav424.methods.proppatch" in modules


def test_the_first_options_imports_less() -> None:
    """No scenario, no XML and no method but its own."""
    status, modules = imported_for("OPTIONS", "/", "")
    assert (status, below(NOT_FOR_OPTIONS, modules)) == (200, set())
    assert len({module for module in modules if module.startswith("dav424.")}) < 150


def test_a_name_that_no_module_has_is_noticed() -> None:
    """Each module of the server that the lists name exists."""
    for name in NOT_FOR_OPTIONS:
        if name.startswith("dav424."):
            __import__(name)
