"""What the reader predicts before a run: a status for the answer, and one for each thing that it will report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from msgspec import Struct

from dav424.core.reason_phrases import reason
from dav424.pages.workbench.outcomes import Results
from dav424.scenario.model import RequestSpec

STATUS_LINE = "the status line"
CHOICES = [status for status in map(int, HTTPStatus) if 200 <= status < 300 or status >= 400]
"""The statuses that a reader can predict."""
FIELD = "predict "
"""The beginning of the names of the fields in a form."""


class Prediction(Struct, frozen=True):
    """A thing, the predicted status of it, empty for none, and the statuses that it got."""

    what: str
    predicted: str
    got: tuple[int, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether the thing got the predicted status."""
        return self.predicted in map(str, self.got)


def choices() -> list[tuple[str, str]]:
    """List the statuses to choose from, each with its reason phrase."""
    return [(str(status), f"{status} {reason(status)}") for status in CHOICES]


def of_form(form: Mapping[str, str]) -> dict[str, str]:
    """Read the predictions in a form, by the name of the thing."""
    return {name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD) and value}


def predictions(
    spec: RequestSpec | None, predicted: Mapping[str, str], results: Results | None, status: int
) -> list[Prediction]:
    """List the things to predict for a request of a scenario, with what they got if it ran."""
    expected = spec.expect.answers if spec is not None else []
    base = spec.path if spec is not None else "/"
    names = [_name(each.id, each.href or (base if each.id is None else ""), each.property) for each in expected]
    got: dict[str, list[int]] = {STATUS_LINE: [status]} if results is not None else {}
    for each in results.reported if results is not None else ():
        got.setdefault(_name(each.id, each.href, each.property), []).append(each.status)
    things = dict.fromkeys([STATUS_LINE, *names, *predicted])
    return [Prediction(what, predicted.get(what, ""), tuple(got.get(what, ()))) for what in things]


def score(all_of_them: Sequence[Prediction]) -> tuple[int, int]:
    """Count the right predictions, and all of them."""
    made = [each for each in all_of_them if each.predicted]
    return sum(each.is_right for each in made), len(made)


def _name(request: str | None, href: str, name: str | None) -> str:
    words: Iterable[str] = (
        f"request {request}" if request is not None else "",
        (name or "").rpartition("}")[2],
        unquote(href).rstrip("/") if name is None else "",
    )
    return " ".join(filter(None, words)) or "/"
