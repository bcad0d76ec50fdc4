"""What the record calls what happens to fines and fees. It can never be changed, so it names no borrower: it knows them
by a code that only Libra can make of their identifier.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.crypto import salted_hmac

KINDS = {
    "bursar.charge_chosen": "Charge chosen for a credit",
    "bursar.delivered": "Files given to student finance",
    "bursar.erased": "Names of closed fees and fines erased",
    "bursar.export": "Fees made into files",
    "bursar.fees_seen": "Fees of borrowers looked at",
    "bursar.file_refused": "File of fees refused",
    "bursar.file_repeated": "File of fees arrived again",
    "bursar.person_erased": "A borrower’s fees erased",
    "bursar.person_given": "A borrower’s fees given out",
    "bursar.person_seen": "A borrower’s fees looked at",
    "bursar.profile_changed": "Bursar profile changed",
    "bursar.profile_made": "Bursar profile made",
    "bursar.sent_again": "File sent again by hand",
}
PARTICULARS = {
    "bursar_fields": "fields",
    "bursar_totals": "totals",
    "changed_fields": "changed",
    "charge": "charge",
    "credit": "credit",
    "fees": "fees",
    "made_files": "files",
    "profile": "profile",
}
SUBJECTS: dict[str, Callable[[str], str]] = {
    "borrower": lambda rest: f"borrower {rest[:16]}",
    "bursar-export": lambda rest: f"export {rest[:8]}",
    "bursar-profile": lambda rest: f"bursar profile {rest[:50]}",
}


def _changed(changed: list[tuple[str, object, object]]) -> str:
    return "; ".join(f"{name}: {_shown(before)} → {_shown(after)}" for name, before, after in changed)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "nothing" if value in ("", None) else str(value)


WRITTEN: dict[str, Callable[[Any], str]] = {
    "bursar_fields": lambda fields: "",  # all of them, for whoever asks how a profile was at a time
    "bursar_totals": lambda totals: ", ".join(
        f"{name} {said['count']}" for name, said in totals.items() if said["count"]
    ),
    "changed_fields": _changed,
}


def borrower(identifier: str) -> str:
    """Return the code by which the record knows a borrower."""
    return keyed(identifier)[:16]


def keyed(text: str) -> str:
    """Return a hash that nobody can make or try out who has not Libra's secret key."""
    return salted_hmac("bursar.borrower", text, algorithm="sha256").hexdigest()
