"""What is remembered of the months."""

from .decisions import Decision, DecisionDocument, Step, StepGroup
from .files import Mapping, SourceFile
from .months import Month
from .runs import Group, Member, Run
from .suppliers import SupplierLink

__all__ = [
    "Decision",
    "DecisionDocument",
    "Group",
    "Mapping",
    "Member",
    "Month",
    "Run",
    "SourceFile",
    "Step",
    "StepGroup",
    "SupplierLink",
]
