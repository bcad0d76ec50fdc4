"""What is remembered of the months."""

from .files import Mapping, SourceFile
from .months import Month
from .runs import Group, Member, Run
from .suppliers import SupplierLink

__all__ = ["Group", "Mapping", "Member", "Month", "Run", "SourceFile", "SupplierLink"]
