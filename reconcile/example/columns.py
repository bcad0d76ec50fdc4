"""Columns of text, many rows at once: money, days and words as pyarrow arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

CHUNK = 100_000  # rows that are rendered at once


def words(choices: Sequence[str], codes: np.ndarray) -> pa.Array:
    """The word of each code."""
    return pa.array(list(choices), pa.string()).take(pa.array(codes))


def texts(values: Sequence[str] | np.ndarray) -> pa.Array:
    return pa.array(values, pa.string())


def whole(values: np.ndarray) -> pa.Array:
    return pc.cast(pa.array(values), pa.string())


def money(minor: np.ndarray, *, grouped: bool = False) -> pa.Array:
    """Minor units with two decimals; `grouped`: thousands separated by commas."""
    size = np.abs(minor)
    units = texts([f"{x:,}" for x in (size // 100).tolist()]) if grouped else whole(size // 100)
    sign = words(("", "-"), (minor < 0).astype(np.int8))
    return pc.binary_join_element_wise(sign, units, pa.scalar("."), pc.utf8_lpad(whole(size % 100), 2, "0"), "")


def days(values: np.ndarray, form: str) -> pa.Array:
    """Days since 1970 in a strftime form; negative ones are blank."""
    unique, at = np.unique(values, return_inverse=True)
    stamps = pd.to_datetime(unique.astype("datetime64[D]"))
    return words([t.strftime(form) if v >= 0 else "" for t, v in zip(stamps, unique, strict=True)], at)


def only(mask: np.ndarray, column: pa.Array) -> pa.Array:
    """The column where the mask holds, blank elsewhere."""
    return pc.if_else(pa.array(mask), column, "")


def either(mask: np.ndarray, column: pa.Array, other: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(mask), column, other)


def quoted(column: pa.Array) -> pa.Array:
    """Every text that is not blank in quotation marks, as Oracle writes them."""
    marked = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(pc.equal(column, ""), "", marked)


def rows_of_csv(columns: list[pa.Array]) -> list[str]:
    return list(pc.binary_join_element_wise(*columns, ",").to_pylist())
