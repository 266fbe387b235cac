"""Diagnose an answer that was met elsewhere: its causes, the things that depended on them, and the next step."""

from __future__ import annotations

from dav424.diagnosis.diagnose import Dependent, Diagnosis, DiagnosisReport, Failure, diagnose
from dav424.diagnosis.pasted import PastedAnswer, SaidStatus, SaidThing, UnreadableText

__all__ = [
    "Dependent",
    "Diagnosis",
    "DiagnosisReport",
    "Failure",
    "PastedAnswer",
    "SaidStatus",
    "SaidThing",
    "UnreadableText",
    "diagnose",
]
