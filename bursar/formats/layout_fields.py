"""One column of a layout, made for many fees at once: text, money, dates and counts, each of its width or refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core import money

from .layout import Column
from .layout_toml import NAMED

BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a fee cannot be written: its position among those given, the column, and a sentence."""

    position: int
    column: str
    message: str


def made(column: Column, fees: pd.DataFrame, *, reversals: bool, fixed: bool) -> tuple[list[str], list[Fault]]:
    """Return the column's texts, one a fee, and what is wrong with some of them.

    fees: the fields of `layout.FIELDS`, `amount`, `amount_text`, and the dates (datetime64[s]).
    """
    value = column.reversal if reversals and column.reversal is not None else column.value
    faults: list[Fault] = []
    if column.kind == "money":
        texts = _money(column, fees, faults)
    elif column.kind == "date":
        texts = [""] * len(fees) if not value else _dates(fees[value], column.format)
    else:
        texts = _filled(value, fees)
    if column.required:
        faults += _blank(column, texts, f"{column.name} must not be blank.")
    if column.cut and column.width:
        texts = [text[: column.width] for text in texts]
    if fixed and column.width:
        texts = _padded(column, texts, faults)
    elif column.pad == "0":  # at least so wide
        texts = [text.zfill(column.width) for text in texts]
    elif column.width:
        faults += _too_long(column, texts)
    return texts, faults


def one(column: Column, values: dict[str, object], *, fixed: bool) -> str:
    """Return a column of a header or trailer. `values`: its fields; `total` in minor units with `currency`, `run` a
    date. Raises OverflowError when it does not fit or wants more decimals.
    """
    if column.kind == "count":
        text = str(values["count"])
    elif column.kind == "money":
        try:
            text = amount(int(str(values["total"])), str(values["currency"]), column.decimals)
        except ValueError as error:
            raise OverflowError(f"{column.name}: {error}.") from None
        text = text.lstrip("-") if column.sign == "drop" else text
    elif column.kind == "date":
        text = _dates(pd.Series([pd.Timestamp(str(values["run"]))]), column.format)[0]
    else:
        text = NAMED.sub(lambda found: str(values[found[1]]), column.value)
    if fixed and column.width:
        faults: list[Fault] = []
        text = _padded(column, [text], faults)[0]
        if faults:
            raise OverflowError(faults[0].message)
    return text


def amount(minor: int, currency: str, decimals: int) -> str:
    """Write minor units with so many decimals, exactly: -325 is '-3.25'. Raises ValueError when they are too few."""
    places = money.decimals(currency)
    shown = abs(minor) * 10**decimals // 10**places if decimals >= places else None
    if shown is None:
        shown, rest = divmod(abs(minor), 10 ** (places - decimals))
        if rest:
            raise ValueError(f"{money.to_text(minor, currency)} cannot be written with {decimals} decimals")
    whole, part = divmod(shown, 10**decimals)
    return ("-" if minor < 0 else "") + (f"{whole}.{part:0{decimals}d}" if decimals else str(whole))


def _money(column: Column, fees: pd.DataFrame, faults: list[Fault]) -> list[str]:
    if column.as_written:
        texts = fees["amount_text"].tolist()
    else:
        pairs = list(zip(fees["amount"].tolist(), fees["currency"].tolist(), strict=True))
        texts = _once(lambda pair: _amount(pair[0], pair[1], column.decimals), pairs)
        faults += _blank(column, texts, f"{column.name}: the amount has more decimals than {column.decimals}.")
    return [text.lstrip("+-") for text in texts] if column.sign == "drop" else texts


def _amount(minor: int, currency: str, decimals: int) -> str:
    """Write minor units, '' where so many decimals are too few."""
    try:
        return amount(minor, currency, decimals)
    except ValueError:
        return ""


def _dates(days: pd.Series, pattern: str) -> list[str]:
    tokens = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
    written = re.sub("YYYY|YY|MM|DD", lambda found: tokens[found[0]], pattern)
    codes, distinct = pd.factorize(days)
    texts = [pd.Timestamp(day).strftime(written) for day in distinct]
    return [texts[code] if code >= 0 else "" for code in codes.tolist()]


def _filled(value: str, fees: pd.DataFrame) -> list[str]:
    """Put the fields that a value names in their places; blanks and line ends within a text become one blank."""
    names = NAMED.findall(value)
    if not names:
        return [value] * len(fees)
    columns = [_once(lambda text: BLANKS.sub(" ", text), fees[name].tolist()) for name in names]
    if value == f"{{{names[0]}}}":
        return columns[0]
    pieces = NAMED.split(value)[::2]
    return [
        pieces[0] + "".join(text + piece for text, piece in zip(row, pieces[1:], strict=True))
        for row in zip(*columns, strict=True)
    ]


def _padded(column: Column, texts: Sequence[str], faults: list[Fault]) -> list[str]:
    faults += _too_long(column, texts)
    width, pad = column.width, column.pad
    if column.justify == "left":
        return [text.ljust(width, pad) for text in texts]
    if pad == "0":  # the sign stands before the noughts
        return [text.zfill(width) for text in texts]
    return [text.rjust(width, pad) for text in texts]


def _blank(column: Column, texts: Sequence[str], told: str) -> list[Fault]:
    if all(texts):  # nearly always
        return []
    return [Fault(place, column.name, told) for place, text in enumerate(texts) if not text]


def _too_long(column: Column, texts: Sequence[str]) -> list[Fault]:
    if max(map(len, texts), default=0) <= column.width:  # nearly always
        return []
    return [
        Fault(place, column.name, f"{column.name}: “{text}” has {len(text)} characters; {column.width} fit.")
        for place, text in enumerate(texts)
        if len(text) > column.width
    ]


def _once(tell: Callable[[Any], str], values: Sequence[Any]) -> list[str]:
    """Tell each distinct value once."""
    known = {value: tell(value) for value in dict.fromkeys(values)}
    return [known[value] for value in values]
