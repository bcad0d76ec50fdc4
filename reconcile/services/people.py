"""Which groups wait for a person, why, and for how long items have been open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES

PERSON_CAUSES = ("missing_in_oracle", "missing_in_alma", "no_po", "duplicate_in_alma", "duplicate_in_oracle")
AGES = (("0-30", 0, 30), ("31-60", 31, 60), ("61-90", 61, 90), ("91-180", 91, 180), ("181-", 181, 10**6))  # days


def needs_person(groups: pd.DataFrame) -> np.ndarray:
    """Say of each group whether somebody has to act: a doubt, a difference, a lone item that will not settle itself.
    What a person has decided waits for nobody, unless a document has changed since.
    """
    alone = groups["outcome"].isin(ONE_SIDED)
    waits = groups["outcome"].isin(("differs", "suggested")) | (alone & groups["cause"].isin(("", *PERSON_CAUSES)))
    return ((waits & ~groups["decided"].astype(bool)) | (groups["note"] != "")).to_numpy()


def reasons(groups: pd.DataFrame) -> pd.Series:
    """Return why each group would wait: its outcome when it is a pair, its cause when it stands alone."""
    return groups["cause"].where(groups["outcome"].isin(ONE_SIDED), groups["outcome"])


def count(
    groups: pd.DataFrame, causes: pd.DataFrame, members: pd.DataFrame, excluded: pd.DataFrame, last_day: pd.Timestamp
) -> dict:
    """Return every count and sum that a page shows of a run, amounts in minor units. Carried items are counted apart:
    they are listed, and wait for people, but stand outside the month's statement.

    outcomes     {outcome: {groups, rows, alma, oracle, difference}}
    causes       {cause: {groups, amount}}; a fact's amount is None
    person       {groups, rows, amount (without sign), carried (groups), reasons: {reason: {groups, amount, carried}}}
    automatic    {groups, rows, of_groups, of_rows, rate}; rate is the share of rows decided without a person, 0 to 1:
                 what a person has decided is not among them
    excluded     {cause: rows}
    carried      {groups, rows, amount}: earlier months' items that are still open
    ages         [{age, groups, amount (without sign)}]: open one-sided items by days up to the end of the month
    groups, rows how many there are in all
    """
    rows = pd.Series(np.bincount(members["group"].to_numpy(dtype=np.int64), minlength=len(groups)), index=groups.index)
    own = ~groups["carried"].to_numpy(dtype=bool)
    person = needs_person(groups)
    return {
        "groups": len(groups),
        "rows": len(members) + len(excluded),
        "outcomes": _outcomes(groups[own], rows[own]),
        "causes": _causes(causes[own[causes["group"].to_numpy(dtype=np.int64)]]),
        "person": _person(groups[person], rows[person]),
        "automatic": _automatic(rows, own, person | groups["decided"].to_numpy(dtype=bool)),
        "excluded": {str(cause): int(n) for cause, n in excluded["cause"].value_counts().sort_index().items()},
        "carried": {
            "groups": int((~own).sum()),
            "rows": int(rows[~own].sum()),
            "amount": int(groups.loc[~own, "difference"].sum()),
        },
        "ages": _ages(groups, last_day),
    }


def _outcomes(groups: pd.DataFrame, rows: pd.Series) -> dict:
    table = groups.assign(rows=rows).groupby("outcome", sort=True)
    sums = table[["rows", "alma_amount", "oracle_amount", "difference"]].sum().assign(groups=table.size())
    sums = sums.rename(columns={"alma_amount": "alma", "oracle_amount": "oracle"})
    return {str(name): {key: int(value) for key, value in row.items()} for name, row in sums.to_dict("index").items()}


def _causes(causes: pd.DataFrame) -> dict:
    table = causes.groupby("cause", sort=True)
    sums = table["amount"].sum(min_count=1).astype("Int64")
    return {
        str(cause): {"groups": int(groups), "amount": None if pd.isna(amount) else int(amount)}
        for cause, groups, amount in zip(sums.index, table["group"].nunique(), sums, strict=True)
    }


def _person(groups: pd.DataFrame, rows: pd.Series) -> dict:
    table = groups.assign(reason=reasons(groups), size=groups["difference"].abs()).groupby("reason", sort=True)
    sums = table.agg(groups=("size", "size"), amount=("size", "sum"), carried=("carried", "sum"))
    return {
        "groups": len(groups),
        "rows": int(rows.sum()),
        "amount": int(groups["difference"].abs().sum()),
        "carried": int(groups["carried"].sum()),
        "reasons": {
            str(name): {key: int(value) for key, value in row.items()} for name, row in sums.to_dict("index").items()
        },
    }


def _automatic(rows: pd.Series, own: np.ndarray, person: np.ndarray) -> dict:
    decided = own & ~person
    of_rows = int(rows[own].sum())
    return {
        "groups": int(decided.sum()),
        "rows": int(rows[decided].sum()),
        "of_groups": int(own.sum()),
        "of_rows": of_rows,
        "rate": round(int(rows[decided].sum()) / of_rows, 6) if of_rows else 1.0,
    }


def _ages(groups: pd.DataFrame, last_day: pd.Timestamp) -> list[dict]:
    waiting = groups[groups["outcome"].isin(ONE_SIDED) & groups["cause"].isin(OPEN_CAUSES)]
    days = (last_day - waiting["date"]).dt.days.clip(lower=0).fillna(0)
    sizes = waiting["difference"].abs()
    return [
        {"age": name, "groups": int(inside.sum()), "amount": int(sizes[inside].sum())}
        for name, least, most in AGES
        for inside in [days.between(least, most)]
    ]
