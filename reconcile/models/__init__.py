"""What is remembered of the months."""

from .bills import Bill, BillLine
from .books import Cell, Draw, Encumbrance, Entry, Fund, LogSheet, Posting
from .budgets import BudgetChange
from .decisions import Decision, DecisionDocument, Step, StepGroup
from .files import Mapping, SourceFile
from .items import Attachment, Chase, ChasedDocument, Comment, Item, ItemDocument
from .learned import LearnedRule
from .months import Month
from .orders import Order, OrderChange, OrderLine
from .runs import Group, Member, Run
from .signoff import Adjustment, SignOff
from .suppliers import SupplierLink

__all__ = [
    "Adjustment",
    "Attachment",
    "Bill",
    "BillLine",
    "BudgetChange",
    "Cell",
    "Chase",
    "ChasedDocument",
    "Comment",
    "Decision",
    "DecisionDocument",
    "Draw",
    "Encumbrance",
    "Entry",
    "Fund",
    "Group",
    "Item",
    "ItemDocument",
    "LearnedRule",
    "LogSheet",
    "Mapping",
    "Member",
    "Month",
    "Order",
    "OrderChange",
    "OrderLine",
    "Posting",
    "Run",
    "SignOff",
    "SourceFile",
    "Step",
    "StepGroup",
    "SupplierLink",
]
