"""Any file into sheets of text cells: told from its bytes, nothing dropped, nothing turned into null."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.formats import tables
from reconcile.formats.canonical import Problem, Unreadable
from reconcile.formats.limits import Limits

SAMPLES = Path(__file__).resolve().parents[3] / "../shared/samples"


def write(folder: Path, content: bytes | str, name: str = "report") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(folder: Path, content: bytes | str) -> list[list[str]]:
    (sheet,) = tables.load(write(folder, content), "report.csv")
    assert list(sheet.cells.columns) == list(range(sheet.cells.shape[1]))
    assert list(sheet.cells.index) == list(range(len(sheet.cells)))
    assert all(dtype == pd.StringDtype(na_value=float("nan")) for dtype in sheet.cells.dtypes)
    return sheet.cells.to_numpy().tolist()


def refusal(folder: Path, content: bytes | str, limits: Limits | None = None) -> Problem:
    with pytest.raises(Unreadable) as caught:
        tables.load(write(folder, content), "report.csv", limits or Limits())
    assert caught.value.name == "report.csv"
    (problem,) = caught.value.problems
    return problem


# --- Rows and cells of delimited text ---------------------------------------------------------------------------------


def test_it_keeps_every_row_blank_ones_too(tmp_path: Path) -> None:
    assert cells(tmp_path, "\na,b\n\n1,2\n,\n") == [["", ""], ["a", "b"], ["", ""], ["1", "2"], ["", ""]]


def test_it_reads_a_quoted_line_break_as_part_of_its_cell(tmp_path: Path) -> None:
    assert cells(tmp_path, 'a,b\n"x\ny",2\n3,4\n') == [["a", "b"], ["x\ny", "2"], ["3", "4"]]


def test_it_pads_rows_that_are_shorter_and_makes_room_for_longer_ones(tmp_path: Path) -> None:
    text = 'Report of March\n\na,b,c\n1,"x\ny",3\n\n4,5,6,"7\n8"\nTotal,9\n'
    assert cells(tmp_path, text) == [
        ["Report of March", "", "", ""],
        ["", "", "", ""],
        ["a", "b", "c", ""],
        ["1", "x\ny", "3", ""],
        ["", "", "", ""],
        ["4", "5", "6", "7\n8"],
        ["Total", "9", "", ""],
    ]


def test_it_turns_no_text_into_null(tmp_path: Path) -> None:
    row = ["NA", "N/A", "null", "NaN", "", "-", "00123", "1e5", " x ", "\xa0"]
    assert cells(tmp_path, ",".join(row) + "\n" + ",".join(f'"{c}"' for c in row)) == [row, row]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_takes_every_kind_of_line_end(tmp_path: Path, end: str) -> None:
    assert cells(tmp_path, f"a,b{end}1,2{end}") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_tells_the_delimiter_from_the_content(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["Invoice", "Amount", "Supplier", "Note"],
        *[[f"A{k}", f"{k},50" if delimiter != "," else f"{k}.50", "Smith; Sons", "x"] for k in range(9)],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["Banner: a, b, c, d, e, f"], [], *rows])
    assert [r[:4] for r in cells(tmp_path, text.getvalue())[2:]] == rows


def test_a_line_that_names_the_delimiter_is_believed_and_kept(tmp_path: Path) -> None:
    assert cells(tmp_path, "sep=;\na;b,c\n1;2\n") == [["sep=", ""], ["a", "b,c"], ["1", "2"]]


def test_it_reads_one_column(tmp_path: Path) -> None:
    assert cells(tmp_path, "Invoice\n1\n\n2\n") == [["Invoice"], ["1"], [""], ["2"]]


def test_quotation_marks_inside_a_cell_are_text(tmp_path: Path) -> None:
    assert cells(tmp_path, 'a,b\n5" disk,"he said ""no"""\n') == [["a", "b"], ['5" disk', 'he said "no"']]


def test_odd_rows_keep_their_place_in_a_file_of_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconcile.formats.delimited.BLOCK", 1 << 10)
    lines = [f'{k},"line {k}\nsecond",x' if k % 7 else f"{k},short" for k in range(5000)]
    rows = cells(tmp_path, "\n".join(lines))
    assert [row[0] for row in rows] == [str(k) for k in range(5000)]
    assert rows[14] == ["14", "short", ""]
    assert rows[15] == ["15", "line 15\nsecond", "x"]


@settings(deadline=None)  # how fast this machine is decides nothing
@given(rows=st.lists(st.lists(st.text('ab"\n\r é,#', max_size=6), min_size=1, max_size=5), max_size=30))
def test_any_table_that_the_standard_library_writes_comes_back(rows: list[list[str]]) -> None:
    rows = [["one", "two", "three"]] * 40 + rows
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    with tempfile.TemporaryDirectory() as folder, patch("reconcile.formats.delimited.BLOCK", 200):
        found = cells(Path(folder), text.getvalue())
    width = len(found[0])
    # Arrow loses the LF of a CR LF in a cell where a block ends between the two (here of 200 bytes, else of 32 MB).
    assert [[cell.replace("\r\n", "\r") for cell in row] for row in found] == [
        [cell.replace("\r\n", "\r") for cell in row] + [""] * (width - len(row)) for row in rows
    ]


# --- Encodings --------------------------------------------------------------------------------------------------------

ACCENTS = "Numéro,Amount £\nUniversité d’Évry,1\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_it_tells_the_encoding_from_the_content(tmp_path: Path, encoding: str) -> None:
    assert cells(tmp_path, ACCENTS.encode(encoding)) == [["Numéro", "Amount £"], ["Université d’Évry", "1"]]


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf", "ï»¿".encode(), b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb\xbf" + "ï»¿".encode()]
)
def test_a_byte_order_mark_is_never_part_of_the_first_heading(tmp_path: Path, mark: bytes) -> None:
    assert cells(tmp_path, mark + b'"Fund, code",b\n1,2\n') == [["Fund, code", "b"], ["1", "2"]]


def test_it_refuses_two_encodings_in_one_file(tmp_path: Path) -> None:
    problem = refusal(tmp_path, "a,é\n".encode() + "b,é\n".encode("cp1252"))
    assert (problem.row, "two encodings are mixed" in problem.message) == (2, True)


def test_it_refuses_bytes_that_are_no_text(tmp_path: Path) -> None:
    problem = refusal(tmp_path, b"a,b\nc,\x81\n")
    assert problem.row == 2
    assert problem.value == r"\x81"
    assert "CSV UTF-8" in problem.message


def test_it_refuses_a_nul_character_and_says_where(tmp_path: Path) -> None:
    problem = refusal(tmp_path, b"a,b\nc,d\ne,\0\n")
    assert problem.row == 3
    assert "NUL" in problem.message


def test_it_refuses_utf16_that_breaks_off(tmp_path: Path) -> None:
    assert "UTF-16" in refusal(tmp_path, "a,b\n1,2\n".encode("utf-16")[:-1]).message


# --- Files that are refused -------------------------------------------------------------------------------------------


def test_it_refuses_an_empty_file(tmp_path: Path) -> None:
    assert "empty" in refusal(tmp_path, b"").message


@pytest.mark.parametrize("content", [b"\n\n\n", b",,\n , ,\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"   "])
def test_it_refuses_a_file_of_blank_rows(tmp_path: Path, content: bytes) -> None:
    assert "blank" in refusal(tmp_path, content).message


def test_it_refuses_a_file_that_is_too_large(tmp_path: Path) -> None:
    assert "at most 1 MB" in refusal(tmp_path, b"a,b\n" * (1 << 19), Limits(file_bytes=1 << 20)).message


def test_it_refuses_a_huge_cell_and_says_where(tmp_path: Path) -> None:
    problem = refusal(tmp_path, "a,b\n1,2\n3," + "x" * (10 << 20) + "\n")
    assert (problem.row, problem.column) == (3, "B")
    assert "10,485,760 characters" in problem.message


def test_a_cell_is_measured_in_characters(tmp_path: Path) -> None:
    assert cells(tmp_path, "a\n" + "é" * 32_767)[1] == ["é" * 32_767]
    assert refusal(tmp_path, "a\n" + "é" * 32_768).row == 2


def test_it_refuses_a_record_beyond_every_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconcile.formats.delimited.BLOCK", 1 << 16)
    assert "quotation mark" in refusal(tmp_path, 'a,b\n1,"' + "x\n" * (1 << 18) + '"\n').message


@pytest.mark.parametrize("rest", ["4,5\n6,7\n", "4,5,6\n7,8,9\n", ""])
def test_it_refuses_a_quotation_mark_that_is_never_closed(tmp_path: Path, rest: str) -> None:
    problem = refusal(tmp_path, f'a,b\n1,2\n3,"open\n{rest}')
    assert problem.row == 3
    assert "never closed" in problem.message


def test_it_refuses_too_many_rows_and_columns(tmp_path: Path) -> None:
    assert "4 rows" in refusal(tmp_path, "a\n1\n2\n3\n", Limits(rows=3)).message
    assert "column C (3 columns)" in refusal(tmp_path, "a,b,c\n1,2,3\n", Limits(columns=2)).message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (b"\x1f\x8b\x08\0\0", "gzip"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "MHTML"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook\0".encode("utf-16-le"), "old format (.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le"), "old Office document"),
        (b"<?xml version='1.0'?><payment_data/>", "XML"),
    ],
)
def test_it_says_what_a_file_is_when_it_is_no_table(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(tmp_path, content).message


# --- HTML -------------------------------------------------------------------------------------------------------------


def test_it_reads_an_html_table_under_any_name(tmp_path: Path) -> None:
    page = """\ufeff<!-- x --><HTML xmlns:o="urn:schemas-microsoft-com:office:office"><title>t</title><body>
      <table><tr><td colspan="3">Banner</td></tr></table>
      <table><thead><tr><th>Invoice<br>Number</th><th>Amount</th><th>Name</th></tr></thead>
      <tr><td> 00123 </td><td>(1,234.50)</td><td>Smith &amp; Sons&nbsp;Ltd</td></tr><tr></tr>
      <tr><td>NA</td><td></td></tr></table></body></html>"""
    assert cells(tmp_path, page) == [
        ["Banner", "", ""],
        ["Invoice Number", "Amount", "Name"],
        ["00123", "(1,234.50)", "Smith & Sons\xa0Ltd"],
        ["", "", ""],
        ["NA", "", ""],
    ]


def test_a_table_inside_a_layout_table_counts_its_own_rows_only(tmp_path: Path) -> None:
    page = "<table><tr><td><table><tr><td>a</td></tr><tr><td>b</td></tr></table></td></tr></table>"
    assert cells(tmp_path, page) == [["a"], ["b"]]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_html_without_a_charset_is_read_as_what_it_is(tmp_path: Path, encoding: str) -> None:
    assert cells(tmp_path, "<table><tr><td>Éditions £5</td></tr></table>".encode(encoding)) == [["Éditions £5"]]


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><form><table><tr><td>User</td><td><input type=PASSWORD></td></tr></table></form></body></html>",
        "<!DOCTYPE html><html><body><p>Your session has expired.</p></body></html>",
        "<html><head><title>Single Sign-On</title></head><body>Please wait</body></html>",
        "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN' 'x'><html><body>Log in "
        "again</body></html>",
    ],
)
def test_it_recognises_an_expired_session(tmp_path: Path, page: str) -> None:
    assert "sign-in page" in refusal(tmp_path, page).message


def test_a_report_that_mentions_a_session_is_a_report(tmp_path: Path) -> None:
    assert cells(tmp_path, "<table><tr><td>Session expired workshop</td></tr></table>") == [
        ["Session expired workshop"]
    ]


def test_it_refuses_a_page_without_a_table(tmp_path: Path) -> None:
    assert "without a table" in refusal(tmp_path, "<html><body>Hello</body></html>").message
    assert "without a table" in refusal(tmp_path, "<html></html>").message


def test_a_page_expands_no_entity_and_no_endless_span(tmp_path: Path) -> None:
    page = '<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/hostname">]><table><tr><td>a&e;</td></tr></table>'
    assert cells(tmp_path, page)[0][0].startswith("a&e;")
    assert "column" in refusal(tmp_path, '<table><tr><td colspan="99999">a</td></tr></table>').message


def test_it_refuses_a_page_that_the_parser_would_cut_off(tmp_path: Path) -> None:
    problem = refusal(tmp_path, f"<table>\n<tr><td>{'x' * (11 << 20)}</td></tr><tr><td>b</td></tr></table>")
    assert "more than 10 MB" in problem.message
    assert "tables inside tables" in refusal(tmp_path, "<div>" * 3000 + "<table><tr><td>a</td></tr></table>").message
    assert "at most 1 MB" in refusal(tmp_path, "<table>" + " " * (2 << 20), Limits(page_bytes=1 << 20)).message


# --- XML --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'<?xml version="1.0"?>\n<payment_data xmlns="x">', True),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- c --><a/>", True),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"), True),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16-le"), True),
        (b"<payment_data>", True),
        (b"<ns:invoice xmlns:ns='x'>", True),
        (b"<!DOCTYPE bomb [<!ENTITY a 'b'>]><bomb/>", True),
        (b"<html><table>", False),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", False),
        (b"  <TABLE border=1>", False),
        (b"a,b\n<x>,2\n", False),
        (b"PK\x03\x04", False),
        (b"", False),
    ],
)
def test_xml_is_told_from_html_and_from_everything_else(tmp_path: Path, content: bytes, expected: bool) -> None:
    assert tables.is_xml(write(tmp_path, content)) is expected


# --- Real files -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("**/*.csv")), ids=lambda path: path.name)
def test_real_delimited_files_agree_with_the_standard_librarys_reader(path: Path) -> None:
    (sheet,) = tables.load(path, path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_bytes().decode("cp1252")
    expected = list(csv.reader(io.StringIO(text, newline="")))
    width = sheet.cells.shape[1]
    assert sheet.cells.to_numpy().tolist() == [row + [""] * (width - len(row)) for row in expected]
