"""Diagnose answers with a 424, or with any other failure, from the bytes that people have.

text  ->  answers           split_text, har
      ->  what they say     read_answer: xml_body, json_body, multipart_body
      ->  sorted            failures, things that depended on them, things that were done
      ->  advice            advice, keeping, flaws, similar_scenario
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.diagnosis.advice import HIDDEN, Advice, Retry, Turn, advice
from dav424.diagnosis.flaws import BrokenRule, Sorted, broken_rules
from dav424.diagnosis.har import is_har, read_har
from dav424.diagnosis.json_body import parse_json
from dav424.diagnosis.keeping import Keeping, keeping
from dav424.diagnosis.method_guess import guess_method, plain_method
from dav424.diagnosis.pasted import (
    PART,
    PROPSTAT,
    STATUS_LINE,
    BodyFacts,
    PastedAnswer,
    SaidStatus,
    SaidThing,
    UnreadableText,
)
from dav424.diagnosis.read_answer import read_answer
from dav424.diagnosis.similar_scenario import similar_scenario
from dav424.diagnosis.split_text import split_text

_READS_PROPERTIES = frozenset({"PROPFIND", "REPORT", "SEARCH", ""})
_NOT_FOUND, _FIRST_FAILURE = 404, 400
_MULTI_STATUS = 207
_MOST_CAUSES = 100


class Failure(Struct, frozen=True):
    """One thing that failed on its own, and the advice about it."""

    said: SaidStatus
    advice: Advice


class Dependent(Struct, frozen=True):
    """One thing that was not done because of others. ``because`` are the failures that it depended on, as far as known."""

    said: SaidStatus
    because: tuple[SaidThing, ...]


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What one answer means.

    * ``method`` is the request's; ``guessed`` says that only the answer told it. Both can be unknown: empty and true.
    * ``failed``, ``dependent`` and ``done`` are the things that the answer speaks of.
    * ``turn`` says whose turn it is, and ``retry`` which bytes can succeed; ``retry_after`` is the longest such header.
    * ``unknown`` are sentences about the gaps from this text.
    * ``unreadable`` says why the body can't be read; empty if it could.
    """

    method: str
    guessed: bool
    target: str
    status: int | None
    failed: tuple[Failure, ...] = ()
    dependent: tuple[Dependent, ...] = ()
    done: tuple[SaidStatus, ...] = ()
    kept: Keeping | None = None
    turn: tuple[Turn, ...] = ()
    retry: Retry | None = None
    retry_after: str = ""
    sections: tuple[str, ...] = ()
    broken: tuple[BrokenRule, ...] = ()
    unknown: tuple[str, ...] = ()
    scenario: str = ""
    unreadable: str = ""

    @property
    def has_failure(self) -> bool:
        """Whether something in the answer failed."""
        return bool(self.failed or self.dependent)


class DiagnosisReport(Struct, frozen=True):
    """The diagnosis of each answer in a text, in their order."""

    answers: tuple[Diagnosis, ...]

    @property
    def exit_status(self) -> int:
        """0 if nothing failed, 1 if something failed, 2 if an answer can't be read."""
        if any(answer.unreadable for answer in self.answers):
            return 2
        return int(any(answer.has_failure for answer in self.answers))


def diagnose(text: str | bytes) -> DiagnosisReport:
    """Diagnose the answers in a text: raw, with ``curl -i`` or ``-v``, bodies alone, or a HAR file.

    The time is linear in the length of the text, and nothing in the text is fetched or executed. Raises ``UnreadableText``
    if the text holds no answer. An answer whose body can't be read is in the report, and says why.
    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    answers = _split(data)
    report = DiagnosisReport(tuple(_diagnosis(answer) for answer in answers))
    if len(answers) == 1 and answers[0].status is None:
        _check_that_it_says_something(report.answers[0], answers[0])
    return report


def _split(data: bytes) -> list[PastedAnswer]:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"entries"' in data:
        parsed = parse_json(data)
        if is_har(parsed):
            answers = list(read_har(parsed))
            if not answers:
                raise UnreadableText("The HAR file has no answer in it.")
            return answers
    return split_text(data)


def _check_that_it_says_something(diagnosis: Diagnosis, answer: PastedAnswer) -> None:
    """Refuse a text without a status and without a known format."""
    if diagnosis.unreadable or diagnosis.has_failure or diagnosis.done or diagnosis.method:
        if diagnosis.unreadable:
            raise UnreadableText(diagnosis.unreadable)
        return
    if read_answer(answer).shape in {"", "text", "page", "other XML", "other JSON"}:
        message = "No answer of a server was found in the text. Paste it with its status line, as curl -i prints it."
        raise UnreadableText(message)


def _diagnosis(answer: PastedAnswer) -> Diagnosis:
    try:
        facts = read_answer(answer)
    except UnreadableText as error:
        line = _line(answer, BodyFacts())
        failed = (Failure(line, advice(line)),) if line is not None and line.failed_itself else ()
        return Diagnosis(
            method=answer.method,
            guessed=not answer.method,
            target=answer.target,
            status=answer.status,
            failed=failed,
            unreadable=str(error),
        )
    if answer.status is None and facts.status is not None:
        answer = replace(answer, status=facts.status)
    method = answer.method or guess_method(facts)
    said = sort_statuses(answer, facts, method)
    failures = tuple(Failure(each, advice(each)) for each in said.failed)
    causes = _Causes(said.failed)
    dependents = tuple(Dependent(each, causes.of(each)) for each in said.dependent)
    failing = bool(failures or dependents)
    counsel = [failure.advice for failure in failures] or ([HIDDEN] if dependents else [])
    whole = bool(said.failed) and all(each.where == STATUS_LINE for each in said.failed)
    return Diagnosis(
        method=method,
        guessed=not answer.method,
        target=answer.target,
        status=answer.status,
        failed=failures,
        dependent=dependents,
        done=said.done,
        kept=keeping(answer, method, (*said.failed, *said.dependent), whole=whole) if failing else None,
        turn=tuple(dict.fromkeys(each.turn for each in counsel)),
        retry=_retry(counsel),
        retry_after=_retry_after(answer, facts) if failing else "",
        sections=tuple(dict.fromkeys(each.section for each in counsel)),
        broken=tuple(broken_rules(answer, facts, method, said)) if failing or facts.flaws else (),
        unknown=tuple(_unknown(answer, facts, method, said)) if failing else _without_results(answer, facts),
        scenario=similar_scenario(method, said.failed, said.dependent),
    )


def sort_statuses(answer: PastedAnswer, facts: BodyFacts, method: str) -> Sorted:
    """Sort what an answer says. A status line or a part that only sums up what its body says is left out.

    A property that PROPFIND doesn't find is no failure, nor is a deleted member in the answer to sync-collection.
    """
    absent = {PROPSTAT} if plain_method(method) in _READS_PROPERTIES else set()
    entries = [
        _at_target(said, answer)
        for said in facts.said
        if not (said.status == _NOT_FOUND and (said.where in absent or facts.shape == "sync-collection"))
    ]
    summed_up = _summed_up(entries)
    entries = [
        said for said in entries if not (said.where == PART and said.thing.request in summed_up and _sums_up(said))
    ]
    line = _line(answer, facts)
    failed = [said for said in entries if _failed(said)]
    if line is not None and not (failed and _failed(line)):
        entries.append(line)
    return Sorted(
        failed=tuple(said for said in entries if _failed(said)),
        dependent=tuple(said for said in entries if said.status == FAILED_DEPENDENCY),
        done=tuple(said for said in entries if said.status is not None and said.status < 300),
    )


def _at_target(said: SaidStatus, answer: PastedAnswer) -> SaidStatus:
    """Give a property without an href, as in mkcol-response, that of the request."""
    if said.thing.href or not said.thing.property or not answer.target or said.thing.request:
        return said
    return replace(said, thing=replace(said.thing, href=answer.target))


def _failed(said: SaidStatus) -> bool:
    """Whether a thing failed itself; a propstat, response or part without a status says nothing."""
    return said.failed_itself and (said.status is not None or said.where not in {PROPSTAT, "response", PART})


def _summed_up(entries: Sequence[SaidStatus]) -> set[str]:
    """Give the requests of a batch whose own bodies name failures."""
    return {said.thing.request for said in entries if said.where != PART and said.thing.request and _failed(said)}


def _sums_up(said: SaidStatus) -> bool:
    return said.status is None or said.status == _MULTI_STATUS or _failed(said)


def _line(answer: PastedAnswer, facts: BodyFacts) -> SaidStatus | None:
    """Give the status line as a status of the request; None if it is absent, or a success with the details in the body."""
    status = answer.status
    if status is None or status == _MULTI_STATUS or (facts.said and status < _FIRST_FAILURE):
        if status is None and facts.shape == "error":
            return SaidStatus(
                thing=SaidThing(),
                status=None,
                where="body",
                condition=facts.condition,
                condition_hrefs=facts.condition_hrefs,
                description=facts.description,
            )
        return None
    return SaidStatus(
        thing=SaidThing(href=answer.target),
        status=status,
        where=STATUS_LINE,
        condition=facts.condition,
        condition_hrefs=facts.condition_hrefs,
        description=facts.description,
        by_client=answer.is_message,
    )


class _Causes:
    """Finds the failures that a 424 depended on; at most 100 for each, in tuples that all 424s of one thing share."""

    def __init__(self, failed: Sequence[SaidStatus]) -> None:
        self._all = tuple(each.thing for each in failed[:_MOST_CAUSES])
        self._of_resource: dict[str, list[SaidThing]] = {}
        self._of_request: dict[str, list[SaidThing]] = {}
        for each in failed:
            for found, key in ((self._of_resource, each.thing.href), (self._of_request, each.thing.request)):
                listed = found.setdefault(key, [])
                if len(listed) < _MOST_CAUSES:
                    listed.append(each.thing)

    def of(self, said: SaidStatus) -> tuple[SaidThing, ...]:
        """Give those that the answer or the request names, else those of the same resource, else all."""
        if said.because:
            return said.because
        if said.thing.request and said.where != PART:
            return tuple(self._of_request.get(said.thing.request, ()))
        near = self._of_resource.get(said.thing.href, ()) if said.thing.property else ()
        return tuple(near) or self._all


def _retry(counsel: Sequence[Advice]) -> Retry | None:
    """Join what the advices say of the bytes: one that needs changed bytes counts most."""
    found = {each.retry for each in counsel}
    order: tuple[Retry, ...] = ("changed bytes", "unknown", "same bytes later", "same bytes")
    return next((retry for retry in order if retry in found), None)


def _retry_after(answer: PastedAnswer, facts: BodyFacts) -> str:
    """Give the longest ``Retry-After`` of the answer and its parts; a date counts only if there are no seconds."""
    values = [answer.headers.get("retry-after", ""), *(said.retry_after for said in facts.said)]
    seconds = [value for value in values if value.isdecimal() and len(value) < 10]
    return max(seconds, key=int) if seconds else next(filter(None, values), "")


def _without_results(answer: PastedAnswer, facts: BodyFacts) -> tuple[str, ...]:
    """Say so if a 207 came without its body, as in a line of a log: then nothing is known of its failures."""
    if answer.status != _MULTI_STATUS or facts.shape not in {"", "text"}:
        return ()
    return ("A 207 has its results in the body, and the text does not have this body. Paste the whole answer.",)


def _unknown(answer: PastedAnswer, facts: BodyFacts, method: str, said: Sorted) -> list[str]:
    """List what the text does not tell."""
    sentences = []
    if not method:
        sentences.append("The text does not say which method was sent.")
    elif not answer.method:
        sentences.append(f"The text does not say which method was sent; the answer looks like one to {method}.")
    if method in {"PROPPATCH", "MKCOL", "MKCALENDAR"} and said.failed and not (said.dependent or said.done):
        sentences.append(
            "Properties that the answer leaves out were not changed either: some servers leave out the 424."
        )
    if said.dependent and not said.failed:
        sentences.append("The answer does not name the failure that it depended on.")
    sentences += [
        f"The answer does not say with which status {each.thing} failed." for each in said.failed if each.status is None
    ]
    parts = [each for each in said.dependent if each.where == PART and not each.because]
    if parts and said.failed:
        sentences.append(
            "The answer does not say which failed request each 424 depended on; the batch that was sent does."
        )
    if facts.shape == "page" and answer.status is not None:
        sentences.append("The body is an HTML page: it holds no details that can be relied on.")
    return sentences
