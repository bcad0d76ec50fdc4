"""Which text in Alma is an Oracle order number.

A text is one when, after PO, COPO and spaces are taken off, it has the shape of the order numbers that Oracle's own
files carry: same length, same kinds of characters, same first two. It is looked for in Reporting Code (all of them),
Additional Order Reference, PO Number, in this order (CONTRACT.md, section 1).
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FIELDS = ("reporting_code", "order_reference", "po_number")
NOWHERE = -1
SEPARATOR = " | "  # between several reporting codes of one row
FEWEST_DIGITS = 3  # what has fewer is no order number
JOIN = " + "  # between several orders of one document


def pattern_of(oracle_orders: pd.Series) -> str:
    """Return a regular expression for the shapes of these order numbers; '' when there are none."""
    shapes = set()
    for bare in _bare(pd.Series(oracle_orders.unique(), dtype="str")):
        if sum(c.isdigit() for c in bare) < FEWEST_DIGITS:
            continue
        shapes.add(re.escape(bare[:2]) + "".join(_kind(c) for c in bare[2:]))
    return "|".join(f"(?:{shape})" for shape in sorted(shapes))


def find(lines: pd.DataFrame, pattern: str) -> tuple[pd.Series, np.ndarray]:
    """Return each Alma line's Oracle order number, '' when it has none, and the place in FIELDS where it stood, or
    NOWHERE.
    """
    order = pd.Series("", index=lines.index, dtype="str")
    source = np.full(len(lines), NOWHERE, dtype=np.int64)
    for place, field in enumerate(FIELDS if pattern else ()):
        blank = order == ""
        order = order.where(~blank, _in_field(lines[field], pattern))
        source[(blank & (order != "")).to_numpy()] = place
    return order, source


def tidy(numbers: pd.Series) -> pd.Series:
    """Return Oracle's own order numbers as they are compared, without spaces and PO; '' for 'N/A' and such."""
    codes, texts = pd.factorize(numbers)
    bare = _bare(pd.Series(texts, dtype="str"))
    bare = bare.where(bare.str.count("[0-9]") >= FEWEST_DIGITS, "")
    return pd.Series(bare.to_numpy()[codes], index=numbers.index, dtype="str")


def _in_field(texts: pd.Series, pattern: str) -> pd.Series:
    codes, distinct = pd.factorize(texts)
    unique = pd.Series(distinct, dtype="str")
    parts = unique.str.split(SEPARATOR, regex=False).explode()
    bare = _bare(parts)
    fits = pc.match_substring_regex(pa.array(bare, type=pa.large_string()), f"^(?:{pattern})$")
    bare = bare.where(fits.to_numpy(zero_copy_only=False), "")
    # Several codes on one row: the first that fits.
    first = bare[bare != ""].groupby(level=0).first()
    answers = pd.Series("", index=unique.index, dtype="str")
    answers.loc[first.index] = first
    return pd.Series(answers.to_numpy()[codes], index=texts.index, dtype="str")


def _bare(texts: pd.Series) -> pd.Series:
    out = pc.replace_substring_regex(pc.utf8_upper(pa.array(texts, type=pa.large_string())), r"[\s\p{Z}]+", "")
    out = pc.replace_substring_regex(out, "^(?:CO)?PO", "")
    return pd.Series(pd.array(out, dtype="str"), index=texts.index)


def _kind(character: str) -> str:
    if character.isdigit():
        return "[0-9]"
    return "[A-Z]" if character.isalpha() else re.escape(character)


def field_of_each(codes: np.ndarray, source: np.ndarray, documents: int) -> np.ndarray:
    """Return the field that named each document's order first, '' where none did."""
    named = np.flatnonzero(source != NOWHERE)[::-1]  # backwards: the first line is written last
    place = np.full(documents, NOWHERE, dtype=np.int64)
    place[codes[named]] = source[named]
    return np.array([*FIELDS, ""], dtype=object)[place]


def of_each(codes: np.ndarray, orders: pd.Series, documents: int) -> pd.Series:
    """Return each document's set of orders as one text: '' when none, several joined by ' + ' in their order.

    codes: the document of each line. Charge lines carry no order and do not count.
    """
    names = pd.DataFrame({"document": codes, "order": orders.to_numpy()})
    names = names[names["order"] != ""].drop_duplicates().sort_values(["document", "order"])
    count = np.bincount(names["document"], minlength=documents)
    texts = np.full(documents, "", dtype=object)
    single = names[count[names["document"]] == 1]
    texts[single["document"]] = single["order"]
    several = names[count[names["document"]] > 1].groupby("document")["order"].agg(JOIN.join)
    texts[several.index.to_numpy()] = several.to_numpy()
    return pd.Series(texts, dtype="str")
