"""The core: who runs, who is undone, and where each 424 comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dav424.core.batch import Action, Done, Failed, FailedDependency, Guard, Outcome, Refused, causes_of, run, run_group


class Paper:
    """A store that is a list of words; it refuses to commit the groups ``jams`` names, counted from 0.

    It can't erase the words in ``ink``.
    """

    def __init__(self, *, jams: frozenset[int] = frozenset(), ink: frozenset[str] = frozenset()) -> None:
        self._ink = ink
        self.words: list[str] = []
        self.tried: list[str] = []
        self.savepoints = 0
        self._jams = jams

    def write(self, word: str) -> Callable[[], str]:
        """Make an action's run that writes a word and returns it in capitals."""

        def run() -> str:
            self.tried.append(word)
            self.words.append(word)
            return word.upper()

        return run

    def refuse(self, word: str, status: int) -> Callable[[], None]:
        """Make an action's run that writes a word and then is refused."""

        def run() -> None:
            self.tried.append(word)
            self.words.append(f"half of {word}")
            raise Refused(status, f"no {word}")

        return run

    def break_down(self) -> None:
        """Fail as a bug does."""
        self.words.append("half of a bug")
        raise ZeroDivisionError

    @contextmanager
    def savepoint(self) -> Iterator[Sheet]:
        """Remember the words, and put them back unless committed."""
        sheet = Sheet(self, jammed=self.savepoints in self._jams)
        self.savepoints += 1
        before = list(self.words)
        try:
            yield sheet
        finally:
            if not sheet.kept:
                inked = [word for word in self.words[len(before) :] if word in self._ink]
                self.words = before + inked
                sheet.stuck = {sheet.word_of[word]: Refused(500, f"{word} is in ink") for word in inked}


@dataclass
class Sheet:
    """What a savepoint gives: it keeps what was written, or jams."""

    paper: Paper
    jammed: bool
    kept: bool = False
    stuck: Mapping[int, Refused] = field(default_factory=dict)
    word_of: dict[str, int] = field(default_factory=dict)
    actions: int = 0

    def end_action(self) -> None:
        """Note which action has written the last word."""
        if self.paper.words:
            self.word_of.setdefault(self.paper.words[-1], self.actions)
        self.actions += 1

    def commit(self, guards: Sequence[Guard]) -> None:
        """Keep it, or refuse with 507, unless a guard refuses first."""
        for guard in guards:
            guard()
        if self.jammed:
            raise Refused(507, "paper jam", "a condition")
        self.kept = True


def test_a_group_is_carried_out_in_order() -> None:
    """Actions run in the order in which they stand, groups one after the other."""
    paper = Paper()
    run([[Action("a", paper.write("a")), Action("b", paper.write("b"))], [Action("c", paper.write("c"))]], paper)
    assert paper.words == ["a", "b", "c"]


def test_done_holds_what_the_action_returned() -> None:
    """The value of an action that was carried out is in its outcome."""
    paper = Paper()
    assert run([[Action("a", paper.write("a"))]], paper) == [Done("A")]


def test_a_refusal_becomes_a_value() -> None:
    """Status, detail and condition of a refusal come out as they went in."""

    def refuse() -> None:
        raise Refused(409, "no room at the inn", "a condition")

    assert run([[Action("a", refuse)]], Paper()) == [Failed(409, "no room at the inn", "a condition")]


def test_one_refusal_undoes_the_group() -> None:
    """What was done before and after the refusal becomes 424, because of it."""
    paper = Paper()
    group = [Action("a", paper.write("a")), Action("b", paper.refuse("b", 403)), Action("c", paper.write("c"))]
    assert run([group], paper) == [FailedDependency(on=(1,)), Failed(403, "no b"), FailedDependency(on=(1,))]


def test_a_failed_group_leaves_nothing_behind() -> None:
    """The store is as it was, also where the refused action had begun to write."""
    paper = Paper()
    paper.words.append("before")
    run([[Action("a", paper.write("a")), Action("b", paper.refuse("b", 403))]], paper)
    assert paper.words == ["before"]


def test_every_action_is_attempted_also_after_a_refusal() -> None:
    """The third action is tried though the first two were refused."""
    paper = Paper()
    run(
        [[Action("a", paper.refuse("a", 403)), Action("b", paper.refuse("b", 409)), Action("c", paper.write("c"))]],
        paper,
    )
    assert paper.tried == ["a", "b", "c"]


def test_every_real_cause_keeps_its_own_status() -> None:
    """Two refusals in one group are two failures, not a failure and a 424."""
    paper = Paper()
    group = [Action("a", paper.refuse("a", 403)), Action("b", paper.refuse("b", 409)), Action("c", paper.write("c"))]
    assert run([group], paper) == [Failed(403, "no a"), Failed(409, "no b"), FailedDependency(on=(0, 1))]


def test_actions_of_one_label_are_not_taken_for_one() -> None:
    """Set A, remove A, set A is three actions: they are known by position."""
    paper = Paper()
    run([[Action("A", paper.write("1")), Action("A", paper.write("2")), Action("A", paper.write("3"))]], paper)
    assert paper.words == ["1", "2", "3"]


def test_an_action_whose_need_is_not_met_is_not_attempted() -> None:
    """What needs a refused action never runs."""
    paper = Paper()
    run([[Action("a", paper.refuse("a", 403)), Action("b", paper.write("b"), needs=(0,))]], paper)
    assert paper.tried == ["a"]


def test_an_unmet_need_is_what_the_424_is_on() -> None:
    """Of two needs, the 424 names the one that was not met."""
    paper = Paper()
    group = [
        Action("a", paper.write("a")),
        Action("b", paper.refuse("b", 403)),
        Action("c", paper.write("c"), needs=(0, 1)),
    ]
    assert run([group], paper)[2] == FailedDependency(on=(1,))


def test_a_need_that_is_met_lets_the_action_run() -> None:
    """An action runs after what it needs was done in an earlier group."""
    paper = Paper()
    groups = [[Action("a", paper.write("a"))], [Action("b", paper.write("b"), needs=(0,))]]
    assert run(groups, paper) == [Done("A"), Done("B")]


def test_a_need_is_a_position_in_the_whole_batch() -> None:
    """Position 1 is the second group's first action, whatever group asks."""
    paper = Paper()
    groups = [
        [Action("a", paper.write("a"))],
        [Action("b", paper.refuse("b", 403))],
        [Action("c", paper.write("c"), needs=(1,))],
    ]
    assert run(groups, paper)[2] == FailedDependency(on=(1,))


def test_a_need_of_something_undone_is_not_met() -> None:
    """The first group's first action ran and was undone, so what needs it does not run."""
    paper = Paper()
    groups = [
        [Action("a", paper.write("a")), Action("b", paper.refuse("b", 403))],
        [Action("c", paper.write("c"), needs=(0,))],
    ]
    assert run(groups, paper)[2] == FailedDependency(on=(0,))


def test_a_need_not_met_from_outside_breaks_the_group() -> None:
    """No member of the second group was refused; it falls because of the first, and says so."""
    paper = Paper()
    groups = [
        [Action("a", paper.refuse("a", 403))],
        [Action("b", paper.write("b")), Action("c", paper.write("c"), needs=(0,))],
    ]
    assert run(groups, paper)[1:] == [FailedDependency(on=(2,)), FailedDependency(on=(0,))]


def test_a_need_not_met_from_inside_is_not_a_cause_of_its_own() -> None:
    """What is undone depended on the refusal, not on its fellow that was never tried."""
    paper = Paper()
    group = [
        Action("a", paper.write("a")),
        Action("b", paper.refuse("b", 403)),
        Action("c", paper.write("c"), needs=(1,)),
    ]
    assert run([group], paper)[0] == FailedDependency(on=(1,))


def test_groups_do_not_depend_on_each_other() -> None:
    """A group that fails leaves the ones before and after it done."""
    paper = Paper()
    run(
        [[Action("a", paper.write("a"))], [Action("b", paper.refuse("b", 403))], [Action("c", paper.write("c"))]], paper
    )
    assert paper.words == ["a", "c"]


def test_each_group_has_one_savepoint() -> None:
    """Three actions in two groups take two savepoints."""
    paper = Paper()
    run([[Action("a", paper.write("a")), Action("b", paper.write("b"))], [Action("c", paper.write("c"))]], paper)
    assert paper.savepoints == 2


def test_no_groups_have_no_outcomes() -> None:
    """Nothing to do is nothing done."""
    assert run([], Paper()) == []


def test_an_empty_group_takes_no_position() -> None:
    """The action after an empty group is the first."""
    paper = Paper()
    assert run([[], [Action("a", paper.refuse("a", 403))], []], paper) == [Failed(403, "no a")]


def test_a_refused_commit_fails_every_action_by_itself() -> None:
    """When the store can't keep the group, each action failed for that reason, and there is no 424."""
    paper = Paper(jams=frozenset({0}))
    outcomes = run([[Action("a", paper.write("a")), Action("b", paper.write("b"))]], paper)
    assert outcomes == [Failed(507, "paper jam", "a condition"), Failed(507, "paper jam", "a condition")]


def test_a_refused_commit_keeps_nothing() -> None:
    """What was written before the commit was refused is undone."""
    paper = Paper(jams=frozenset({0}))
    run([[Action("a", paper.write("a")), Action("b", paper.write("b"))]], paper)
    assert paper.words == []


def test_a_refused_commit_spoils_one_group_only() -> None:
    """The second group can't be committed; the first and the third can."""
    paper = Paper(jams=frozenset({1}))
    run([[Action("a", paper.write("a"))], [Action("b", paper.write("b"))], [Action("c", paper.write("c"))]], paper)
    assert paper.words == ["a", "c"]


def test_a_guard_that_refuses_fails_every_action_of_its_group_by_itself() -> None:
    """It is called after the last action, and nothing of the group is kept: there is no 424."""
    paper = Paper()
    outcomes: list[Outcome] = []
    run_group([Action("a", paper.write("a"))], outcomes, paper)
    group = [Action("b", paper.write("b")), Action("c", paper.write("c"))]
    run_group(group, outcomes, paper, [paper.refuse("guard", 507)])
    refused = Failed(507, "no guard")
    assert (outcomes, paper.words, paper.tried) == ([Done("A"), refused, refused], ["a"], ["a", "b", "c", "guard"])


def test_what_needs_an_uncommitted_action_is_a_424() -> None:
    """An action that ran and could not be committed does not meet a need."""
    paper = Paper(jams=frozenset({0}))
    groups = [[Action("a", paper.write("a"))], [Action("b", paper.write("b"), needs=(0,))]]
    assert run(groups, paper)[1] == FailedDependency(on=(0,))


def test_a_failed_group_is_not_committed() -> None:
    """The store would jam, but it is never asked to commit a group that failed."""
    paper = Paper(jams=frozenset({0}))
    outcomes = run([[Action("a", paper.write("a")), Action("b", paper.refuse("b", 403))]], paper)
    assert outcomes == [FailedDependency(on=(1,)), Failed(403, "no b")]


def test_a_bug_goes_on_as_it_is() -> None:
    """An exception that is no refusal is nobody's outcome."""
    paper = Paper()
    with pytest.raises(ZeroDivisionError):
        run([[Action("a", paper.write("a")), Action("b", paper.break_down)]], paper)


def test_a_bug_rolls_its_group_back() -> None:
    """Nothing of the group that the bug is in remains; the group before it does."""
    paper = Paper()
    with pytest.raises(ZeroDivisionError):
        run([[Action("a", paper.write("a"))], [Action("b", paper.write("b")), Action("c", paper.break_down)]], paper)
    assert paper.words == ["a"]


def test_a_need_of_a_later_action_is_a_bug() -> None:
    """Only earlier actions can be needed; a need of a later one is told at once, and undone."""
    paper = Paper()
    with pytest.raises(IndexError):
        run([[Action("a", paper.write("a"), needs=(1,)), Action("b", paper.write("b"))]], paper)


@pytest.mark.parametrize("status", [424, 200, 207, 299, 600, 0, -403])
def test_a_refusal_has_a_status_of_its_own(status: int) -> None:
    """Neither 424 nor a success can be the reason of a refusal."""
    with pytest.raises(ValueError, match="a refusal can't have the status"):
        Refused(status, "because of something else")


@pytest.mark.parametrize("status", [300, 403, 423, 425, 507, 599])
def test_a_refusal_has_any_other_status_from_300_to_599(status: int) -> None:
    """What HTTP calls a redirection or an error can be a reason."""
    assert Refused(status, "so it is").status == status


def test_a_failed_dependency_is_424() -> None:
    """The number is that of RFC 4918 11.4."""
    assert FailedDependency(on=(0,)).status == 424


def test_the_causes_of_a_failure_are_itself() -> None:
    """A refusal came from nothing but itself."""
    assert causes_of([Failed(403, "no")], 0) == [0]


def test_what_was_done_has_no_causes() -> None:
    """There is nothing to explain."""
    assert causes_of([Done(), Failed(403, "no")], 0) == []


def test_causes_are_followed_through_other_424s() -> None:
    """A 424 on a 424 on a refusal came from the refusal."""
    outcomes: list[Outcome] = [Failed(403, "no"), FailedDependency(on=(0,)), FailedDependency(on=(1,))]
    assert causes_of(outcomes, 2) == [0]


def test_causes_are_listed_once_and_ascending() -> None:
    """Two ways to the same refusal name it once."""
    outcomes: list[Outcome] = [
        Failed(403, "no"),
        FailedDependency(on=(0,)),
        Failed(409, "no"),
        FailedDependency(on=(2, 1, 0)),
    ]
    assert causes_of(outcomes, 3) == [0, 2]


def test_a_long_chain_of_causes_has_no_limit() -> None:
    """10,000 actions, each needing the one before, all come from the first."""
    paper = Paper()
    chain = [[Action(0, paper.refuse("0", 403))]]
    chain += [[Action(i, paper.write(str(i)), needs=(i - 1,))] for i in range(1, 10_000)]
    assert causes_of(run(chain, paper), 9_999) == [0]


@dataclass(frozen=True)
class Planned:
    """An action of a random batch: what it needs, and the status it is refused with, or None."""

    needs: tuple[int, ...]
    refused: int | None


@dataclass(frozen=True)
class Batch:
    """A random batch, and the groups whose commit is refused."""

    groups: list[list[Planned]]
    jams: frozenset[int]

    def played(self) -> tuple[list[Outcome], Paper]:
        """Carry it out on paper; each action writes its position."""
        paper = Paper(jams=self.jams)
        position = 0
        groups = []
        for group in self.groups:
            actions = []
            for planned in group:
                word = str(position)
                does = paper.write(word) if planned.refused is None else paper.refuse(word, planned.refused)
                actions.append(Action(word, does, planned.needs))
                position += 1
            groups.append(actions)
        return run(groups, paper), paper

    def positions(self) -> list[list[int]]:
        """List the positions of each group."""
        starts = [sum(map(len, self.groups[:i])) for i in range(len(self.groups))]
        return [list(range(start, start + len(group))) for start, group in zip(starts, self.groups, strict=True)]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Draw up to 5 groups of up to 5 actions, any needs of earlier ones, any refusals of any."""
    groups: list[list[Planned]] = []
    position = 0
    for size in draw(st.lists(st.integers(0, 5), max_size=5)):
        group = []
        for _ in range(size):
            needs = draw(st.lists(st.integers(0, position - 1), max_size=3)) if position else []
            refused = draw(st.sampled_from([None, None, None, 403, 409, 507]))
            group.append(Planned(tuple(needs), refused))
            position += 1
        groups.append(group)
    return Batch(groups, frozenset(draw(st.sets(st.integers(0, 4), max_size=2))))


any_batch = settings(max_examples=150)


@any_batch
@given(batches())
def test_a_failed_group_never_changes_the_store(batch: Batch) -> None:
    """The store holds what the groups wrote that were done whole, in order, and nothing else."""
    outcomes, paper = batch.played()
    whole = [group for group in batch.positions() if all(isinstance(outcomes[each], Done) for each in group)]
    assert paper.words == [str(position) for group in whole for position in group]


@any_batch
@given(batches())
def test_every_424_comes_from_a_refusal(batch: Batch) -> None:
    """Followed through whatever lies between, each 424 has at least one failure at its end."""
    outcomes, _ = batch.played()
    dependent = [i for i, outcome in enumerate(outcomes) if isinstance(outcome, FailedDependency)]
    assert all(causes_of(outcomes, position) for position in dependent)


@any_batch
@given(batches())
def test_every_424_is_on_actions_that_failed(batch: Batch) -> None:
    """What a 424 is on is never something that was done."""
    outcomes, _ = batch.played()
    on = [position for outcome in outcomes if isinstance(outcome, FailedDependency) for position in outcome.on]
    assert not [position for position in on if isinstance(outcomes[position], Done)]


@any_batch
@given(batches())
def test_done_never_stands_beside_a_failure(batch: Batch) -> None:
    """The outcomes of a group are all Done, or none is."""
    outcomes, _ = batch.played()
    groups = [{isinstance(outcomes[position], Done) for position in group} for group in batch.positions()]
    assert all(len(kinds) <= 1 for kinds in groups)


@any_batch
@given(batches())
def test_an_action_runs_if_and_only_if_its_needs_are_done(batch: Batch) -> None:
    """A need is met by what was done for good in an earlier group, or so far in its own."""
    outcomes, paper = batch.played()
    planned = [each for group in batch.groups for each in group]
    expected: list[str] = []
    for group in batch.positions():
        done_so_far: set[int] = set()
        for position in group:
            if all(
                need in done_so_far if need >= group[0] else isinstance(outcomes[need], Done)
                for need in planned[position].needs
            ):
                expected.append(str(position))
                if planned[position].refused is None:
                    done_so_far.add(position)
    assert paper.tried == expected


@any_batch
@given(batches())
def test_every_action_has_one_outcome(batch: Batch) -> None:
    """There are as many outcomes as actions, whatever fails."""
    outcomes, _ = batch.played()
    assert len(outcomes) == sum(map(len, batch.groups))


@any_batch
@given(batches())
def test_every_refusal_that_was_met_is_told(batch: Batch) -> None:
    """An action that ran and was refused is Failed with its own status, never 424."""
    outcomes, paper = batch.played()
    planned = [each for group in batch.groups for each in group]
    refused = [int(word) for word in paper.tried if planned[int(word)].refused is not None]
    assert [outcomes[each] for each in refused] == [
        Failed(planned[each].refused or 0, f"no {each}") for each in refused
    ]


def test_a_position_counted_from_the_end_is_refused() -> None:
    """It would mean another action each time the batch grows."""
    with pytest.raises(ValueError, match="can't need position -1: positions count from 0"):
        Action("late", lambda: None, needs=(0, -1))


def test_what_cannot_be_undone_has_failed() -> None:
    """The effect that stays is 500, and not 424; the other action of the group is undone."""
    paper = Paper(ink=frozenset({"b"}))
    group = [
        Action("a", paper.write("a")),
        Action("b", paper.write("b")),
        Action("c", paper.refuse("c", 403)),
    ]
    assert run([group], paper) == [FailedDependency(on=(2,)), Failed(500, "b is in ink"), Failed(403, "no c")]
    assert paper.words == ["b"]


def test_what_cannot_be_undone_after_a_refused_commit_has_failed() -> None:
    """Each action has the status of the refused commit, but for the one whose effect stays."""
    paper = Paper(jams=frozenset({0}), ink=frozenset({"a"}))
    group = [Action("a", paper.write("a")), Action("b", paper.write("b"))]
    assert run([group], paper) == [Failed(500, "a is in ink"), Failed(507, "paper jam", "a condition")]
