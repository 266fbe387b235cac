"""A request as a test: with pytest and the fixture of this package, and as a scenario file."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from dav424.journal.as_code import FORMS
from dav424.journal.as_code.coded import Coded, quoted_for_python
from dav424.journal.as_code.scripts import python_call
from dav424.pages.workbench.answer import Received
from dav424.pages.workbench.own_server import Copy
from dav424.pages.workbench.sent import Sent
from dav424.proof.answer_body import ReportedStatus, read_body
from dav424.scenario.model import ExpectedAnswer, ExpectedStatus, RequestSpec
from dav424.scenario.yaml_writer import write

Code = tuple[str, str, str, bool]
"""The name of a form in URLs and for a person, the text, and whether tests run such texts."""


def codes(copy: Copy, sent: Sent, answer: Received | None, reported: Sequence[ReportedStatus]) -> list[Code]:
    """Write a request in each form; a scenario file needs the answer."""
    coded = Coded(
        sent.method,
        copy.url + sent.path,
        sent.headers_to_send(copy.base),
        sent.body_to_send(copy.base),
        sent.user,
        copy.scenario.users.get(sent.user, ""),
        answer.status if answer is not None else 0,
    )
    found = [(form, each.name, each.write(coded), each.tested) for form, each in FORMS.items()]
    if answer is not None and not answer.cut and coded.text is not None:
        found.append(("pytest", "pytest", _pytest(copy, sent, coded, reported), True))
        found.append(("yaml", "scenario YAML", _scenario(copy, sent, answer, reported), True))
    return found


def _pytest(copy: Copy, sent: Sent, coded: Coded, reported: Sequence[ReportedStatus]) -> str:
    """Write a test that sends the request to a space of its own, and compares the statuses."""
    local = replace(coded, headers=dict(sent.headers), body=sent.body)
    call = python_call(local, f"space.url.rstrip('/') + {quoted_for_python(sent.path)}", "    ")
    if "{base}" in f"{sent.headers}{sent.text}":
        base = "urlsplit(space.url).path.rstrip('/')"
        call = call.replace("headers={", f"headers={{name: value.replace('{{base}}', {base}) for name, value in {{", 1)
        call = call.replace("},\n", "}.items()},\n", 1) if "for name, value" in call else call
        call = call.replace(").encode()", f").replace('{{base}}', {base}).encode()")
    statuses = sorted({each.status for each in reported})
    checks = [f"    assert answer.status_code == {coded.status}"]
    if statuses and "json" not in str(coded.headers) and sent.method != "HEAD":
        checks += [f'    assert "{status}" in answer.text' for status in statuses]
    imports = ["from urllib.parse import urlsplit", ""] if "urlsplit" in call else []
    return "\n".join(
        [
            *imports,
            "import requests",
            "",
            "",
            "def test_the_statuses(dav424):",
            f"    space = dav424({quoted_for_python(copy.name)})",
            f"    answer = {call}",
            *checks,
            "",
        ]
    )


def _scenario(copy: Copy, sent: Sent, answer: Received, reported: Sequence[ReportedStatus]) -> str:
    """Write the scenario with this request alone, and the received answer as the expected one."""
    condition = read_body(answer.content_type, answer.body, copy.base, sent.path)[0]
    expected = [
        ExpectedStatus(
            id=each.id,
            href=each.href or None,
            property=each.property,
            status=each.status,
            condition=each.condition,
        )
        for each in reported
    ]
    spec = RequestSpec(
        name=f"{sent.method} {sent.path}",
        method=sent.method,
        path=sent.path,
        headers=dict(sent.headers),
        user=sent.user or None,
        body=sent.text,
        expect=ExpectedAnswer(status=answer.status, condition=condition, answers=expected),
    )
    return write(replace(copy.scenario, requests=[spec]))
