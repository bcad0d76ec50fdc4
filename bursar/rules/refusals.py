"""Why fees cannot go out: every reason of each, so that all of them can be put right at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bursar.formats.layout import Column, Layout
from bursar.formats.layout_toml import NAMED
from bursar.formats.layout_writer import faults

Reasons = dict[int, list[str]]


def why_not(
    fees: pd.DataFrame, layout: Layout, *, reversals: bool, terms_known: bool, choices: Mapping[int, str]
) -> Reasons:
    """Return the reasons by row, for the fees that have any.

    fees: of one sign, with all that `sort` adds, and `mapped`: whether anything says what the student system calls
    them. choices: rows for whose charge a person is asked, and why; what else depends on the charge is judged then.
    """
    reasons: Reasons = defaultdict(list)
    _add(reasons, fees[fees["user_id"] == ""], "The fee names nobody: it has no identifier.")
    for row in fees.loc[fees["row"].isin(choices.keys()), "row"].tolist():
        reasons[row].append(choices[row])
    away = fees["kind"] == "elsewhere"
    here = "reversals" if reversals else "charges"
    if here not in layout.files and "all" not in layout.files:
        _add(reasons, fees[~away], f"The layout has no file for {here}.")
    _for_file(reasons, fees[~away], layout, layout.columns, reversals, terms_known, choices)
    if "elsewhere" in layout.files:
        columns = layout.elsewhere or layout.columns
        _for_file(reasons, fees[away], layout, columns, reversals, terms_known, choices)
    return dict(reasons)


def _for_file(
    reasons: Reasons,
    fees: pd.DataFrame,
    layout: Layout,
    columns: Sequence[Column],
    reversals: bool,
    terms_known: bool,
    choices: Mapping[int, str],
) -> None:
    """Add what stands against writing these fees with these columns."""
    other = ~fees["currency"].isin(layout.currencies)
    wanted = " or ".join(layout.currencies)
    for row, code in _pairs(fees[other], "currency"):
        reasons[row].append(f"The fee is in {code}; this layout is for {wanted}.")
    fees = fees[~other & ~fees["row"].isin(choices.keys())]
    named: dict[str, set[str]] = defaultdict(set)
    for column in columns:
        named[column.name] |= _named(column, reversals)
    told: dict[int, set[str]] = defaultdict(set)
    for row in fees.loc[fees["user_id"] == "", "row"].tolist():
        told[row].add("user_id")
    _item_types(reasons, told, fees, columns, named)
    if terms_known and layout.terms_on in ("all", "reversals" if reversals else "charges"):
        _terms(reasons, told, fees, named)
    rows = fees["row"].tolist()
    for fault in faults(fees, layout, reversals=reversals, columns=columns) if rows else ():
        row = rows[fault.position]
        if not named[fault.column] & told[row]:  # it would only repeat what was said
            reasons[row].append(fault.message)


def _item_types(
    reasons: Reasons, told: dict[int, set[str]], fees: pd.DataFrame, columns: Sequence[Column],
    named: Mapping[str, set[str]],
) -> None:  # fmt: skip
    """Add fees whose sort has no name in the student system, where the file needs one."""
    fields = {"item_type", "label"}
    if not fields & set().union(*named.values()):
        return
    blank = ~fees["mapped"]
    if any(column.required and "item_type" in named[column.name] for column in columns):
        blank |= fees["item_type"] == ""
    unmapped = fees[blank]
    for row, fee_type, library, amount in zip(
        unmapped["row"].tolist(), unmapped["fee_type"], unmapped["library_code"], unmapped["amount"], strict=True
    ):
        sort = "credit" if amount < 0 else "charge"
        owner = f"of the library {library}" if library else "of the institution"
        reasons[row].append(
            f"No item type is set for a {sort} “{fee_type}” {owner}: add it to the profile's item types."
        )
        told[row] |= fields


def _terms(reasons: Reasons, told: dict[int, set[str]], fees: pd.DataFrame, named: Mapping[str, set[str]]) -> None:
    """Add fees on whose day no term of the calendar holds, where the file has a place for the term."""
    if "term" not in set().union(*named.values()):
        return
    for row, day in _pairs(fees[fees["term"] == ""], "term_day"):
        when = "The fee says no date" if pd.isna(day) else f"No term of the calendar holds on {day:%d/%m/%Y}"
        reasons[row].append(f"{when}, so its term is not known.")
        told[row].add("term")


def _named(column: Column, reversals: bool) -> set[str]:
    """Return the fields that a column shows."""
    value = column.reversal if reversals and column.reversal is not None else column.value
    return set(NAMED.findall(value)) if column.kind == "text" else {value}


def _pairs(fees: pd.DataFrame, column: str) -> Iterator[tuple[int, Any]]:
    return zip(fees["row"].tolist(), fees[column], strict=True)


def _add(reasons: Reasons, fees: pd.DataFrame, told: str) -> None:
    for row in fees["row"].tolist():
        reasons[row].append(told)
