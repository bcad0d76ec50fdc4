"""The rows of a worksheet as XML, made from Arrow columns a block at a time. No row is ever a Python object.

A column's type says what its cells are: string is text (always text, whatever it begins with), decimal and integer are
numbers, date32 is a date. A null, and a text of no length, is no cell at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

BLOCK = 20_000  # rows a piece: some 20 MB of XML
FEW = 0.1  # of a column's rows: with fewer different values than this, each is made into XML once
LONGEST = 32_767  # what a cell can hold
CUT = 16_000  # what stays of a longer text: safe however many of its characters count twice
DAYS_TO_1970 = 25_569  # Excel counts days from the end of 1899

LINE_HEIGHT = 15  # points
MOST_LINES = 27  # as high as a row can be
_TAGS = pa.array(['">', '">', *(f'" ht="{n * LINE_HEIGHT}" customHeight="1">' for n in range(2, MOST_LINES + 1))])

Piece: TypeAlias = str | pa.Array  # of rows to be joined: the same for every row, or one text a row

# What XML cannot hold. It is shown as the replacement character: a person sees that something stood there.
FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
# Excel reads _x0041_ in a text as an escaped 'A', so the underscore itself has to be escaped.
ESCAPE_LIKE = "_(x[0-9A-Fa-f]{4}_)"

BLANK, LINE_FEED = 0x20, 0x0A  # as bytes; all blanks of XML are at most the first
# Bytes that need a closer look: markup, control characters, '_', and 0xEF, with which U+FFFE and U+FFFF begin.
_ODD = np.zeros(256, dtype=bool)
_ODD[[*range(32), *b"&<>_", 0x7F, 0xEF]] = True


def blocks(
    table: pa.Table, styles: Sequence[int], first_row: int, wraps: Mapping[str, float] | None = None
) -> Iterator[tuple[int, memoryview]]:
    """Yield the table's rows as (number of rows, UTF-8 XML of `<row>` elements), in order.

    `styles` holds the index of each column's cell format; `first_row` is the sheet's row, from 1, of the first; `wraps`
    names the columns whose text goes on to further lines, with how many characters a line holds.
    """
    heads = [f'<c r="{xl_col_to_name(index)}' for index in range(table.num_columns)]
    columns = [_made_once(column, style) for column, style in zip(table.columns, styles, strict=True)]
    for start in range(0, table.num_rows, BLOCK):
        block = table.slice(start, BLOCK)
        numbers = pa.array(np.arange(first_row + start, first_row + start + block.num_rows)).cast(pa.string())
        pieces: list[Piece] = ['<row r="', numbers, _heights(block, wraps or {})]
        for head, column, style in zip(heads, columns, styles, strict=True):
            pieces += _cells(head, numbers, column.slice(start, BLOCK).combine_chunks(), style)
        pieces.append("</row>")
        yield block.num_rows, _bytes(_joined(pieces))


def as_money(minor: pa.Array, places: int) -> pa.Array:
    """Turn whole minor units (int64) into decimals of so many places, exactly: 1234 pence are 12.34."""
    whole = minor.cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, places), len(whole), whole.buffers(), whole.null_count, whole.offset)


def _heights(block: pa.RecordBatch | pa.Table, wraps: Mapping[str, float]) -> pa.Array | str:
    """The end of each row's opening tag. Heights are written down, for not every program finds them out by itself."""
    if not wraps:
        return '">'
    lines = np.ones(block.num_rows, dtype=np.int64)
    for name, width in wraps.items():
        texts = block[name].combine_chunks()
        if pa.types.is_dictionary(texts.type):
            lengths = pc.utf8_length(texts.dictionary).take(texts.indices)
        else:
            lengths = pc.utf8_length(texts)
        needed = np.ceil(pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False) / width).astype(np.int64)
        lines = np.maximum(lines, needed)
    return _TAGS.take(pa.array(np.minimum(lines, MOST_LINES)))


def _made_once(values: pa.ChunkedArray, style: int) -> pa.ChunkedArray:
    """Make the tails of a column's cells once for each value, if its first block has few different ones."""
    first = values.slice(0, BLOCK)
    if not pa.types.is_dictionary(values.type):
        if pc.count_distinct(first).as_py() > len(first) * FEW:
            return values
        values = values.dictionary_encode()
    values = values.combine_chunks()
    tails = _joined(_tail(values.dictionary, style), "emit_null")
    return pa.chunked_array([pa.DictionaryArray.from_arrays(values.indices, tails)])


def _cells(head: str, numbers: pa.Array, values: pa.Array, style: int) -> list[Piece]:
    """The `<c>` elements of one column, in pieces to be joined; where there is no cell, there is no piece."""
    made = pa.types.is_dictionary(values.type)
    tail = [values.dictionary.take(values.indices)] if made else _tail(values, style)
    whole = [head, numbers, *tail]
    nulls = any(isinstance(piece, pa.Array) and piece.null_count for piece in tail)
    return [_joined(whole, "emit_null")] if nulls else whole


def _tail(values: pa.Array, style: int) -> list[Piece]:
    """Everything of a column's cells after the row's number, in pieces; one of them is null where there is no cell."""
    kind = values.type
    if pa.types.is_string(kind):
        return _text_tail(values, style)
    if pa.types.is_date32(kind):
        values = pc.add(values.cast(pa.int32()), DAYS_TO_1970)
    elif not (pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise TypeError(f"A column is of type {kind}, which no cell can hold.")
    return [f'" s="{style}"><v>', values.cast(pa.string()), "</v></c>"]


def _text_tail(texts: pa.Array, style: int) -> list[Piece]:
    """The same of texts. A text stands in the cell itself: there it is no formula."""
    texts = _cut(pc.if_else(pc.equal(pc.binary_length(texts), 0), None, texts))
    if _ODD[_codes(texts)].any():
        texts = _escaped(texts)
    space = ' xml:space="preserve"' if _has_edges(texts) else ""
    return [f'" s="{style}" t="inlineStr"><is><t{space}>', texts, "</t></is></c>"]


def _cut(texts: pa.Array) -> pa.Array:
    """Cut what is too long for a cell."""
    if (pc.max(pc.binary_length(texts)).as_py() or 0) <= LONGEST:
        return texts
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, CUT), " …", "")
    long = pc.and_(pc.greater(pc.binary_length(texts), LONGEST), pc.greater(pc.utf8_length(texts), CUT))
    return pc.if_else(long, cut, texts)


def _escaped(texts: pa.Array) -> pa.Array:
    """Replace what XML cannot hold and escape what it can, and what Excel would take for an escape."""
    for sign, other in (("\r\n", "\n"), ("\r", "\n")):
        texts = pc.replace_substring(texts, sign, other)
    texts = pc.replace_substring_regex(texts, FORBIDDEN, "\ufffd")
    texts = pc.replace_substring_regex(texts, ESCAPE_LIKE, r"_x005F_\1")
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        texts = pc.replace_substring(texts, sign, entity)
    return texts


def _has_edges(texts: pa.Array) -> bool:
    """Tell whether a reader of XML might drop blanks: those at a text's ends, and ends of lines."""
    data, ends = _codes(texts), _ends(texts)
    starts, stops = ends[:-1], ends[1:]
    some = stops > starts
    edges = np.concatenate([starts[some], stops[some] - 1]) - ends[0]
    return bool((data[edges] <= BLANK).any() or (data == LINE_FEED).any())


def _joined(pieces: Sequence[Piece], nulls: str = "replace") -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "", null_handling=nulls, null_replacement="")


def _codes(texts: pa.Array) -> np.ndarray:
    return np.frombuffer(_bytes(texts), dtype=np.uint8)


def _ends(texts: pa.Array) -> np.ndarray:
    """Where each text of an array begins in Arrow's buffer, and where the last one ends."""
    return np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]


def _bytes(texts: pa.Array) -> memoryview:
    """All texts of an array as one run of bytes, as they lie in Arrow's own buffer: nothing is copied."""
    data = texts.buffers()[2]
    if not len(texts) or not data:
        return memoryview(b"")
    ends = _ends(texts)
    return memoryview(data)[ends[0] : ends[-1]]
