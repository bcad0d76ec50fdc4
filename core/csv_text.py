"""Tables as CSV that Excel takes as they are meant: UTF-8 with its mark, lines that end in CRLF, harmless texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

MARK = "\ufeff"  # tells Excel that what follows is UTF-8
ROWS = 500  # sent at once: a response of one row each takes longer to send than to write


def harmless(cell: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def pieces(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a table as CSV, many rows at a time. Cells are written as they are: make what people typed `harmless`."""
    yield MARK + _written([headings])
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS)):
        yield _written(some)


def _written(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
