"""The rows of a worksheet as XML, made from Arrow columns a block at a time. No row is ever a Python object.

A column's type says what its cells are: string is text (always text, whatever it begins with), decimal and integer are
numbers, date32 is a date. A null, and a text of no length, is no cell at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

BLOCK = 20_000  # rows a piece: some 20 MB of XML
LONGEST = 32_767  # what a cell can hold
CUT = 16_000  # what stays of a longer text: safe however many of its characters count twice
DAYS_TO_1970 = 25_569  # Excel counts days from the end of 1899

LINE_HEIGHT = 15  # points
MOST_LINES = 27  # as high as a row can be
_TAGS = pa.array(['">', '">', *(f'" ht="{n * LINE_HEIGHT}" customHeight="1">' for n in range(2, MOST_LINES + 1))])

# What XML cannot hold. It is shown as the replacement character: a person sees that something stood there.
FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
# Excel reads _x0041_ in a text as an escaped 'A', so the underscore itself has to be escaped.
ESCAPE_LIKE = "_(x[0-9A-Fa-f]{4}_)"

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
    for start in range(0, table.num_rows, BLOCK):
        block = table.slice(start, BLOCK).combine_chunks()
        numbers = pa.array(np.arange(first_row + start, first_row + start + block.num_rows)).cast(pa.string())
        cells = [
            _cells(column.chunk(0), numbers, xl_col_to_name(index), style)
            for index, (column, style) in enumerate(zip(block.columns, styles, strict=True))
        ]
        rows = pc.binary_join_element_wise(
            '<row r="',
            numbers,
            _heights(block, wraps or {}),
            *cells,
            "</row>",
            "",
            null_handling="replace",
            null_replacement="",
        )
        yield block.num_rows, _bytes(rows)


def as_money(minor: pa.Array, places: int) -> pa.Array:
    """Turn whole minor units (int64) into decimals of so many places, exactly: 1234 pence are 12.34."""
    whole = minor.cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, places), len(whole), whole.buffers(), whole.null_count, whole.offset)


def clean(texts: pa.Array) -> pa.Array:
    """Make texts fit for a cell, not yet for XML: nothing that XML forbids, nothing too long; '' becomes null."""
    texts = pc.if_else(pc.equal(pc.binary_length(texts), 0), None, texts)
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if longest > LONGEST:
        cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, CUT), " …", "")
        long = pc.and_(pc.greater(pc.binary_length(texts), LONGEST), pc.greater(pc.utf8_length(texts), CUT))
        texts = pc.if_else(long, cut, texts)
    if _odd(texts):
        texts = pc.replace_substring(texts, "\r\n", "\n")
        texts = pc.replace_substring(texts, "\r", "\n")
        texts = pc.replace_substring_regex(texts, FORBIDDEN, "\ufffd")
    return texts


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


def _cells(values: pa.Array, numbers: pa.Array, letter: str, style: int) -> pa.Array:
    """The `<c>` elements of one column, null where there is no cell."""
    head, kind = f'<c r="{letter}', values.type
    if pa.types.is_dictionary(kind):  # few different texts: make each once
        return pc.binary_join_element_wise(head, numbers, _tails(values.dictionary, style).take(values.indices), "")
    if pa.types.is_string(kind):
        return pc.binary_join_element_wise(head, numbers, _tails(values, style), "")
    if pa.types.is_date32(kind):
        values = pc.add(values.cast(pa.int32()), DAYS_TO_1970)
    elif not (pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise TypeError(f"Column {letter} is of type {kind}, which no cell can hold.")
    return pc.binary_join_element_wise(head, numbers, f'" s="{style}"><v>', values.cast(pa.string()), "</v></c>", "")


def _tails(texts: pa.Array, style: int) -> pa.Array:
    """Everything of a text cell after its row number. The text stands in the cell itself: there it is no formula."""
    texts = clean(texts)
    space = ""
    if _odd(texts):
        texts = pc.replace_substring_regex(texts, ESCAPE_LIKE, r"_x005F_\1")
        for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            texts = pc.replace_substring(texts, sign, entity)
    if pc.any(pc.match_substring_regex(texts, r"^\s|\s$|\n")).as_py():
        space = ' xml:space="preserve"'
    return pc.binary_join_element_wise(f'" s="{style}" t="inlineStr"><is><t{space}>', texts, "</t></is></c>", "")


def _odd(texts: pa.Array) -> bool:
    return bool(_ODD[np.asarray(_bytes(texts))].any())


def _bytes(texts: pa.Array) -> memoryview:
    """All texts of an array as one run of bytes, as they lie in Arrow's own buffer: nothing is copied."""
    if not len(texts):
        return memoryview(b"")
    ends = np.frombuffer(texts.buffers()[1], dtype=np.int32)[[texts.offset, texts.offset + len(texts)]]
    data = texts.buffers()[2]
    return memoryview(data)[ends[0] : ends[1]] if data else memoryview(b"")
