"""Fees sorted for the student system: charges, reversals, people not on campus, rejected, nil; nothing lost.

The sign says what a fee is, never its type. A fee that cannot be written to the letter is rejected with all its
reasons; a credit that is tied to its charge goes out with the charge's item type, term and reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bursar.formats.layout import FIELDS, Item, Layout
from core.money import to_text

from .credits import Earlier, Tie, tie
from .pool import CHARGES
from .refusals import why_not
from .terms import Term, due, terms

NIL = "The fee is nil: there is nothing to charge and nothing to take back."
_OURS = ["mapped", "term_day"]
SHOWN = {"charges": "charges", "reversals": "reversals", "elsewhere": "not on campus", "rejected": "rejected"}


class NotBalanced(Exception):
    """What was sorted is not what came in: Libra's fault, not the file's. Nothing of it may be written."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Each fee in one place, in the order given, with `kind` (charges, reversals, elsewhere), item_type, label, term,
    original_reference (of the charge that a reversal takes back), run and due besides the columns that it had.

    rejected: also `reason` and `waits` (only a person's choice of its charge is missing). nil: also `reason`.
    ties: what became of each credit, by its row; empty where no ledger was given. Those of rejected credits are void.
    """

    charges: pd.DataFrame
    reversals: pd.DataFrame
    elsewhere: pd.DataFrame
    rejected: pd.DataFrame
    nil: pd.DataFrame
    ties: Mapping[int, Tie]
    count: int  # fees that came in

    def check(self, total: Mapping[str, int]) -> None:
        """Raise NotBalanced unless the parts come to the source's total by currency (minor units) and to its count."""
        parts = {name: getattr(self, name) for name in (*SHOWN, "nil")}
        rows = np.concatenate([part["row"].to_numpy() for part in parts.values()])
        if len(rows) != self.count or len(np.unique(rows)) != self.count:
            counts = ", ".join(f"{len(part)} {SHOWN.get(name, name)}" for name, part in parts.items())
            raise NotBalanced(f"{self.count} fees came in, but {len(rows)} were sorted: {counts}.")
        sums = {name: totals(part) for name, part in parts.items()}
        for currency in sorted(set(total).union(*sums.values())):
            found = {name: each.get(currency, 0) for name, each in sums.items() if name in SHOWN}
            if sum(found.values()) != total.get(currency, 0):
                told = ", ".join(f"{SHOWN[name]} {to_text(value, currency)}" for name, value in found.items())
                raise NotBalanced(
                    f"{currency}: the source comes to {to_text(total.get(currency, 0), currency)}, but what was sorted "
                    f"to {to_text(sum(found.values()), currency)} ({told})."
                )


def totals(fees: pd.DataFrame) -> dict[str, int]:
    """Return what fees come to by currency, in minor units; exact however large."""
    return {str(code): sum(amounts.tolist()) for code, amounts in fees.groupby("currency")["amount"]}


def sort(
    fees: pd.DataFrame, layout: Layout, calendar: Sequence[Term], day: date, credits: Earlier | None = None
) -> Sorted:
    """Sort fees (canonical columns, each `row` once) for a run on `day`.

    calendar: the campus's dated terms; other days follow the layout. credits: what credits can be tied to; without it
    each goes out by its own type alone. Item types of a profile go before the layout's when they stand first in its
    `items`. Raises ValueError where rows repeat.
    """
    if fees["row"].duplicated().any():
        raise ValueError("Each row of the fees must be a number of its own.")
    told = _told(fees, layout, calendar, day)
    terms_known = bool(calendar or layout.terms)
    amount = told["amount"]
    charges, reversals, nil = told[amount > 0], told[amount < 0], told[amount == 0]
    count = len(fees)
    del told, fees, amount  # many fees are large, and each has its copy above
    refused = why_not(charges, layout, reversals=False, terms_known=terms_known, choices={})
    ties: dict[int, Tie] = {}
    if credits is not None:
        ties = tie(reversals, _as_charges(charges, refused), credits)
        reversals = _with_charges(reversals, ties, layout)
    choices = {row: each.reason for row, each in ties.items() if each.verdict == "choose"}
    refused |= why_not(reversals, layout, reversals=True, terms_known=terms_known, choices=choices)
    parts = [charges.drop(columns=_OURS), reversals.drop(columns=_OURS)]
    bad = [part["row"].isin(refused.keys()) for part in parts]
    away = [part["kind"] == "elsewhere" for part in parts]
    del charges, reversals
    good = [_some(part, ~out & ~off) for part, out, off in zip(parts, bad, away, strict=True)]
    rejected = _joined([part[out] for part, out in zip(parts, bad, strict=True)])
    return Sorted(
        charges=good[0],
        reversals=good[1],
        elsewhere=_joined([part[~out & off] for part, out, off in zip(parts, bad, away, strict=True)]),
        rejected=_with_reasons(rejected, refused, choices),
        nil=nil.drop(columns=_OURS).reset_index(drop=True).assign(reason=_texts([NIL] * len(nil))),
        ties=ties,
        count=count,
    )


def _told(fees: pd.DataFrame, layout: Layout, calendar: Sequence[Term], day: date) -> pd.DataFrame:
    """Return the fees with all that a layout's columns may name, and `mapped` and `term_day` (_OURS) for refusals."""
    run = pd.Series(pd.Timestamp(day), index=range(len(fees)), dtype="datetime64[s]")
    told = fees.reset_index(drop=True)
    days = run if layout.term_of == "run" else told["date"]
    items = _items(told, layout)
    on = {"charges": told["amount"] > 0, "reversals": told["amount"] < 0}.get(layout.terms_on)
    term = terms(days, calendar, layout.terms)
    told[[name for name in FIELDS if name not in told]] = ""
    return told.assign(
        kind=_texts(_kinds(told, layout)),
        item_type=_texts([item.item_type if item else "" for item in items]),
        label=_texts([item.label if item else "" for item in items]),
        mapped=np.array([item is not None for item in items], dtype=bool),
        term=term if on is None else term.where(on, ""),
        term_day=days,
        run=run,
        due=due(run, layout.due),
    )


def _items(fees: pd.DataFrame, layout: Layout) -> list[Item | None]:
    """Return what each fee is called; each sort is looked up once."""
    known: dict[tuple[str, str, bool], Item | None] = {}
    found = []
    for sort in zip(
        fees["fee_type"].tolist(), fees["library_code"].tolist(), (fees["amount"] < 0).tolist(), strict=True
    ):
        if sort not in known:
            known[sort] = layout.item(sort[0], sort[1], "-" if sort[2] else "+")
        found.append(known[sort])
    return found


def _kinds(fees: pd.DataFrame, layout: Layout) -> np.ndarray:
    kinds = np.where(fees["amount"] < 0, "reversals", "charges").astype(object)
    pattern = re.compile(layout.campus)
    if layout.campus:
        here = {user: not user or pattern.fullmatch(user) is not None for user in fees["user_id"].unique()}
        kinds[~fees["user_id"].map(here).to_numpy(dtype=bool)] = "elsewhere"
    return kinds


def _as_charges(charges: pd.DataFrame, refused: Mapping[int, Sequence[str]]) -> pd.DataFrame:
    """Return this export's charges for its credits. Of what is not sent nothing can be taken back."""
    balance = charges["amount"].where(~charges["row"].isin(refused.keys()), 0)
    return charges.assign(id=charges["row"], balance=balance)[list(CHARGES)]


def _with_charges(reversals: pd.DataFrame, ties: Mapping[int, Tie], layout: Layout) -> pd.DataFrame:
    """Return the reversals with item type, term and reference of their charges, where these have them."""
    tied = [ties[row] for row in reversals["row"].tolist()]
    columns: dict[str, list[str]] = {"item_type": [], "term": [], "label": [], "original_reference": []}
    mapped = []
    owns = zip(
        *(reversals[name].tolist() for name in ("item_type", "term", "label", "library_code", "mapped")), strict=True
    )
    for each, (item_type, term, label, library, own) in zip(tied, owns, strict=True):
        item = layout.item(each.fee_type, library, "+") if each.charge and not own else None
        columns["item_type"].append(each.item_type or item_type)
        columns["term"].append(each.term or term)
        columns["label"].append(label or (item.label if item else ""))
        columns["original_reference"].append(each.reference)
        mapped.append(own or item is not None or bool(each.item_type))
    return reversals.assign(
        mapped=np.array(mapped, dtype=bool), **{name: _texts(texts) for name, texts in columns.items()}
    )


def _with_reasons(fees: pd.DataFrame, refused: Mapping[int, Sequence[str]], choices: Mapping[int, str]) -> pd.DataFrame:
    rows = fees["row"].tolist()
    waits = [row in choices and len(refused[row]) == 1 for row in rows]
    return fees.assign(reason=_texts([" ".join(refused[row]) for row in rows]), waits=np.array(waits, dtype=bool))


def _some(fees: pd.DataFrame, which: pd.Series) -> pd.DataFrame:
    return (fees if which.all() else fees[which]).reset_index(drop=True)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put parts together again in the order in which the fees came."""
    return pd.concat(parts).sort_index().reset_index(drop=True)


def _texts(values: Sequence[str] | np.ndarray) -> pd.api.extensions.ExtensionArray:
    return pd.array(values, dtype="str")
