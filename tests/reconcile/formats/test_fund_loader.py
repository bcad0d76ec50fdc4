from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from reconcile.formats import budgets
from reconcile.formats.fund_loader import HEADINGS, Allocation, write

YEAR = budgets.Year("2024/25", date(2024, 8, 1), date(2025, 7, 31))
# What a spreadsheet would have damaged, or takes for a total, is told of when it is read and is no loss of ours.
words = st.from_regex(r"[A-Z][A-Za-z;,\"'&£é/-]{1,12}( [a-z=+;,\"'£]{1,8}){0,3}", fullmatch=True)
codes = st.from_regex(r"[A-Z]{2,5}-[A-Z]{2}[A-Z0-9]{0,4}", fullmatch=True)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_it_is_the_documented_table() -> None:
    data = write(
        [Allocation("LAW-BK", "22", 1000000), Allocation("ART-BK", "22", -5, "LIBRA-7", "Moved, by hand")], "GBP"
    )
    assert data == (
        b"FUND_EXTERNAL_ID,FISCAL_PERIOD_ID,AMOUNT,TRANSACTION_REFERENCE_NUMBER,TRANSACTION_NOTE\r\n"
        b"LAW-BK,22,10000.00,,\r\n"
        b'ART-BK,22,-0.05,LIBRA-7,"Moved, by hand"\r\n'
    )


def test_a_note_stays_on_its_line() -> None:
    assert rows_of(write([Allocation("LAW-BK", "22", 1, "", "One\r\ntwo\tthree")], "GBP"))[1][4] == "One two three"


def test_a_currency_without_decimals_has_none() -> None:
    assert rows_of(write([Allocation("LAW-BK", "22", 1500)], "JPY"))[1][2] == "1500"


@given(st.lists(st.builds(Allocation, codes, st.just("22"), st.integers(-(10**12), 10**12), codes, words)))
def test_every_amount_is_written_to_the_penny(allocations: list[Allocation]) -> None:
    heading, *rows = rows_of(write(allocations, "GBP"))
    assert tuple(heading) == HEADINGS
    assert [
        Allocation(
            fund, period, round(100 * int(whole) + (-1 if whole.startswith("-") else 1) * int(part)), reference, note
        )
        for fund, period, amount, reference, note in rows
        for whole, _, part in [amount.partition(".")]
    ] == allocations


@given(
    st.lists(
        st.builds(Allocation, codes, st.just("22"), st.integers(0, 10**12), st.just("") | codes, st.just("") | words),
        unique_by=lambda one: one.fund,
        min_size=1,
        max_size=30,
    )
)
def test_what_is_written_is_read_again(allocations: list[Allocation]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "loader.csv"
        path.write_bytes(write(allocations, "GBP"))
        found = budgets.read(path, "loader.csv", budgets.Told(YEAR))
    assert found.kind == budgets.LOADER and found.period == "22"
    read = [Allocation(each.fund, found.period, each.amount, each.reference, each.note) for each in found.rows]
    assert read == allocations
    assert write(read, "GBP") == write(allocations, "GBP")
