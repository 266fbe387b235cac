"""The table of all kinds of faults, in the order in which they are applied."""

from __future__ import annotations

from typing import get_args

from dav424.faults.bare_response import BareResponse
from dav424.faults.cdata import CData
from dav424.faults.close import Closed
from dav424.faults.comments import Comments
from dav424.faults.cut_body import CutBody
from dav424.faults.default_namespace import DefaultNamespace
from dav424.faults.doctype import Doctype
from dav424.faults.dribble import Dribble
from dav424.faults.early_answer import EarlyAnswer
from dav424.faults.empty_body import EmptyBody
from dav424.faults.encoding import OtherEncoding
from dav424.faults.fault import Fault
from dav424.faults.instructions import Instructions
from dav424.faults.omitted_causes import OmittedCauses
from dav424.faults.padding import Padding
from dav424.faults.pause import Pause
from dav424.faults.repeated_propstat import RepeatedPropstat
from dav424.faults.reset import Reset
from dav424.faults.status_beside_propstat import StatusBesidePropstat
from dav424.faults.wrong_length import WrongLength

AnyFault = (
    OmittedCauses
    | RepeatedPropstat
    | BareResponse
    | StatusBesidePropstat
    | CData
    | Comments
    | Instructions
    | DefaultNamespace
    | Doctype
    | Padding
    | OtherEncoding
    | EmptyBody
    | CutBody
    | WrongLength
    | Dribble
    | Pause
    | EarlyAnswer
    | Reset
    | Closed
)
FAULTS: tuple[type[Fault], ...] = get_args(AnyFault)
