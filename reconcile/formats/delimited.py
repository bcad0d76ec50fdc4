"""Reads delimited text: its encoding and delimiter told from content, every cell as text, every record a row."""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from reconcile.formats.limits import MB, Limits
from reconcile.formats.sheets import Sheet, blanks, check_cells, check_size, frame, refusal

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 256 << 10
BLOCK = 32 * MB  # a record must fit into one
UTF8_BOM = codecs.BOM_UTF8
MISREAD_BOM = "ï»¿".encode()  # the mark read as Windows-1252 and saved as UTF-8: three letters before the first heading
SAVE_AS_UTF8 = "Open it where it came from, save it as “CSV UTF-8”, and upload that."


def read(path: Path, name: str, limits: Limits) -> list[Sheet]:
    """The file's one sheet. Raises Unreadable."""
    with path.open("rb") as file:
        data = mmap.mmap(
            file.fileno(), 0, access=mmap.ACCESS_READ
        )  # closed with its last user, an exception's frames too
    encoding = _encoding(data, name)
    # Text in UTF-8 is parsed where it lies in the file; any other is written anew in memory.
    text = pa.py_buffer(data) if encoding == "utf-8" else pa.py_buffer(_decode(data, encoding, name).encode())
    columns = _columns(_without_marks(text), name)
    rows = len(columns[0]) if columns else 0
    check_size(name, "", rows, len(columns), limits)
    check_cells(name, columns, limits)
    return [Sheet("", frame(columns, rows))]


def _encoding(data: mmap.mmap, name: str) -> str:
    """UTF-16 by its mark, UTF-8 when all of it is, else Windows-1252. Raises Unreadable for a mixture."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    at = data.find(b"\0")
    if at >= 0:
        line = _line_of(data, at)
        raise refusal(
            name,
            f"The file holds a NUL character in line {line:,}: it is damaged, or not a text file. "
            "Export it again from its source.",
            row=line,
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond_ascii = False
    for start in range(0, len(data), 4 * MB):
        piece = data[start : start + 4 * MB]
        try:
            text = decoder.decode(piece, start + 4 * MB >= len(data))
        except UnicodeDecodeError as error:
            at = start + error.start  # within a character of it, which is near enough for a line
            before = piece[: error.start]
            if beyond_ascii or not before.isascii():
                line = _line_of(data, at)
                raise refusal(
                    name,
                    f"The file is UTF-8 up to line {line:,} and then holds a byte that is not: two encodings are "
                    f"mixed, or it is damaged. {SAVE_AS_UTF8}",
                    row=line,
                ) from error
            return "cp1252"
        beyond_ascii = beyond_ascii or not text.isascii()
    return "utf-8"


def _line_of(data: mmap.mmap, at: int) -> int:
    return data[:at].count(b"\n") + 1


def _decode(data: mmap.mmap, encoding: str, name: str) -> str:
    try:
        return data[:].decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_of(data, error.start)
        raise refusal(
            name,
            f"The text in line {line:,} is neither UTF-8 nor Windows-1252 nor UTF-16. {SAVE_AS_UTF8}",
            row=line,
            value=repr(data[error.start : error.start + 1])[2:-1],
        ) from error


def _without_marks(text: pa.Buffer) -> pa.Buffer:
    """Skip byte order marks, also doubled and misread ones: they would be part of the first heading."""
    while True:
        start = text.slice(0, min(8, text.size)).to_pybytes()
        mark = next((m for m in (UTF8_BOM, MISREAD_BOM) if start.startswith(m)), b"")
        if not mark:
            return text
        text = text.slice(len(mark))


@dataclass(frozen=True, slots=True)
class _Shape:
    delimiter: str
    width: int  # of most records


def _shape(sample: str) -> _Shape:
    """The delimiter under which most records have the same, largest number of fields."""
    told = re.match(r'"?sep=([,;\t|])"?\r?\n', sample)
    best, best_score = _Shape(",", 1), 0
    for delimiter in (told[1],) if told else DELIMITERS:
        widths = Counter(len(record) for record in _records(sample, delimiter) if len(record) > 1)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] - 1), item[0]))
        if count * (width - 1) > best_score:
            best, best_score = _Shape(delimiter, width), count * (width - 1)
    return best


def _records(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:  # a field beyond the module's own bound: this is a sample, the rest is told later
        return []


def _sample(text: pa.Buffer) -> str:
    """The first lines, without the last one where it is cut."""
    start = text.slice(0, min(SAMPLE, text.size)).to_pybytes()
    if text.size > SAMPLE and (cut := start.rfind(b"\n")) > 0:
        start = start[: cut + 1]
    return start.decode(errors="replace")


def _columns(text: pa.Buffer, name: str) -> list[pa.ChunkedArray]:
    """The cells column by column, records of other lengths than most padded with ''."""
    if not text.size:
        return []
    shape = _shape(_sample(text))
    quotes = _count_quotes(text)
    if quotes % 2:
        _check_quotes_close(text, shape, name)
    try:
        return _parse(text, shape, bool(quotes)).columns
    except pa.ArrowInvalid:
        pass  # records of different lengths: once more, noting them
    odd: list[tuple[int, str]] = []

    def note(record: arrow_csv.InvalidRow) -> str:
        odd.append((record.number, record.text))
        return "skip"

    try:
        even = _parse(text, shape, bool(quotes), note)
    except pa.ArrowInvalid as error:
        raise refusal(
            name,
            f"The file holds a record longer than {BLOCK // MB} MB: a quotation mark is never closed, or this is not a "
            "table. Export it again from its source.",
        ) from error
    return _with_odd_records(even, odd, shape)


def _count_quotes(text: pa.Buffer) -> int:
    view = memoryview(text)
    return sum(bytes(view[start : start + 4 * MB]).count(b'"') for start in range(0, len(view), 4 * MB))


def _check_quotes_close(text: pa.Buffer, shape: _Shape, name: str) -> None:
    """Refuse a file that ends inside quotation marks: all its last lines would be one cell."""
    end = "end of file"
    lines = io.StringIO(text.to_pybytes().decode() + f"\n{end}\n", newline="")
    last: list[str] = []
    row = 0
    try:
        for row, last in enumerate(csv.reader(lines, delimiter=shape.delimiter), 1):  # noqa: B007
            pass
    except csv.Error:
        row += 1
        last = []
    if last != [end]:
        raise refusal(
            name,
            f"A quotation mark that opens in row {row:,} is never closed, so the rows below it would be lost. "
            "The file is cut off or damaged: export it again from its source, or mend that row.",
            row=row,
        )


def _parse(text: pa.Buffer, shape: _Shape, quoted: bool, note: object = None) -> pa.Table:
    """All records as text, blank lines kept. With `note`, records of another width go there; else ArrowInvalid."""
    names = [str(k) for k in range(shape.width)]
    return arrow_csv.read_csv(
        pa.BufferReader(text),
        # Only a single thread counts the records, and `note` needs the number.
        read_options=arrow_csv.ReadOptions(use_threads=note is None, column_names=names, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(
            delimiter=shape.delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={n: pa.string() for n in names}, strings_can_be_null=False, quoted_strings_can_be_null=False
        ),
    )


def _with_odd_records(even: pa.Table, odd: list[tuple[int, str]], shape: _Shape) -> list[pa.ChunkedArray]:
    """Put the records that were set aside back where they stand."""
    records = [next(iter(_records(text, shape.delimiter)), []) for _, text in odd]
    width = max([shape.width, *map(len, records)])
    total = even.num_rows + len(odd)
    places = np.array([number - 1 for number, _ in odd], dtype=np.int64)
    order = np.empty(total, dtype=np.int64)  # row of the file -> row of the even records followed by the odd ones
    is_odd = np.zeros(total, dtype=bool)
    is_odd[places] = True
    order[~is_odd] = np.arange(even.num_rows)
    order[places] = even.num_rows + np.arange(len(odd))
    columns = []
    for k in range(width):
        above = even.column(k) if k < shape.width else blanks(even.num_rows)
        below = pa.array([record[k] if k < len(record) else "" for record in records], pa.string())
        whole = pa.concat_arrays([*above.chunks, below])
        columns.append(pa.chunked_array([whole.take(pa.array(order))]))
    return columns
