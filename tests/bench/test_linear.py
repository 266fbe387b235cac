"""The measurement of growth: what it calls too fast, and what it takes for noise. The times are made up here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from tests.bench import linear
from tests.bench.linear import MOST, ROUNDS, measured

SIZES = (160_000, 230_000, 330_000, 470_000, 660_000)


def growing(power: float, noise: Iterator[float] | None = None) -> Callable[[int], float]:
    """Take a second for the largest size, and a time that grows with this power, times the next noise."""
    factors = noise or cycle([1.0])
    return lambda size: (size / SIZES[-1]) ** power * next(factors)


@pytest.mark.parametrize("power", [1.2, 1.5, 2.0, 3.0])
def test_what_grows_too_fast_is_found(power: float) -> None:
    """The exponent is that of the times, with and without noise."""
    slope, times = measured(SIZES, growing(power))
    assert slope == pytest.approx(power)
    assert times[-1] == pytest.approx(1.0)


def test_a_quadratic_time_is_found_through_noise() -> None:
    """A third of each time is noise, and each round has another one."""
    slope, _ = measured(SIZES, growing(2.0, cycle([1.0, 1.33, 0.9, 1.2, 1.1, 0.85, 1.3])))
    assert slope > MOST


@pytest.mark.parametrize("power", [0.5, 1.0, 1.1])
def test_what_grows_with_its_size_passes(power: float) -> None:
    """Up to the bound."""
    slope, _ = measured(SIZES, growing(power))
    assert slope <= MOST


def test_one_lucky_time_of_a_small_size_is_noise() -> None:
    """The least times have an exponent beyond the bound, and most rounds have not."""
    lucky = [0.6, 1.0, 1.0, 1.0, 1.0]
    slope, times = measured(SIZES, growing(1.0, cycle(lucky + [1.0] * 5 * (max(ROUNDS) - 1))))
    assert linear.exponent(SIZES, times) > MOST
    assert slope <= MOST


def test_a_size_that_takes_too_long_is_the_largest_one() -> None:
    """It is measured as often as the others, so that noise in it is noise; one that is alone has no exponent."""
    slow = growing(1.0, cycle([15.0, 15.0, 30.0] + [15.0] * 3 * (max(ROUNDS) - 1)))
    slope, times = measured(SIZES, slow)
    assert len(times) == 3
    assert slope == pytest.approx(1.0)
    assert measured(SIZES, growing(2.0, cycle([200.0])))[0] == math.inf


@pytest.mark.parametrize(("alone", "code"), [(True, 1), (False, 0)])
def test_a_case_is_slow_if_it_is_slow_twice(monkeypatch: pytest.MonkeyPatch, *, alone: bool, code: int) -> None:
    """The second time decides, in a process of its own."""
    second = {"JSON: brackets": alone}
    monkeypatch.setattr(linear, "measure", lambda _wanted: (2, ["JSON: brackets"]))
    monkeypatch.setattr(linear, "alone", second.pop)
    assert linear.main([]) == code
    assert not second


@pytest.mark.parametrize(("slope", "code"), [(1.0, 0), (1.2, 1)])
def test_a_case_can_be_measured_by_its_whole_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], slope: float, code: int
) -> None:
    """One that is not there is told."""
    monkeypatch.setattr(linear, "measured", lambda sizes, _run: (slope, [1.0] * len(sizes)))
    assert linear.main(["--case", "admin API: a wait"]) == code
    with pytest.raises(SystemExit) as ended:
        linear.main(["--case", "admin API: nothing"])
    assert ended.value.code == 2
    assert "no case is called 'admin API: nothing'" in capsys.readouterr().err
