"""Year end: every open order, with what to do about it and what that does to the commitment; a page and a workbook."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

from . import vault
from .year_end_rows import CLOSE, RELEASE, ROLL, Row, sheet
from .year_end_workbook import write_workbook

__all__ = ["CLOSE", "RELEASE", "ROLL", "Row", "sheet", "workbook"]


def workbook(year: int, today: date | None = None) -> Path:
    """Write the worksheet of a financial year for finance and return where it is kept; each call writes it anew."""
    path = vault.root() / "workbooks" / f"year-end-{year}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{uuid.uuid4().hex}")
    write_workbook(sheet(year, today), year, fresh)
    return fresh.replace(path)
