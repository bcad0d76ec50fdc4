"""What the record calls what happens to payments. Like all of the bursar's record it names no borrower."""

from __future__ import annotations

from collections.abc import Callable

KINDS = {
    "bursar.disputed": "Fee put in dispute",
    "bursar.heard": "What happened to a fee in Alma",
    "bursar.payment_by_hand": "Payment seen to in Alma by hand",
    "bursar.payment_placed": "Payment given to a fee by hand",
    "bursar.payments_reported": "Alma told of payments",
    "bursar.payments_taken": "Return file of student finance taken",
    "bursar.restored": "Fee out of dispute",
    "bursar.waived": "Fee waived",
    "bursar.written_off": "Fee written off",
}
PARTICULARS = {
    "amount": "amount, minor units",
    "fee": "fee",
    "happened": "happened",
    "payments": "payments",
    "row": "row",
}
SUBJECTS: dict[str, Callable[[str], str]] = {
    "bursar-fee": lambda rest: f"fee {rest[:20]}",
    "bursar-payments": lambda rest: f"return file {rest[:8]}",
}
