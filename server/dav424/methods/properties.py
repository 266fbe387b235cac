"""Property instructions of PROPPATCH, MKCOL and MKCALENDAR, and the propstats that answer them.

Each ``DAV:set`` or ``DAV:remove``, in document order, becomes one action per property (RFC 4918 9.2). The propstats
group the properties by status, condition and description.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.batch import Action, Done, Failed, FailedDependency, Refused
from dav424.core.condition_codes import CANNOT_MODIFY_PROTECTED_PROPERTY, ConditionCode
from dav424.core.namespaces import DAV
from dav424.core.subject import Subject
from dav424.dav import dead_properties, multistatus, request_xml
from dav424.dav.live_properties import LIVE
from dav424.dav.multistatus import Propstat
from dav424.store.slices import clear

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.core.message import Request
    from dav424.core.paths import Path
    from dav424.spine.exchange import OpenExchange
    from dav424.store.draft import Draft

_SET, _REMOVE, _PROP = f"{DAV}set", f"{DAV}remove", f"{DAV}prop"


class Instruction(Struct, frozen=True):
    """Set a property to an element, given as XML, text and the names of its child elements; remove it if ``xml`` is None."""

    name: str
    xml: str | None = None
    text: str = ""
    children: tuple[str, ...] = ()


def read(request: Request, root: _Element, *, removal: bool, bare: Container[str] = ()) -> list[Instruction]:
    """Read the instructions of a body in document order; ``DAV:remove`` counts only with ``removal``.

    The properties in ``bare`` count without a ``DAV:prop`` around them, too. Unknown elements are ignored (RFC 4918
    17). Refuses with 400 a body that names no property.
    """
    instructions: list[Instruction] = []
    around = request_xml.scope(request.body, root)
    for instruction in root:
        setting = instruction.tag == _SET
        if not setting and not (removal and instruction.tag == _REMOVE):
            continue
        for prop in instruction:
            if prop.tag == _PROP or prop.tag in bare:
                elements = request_xml.elements(prop) if prop.tag == _PROP else (prop,)
                instructions += [_setting(around, element) if setting else _removal(element) for element in elements]
    if not instructions:
        wanted = "DAV:set or DAV:remove" if removal else "DAV:set"
        raise Refused(400, f"The body names no property. Send a {wanted} with a DAV:prop that holds a property.")
    return instructions


def _setting(around: request_xml.Scope, element: _Element) -> Instruction:
    if not len(element):
        return Instruction(element.tag, request_xml.serialize(element, around), element.text or "")
    children = tuple(child.tag for child in request_xml.elements(element))
    return Instruction(element.tag, request_xml.serialize(element, around), request_xml.text(element), children)


def _removal(element: _Element) -> Instruction:
    if request_xml.text(element).strip() or next(request_xml.elements(element), None) is not None:
        raise Refused(400, f"{element.tag} in DAV:remove has content. Send an empty element (RFC 4918 14.23).")
    return Instruction(element.tag)


def actions(
    instructions: Iterable[Instruction], path: Path, draft: Draft, needs: tuple[int, ...] = ()
) -> Iterator[Action]:
    """Make an action for each instruction, on the resource at ``path``."""
    for update in instructions:
        if update.xml is None:
            yield Action(Subject("remove", path, update.name), partial(_remove, draft, path, update.name), needs)
        else:
            yield Action(Subject("set", path, update.name, update.text), partial(_set, draft, path, update), needs)


def _set(draft: Draft, path: Path, instruction: Instruction) -> None:
    name, text = instruction.name, instruction.text
    live = LIVE.get(name)
    if live is None or live.kept == "from-client":
        misfit = dead_properties.misfit(name, text)
        if misfit is not None:
            raise Refused(409, f"{misfit}.")
        draft.set_property(path, name, instruction.xml)
        return
    if live.write is None:
        raise _computed(name)
    draft.replace(path, live.write(draft.get(path), text.strip()))


def _remove(draft: Draft, path: Path, name: str) -> None:
    if name in LIVE and LIVE[name].kept != "from-client":
        raise _computed(name)
    draft.set_property(path, name, None)


def _computed(name: str) -> Refused:
    return Refused(
        403, f"The server computes {name}; a client can't set or remove it.", CANNOT_MODIFY_PROTECTED_PROPERTY
    )


def propstats(exchange: OpenExchange, positions: range | None = None) -> list[Propstat]:
    """Make the propstats for the actions at ``positions`` (default: all), in the order of their first properties.

    A property that occurs twice and failed on its own is in the propstat of its first failure only. The description of
    a property that depended on a failure names that failure.
    """
    outcomes = [
        (position, exchange.actions[position].subject.property, exchange.outcomes[position])
        for position in (range(len(exchange.actions)) if positions is None else positions)
    ]
    failed: dict[str, int] = {}
    for position, name, outcome in outcomes:
        if isinstance(outcome, Failed):
            failed.setdefault(name, position)
    groups: dict[tuple[int, ConditionCode | None, str], dict[str, None]] = {}
    for position, name, outcome in outcomes:
        if not name:
            continue
        if isinstance(outcome, Done):
            groups.setdefault((200, None, ""), {})[name] = None
        elif isinstance(outcome, FailedDependency):
            if name not in failed:
                groups.setdefault((outcome.status, None, exchange.because(position)), {})[name] = None
        elif failed[name] == position:
            code = outcome.condition if isinstance(outcome.condition, ConditionCode) else None
            groups.setdefault((outcome.status, code, outcome.detail), {})[name] = None
    clear(outcomes)
    return [
        Propstat(status, [multistatus.empty(name) for name in names], condition, description)
        for (status, condition, description), names in groups.items()
    ]
