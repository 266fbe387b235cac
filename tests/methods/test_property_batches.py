"""PROPPATCH as a whole, in process: any batch, any cause at any position, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from dav424.causes.cause import Cause
from dav424.causes.protected_property import Protected
from dav424.causes.quota import Quota
from dav424.causes.store_fails import StoreFails
from dav424.causes.value_rule import ValueRule
from dav424.core.message import Request, Response
from dav424.core.paths import Path, split
from dav424.methods import METHOD_FACTS, METHODS
from dav424.scenario.blueprint import blueprint, build_tree
from dav424.scenario.model import Scenario, TreeEntry
from dav424.spine.handle import handle
from dav424.store.tree import walk
from dav424.worlds.world import Blueprint, World, initial_state

NAMES = ("a", "b", "c", "{urn:u}d")
VALUES = ("", "1", "two", "a value that takes rather a lot of room")
PATHS = ("/", "/doc", "/dir/", "/dir/doc", "/dir/sub/doc")
QUICK = [Phase.explicit, Phase.generate, Phase.shrink]
NOW = 1_700_000_000.0
DAV = "{DAV:}"


@dataclass(frozen=True)
class Instruction:
    """Set a property to a text, or remove it with None."""

    name: str
    value: str | None


def build(tree: Mapping[str, Mapping[str, str]], causes: Sequence[Cause] = ()) -> World:
    """Build a world of resources with properties, and what is in their way."""
    entries = {
        path: TreeEntry(content="" if path.endswith("/") else "12345", properties=dict(p)) for path, p in tree.items()
    }
    return World(Blueprint("w", initial_state(build_tree(entries, NOW), causes, NOW)), METHOD_FACTS, clock=lambda: NOW)


def spell(instructions: Sequence[Instruction]) -> bytes:
    """Write the body of a PROPPATCH."""
    parts = []
    for each in instructions:
        namespace, _, local = each.name.rpartition("}")
        start = f'{local} xmlns="{namespace[1:]}"'
        if each.value is None:
            parts.append(f"<D:remove><D:prop><{start}/></D:prop></D:remove>")
        else:
            parts.append(f"<D:set><D:prop><{start}>{each.value}</{local}></D:prop></D:set>")
    return f'<D:propertyupdate xmlns:D="DAV:">{"".join(parts)}</D:propertyupdate>'.encode()


def proppatch(world: World, path: str, instructions: Sequence[Instruction]) -> Response:
    """Send a batch down the spine."""
    target, slash = split(path)
    request = Request(
        "PROPPATCH", target, slash, {"content-type": "application/xml"}, spell(instructions), base_path=("w",)
    )
    return handle(METHODS["PROPPATCH"], request, world)[0]


def told(response: Response) -> list[tuple[str, int]]:
    """List what the answer says of each property."""
    assert isinstance(response.body, bytes)
    root = etree.fromstring(response.body)
    return [
        (str(prop.tag), int((propstat.findtext(f"{DAV}status") or "").split()[1]))
        for propstat in root.iter(f"{DAV}propstat")
        for prop in propstat.iterfind(f"{DAV}prop/*")
    ]


def statuses(response: Response) -> set[int]:
    """Give the statuses that the answer holds, without the properties."""
    return {status for _, status in told(response)}


def stored(world: World) -> dict[Path, dict[str, str]]:
    """Give the texts of all properties of all resources."""
    return {
        path: {name: "".join(etree.fromstring(xml).itertext()) for name, xml in node.properties.items()}
        for path, node in walk(world.state.root, ())
    }


def sets(*names: str) -> list[Instruction]:
    """Set each of these to 1."""
    return [Instruction(name, "1") for name in names]


def test_without_a_cause_all_is_stored() -> None:
    """Three properties are set, and each answers 200."""
    assert told(proppatch(build({"/doc": {}}), "/doc", sets("a", "b", "c"))) == [("a", 200), ("b", 200), ("c", 200)]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_store_that_fails_at_any_position_is_507_there(nth: int) -> None:
    """The write that failed is 507, the two others are 424, wherever it stood."""
    world = build({"/doc": {}}, [StoreFails(id="x", nth=nth)])
    expected = {name: 507 if position == nth else 424 for position, name in enumerate(("a", "b", "c"), 1)}
    assert dict(told(proppatch(world, "/doc", sets("a", "b", "c")))) == expected


@pytest.mark.parametrize("order", [("x", "a", "b"), ("a", "x", "b"), ("a", "b", "x")])
def test_a_protected_property_at_any_position_is_403_there(order: tuple[str, ...]) -> None:
    """The protected x is 403, a and b are 424, in any order."""
    world = build({"/doc": {}}, [Protected(id="x", property="x")])
    assert dict(told(proppatch(world, "/doc", sets(*order)))) == {"x": 403, "a": 424, "b": 424}


def test_a_value_that_breaks_a_rule_is_409() -> None:
    """Only what the rule is about fails by itself."""
    world = build({"/doc": {}}, [ValueRule(id="x", property="b", enum=("2",))])
    assert dict(told(proppatch(world, "/doc", sets("a", "b")))) == {"a": 424, "b": 409}


def test_one_property_too_many_is_507() -> None:
    """The third of two is refused, and takes the others with it."""
    world = build({"/doc": {}}, [Quota(id="x", properties=2)])
    assert dict(told(proppatch(world, "/doc", sets("a", "b", "c")))) == {"a": 424, "b": 424, "c": 507}


def test_a_store_that_cannot_commit_gives_no_424() -> None:
    """Each property failed for the store's reason."""
    world = build({"/doc": {}}, [StoreFails(id="x", at="commit")])
    assert dict(told(proppatch(world, "/doc", sets("a", "b")))) == {"a": 507, "b": 507}


def test_a_world_from_a_scenario_fails_alike() -> None:
    """What stands in the way of a scenario's world are its causes, and RFC 4918's protection."""
    world = World(blueprint("w", Scenario(title="t", tree={"/doc": TreeEntry()}), NOW), METHOD_FACTS, clock=lambda: NOW)
    assert dict(told(proppatch(world, "/doc", sets("a", "{DAV:}getetag")))) == {"a": 424, "{DAV:}getetag": 403}


def test_a_property_that_failed_by_itself_is_not_also_424() -> None:
    """Named twice, once refused and once undone, it is told once, with its own reason."""
    world = build({"/doc": {}}, [ValueRule(id="x", property="a", enum=("1",))])
    instructions = [Instruction("a", "1"), Instruction("a", "2"), Instruction("b", "1")]
    assert sorted(told(proppatch(world, "/doc", instructions))) == [("a", 409), ("b", 424)]


def test_a_quota_of_a_collection_counts_its_own_properties() -> None:
    """The quota of /dir/ is for its properties too (as those of the root are)."""
    world = build({"/dir/": {}}, [Quota(id="x", path="/dir/", bytes=10)])
    assert dict(told(proppatch(world, "/dir/", [Instruction("a", "far too much for ten bytes")]))) == {"a": 507}


@dataclass(frozen=True)
class Case:
    """A random world, and a random PROPPATCH to one of its resources."""

    tree: dict[str, dict[str, str]]
    causes: tuple[Cause, ...]
    path: str
    instructions: list[Instruction]

    def world(self) -> World:
        """Set the world up."""
        return build(self.tree, self.causes)


_instructions = st.lists(
    st.builds(Instruction, st.sampled_from(NAMES), st.none() | st.sampled_from(VALUES)), min_size=1, max_size=7
)
_trees = st.dictionaries(
    st.sampled_from(PATHS), st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=3), min_size=1
)


@cache
def _causes(*above: str) -> st.SearchStrategy[Cause]:
    """Draw a cause that may strike at a resource in these collections."""
    names = st.sampled_from(NAMES)
    return st.one_of(
        st.builds(Protected, id=st.just("protected"), property=names, times=st.none() | st.just(1)),
        st.builds(StoreFails, id=st.just("store"), nth=st.integers(1, 7), status=st.sampled_from([500, 503, 507])),
        st.builds(StoreFails, id=st.just("property"), property=names),
        st.builds(StoreFails, id=st.just("commit"), at=st.just("commit")),
        st.builds(ValueRule, id=st.just("enum"), property=names, enum=st.just(("1", "two"))),
        st.builds(ValueRule, id=st.just("type"), property=names, type=st.just("integer"), status=st.just(422)),
        st.builds(Quota, id=st.just("number"), properties=st.integers(0, 3)),
        st.builds(Quota, id=st.just("bytes"), path=st.sampled_from(above), bytes=st.integers(0, 120)),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a tree, a resource of it, up to two causes and a batch."""
    tree = draw(_trees)
    path = draw(st.sampled_from(sorted(tree)))
    above = ("/", "/dir/") if path.startswith("/dir/") else ("/",)
    causes = draw(st.lists(_causes(*above), max_size=2, unique_by=lambda cause: cause.id))
    return Case(tree, tuple(causes), path, draw(_instructions))


any_case = settings(max_examples=80, phases=QUICK)


@any_case
@given(cases())
def test_a_failing_batch_leaves_the_world_as_it_was(case: Case) -> None:
    """Where anything failed, the state after is the state before."""
    world = case.world()
    before = world.state
    if statuses(proppatch(world, case.path, case.instructions)) != {200}:
        assert world.state == before


@any_case
@given(cases())
def test_every_424_has_a_cause_in_the_same_answer(case: Case) -> None:
    """Where there is a 424, there is a failure that isn't one."""
    said = statuses(proppatch(case.world(), case.path, case.instructions))
    assert 424 not in said or any(status >= 400 and status != 424 for status in said)


@any_case
@given(cases())
def test_200_never_stands_beside_a_failure(case: Case) -> None:
    """All properties of an answer were stored, or none was."""
    said = statuses(proppatch(case.world(), case.path, case.instructions))
    assert said == {200} or 200 not in said


@any_case
@given(cases())
def test_every_property_is_answered_for(case: Case) -> None:
    """An answer speaks of the properties that were sent, and of no others."""
    answered = {name for name, _ in told(proppatch(case.world(), case.path, case.instructions))}
    assert answered == {each.name for each in case.instructions}


@any_case
@given(cases())
def test_no_property_is_told_twice_for_one_reason(case: Case) -> None:
    """A property stands once beside a status and what is said about it, however often it was sent."""
    response = proppatch(case.world(), case.path, case.instructions)
    assert isinstance(response.body, bytes)
    propstats = list(etree.fromstring(response.body).iter(f"{DAV}propstat"))
    reasons = [(each.findtext(f"{DAV}status"), each.findtext(f"{DAV}responsedescription")) for each in propstats]
    told_twice = [each for each in propstats if len({prop.tag for prop in each[0]}) < len(each[0])]
    assert (told_twice, len(set(reasons))) == ([], len(reasons))


@any_case
@given(cases())
def test_a_424_names_its_cause(case: Case) -> None:
    """The description of each 424 holds the status of a failure in the same answer."""
    response = proppatch(case.world(), case.path, case.instructions)
    assert isinstance(response.body, bytes)
    own = [str(status) for status in statuses(response) if status >= 400 and status != 424]
    for propstat in etree.fromstring(response.body).iter(f"{DAV}propstat"):
        if " 424 " in (propstat.findtext(f"{DAV}status") or ""):
            assert any(status in (propstat.findtext(f"{DAV}responsedescription") or "") for status in own)


@any_case
@given(cases())
def test_a_batch_that_succeeds_stores_what_one_after_the_other_would(case: Case) -> None:
    """The properties are those of carrying the instructions out in order; all else is untouched."""
    world = case.world()
    expected = stored(world)
    here = expected[split(case.path)[0]]
    for each in case.instructions:
        here.pop(each.name, None)
        if each.value is not None:
            here[each.name] = each.value
    if statuses(proppatch(world, case.path, case.instructions)) == {200}:
        assert stored(world) == expected


@any_case
@given(cases())
def test_without_its_causes_every_batch_succeeds(case: Case) -> None:
    """What failed, failed because of the causes and of nothing else."""
    world = build(case.tree)
    assert statuses(proppatch(world, case.path, case.instructions)) == {200}


@any_case
@given(cases())
@example(Case({"/dir/": {}}, (Quota(id="x", path="/dir/", bytes=0),), "/dir/", [Instruction("a", "")]))
def test_no_quota_is_ever_outgrown(case: Case) -> None:
    """A collection with a quota holds no more than it may, or no more than it held before."""
    world = case.world()
    before = {path: node.weight for path, node in walk(world.state.root, ())}
    proppatch(world, case.path, case.instructions)
    quotas = world.state.quotas
    over = [
        path
        for path, node in walk(world.state.root, ())
        if path in quotas and node.weight > max(quotas[path], before[path])
    ]
    assert over == []


@any_case
@given(cases())
def test_the_same_batch_in_the_same_world_has_the_same_answer(case: Case) -> None:
    """Two worlds of one making answer alike, to the byte."""
    first, second = (proppatch(case.world(), case.path, case.instructions) for _ in range(2))
    assert first == second
