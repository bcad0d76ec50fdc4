"""What a reader's texts say: money and dates read, the whole looked at. All faults of a file are told at once."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from core import money

from .fees import COLUMNS, Problem, Reading, Unreadable

SHOWN = 20  # problems of one sort that are told one by one
AMOUNT = re.compile(r"[+-]?\d{1,15}(?:\.(\d+))?")
DATE = r"^(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4})(?: (?P<time>\d\d:\d\d:\d\d))?(?: (?P<zone>[A-Za-z]{1,6}))?$"
ISO = r"^(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ](?P<time>\d\d:\d\d:\d\d))?(?P<zone>)$"


def conclude(texts: pd.DataFrame, *, name: str, kind: str, export: str, users: int, first_row: int = 1) -> Reading:
    """Make the canonical frame of what was read as text (`fees.Columns`). Raises Unreadable with every fault."""
    fees = texts.assign(row=np.arange(first_row, first_row + len(texts), dtype=np.int64))
    problems = _money(fees)
    _dates(fees, problems)
    if any(problem.severity == "error" for problem in problems):
        raise Unreadable(name, problems)
    _look(fees, problems)
    sums = fees.groupby("currency")["amount"].sum()
    total = {str(currency): int(amount) for currency, amount in sums.items()}
    return Reading(name, kind, export, fees[list(COLUMNS)], users, total, problems)


def minor_units(text: str, currency: str) -> int | None:
    """Read an amount such as 300, 0.82 or -3.25 in whole minor units; None when it is none, or finer than a minor
    unit.
    """
    found = AMOUNT.fullmatch(text)
    places = money.decimals(currency)
    decimals = (found[1] or "").rstrip("0") if found else ""
    if found is None or len(decimals) > places:
        return None
    whole, _, _ = text.lstrip("+-").partition(".")
    return (-1 if text.startswith("-") else 1) * int(whole + decimals.ljust(places, "0"))


def _money(fees: pd.DataFrame) -> list[Problem]:
    fees["currency"] = fees["currency"].str.upper()
    known = {code: money.known(code) for code in fees["currency"].unique()}
    unknown = ~fees["currency"].map(known).astype(bool)
    problems = _told(fees, unknown, "currency", "is no currency; correct it in Alma and export again", fees["currency"])
    pairs = fees.loc[~unknown, ["amount_text", "currency"]].drop_duplicates()
    read = {pair: minor_units(*pair) for pair in pairs.itertuples(index=False, name=None)}
    values = [read.get(pair) for pair in zip(fees["amount_text"], fees["currency"], strict=True)]
    fees["amount"] = pd.array(values, dtype="Int64")
    faulty = fees["amount"].isna() & ~unknown
    told = "is no amount of whole minor units such as 12.50"
    problems += _told(fees, faulty, "sum", told, fees["amount_text"])
    fees["amount"] = fees["amount"].fillna(0).astype("int64")
    return problems


def _dates(fees: pd.DataFrame, problems: list[Problem]) -> None:
    """Read month/day/year with a clock time, or ISO dates; a zone's abbreviation is kept and never used."""
    texts = pd.Series(fees["date_text"].unique(), dtype="str")
    parts = texts.str.extract(DATE)
    parts = parts.where(parts["year"].notna(), texts.str.extract(ISO))
    written = parts["year"] + "-" + parts["month"] + "-" + parts["day"] + " " + parts["time"].fillna("00:00:00")
    days = pd.to_datetime(written, format="%Y-%m-%d %H:%M:%S", errors="coerce").dt.as_unit("s")
    of = pd.Index(texts).get_indexer(fees["date_text"])
    fees["date"] = pd.Series(days.to_numpy()[of], index=fees.index)
    fees["zone"] = parts["zone"].fillna("").astype("str").to_numpy()[of]
    wrong = fees["date"].isna() & (fees["date_text"] != "")
    told = "is no date such as 02/23/2022 11:44:33"
    problems += _told(fees, wrong, "lastTransactionDate", told, fees["date_text"])


def _look(fees: pd.DataFrame, problems: list[Problem]) -> None:
    """Say what is odd and yet can be taken."""
    again = (fees["reference"] != "") & fees["reference"].duplicated()
    told = "stands on an earlier fee of this file too; both are taken, as two fees"
    problems += _told(fees, again, "bursarTransactionId", told, fees["reference"], "warning")
    nobody = fees["user_id"] == ""
    problems += _told(fees, nobody, "user", "names nobody; the fee is set aside", fees["user_id"], "warning")
    taxed = fees["vat_text"].str.strip("0.") != ""
    problems += _told(
        fees, taxed, "vat", "is named besides the sum, which is taken as it stands", fees["vat_text"], "note"
    )


def _told(
    fees: pd.DataFrame, rows: pd.Series, column: str, told: str, values: pd.Series, severity: str = "error"
) -> list[Problem]:
    found = fees.loc[rows, "row"].tolist()
    problems = [
        Problem(f"Fee {row}, {column}: “{value}” {told}.", row, column, value, severity)  # type: ignore[arg-type]
        for row, value in zip(found[:SHOWN], values[rows].tolist(), strict=False)
    ]
    if len(found) > SHOWN:
        more = f"{column}: the same in {len(found) - SHOWN:,} more fees."
        problems.append(Problem(more, found[SHOWN], column, "", severity))  # type: ignore[arg-type]
    return problems
