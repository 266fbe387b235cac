"""Run the cases against a server, and report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from dav424.probe.access import ProbeAccess
from dav424.probe.case import ProbeCase
from dav424.probe.cases import CASES
from dav424.probe.client import NoAnswerError, Prepared, ProbeClient
from dav424.probe.place import Place
from dav424.probe.scratch import NotProbedError, Scratch, clean, made, new_scratch
from dav424.probe.verdict import Found, NoVerdict, Remark, Result, worst, wrong

__all__ = ["NotProbedError", "ProbeReport", "keep", "run", "run_cases"]

NO_ANSWER = "RFC 9110 3.3"
"""The section of a remark about a server that ends, or closes a connection, at the request that is judged or after it."""
_WORST_FIRST = [Found.WRONG, Found.SHOULD, Found.UNTESTED, Found.UNSUPPORTED, Found.CONFORMANT]


class ProbeReport(Struct, frozen=True, kw_only=True):
    """What a server did. ``server`` is its ``Server`` header; ``left`` are paths that could not be removed, with the reason."""

    url: str
    server: str
    results: tuple[Result, ...]
    requests: int
    left: tuple[str, ...] = ()

    @property
    def wrong(self) -> list[Result]:
        """The cases with a verdict that is wrong."""
        return [each for each in self.results if each.found == Found.WRONG]

    @property
    def missed(self) -> list[Result]:
        """The cases in which a SHOULD was missed, and nothing was wrong."""
        return [each for each in self.results if each.found == Found.SHOULD]


def run(
    url: str,
    *,
    only: Iterable[str] = (),
    repeat: int = 1,
    user: str = "",
    password: str = "",
    token: str = "",
    ca: Path | None = None,
    insecure: bool = False,
    rate: float | None = None,
    calendars: bool = False,
) -> ProbeReport:
    """Probe the server at a URL; ``only`` names cases (default: all), and ``calendars`` uses a calendar for each.

    Raises ``NotProbedError`` if no case can run, OSError if ``ca`` can't be read, and KeyError for an unknown case. The
    scratch collection is removed in each of these cases, and after KeyboardInterrupt.
    """
    access = ProbeAccess(
        url=url,
        user=user,
        password=password,
        token=token,
        ca=ca,
        insecure=insecure,
        rate=rate,
        calendars=calendars,
    )
    return run_cases(access, [CASES[name] for name in only] or [*CASES.values()], repeat)


def run_cases(
    access: ProbeAccess, cases: Iterable[ProbeCase], repeat: int = 1, tell: Callable[[str], None] = lambda _: None
) -> ProbeReport:
    """Run cases, each ``repeat`` times; ``tell`` gets the name of each before it runs.

    A KeyboardInterrupt is raised again with the paths that are left.
    """
    client = ProbeClient(access)
    results, requests = [], 0
    with made(client) as scratch:
        server = client.exchanges[0].headers.get("server", "")
        for case in cases:
            tell(case.name)
            runs = [_run_case(client, scratch, case, number) for number in range(repeat)]
            requests += sum(len(each.exchanges) for each in runs)
            results.append(_together(runs))
    return ProbeReport(url=access.url, server=server, results=tuple(results), requests=requests, left=scratch.left)


def keep(access: ProbeAccess, case: ProbeCase) -> Prepared:
    """Prepare a case, and give the request that it would send; the scratch collection stays.

    Raises ``NoVerdict`` if the case can't be prepared, after the scratch collection is removed.
    """
    client = ProbeClient(access)
    scratch = new_scratch(client)
    try:
        scratch.make()
        with scratch.place(case.name, keeps=True) as place:
            list(case.run(place))
    except Prepared as prepared:
        return prepared
    except BaseException as error:
        clean(error, client, scratch)
        raise
    raise AssertionError(f"the case {case.name} judges no request")


def _run_case(client: ProbeClient, scratch: Scratch, case: ProbeCase, number: int) -> Result:
    client.begin()
    place: Place | None = None
    remarks: tuple[Remark, ...] = ()
    why = ""
    try:
        with scratch.place(f"{case.name}-{number}") as place:
            remarks = tuple(dict.fromkeys(case.run(place)))
            found = worst(remarks)
    except NoVerdict as error:
        found, why = error.found, str(error)
    except NoAnswerError as error:
        found, why = Found.UNTESTED, str(error)
        if place and place.before and (error.was_cut or error.was_not_sent or error.is_malformed):
            found, why, remarks = Found.WRONG, "", (_ended(error),)
    exchanges = tuple(client.exchanges)
    judged = place.judged if place else None
    shown = next((position for position, each in enumerate(exchanges) if each is judged), None)
    return Result(
        case=case.name,
        title=case.title,
        section=case.section,
        found=found,
        remarks=remarks,
        why=why,
        before={path: str(looked) for path, looked in place.before.items()} if place else {},
        after={path: str(looked) for path, looked in place.after.items()} if place else {},
        exchanges=exchanges,
        shown=shown,
    )


def _ended(error: NoAnswerError) -> Remark:
    method, _, _ = str(error).partition(" ")
    if error.is_malformed:
        return wrong(f"The answer to {method} has no status line of HTTP.", "RFC 9112 4")
    said = "closes the connection without an answer" if error.was_cut else "accepts no connection any more"
    return wrong(f"The server {said}, to {method}.", NO_ANSWER)


def _together(runs: list[Result]) -> Result:
    """Give the worst of several runs; it says whether the runs differ."""
    first = min(runs, key=lambda each: _WORST_FIRST.index(each.found))
    seen = [*dict.fromkeys(_outcome(each) for each in runs)]
    return replace(first, varying=tuple(seen)) if len(seen) > 1 else first


def _outcome(result: Result) -> str:
    status = result.exchanges[result.shown].status if result.shown is not None else "no answer"
    return f"{status}: {result.found}"
