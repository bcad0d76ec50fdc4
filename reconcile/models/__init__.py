"""What is remembered of the months."""

from .decisions import Decision, DecisionDocument, Step, StepGroup
from .files import Mapping, SourceFile
from .items import Attachment, Chase, ChasedDocument, Comment, Item, ItemDocument
from .learned import LearnedRule
from .months import Month
from .runs import Group, Member, Run
from .signoff import Adjustment, SignOff
from .suppliers import SupplierLink

__all__ = [
    "Adjustment",
    "Attachment",
    "Chase",
    "ChasedDocument",
    "Comment",
    "Decision",
    "DecisionDocument",
    "Group",
    "Item",
    "ItemDocument",
    "LearnedRule",
    "Mapping",
    "Member",
    "Month",
    "Run",
    "SignOff",
    "SourceFile",
    "Step",
    "StepGroup",
    "SupplierLink",
]
