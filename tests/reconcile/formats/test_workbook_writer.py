from __future__ import annotations

import zipfile
import zlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import fastexcel
import openpyxl
import pyarrow as pa
import pytest
from isal import isal_zlib
from openpyxl.worksheet.worksheet import Worksheet

from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_formulas import add, amount, rows
from reconcile.formats.workbook_writer import COMPRESSION, FIRST, HEADING, Book, Column, Listing, Page, write

COLUMNS = (
    Column("number", "Group", 10, "number"),
    Column("text", "Invoice", 20),
    Column("amount", "Amount", 14, "money"),
    Column("day", "Date", 11, "date"),
    Column("said", "Explanation", 20, "wrapped"),
)


def listing(
    texts: list[str],
    minor: list[int | None] | None = None,
    days: list[date | None] | None = None,
    said: list[str] | None = None,
    **more: int,
) -> Listing:
    count = len(texts)
    table = pa.table(
        {
            "number": pa.array(range(1, count + 1), pa.int64()),
            "text": pa.array(texts, pa.string()),
            "amount": as_money(pa.array(minor or [100] * count, pa.int64()), 2),
            "day": pa.array(days or [None] * count, pa.date32()),
            "said": pa.array(said or [""] * count, pa.string()).dictionary_encode(),
        }
    )
    return Listing("Matched", "Matched", "What stands here.", COLUMNS, table, **more)


def written(path: Path, *sheets: Listing | Page, currency: str = "GBP") -> openpyxl.Workbook:
    made = datetime(2025, 4, 3, 10, 15, tzinfo=UTC)
    write(Book("Libra: March 2025", "Run 1, R&D", "Libra", made, currency, sheets), path)
    return openpyxl.load_workbook(path)


def column(sheet: Worksheet, letter: str) -> list[object]:
    return [cell.value for cell in sheet[letter][FIRST:]]


HOSTILE = [
    "=1+1",
    "+1",
    "@x",
    "-2",
    "=cmd|' /C calc'!A0",
    "00123",
    "1E5",
    "<b>&amp;</b>",
    '"',
    "Привет 書",
    "  two  blanks  ",
    "a\nb",
]


def test_text_stays_text_whatever_it_begins_with(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", listing(HOSTILE))["Matched"]
    assert column(sheet, "B") == HOSTILE
    assert {cell.data_type for cell in sheet["B"][FIRST:]} <= {"s", "inlineStr"}


def test_few_different_texts_are_written_like_many(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", listing(HOSTILE, said=HOSTILE))["Matched"]
    assert column(sheet, "E") == HOSTILE


def test_every_formula_is_one_of_ours(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", listing(HOSTILE))["Matched"]
    formulas = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == ["A3", "C3"]


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\x1f", "\x7f", "\ufffe", "\uffff"])
def test_it_shows_that_a_character_cannot_be_shown(tmp_path: Path, text: str) -> None:
    sheet = written(tmp_path / "a.xlsx", listing([f"a{text}b"]))["Matched"]
    assert column(sheet, "B") == ["a\ufffdb"]


def test_it_escapes_what_looks_like_an_escape(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx", listing(["_x0041_"]))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert b"<t>_x005F_x0041_</t>" in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", [" a", "a\t", "a\nb"])
def test_it_tells_readers_to_keep_blanks(tmp_path: Path, text: str) -> None:
    written(tmp_path / "a.xlsx", listing([text]))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert f'<t xml:space="preserve">{text}</t>'.encode() in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", ["a b", "€ or £"])
def test_it_says_nothing_of_blanks_where_none_can_get_lost(tmp_path: Path, text: str) -> None:
    written(tmp_path / "a.xlsx", listing([text]))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert f"<t>{text}</t>".encode() in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("different", [1, 3_000])
def test_few_and_many_different_values_are_written_alike(tmp_path: Path, different: int) -> None:
    texts = [f"A-{n % different}" if n % 7 else "" for n in range(3_000)]
    minor = [n % different if n % 5 else None for n in range(3_000)]
    days = [date(2025, 3, 1) + timedelta(days=n % different) if n % 3 else None for n in range(3_000)]
    sheet = written(tmp_path / "a.xlsx", listing(texts, minor, days, texts))["Matched"]
    assert column(sheet, "B") == column(sheet, "E") == [text or None for text in texts]
    assert column(sheet, "C") == [None if amount is None else amount / 100 for amount in minor]
    assert column(sheet, "D") == [day and datetime(day.year, day.month, day.day) for day in days]


def test_it_cuts_a_text_that_no_cell_can_hold(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", listing(["x" * 40_000, "€" * 12_000]))["Matched"]
    long, fits = column(sheet, "B")
    assert str(long).endswith("x …") and len(str(long)) < 32_767
    assert fits == "€" * 12_000


def test_amounts_and_dates_are_numbers_and_dates(tmp_path: Path) -> None:
    sheet = written(
        tmp_path / "a.xlsx", listing(["a", "b", "c"], [-5, 123456, None], [date(2025, 3, 31), date(1999, 1, 2), None])
    )["Matched"]
    assert column(sheet, "C") == [-0.05, 1234.56, None]
    assert column(sheet, "D") == [datetime(2025, 3, 31), datetime(1999, 1, 2), None]
    assert sheet["C5"].number_format == '"£"#,##0.00;[Red]-"£"#,##0.00'
    assert sheet["B5"].number_format == "@"


@pytest.mark.parametrize(("currency", "places", "style"), [("JPY", 0, '"JP¥"#,##0'), ("BHD", 3, '"BHD"#,##0.000')])
def test_an_amount_has_its_currency_s_decimals(tmp_path: Path, currency: str, places: int, style: str) -> None:
    table = pa.table({"amount": as_money(pa.array([1234567]), places)})
    one = Listing("Matched", "", "", (Column("amount", "Amount", 9, "money"),), table)
    sheet = written(tmp_path / "a.xlsx", one, currency=currency)["Matched"]
    assert sheet["A5"].value == 1234567 / 10**places
    assert sheet["A5"].number_format.startswith(style)


def test_it_refuses_a_column_that_no_cell_can_hold(tmp_path: Path) -> None:
    table = pa.table({"amount": pa.array([1.5])})
    with pytest.raises(TypeError, match="double"):
        written(tmp_path / "a.xlsx", Listing("Matched", "", "", (Column("amount", "", 9, "money"),), table))
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_is_ready_to_be_read_filtered_and_printed(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", listing(["a", "b"], printed=3))["Matched"]
    assert [cell.value for cell in sheet[HEADING + 1]] == ["Group", "Invoice", "Amount", "Date", "Explanation"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("B5", "A4:E6", "$4:$4")
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize), sheet.page_setup.fitToHeight) == (
        "landscape",
        "9",
        0,
    )
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area == "'Matched'!$A$1:$C$6"
    assert (sheet.oddHeader.left.text, sheet.oddFooter.left.text) == ("Libra: March 2025", "Run 1, R&&D")
    assert sheet.oddFooter.right.text == "Page &P of &N"
    assert sheet.column_dimensions["B"].width > 20


def test_a_row_is_as_high_as_its_longest_text(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", listing(["a", "b"], said=["word " * 20, "word"]))["Matched"]
    assert [sheet.row_dimensions[row].height for row in (5, 6)] == [75, None]


def test_an_empty_list_says_so(tmp_path: Path) -> None:
    empty = listing([])
    sheet = written(tmp_path / "a.xlsx", empty)["Matched"]
    assert sheet["A5"].value == "Nothing stands here."
    assert (amount(empty, "amount").value, rows(empty, "number").value) == (0, 0)


def test_more_rows_than_a_sheet_holds_go_on_to_the_next(tmp_path: Path) -> None:
    long = listing([str(n) for n in range(7)], list(range(7)), sheet_rows=FIRST + 3)
    book = written(tmp_path / "a.xlsx", long)
    assert book.sheetnames == ["Matched", "Matched 2", "Matched 3"]
    assert [column(book[name], "B") for name in book.sheetnames] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert book["Matched 2"]["A1"].value == "Matched (rows 4 to 6)"
    assert amount(long, "amount").formula == "SUM('Matched'!$C$5:$C$7)+SUM('Matched 2'!$C$5:$C$7)+SUM('Matched 3'!$C$5)"
    assert amount(long, "amount").value == Decimal("0.21")


def test_totals_under_a_condition_are_formulas_with_their_values() -> None:
    mixed = listing(["a", "b", "a"], [100, 20, None])
    found = amount(mixed, "amount", {"text": "a"})
    assert found.formula == """SUMIFS('Matched'!$C$5:$C$7,'Matched'!$B$5:$B$7,"a")"""
    assert found.value == Decimal("1.00")
    counted = rows(mixed, "amount", {"text": "a"})
    assert counted.formula == """COUNTIFS('Matched'!$B$5:$B$7,"a",'Matched'!$C$5:$C$7,"<>")"""
    assert counted.value == 1
    assert add(found, found).value == Decimal("2.00")
    assert (add().formula, add().value) == ("0", 0)


def test_stored_values_are_there_for_those_who_do_not_recalculate(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx", listing(["a", "b"], [100, 25]))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)["Matched"]
    assert (sheet["A3"].value, sheet["C3"].value) == (2, 1.25)


def test_another_reader_finds_the_same(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx", listing(HOSTILE))
    sheet = fastexcel.read_excel(str(tmp_path / "a.xlsx")).load_sheet("Matched", header_row=HEADING, dtypes="string")
    assert sheet.to_arrow()["Invoice"].to_pylist()[:6] == HOSTILE[:6]


def test_the_same_book_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        written(tmp_path / name, listing(HOSTILE))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    properties = openpyxl.load_workbook(tmp_path / "a.xlsx").properties
    assert (properties.created, properties.modified) == (datetime(2025, 4, 3, 10, 15),) * 2


def test_isa_l_compresses_it(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx", listing(["word"] * 5_000))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert package.testzip() is None
        sheet = package.getinfo("xl/worksheets/sheet1.xml")
        text, packed = package.read(sheet), sheet.compress_size
    assert packed == pytest.approx(len(isal_zlib.compress(text, COMPRESSION, wbits=-15)), rel=0.01)
    assert packed != pytest.approx(len(zlib.compress(text, 1)), rel=0.01)


def test_it_says_how_many_rows_are_written(tmp_path: Path) -> None:
    told: list[int] = []
    write(
        Book("", "", "", datetime(2025, 4, 3, tzinfo=UTC), "GBP", [listing(["a"] * 30_000)]),
        tmp_path / "a.xlsx",
        told.append,
    )
    assert told == [20_000, 30_000]
