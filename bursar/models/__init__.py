"""What is remembered of fines and fees."""

from .exports import Arrival, Export, Fee, FeeEvent, OutFile
from .months import AlmaFee, Answer, Month, Signature
from .payments import Payment, PaymentFile
from .profiles import ItemType, Profile, Term

__all__ = [
    "AlmaFee", "Answer", "Arrival", "Export", "Fee", "FeeEvent", "ItemType", "Month", "OutFile", "Payment",
    "PaymentFile", "Profile", "Signature", "Term",
]  # fmt: skip
