"""What the sources themselves must keep: who may import whom, and who may say 424."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "server" / "dav424"
ARROW = (
    "core",
    "store",
    "dav",
    "objects",
    "causes",
    "faults",
    "journal",
    "worlds",
    "spine",
    ("scenario", "methods", "wire"),
    "dialects",
    ("admin", "diagnosis", "proof", "gateway"),
    ("pages", "probe", "replicas"),
    ("app", "likeness"),
    "testing",
    "wsgi",
    "wsgidav",
    "commands",
)
"""The rooms from the bottom to the top: a module imports from rooms below its own, and from its own room.

Rooms at one height do not know each other. ARCHITECTURE.md has the same arrow.
"""
MOST_ROOMS = 26
FRONT_DOORS = {"__main__": "commands", "pytest_plugin": "testing"}
"""Modules beside the rooms, and the one room that each opens."""
ONLY_IN = {
    "wsgidav": {"wsgidav"},
    "cheroot": {"wire.cheroot_parts"},
    "icalendar": {"objects"},
    "recurring_ical_events": {"objects.instances"},
    "dateutil": {"objects.recurrence"},
    "vobject": {"objects.card_reader"},
    "re2": {"causes.value_rule"},
    "lxml": {
        "dav.property_writer",
        "dav.request_xml",
        "dialects.answer_reader",
        "dialects.request_names",
        "likeness.suggested",
        "likeness.xml_features",
        "methods",
        "scenario.property_xml",
        "probe",
        "proof",
        "wsgidav.provider_properties",
        "diagnosis",
        "faults",
        "pages.elements",
        "pages.plain_text",
    },
    "jinja2": {"pages.markup"},
    "yaml": {"scenario.yaml_reader", "scenario.yaml_writer"},
    "pytest": {"pytest_plugin"},
    "testcontainers": {"testing.containers"},
    "trustme": {"wire.tls"},
    "valkey": {"replicas.engine"},
    "jsonschema_rs": {"scenario.schema_errors"},
}
"""Where a third-party package may be imported, for types too: modules, or packages with all in them."""
LONGEST = 400

FILES = {
    ".".join(file.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(SOURCES.rglob("*.py"))
}
TREES = {name: ast.parse(file.read_text()) for name, file in FILES.items()}


def imports(tree: ast.AST) -> Iterator[str]:
    """List what a module imports, in functions and for types alone too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(tree: ast.AST) -> set[str]:
    """List the modules of dav424 that a module imports; the package itself holds the version."""
    found = set()
    for name in imports(tree):
        top, _, rest = name.partition(".")
        if top == "dav424":
            found.add(rest if rest in FILES else rest.rpartition(".")[0] or "__init__")
    return found


def room(module: str) -> str:
    """Name the room of a module."""
    return module.partition(".")[0]


def rooms() -> list[str]:
    """List the rooms of the arrow, from the bottom to the top."""
    return [name for step in ARROW for name in ([step] if isinstance(step, str) else step)]


def height(name: str) -> int:
    """Give the height of a room."""
    return next(level for level, step in enumerate(ARROW) if name == step or (name in step and step != name))


def against_the_arrow(module: str, tree: ast.AST) -> list[str]:
    """List what a module imports from a room at its own height or above, its own room apart."""
    own = room(module)
    imported = [each for each in sorted(own_imports(tree)) if each != "__init__" and room(each) != own]
    if own in FRONT_DOORS:
        return [each for each in imported if room(each) != FRONT_DOORS[own]]
    return [each for each in imported if room(each) in FRONT_DOORS or height(room(each)) >= height(own)]


def calls(tree: ast.AST, name: str) -> list[int]:
    """List the lines that call something of this name, also as an attribute."""
    called = [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [line for line, func in called if func.rpartition(".")[2] == name]


def renamed(tree: ast.AST, name: str) -> list[str]:
    """List the other names under which something of this name is imported."""
    imported = [alias for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    return [alias.asname for alias in imported if alias.name == name and alias.asname]


def numbers_424(tree: ast.AST) -> list[str]:
    """List the statements at module level in which the number 424 stands."""
    assert isinstance(tree, ast.Module)
    return [
        ast.unparse(statement)
        for statement in tree.body
        if any(isinstance(node, ast.Constant) and node.value in (424, 424.0) for node in ast.walk(statement))
    ]


def uses_beside_comparisons(tree: ast.AST, name: str) -> list[int]:
    """List the lines where a name is used, but not to compare something with it."""
    compared = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in (node.left, *node.comparators)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and id(node) not in compared
    ] + [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == name]


def texts(tree: ast.AST) -> Iterator[str]:
    """List all strings but docstrings, those that explain a name below it included."""
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def test_the_clocks_of_the_process_are_read_in_one_module() -> None:
    """Tests patch ``time`` and ``datetime.now``; ``core.clocks`` has clocks that stay real."""
    told = re.compile(r"datetime\.(now|utcnow)\(|date\.today\(")
    readers = [
        name
        for name, tree in TREES.items()
        if any(each.partition(".")[0] == "time" for each in imports(tree)) or told.search(FILES[name].read_text())
    ]
    assert readers == []


def test_every_module_is_in_a_room() -> None:
    """At the top there are only the rooms, the version and the front doors."""
    assert {room(name) for name in FILES} == {*rooms(), *FRONT_DOORS, "__init__"}


def test_the_arrow_is_short() -> None:
    """A room more needs a decision record, and a change here."""
    assert len(rooms()) <= MOST_ROOMS


def test_imports_point_one_way() -> None:
    """No module imports from above, nor from beside it, for types neither."""
    assert {name: wrong for name, tree in TREES.items() if (wrong := against_the_arrow(name, tree))} == {}


def test_an_import_against_the_arrow_would_be_seen() -> None:
    """The rule above finds what it is for: in a function, for types alone, and at the same height."""
    tree = ast.parse(
        "if TYPE_CHECKING:\n    from dav424.spine.exchange import Method\ndef f():\n    from dav424.wire import tls"
    )
    assert against_the_arrow("core.batch", tree) == ["spine.exchange", "wire.tls"]
    assert against_the_arrow("methods.put", tree) == ["wire.tls"]


def test_a_front_door_opens_one_room() -> None:
    """The pytest plugin may not reach past ``testing``."""
    tree = ast.parse("from dav424.testing import Server\nfrom dav424.app import App")
    assert against_the_arrow("pytest_plugin", tree) == ["app"]


def test_architecture_md_lists_the_rooms_and_their_files() -> None:
    """The page has every room from the top to the bottom, its first sentence, and its files; no more, and no less."""
    page = (SOURCES.parents[1] / "ARCHITECTURE.md").read_text()
    table = re.findall(r"^\| `([a-z]+)(?:/|\.py)` \| (.*?) \| (.*?) ?\|$", page, re.MULTILINE)
    assert {name: (purpose, files.split()) for name, purpose, files in table} == {
        name: (
            (ast.get_docstring(TREES[name]) or "").partition("\n")[0].replace("``", "`"),
            sorted(
                module.partition(".")[2].replace(".", "/")
                for module in FILES
                if module.startswith(f"{name}.") and FILES[module].name != "__init__.py"
            )
            if FILES[name].name == "__init__.py"
            else [],
        )
        for name in rooms()
    }


def test_architecture_md_shows_the_arrow() -> None:
    """The arrow fits on two lines, and names the rooms in this order."""
    page = (SOURCES.parents[1] / "ARCHITECTURE.md").read_text()
    lines = re.findall(r"^`([a-z]+ > .*?)`$", page, re.MULTILINE)
    steps = [step if isinstance(step, str) else f"({', '.join(sorted(step))})" for step in reversed(ARROW)]
    assert len(lines) == 2
    shown = [
        ", ".join(sorted(re.findall(r"[a-z]+", step))) for step in " > ".join(lines).replace("> >", ">").split(" > ")
    ]
    assert shown == [", ".join(sorted(re.findall(r"[a-z]+", step))) for step in steps]


def test_the_files_that_architecture_md_names_exist() -> None:
    """Each path on the road of a PROPPATCH, and in the table of new things, leads to a file or a room."""
    page = (SOURCES.parents[1] / "ARCHITECTURE.md").read_text()
    paths = {
        path for path in re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", page) if path.partition("/")[0] in rooms()
    }
    assert len(paths) > 20
    assert {path for path in paths if not (SOURCES / path).exists()} == set()


def test_no_imports_go_in_a_circle() -> None:
    """Within a room too, and for types too, there is an order in which the modules can be read."""
    graph = {name: own_imports(tree) - {name} for name, tree in TREES.items()}
    assert {*TopologicalSorter(graph).static_order()} == {*FILES}


def test_no_two_classes_have_one_name() -> None:
    """What a name means does not depend on the module in which it is read."""
    places: dict[str, list[str]] = {}
    for name, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_the_core_is_standard_library_only() -> None:
    """core/batch.py imports nothing that Python does not bring."""
    tops = {name.partition(".")[0] for name in imports(TREES["core.batch"])}
    assert tops <= sys.stdlib_module_names


def test_third_parties_stay_where_they_belong() -> None:
    """The modules that import a package are the ones that the table allows."""
    importing = {
        (name, package)
        for name, tree in TREES.items()
        for package in {each.partition(".")[0] for each in imports(tree)} & ONLY_IN.keys()
    }
    assert {
        (name, package)
        for name, package in importing
        if name not in ONLY_IN[package] and room(name) not in ONLY_IN[package]
    } == set()


def test_types_of_msgspec_are_used_through_one_module() -> None:
    """``core.decode`` lets one thread at a time prepare a type; without it, the process can crash."""
    direct = re.compile(r"msgspec\.(convert\(|json\.schema|json\.decode\([^\n]*\btype=|\w+\.Decoder\()")
    assert [name for name, file in FILES.items() if direct.search(file.read_text())] == ["core.decode"]


def test_only_the_core_makes_a_failed_dependency() -> None:
    """No other module calls FailedDependency, nor imports it under another name."""
    made = {name: lines for name, tree in TREES.items() if (lines := calls(tree, "FailedDependency"))}
    assert made.keys() == {"core.batch"}
    assert {name: names for name, tree in TREES.items() if (names := renamed(tree, "FailedDependency"))} == {}


def test_the_core_does_make_failed_dependencies() -> None:
    """The rule above looks for what is really there: it finds both places in batch.py."""
    assert len(calls(TREES["core.batch"], "FailedDependency")) == 2


def test_a_pattern_is_not_taken_for_a_call() -> None:
    """To match a FailedDependency is not to make one."""
    tree = ast.parse("match x:\n    case FailedDependency(on=on):\n        pass")
    assert calls(tree, "FailedDependency") == []


def test_the_number_424_stands_in_one_place() -> None:
    """It is in batch.py; whoever compares with it has it from there."""
    found = {name: statements for name, tree in TREES.items() if (statements := numbers_424(tree))}
    assert found == {"core.batch": ["FAILED_DEPENDENCY = 424"]}


def test_outside_the_core_424_is_only_compared_with() -> None:
    """A module that imports the number does so to recognise a 424, not to send one."""
    used = {
        name: lines for name, tree in TREES.items() if (lines := uses_beside_comparisons(tree, "FAILED_DEPENDENCY"))
    }
    assert used.keys() <= {"core.batch"}


def test_a_424_that_is_sent_would_be_seen() -> None:
    """The rule above finds a number that is passed on, also the standard library's."""
    tree = ast.parse("if s == FAILED_DEPENDENCY:\n    send(FAILED_DEPENDENCY)\nsend(HTTPStatus.FAILED_DEPENDENCY)")
    assert uses_beside_comparisons(tree, "FAILED_DEPENDENCY") == [2, 3]


def test_no_text_spells_a_status_line_with_424() -> None:
    """Nor does any module write ``HTTP/1.1 424`` or ``424 Failed Dependency`` around the core, the help apart."""
    spelled = re.compile(r"HTTP/1\.[01] 424|^\s*424\s*(Failed|$)")
    assert [(name, text) for name, tree in TREES.items() for text in texts(tree) if spelled.search(text)] == []


def test_no_module_is_too_long() -> None:
    """A module past 400 lines is asked why."""
    lengths = {name: len(file.read_text().splitlines()) for name, file in FILES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
