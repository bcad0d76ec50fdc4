from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile.formats import Mapping, Reading, Unrecognised, mapped

HEADINGS = ["Firm", "Ref.", "Sum", "When", "Colour", ""]
MAPPING = Mapping(
    side="oracle",
    headings=mapped.fingerprint(HEADINGS),
    columns={"supplier_name": "Firm", "invoice_number": "Ref.", "amount": "Sum", "accounting_date": "When"},
    date_order="mdy",
)
ROWS = [["Gobi", "G1", "4.00", "03/25/2025", "red", ""], ["Total", "", "4.00", "", "", ""]]
Take = Callable[..., Reading]


def test_a_saved_mapping_reads_files_with_its_headings(take: Take) -> None:
    reading = take([["A title"], HEADINGS, *ROWS], mappings=(MAPPING,))
    assert (reading.kind, reading.side, reading.heading_row, reading.total) == ("mapped_oracle", "oracle", 2, 400)
    assert (str(reading.first), reading.excluded) == ("2025-03-25", {"total_row": 1})
    assert reading.columns["amount"] == "Sum"


def test_a_mapping_does_not_hold_for_other_headings(take: Take) -> None:
    with pytest.raises(Unrecognised):
        take([[*HEADINGS[:5], "New"], *ROWS], mappings=(MAPPING,))
