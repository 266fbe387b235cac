"""What the sources themselves must keep: who may import whom, and who may say 424."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "server" / "dav424"
LAYERS = (
    "__init__",  # the version
    "batch",
    "typed",
    "condition",
    "order",
    "tree",
    "label",
    "target",
    "store",
    "multistatus",
    "if_header",
    "headers",
    "message",
    "causes",
    "derived",
    "journal",
    "world",
    "live",
    "preconditions",
    "exchange",
    "methods",
    "clock",
    "space",
    "auth",
    "head",
    "framing",
    "visit",
    "share",
    "scenario",
    "curl",
    "rules",
    "facts",
    "explain",
    "admin",
    "app",
    "connection",
    "tls",
    "server",
    "proof",
    "testing",
    "pytest_plugin",
    "serve",
    "elsewhere",
    "cli",
    "__main__",
)
"""From the bottom to the top: a module imports from layers before its own, and from its own package."""
ONLY_IN = {
    "wsgidav": {"auth"},
    "cheroot": {"connection", "server", "serve", "tls"},
    "lxml": {"methods", "scenario.model", "proof"},
    "yaml": {"scenario.read"},
    "pytest": {"pytest_plugin"},
    "testcontainers": {"testing.containers"},
    "trustme": {"tls"},
    "jsonschema_rs": {"scenario.check"},
}
"""Where a third-party package may be imported, for types too: modules, or packages with all in them."""
LONGEST = 300

FILES = {
    ".".join(file.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(SOURCES.rglob("*.py"))
}
TREES = {name: ast.parse(file.read_text()) for name, file in FILES.items()}


def imports(tree: ast.AST, *, types: bool) -> Iterator[str]:
    """List what a module imports, in functions too; ``types`` says if what is for types alone counts."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports(node, types=types)


def own_imports(tree: ast.AST) -> set[str]:
    """List the modules of dav424 that a module imports when it runs."""
    found = set()
    for name in imports(tree, types=False):
        top, _, rest = name.partition(".")
        if top == "dav424":
            found.add(rest if rest in FILES else rest.rpartition(".")[0] or "__init__")
    return found


def layer(module: str) -> int:
    """Give the height of a module."""
    return LAYERS.index(module.partition(".")[0])


def against_the_arrow(module: str, tree: ast.AST) -> list[str]:
    """List what a module imports from its own height or above, its own package apart."""
    own = module.partition(".")[0]
    return [
        each for each in sorted(own_imports(tree)) if each.partition(".")[0] != own and layer(each) >= layer(module)
    ]


def calls(tree: ast.AST, name: str) -> list[int]:
    """List the lines that call something of this name, also as an attribute."""
    called = [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [line for line, func in called if func.rpartition(".")[2] == name]


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


def test_every_module_stands_in_a_layer() -> None:
    """A new module at the top must be given its place in the arrow."""
    assert {name.partition(".")[0] for name in FILES} <= {*LAYERS, ""}


def test_every_layer_has_a_module() -> None:
    """A module that is gone leaves no layer behind."""
    assert {*LAYERS} <= {name.partition(".")[0] for name in FILES}


@pytest.mark.parametrize("module", FILES)
def test_imports_point_one_way(module: str) -> None:
    """No module imports from above, nor from beside it."""
    assert against_the_arrow(module, TREES[module]) == []


def test_an_import_against_the_arrow_would_be_seen() -> None:
    """The rule above finds what it is for, in a function too."""
    tree = ast.parse("def f():\n    from dav424.exchange import World\n    from dav424 import multistatus")
    assert against_the_arrow("batch", tree) == ["exchange", "multistatus"]


def test_an_import_for_types_alone_does_not_count() -> None:
    """What is imported under TYPE_CHECKING is not there at run time."""
    tree = ast.parse("if TYPE_CHECKING:\n    from dav424.exchange import World")
    assert against_the_arrow("batch", tree) == []


def test_no_imports_go_in_a_circle() -> None:
    """Within a package too, there is an order in which the modules can be read."""
    graph = {name: own_imports(tree) - {name} for name, tree in TREES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(FILES)


def test_the_core_is_standard_library_only() -> None:
    """batch.py imports nothing that Python does not bring."""
    tops = {name.partition(".")[0] for name in imports(TREES["batch"], types=True)}
    assert tops <= sys.stdlib_module_names


@pytest.mark.parametrize("package", ONLY_IN)
def test_third_parties_stay_where_they_belong(package: str) -> None:
    """The modules that import a package are the ones that the table allows."""
    importing = {
        name
        for name, tree in TREES.items()
        if any(each.partition(".")[0] == package for each in imports(tree, types=True))
    }
    allowed = ONLY_IN[package]
    assert {name for name in importing if name not in allowed and name.partition(".")[0] not in allowed} == set()


@pytest.mark.parametrize("module", [name for name in FILES if name != "batch"])
def test_only_the_core_makes_a_failed_dependency(module: str) -> None:
    """No other module calls FailedDependency, under whatever name it was imported."""
    renamed = [
        alias.asname
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "FailedDependency" and alias.asname
    ]
    assert (calls(TREES[module], "FailedDependency"), renamed) == ([], [])


def test_the_core_does_make_failed_dependencies() -> None:
    """The rule above looks for what is really there: it finds both places in batch.py."""
    assert len(calls(TREES["batch"], "FailedDependency")) == 2


def test_a_pattern_is_not_taken_for_a_call() -> None:
    """To match a FailedDependency is not to make one."""
    tree = ast.parse("match x:\n    case FailedDependency(on=on):\n        pass")
    assert calls(tree, "FailedDependency") == []


def test_the_number_424_stands_in_one_place() -> None:
    """It is in batch.py; whoever compares with it has it from there."""
    found = {name: statements for name, tree in TREES.items() if (statements := numbers_424(tree))}
    assert found == {"batch": ["FAILED_DEPENDENCY = 424"]}


@pytest.mark.parametrize("module", [name for name in FILES if name != "batch"])
def test_outside_the_core_424_is_only_compared_with(module: str) -> None:
    """Whoever imports the number does so to recognise a 424, not to send one."""
    assert uses_beside_comparisons(TREES[module], "FAILED_DEPENDENCY") == []


def test_a_424_that_is_sent_would_be_seen() -> None:
    """The rule above finds a number that is passed on, also the standard library's."""
    tree = ast.parse("if s == FAILED_DEPENDENCY:\n    send(FAILED_DEPENDENCY)\nsend(HTTPStatus.FAILED_DEPENDENCY)")
    assert uses_beside_comparisons(tree, "FAILED_DEPENDENCY") == [2, 3]


@pytest.mark.parametrize("module", FILES)
def test_no_text_spells_a_status_line_with_424(module: str) -> None:
    """Nor does any module write ``HTTP/1.1 424`` or ``424 Failed Dependency`` around the core, the help apart."""
    spelled = [text for text in texts(TREES[module]) if re.search(r"HTTP/1\.[01] 424|^\s*424\s*(Failed|$)", text)]
    assert spelled == []


@pytest.mark.parametrize("module", FILES)
def test_no_module_is_too_long(module: str) -> None:
    """A module past 300 lines is asked why."""
    assert len(FILES[module].read_text().splitlines()) <= LONGEST
