from __future__ import annotations

from collections.abc import Callable

from reconcile.formats import Reading

Take = Callable[..., Reading]


def test_a_report_of_orders_is_its_own_side(take: Take) -> None:
    headings = [
        "Order",
        "Supplier",
        "Supplier Number",
        "Line",
        "Description",
        "Ordered Amount",
        "Currency",
        "Creation Date",
        "Status",
    ]
    rows = [
        ["70010001", "Gobi", "1", "1", "Books", "1,000.00", "GBP", "01-Aug-2024", "Open"],
        ["Total", "", "", "", "", "1,000.00", "", "", ""],
    ]
    reading = take([headings, *rows])
    line = reading.lines.iloc[0]
    assert (reading.kind, reading.side, reading.total, reading.documents) == ("oracle_orders", "orders", 100000, 1)
    assert (line["po_number"], line["description"], str(line["accounting_date"].date())) == (
        "70010001",
        "Books",
        "2024-08-01",
    )
    assert reading.excluded == {"total_row": 1}
