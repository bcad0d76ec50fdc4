"""Each group explains itself: one English sentence with figures, the field that stopped a closer match, the next
step, and whose it is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from core.money import show_with_symbol

from .board import Board
from .decided import CHANGED
from .documents import texts
from .habits import explaining, pairing
from .numbers import slip, spelling
from .terms import OPEN_CAUSES

Group = dict[str, Any]

# cause or outcome -> (next step, who)
NEXT_STEPS = {
    "unexplained": ("Compare both invoices with the supplier's own and correct the side that is wrong.", "library"),
    "keying_error": ("Correct the amount on the side that differs from the supplier's invoice.", "finance"),
    "suggested": ("Confirm that these belong together, or reject it.", "library"),
    "timing": ("Nothing now: it should appear on the other side next month.", ""),
    "not_approved": ("Approve the invoice in Alma, or remove it.", "library"),
    "paid_outside_oracle": ("Nothing: it was never sent to Oracle.", ""),
    "no_po": ("Add the order number to the invoice in Alma, then send it again.", "library"),
    "missing_in_oracle": ("Ask finance whether the invoice arrived; send it again if not.", "finance"),
    "duplicate_in_alma": ("Delete one of the two invoices in Alma.", "library"),
    "duplicate_in_oracle": ("Ask finance to stop or recover the second payment.", "finance"),
    "missing_in_alma": ("Enter the invoice in Alma, or tell finance that it is not the library's.", "library"),
    "journal": ("Nothing to match: check that the journal belongs to the library.", "finance"),
    "cancelled": ("Nothing: it comes to nil.", ""),
    "not_library": ("Nothing: its cost centre is not the library's.", ""),
    "sign": ("Correct the sign of the credit note on the side that has it wrong.", "finance"),
}
NO_STEP = ("", "")

# One-sided groups: cause -> what to say behind the number and the amount
_ALONE = {
    "cancelled": "cancelled within {here}; it comes to nil.",
    "duplicate_in_alma": "entered twice in Alma; its twin has its counterpart in Oracle.",
    "duplicate_in_oracle": "booked twice in Oracle; its twin has its counterpart in Alma. Probably a double payment.",
    "not_approved": "still in review or approval in Alma, so it cannot be in Oracle.",
    "paid_outside_oracle": "paid by card, deposit account or cash, or an internal copy; never sent to Oracle.",
    "no_po": "carries no Oracle order number in any field, so the integration could not receipt it.",
    "timing": "booked near the month's edge; its counterpart in {there} belongs to the neighbouring month.",
    "missing_in_oracle": "approved, on order {order}, but absent from Oracle.",
    "missing_in_alma": "booked in Oracle, but absent from Alma.",
    "journal": "a journal; there is no invoice behind it.",
    "not_library": "its cost centre lies outside the library's.",
}

_FIELDS = {
    "invoice_number_differs": "invoice number",
    "po_differs": "PO",
    "po_missing": "PO",
    "supplier_differs": "supplier",
    "consolidated": "number of documents",
    "split": "number of documents",
}


# What sentences are made of, besides causes.
NEEDED = (
    "two_sided", "outcome", "rule", "decided", "cause", "po", "alma_amount", "oracle_amount", "alma_number",
    "oracle_number", "alma_doc", "oracle_doc", "documents_alma", "documents_oracle",
)  # fmt: skip


def add(groups: pd.DataFrame, causes: pd.DataFrame, board: Board, near: dict[str, pd.DataFrame], currency: str) -> None:
    """Add the columns explanation, stopper, next_step and who to the groups."""
    explanation, stopper = (np.full(len(groups), "", dtype=object) for _ in range(2))
    plain = _plain(groups, causes)
    some = groups.loc[plain, ["rule", "alma_amount"]]
    explanation[plain] = [
        _agreement(rule, show_with_symbol(amount, currency))
        for rule, amount in zip(texts(some["rule"]), some["alma_amount"].tolist(), strict=True)
    ]
    writer = _Writer(groups, np.flatnonzero(~plain), causes, board, near, currency)
    for group in writer.groups:
        explanation[group], stopper[group] = writer.sentence(group)
    groups["explanation"] = pd.array(explanation, dtype="str")
    groups["stopper"] = pd.array(stopper, dtype="str")
    key = np.where(groups["outcome"] == "suggested", "suggested", groups["cause"])
    key = np.where((groups["outcome"] == "matched") | groups["decided"], "", key)
    steps = [NEXT_STEPS.get(k, NO_STEP) for k in key]
    groups["next_step"] = pd.array([s[0] for s in steps], dtype="str")
    groups["who"] = pd.array([s[1] for s in steps], dtype="str")


def _plain(groups: pd.DataFrame, causes: pd.DataFrame) -> np.ndarray:
    """Say which groups agree in all there is to say: most of a month, so their sentences are made by the column."""
    spelt = groups["rule"].str.contains("spelt").to_numpy()
    plain = (groups["outcome"] == "matched").to_numpy() & ~groups["decided"].to_numpy() & ~spelt
    plain[causes["group"].to_numpy()] = False
    return plain


def _agreement(rule: str, amount: str, but: str = "") -> str:
    return f"{_rule_in_words(rule)} agree{but}; both sides hold {amount}."


class _Writer:
    """Writes the sentences of the groups with these numbers."""

    def __init__(
        self, groups: pd.DataFrame, wanted: np.ndarray, causes: pd.DataFrame, board: Board,
        near: dict[str, pd.DataFrame], currency: str,
    ) -> None:  # fmt: skip
        some = groups[list(NEEDED)].iloc[wanted]
        columns = [texts(some[c]) if some[c].dtype == "str" else some[c].tolist() for c in NEEDED]
        rows = zip(wanted.tolist(), zip(*columns, strict=True), strict=True)
        self.groups = {number: dict(zip(NEEDED, row, strict=True)) for number, row in rows}
        self.board, self.currency = board, currency
        self.causes: dict[int, list[tuple[str, int | None]]] = {}
        said = (causes["group"], texts(causes["cause"]), causes["amount"])
        for group, cause, amount in zip(*said, strict=True):
            self.causes.setdefault(int(group), []).append((cause, None if amount is pd.NA else int(amount)))
        self.near = {
            side: dict(zip(found.index.tolist(), zip(found["stopper"], found["number"], strict=True), strict=True))
            for side, found in near.items()
        }

    def money(self, minor: int) -> str:
        return show_with_symbol(minor, self.currency)

    def sentence(self, number: int) -> tuple[str, str]:
        """Return (explanation, stopper)."""
        group = self.groups[number]
        if not group["two_sided"]:
            return self._alone(group)
        causes = self.causes.get(number, [])
        facts = [self._fact(group, cause) for cause, amount in causes if amount is None]
        stopper = next((_FIELDS[cause] for cause, amount in causes if amount is None), "")
        if group["decided"]:
            parts = [self._part(group, cause, amount) for cause, amount in causes if amount is not None]
            held = [] if parts else [f"Both sides hold {self.money(group['alma_amount'])}."]
            return " ".join(["A person decided that these belong together.", *held, *parts, *facts]), ""
        if group["outcome"] == "matched":
            amount = self.money(group["alma_amount"])
            if not facts:
                how = spelling(group["alma_number"], group["oracle_number"]) if "spelt" in group["rule"] else ""
                but = f" but for {how}" if how else ""
                return _agreement(group["rule"], amount, but), ""
            return f"Both sides hold {amount}. {' '.join(facts)}", stopper
        if group["outcome"] == "suggested":
            return " ".join([self._doubt(group), *facts]), stopper or "invoice number"
        parts = [self._part(group, cause, amount) for cause, amount in causes if amount is not None]
        habit = explaining(group["rule"])
        usual = [f"People have confirmed it of others: {habit}."] if habit else []
        return " ".join([*parts, *usual, *facts]), "amount"

    def _held(self, group: Group) -> str:
        return f"Alma has {self.money(group['alma_amount'])}, Oracle {self.money(group['oracle_amount'])}"

    def _doubt(self, group: Group) -> str:
        ours, theirs = group["documents_alma"], group["documents_oracle"]
        if group["rule"] == CHANGED:
            return f"A person put these together before a document changed. {self._held(group)}."
        if habit := pairing(group["rule"]):
            return f"{habit}, but people have taken pairs by that rule apart. {self._held(group)}."
        if "add up" in group["rule"]:
            one = group["oracle_number"] if theirs <= ours else group["alma_number"]
            return f"Several choices among {max(ours, theirs)} invoices add up to {one}. {self._held(group)} in all."
        if ours == theirs == 1:
            amount = self.money(group["alma_amount"])
            return f"Probably the same invoice: both sides hold {amount}, but it is not certain."
        return (
            f"{ours} invoices in Alma and {theirs} in Oracle fit each other equally well. {self._held(group)} in all."
        )

    def _fact(self, group: Group, fact: str) -> str:
        number, other = group["alma_number"], group["oracle_number"]
        a, o = self.board.alma.of, self.board.oracle.of
        ours, theirs = group["alma_doc"], group["oracle_doc"]
        match fact:
            case "consolidated":
                return f"Oracle's {other} pays {group['documents_alma']} Alma invoices together."
            case "split":
                return f"Alma's {number} was booked in Oracle as {group['documents_oracle']} invoices."
            case "po_missing":
                return f"Alma carries no order number; Oracle has {o['order_text'][theirs] or 'one'}."
            case "po_differs":
                return f"The order is {a['order_text'][ours]} in Alma and {o['order_text'][theirs]} in Oracle."
            case "supplier_differs":
                names = a["supplier_name"][ours], o["supplier_name"][theirs]
                return f"The supplier is {names[0]} in Alma and {names[1]} in Oracle."
        habit = pairing(group["rule"])
        if habit and group["outcome"] != "suggested":
            return f"The number is {number} in Alma and {other} in Oracle: {habit}."
        how = slip(str(a["number_text"][ours]), str(o["number_text"][theirs]))
        return f"The number is {number} in Alma and {other} in Oracle{f': {how}' if how else ''}."

    def _part(self, group: Group, cause: str, amount: int) -> str:
        money, more = self.money(abs(amount)), amount > 0
        oracle_is_larger = abs(group["oracle_amount"]) >= abs(group["alma_amount"])
        side, other = ("Oracle", "Alma") if oracle_is_larger else ("Alma", "Oracle")
        match cause:
            case "vat":
                return f"{side} includes {self._rate(group, amount)}VAT ({money}) that {other} leaves out."
            case "exchange_rate":
                higher = "higher" if more else "lower"
                return f"Both sides converted the same foreign amount, at different rates: Oracle is {money} {higher}."
            case "carriage":
                return f"Carriage or another charge of {money} stands in {'Oracle' if more else 'Alma'} only."
            case "discount":
                return f"A discount of {money} stands in {'Alma' if more else 'Oracle'} only."
            case "rounding":
                return f"{money} of rounding."
            case "sign":
                return f"The sign is wrong on one side. {self._held(group)}."
            case "keying_error":
                return f"{self._held(group)}: digits were swapped, or the decimal point shifted."
        return f"{self._held(group)}; nothing known accounts for {money} of the difference."

    def _rate(self, group: Group, vat: int) -> str:
        net = min(abs(group["alma_amount"]), abs(group["oracle_amount"]))
        per_mille = round(1000 * abs(vat) / net) if net else 0
        return {200: "20% ", 50: "5% "}.get(per_mille, "")

    def _alone(self, group: Group) -> tuple[str, str]:
        side, here, there = ("alma", "Alma", "Oracle") if group["documents_alma"] else ("oracle", "Oracle", "Alma")
        amount, count, cause = self.money(group[f"{side}_amount"]), group[f"documents_{side}"], group["cause"]
        what = group[f"{side}_number"] or "A row without a number"
        what = f"{what}, {amount}" if count == 1 else f"{what} and {count - 1} more, {amount} together"
        if group["decided"]:
            return f"{what}: a person accepted that it stands in {here} alone ({cause.replace('_', ' ')}).", ""
        text = f"{what}: {_ALONE[cause].format(here=here, there=there, order=group['po'] or 'without a number')}"
        stopper, other = self.near[side].get(group[f"{side}_doc"], ("", ""))
        if not stopper or cause not in OPEN_CAUSES:
            return text, ""
        if stopper == "supplier":
            return f"{text} {there} has the same number at another supplier.", stopper
        return f"{text} Nearest in {there}: {other}, same supplier and amount.", stopper


@cache
def _rule_in_words(rule: str) -> str:
    words = rule.split(",")[0].replace("PO", "order").split(" + ")
    return f"{', '.join(words[:-1])} and {words[-1]}".capitalize() if len(words) > 1 else rule.capitalize()
