"""How large a file may be before it is refused. The caller reads other values from its settings and hands them in."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20
GB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file. A million lines of 25 columns fit, as text and as a workbook."""

    file_bytes: int = 600 * MB
    page_bytes: int = 64 * MB  # of an HTML page, which takes ten times as much memory
    edifact_bytes: int = 16 * MB  # of an EDIFACT interchange, which takes thirty times as much memory
    edifact_segments: int = 750_000
    edifact_elements: int = 100  # of one segment, and components of one element; the standard has at most 25
    members: int = 1_000  # parts inside a workbook's zip
    unpacked_bytes: int = 2 * GB
    ratio: int = 200  # unpacked to packed, held against files that unpack to more than `ratio_from_bytes`
    ratio_from_bytes: int = 50 * MB
    sheets: int = 50
    rows: int = 1_048_576  # of one sheet; what Excel holds
    columns: int = 512
    cell_characters: int = 32_767  # what an Excel cell holds
    child_bytes: int = 6 * GB  # address space of the process that reads a workbook: 32 bytes a cell, and the text
    child_seconds: int = 300  # its processor time
