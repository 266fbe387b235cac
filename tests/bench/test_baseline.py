"""The comparison with the last version: it fails for a regression, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from dav424 import __version__
from tests.bench import baseline
from tests.bench.baseline import Baseline, kept, rarer, regressions, slower
from tests.bench.instructions import count
from tests.bench.workload import KINDS, REFERENCE

LAST = Baseline("1.0", "3.11", {"GET": 2.0, "PUT": 4.0}, {"stock WsgiDAV": 2.5})
PLANTED = """
from dav424.gateway.gateway import Gateway
answer = Gateway.__call__
def slow(self, http):
    for _ in range({rounds}):
        len(str(http))
    return answer(self, http)
Gateway.__call__ = slow
from tests.bench.workload import main
main()
"""


def test_the_kept_baseline_has_all_kinds() -> None:
    """It is that of a version, and each kind of work is in it."""
    last = kept()
    assert last.instructions.keys() == KINDS.keys() - {REFERENCE}
    assert last.rates.keys() == {"stock WsgiDAV", "bare cheroot"}
    assert last.version <= __version__


def test_more_instructions_than_allowed_are_a_regression() -> None:
    """The sentence says of what, and how many times."""
    assert slower({"GET": 2.2, "PUT": 3.0, "new": 9.0}, LAST) == []
    (sentence,) = slower({"GET": 2.2, "PUT": 5.0}, LAST)
    assert sentence.startswith("PUT: 1.25 times the instructions of version 1.0: 5.0 units instead of 4.0")


def test_a_much_lower_rate_is_a_regression() -> None:
    """Half of the ratio is noise, and less is none."""
    assert rarer({"stock WsgiDAV": 1.3}, LAST) == []
    (sentence,) = rarer({"stock WsgiDAV": 1.2}, LAST)
    assert sentence.startswith("stock WsgiDAV: 1.20 times its rate, and it was 2.50 in version 1.0")


def test_a_rate_is_measured_again_before_it_is_a_regression() -> None:
    """Another program on the machine slows one try, and a regression slows all."""

    def measuring(*found: float) -> Callable[[], Mapping[str, float]]:
        tries = iter(found)
        return lambda: {"stock WsgiDAV": next(tries)}

    assert regressions(LAST, dict, measuring(0.1, 0.2, 2.4)) == []
    assert len(regressions(LAST, dict, measuring(0.1, 0.2, 0.1))) == 1
    assert len(regressions(LAST, lambda: {"GET": 9.0}, measuring(0.1, 0.1, 0.1))) == 2


def test_a_planted_regression_is_found(program: Callable[..., str]) -> None:
    """Real instructions of real requests: those of an OPTIONS that does more than a sixth in vain. Without it they are the same again."""
    program("valgrind")

    def once(rounds: int) -> float:
        planted = ["-c", PLANTED.format(rounds=rounds)]
        return (count("OPTIONS", 50, planted) - count("OPTIONS", 0, planted)) / 50

    once(0)  # what runs first also writes byte code
    last = Baseline("1.0", "3.11", {"OPTIONS": once(0)}, {})
    assert slower({"OPTIONS": once(0)}, last) == []
    (sentence,) = slower({"OPTIONS": once(60)}, last)
    assert sentence.startswith("OPTIONS: ")


def test_other_byte_code_is_not_compared(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Its instructions are others."""
    monkeypatch.setattr(baseline, "python", lambda: "3.99")
    monkeypatch.setattr("sys.argv", ["baseline"])
    assert baseline.main() == 0
    assert "there is nothing to compare with" in capsys.readouterr().out
