"""Who is the same supplier: the financial codes agree; where a code is blank, the crosswalk that a person confirmed,
else the name without its legal form, case and punctuation (CONTRACT.md, section 1).
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

BY_NAME = "~"  # begins the key of a supplier that only its name tells
COLUMNS = ["supplier_code", "supplier_name", "finance_code"]
_LEGAL_FORMS = frozenset(
    [
        "LTD",
        "LIMITED",
        "PLC",
        "LLP",
        "LP",
        "INC",
        "INCORPORATED",
        "LLC",
        "CORP",
        "CORPORATION",
        "CO",
        "COMPANY",
        "GMBH",
        "KG",
        "AG",
        "SE",
        "BV",
        "NV",
        "SA",
        "SAS",
        "SARL",
        "SRL",
        "SPA",
        "AB",
        "AS",
        "OY",
        "APS",
        "PTY",
        "PTE",
        "CIC",
    ]
)


def code_key(finance_code: str) -> str:
    """Return the part before '|' without leading zeros: '0000100417|01' is '100417'."""
    return finance_code.split("|")[0].strip().upper().lstrip("0")


def name_key(name: str) -> str:
    """Return the name as it is compared: 'Askews & Holts Ltd.' and 'ASKEWS AND HOLTS LIMITED' are one."""
    text = unicodedata.normalize("NFKC", name).upper().replace("&", " AND ")
    text = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", text)  # B.V. is BV
    words = re.sub(r"[^\w]+", " ", text).split()
    while len(words) > 1 and (words[-1] in _LEGAL_FORMS or words[-1] == "AND"):  # '& Co KG' goes whole
        words.pop()
    return "".join(words)


def keys(alma: pd.DataFrame, oracle: pd.DataFrame, crosswalk: dict[str, str]) -> tuple[pd.Series, pd.Series]:
    """Return one text a line on each side; two lines have the same supplier when the texts are equal ('' is nobody's).

    crosswalk: Alma vendor code -> Oracle supplier number, confirmed by a person.
    """
    ours, theirs = _distinct(alma), _distinct(oracle)
    for table in (ours, theirs):
        # The type is said for a side without rows.
        table["code"] = pd.array([code_key(c) for c in table["finance_code"]], dtype="str")
        table["name"] = pd.array([name_key(n) for n in table["supplier_name"]], dtype="str")
    blank = ours["code"] == ""
    ours.loc[blank, "code"] = [code_key(crosswalk.get(c, "")) for c in ours.loc[blank, "supplier_code"]]
    _from_own_rows(ours)
    _from_names(ours, theirs)
    _from_names(theirs, ours)
    return _spread(alma, ours), _spread(oracle, theirs)


def _distinct(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[COLUMNS].drop_duplicates(ignore_index=True)


def _from_own_rows(table: pd.DataFrame) -> None:
    """Fill a blank code from rows of the same vendor code that carry one, where they all carry the same."""
    _fill(table, "supplier_code", _only_code(table, "supplier_code"))


def _from_names(table: pd.DataFrame, other: pd.DataFrame) -> None:
    """Fill a blank code from the other side's rows of the same name, where they all carry the same code."""
    _fill(table, "name", _only_code(other, "name"))


def _only_code(table: pd.DataFrame, column: str) -> dict[str, str]:
    known = table[(table["code"] != "") & (table[column] != "")].groupby(column)["code"].agg(["nunique", "first"])
    return dict(known.loc[known["nunique"] == 1, "first"])


def _fill(table: pd.DataFrame, column: str, known: dict[str, str]) -> None:
    blank = table["code"] == ""
    table.loc[blank, "code"] = [known.get(text, "") for text in table.loc[blank, column]]


def _spread(lines: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Bring the keys back to the lines: a code as it is, else BY_NAME and the name."""
    key = table["code"].where((table["code"] != "") | (table["name"] == ""), BY_NAME + table["name"])
    # The columns are the table's whole key and unique in it: this merge cannot multiply rows.
    merged = lines[COLUMNS].merge(table[COLUMNS].assign(key=key), on=COLUMNS, how="left", validate="many_to_one")
    return pd.Series(merged["key"].to_numpy(), index=lines.index, dtype="str")
