"""The handlers of the admin API for the scenarios that the server serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import structs

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import MOST_OF_A_CAUSE, Call
from dav424.admin.payloads import (
    FileCheck,
    FilePlace,
    FileProof,
    FlawFound,
    ScenarioDetails,
    ScenarioSummary,
    ScenarioText,
)
from dav424.scenario.file_problem import FileProblem, ScenarioError
from dav424.scenario.model import Scenario
from dav424.scenario.outline import outline
from dav424.scenario.served_request import curl_command

_NAME = "scenario"
"""The name of a scenario whose file came as text."""
_DIALECT = "dialect"
"""The name of the file of a dialect that came as text."""


def scenarios(call: Call) -> list[ScenarioSummary]:
    """List the scenarios, each with its failures and the place of its 424."""
    return [ScenarioSummary(**_summary(name, call.scenarios.scenario(name))) for name in call.scenarios.names]


def scenario(call: Call) -> ScenarioDetails:
    """Describe a scenario: its lesson, its tree, its causes, its requests as data and as curl commands, and its cure."""
    name = call.parameters["scenario"]
    scenario = call.scenarios.scenario(name)
    url = f"{call.url}{name}/"
    return ScenarioDetails(
        **_summary(name, scenario),
        teaches=scenario.teaches,
        spec=scenario.spec,
        tree=scenario.tree,
        missing=scenario.missing,
        users=scenario.users,
        auth=scenario.auth,
        atomic=scenario.atomic,
        causes=scenario.causes,
        faults=scenario.faults,
        requests=scenario.requests,
        commands=[curl_command(spec, url, scenario.users) for spec in scenario.requests],
        cure=scenario.cure,
        cure_commands=[curl_command(spec, url, scenario.users) for spec in scenario.cure.requests]
        if scenario.cure is not None
        else [],
    )


def _summary(name: str, scenario: Scenario) -> Mapping[str, Any]:
    kinds = list(dict.fromkeys(cause.kind for cause in scenario.causes))
    return {
        "name": name,
        "title": scenario.title,
        "path": f"/{name}/",
        **structs.asdict(outline(scenario)),
        "kinds": [*kinds, *(["missing"] if scenario.missing else [])],
    }


def check(call: Call) -> FileCheck:
    """Check the file of a scenario or a dialect: list its problems, or else the notes about likely mistakes, with their places."""
    from dav424.dialects.check_files import dialect_problems, fault_notes, is_dialect_text  # noqa: PLC0415 - as below

    wanted = _read(call)
    if is_dialect_text(wanted.text):
        problems = dialect_problems(wanted.text, call.dialects.names)
        found = [] if problems else fault_notes(wanted.text, _DIALECT, "NAME")
        return FileCheck([*_places(problems)], [*_places(found)])
    return _checked(call, wanted)[0]


def prove(call: Call) -> FileProof:
    """Check a scenario file, and prove it as `dav424 prove` does, on a server of its own; 503 while another proof runs."""
    checked, scenario = _checked(call, _read(call))
    if scenario is None:
        return FileProof(checked.problems, checked.notes, proven=False, flaws=[])
    assert call.prove is not None, "the API of a server can prove scenarios"
    flaws = [FlawFound(*found) for found in call.prove(_NAME, scenario, call.look_for_client)]
    return FileProof([], checked.notes, proven=not flaws, flaws=flaws)


def _read(call: Call) -> ScenarioText:
    """Read a file; refuses with 413 a long one, since the parser of YAML reads it in a single call."""
    if len(call.body) > MOST_OF_A_CAUSE:
        raise ApiProblem(413, f"The body has {len(call.body)} bytes; a scenario file may have {MOST_OF_A_CAUSE} here.")
    return call.read(ScenarioText)


def _checked(call: Call, wanted: ScenarioText) -> tuple[FileCheck, Scenario | None]:
    from dav424.dialects.check_files import left_out_notes  # noqa: PLC0415 - most clients of the API send no file
    from dav424.scenario.load import load, notes  # noqa: PLC0415 - as above

    try:
        scenario = load(wanted.text, _NAME, dialects=call.dialects.names)
    except ScenarioError as error:
        return FileCheck([*_places(error.problems)], []), None
    found = [*notes(wanted.text, _NAME), *left_out_notes(wanted.text, _NAME, scenario, call.dialects)]
    return FileCheck([], [*_places(found)]), scenario


def _places(problems: Iterable[FileProblem]) -> Iterator[FilePlace]:
    return (FilePlace(problem.line, problem.column, problem.message) for problem in problems)
