"""Workbooks: what a hostile or broken one is refused with, and which text each kind of cell gives."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.formats import tables, unpack
from reconcile.formats.canonical import Problem, Unreadable
from reconcile.formats.limits import Limits
from reconcile.formats.sheets import NO_RESULT, Sheet
from reconcile.formats.workbook_guard import Oddities, _note_oddities

SAMPLES = Path(__file__).resolve().parents[3] / "../shared/samples"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
Parts = dict[str, bytes | str]


def sheet_xml(rows: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def related(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def relations(content: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{content}</Relationships>'


def content_types(content: str = '<Default Extension="xml" ContentType="application/xml"/>') -> str:
    return f'<Types xmlns="{PACKAGE}/content-types">{content}</Types>'


def parts(rows: str = '<row r="1"><c r="A1"><v>1</v></c></row>') -> Parts:
    """The parts of the smallest workbook there is, with one sheet."""
    sheets = '<sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets>'
    return {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relations(related(1, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            related(1, "worksheet", "worksheets/sheet1.xml") + related(2, "sharedStrings", "sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": sheet_xml(rows),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>',
    }


def pack(folder: Path, content: Parts) -> Path:
    path = folder / "report.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return path


def build(folder: Path, fill: Callable[[openpyxl.Workbook], None]) -> list[Sheet]:
    """Read what `fill` puts into a new workbook."""
    workbook = openpyxl.Workbook()
    fill(workbook)
    path = folder / "report.xlsx"
    workbook.save(path)
    return tables.load(path, "report.xlsx")


def refusal(path: Path, limits: Limits | None = None) -> Problem:
    with pytest.raises(Unreadable) as caught:
        tables.load(path, "report.xlsx", limits or Limits())
    (problem,) = caught.value.problems
    return problem


def grid(sheet: Sheet) -> list[list[str]]:
    return sheet.cells.to_numpy().tolist()


# --- Which text a cell gives ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12345, "12345"),
        (12.1, "12.1"),
        (-0.05, "-0.05"),
        (100.0, "100"),
        (0.1 + 0.2, "0.3"),
        (99999999.99, "99999999.99"),
        (-1234567890.12, "-1234567890.12"),
        (123456789012345, "123456789012345"),
        (2.675, "2.675"),
        (0.00001, "0.00001"),
        ("00123", "00123"),
        ("1.000000000", "1.000000000"),
        ("12.10", "12.10"),
        ("NA", "NA"),
        ("nan", "nan"),
        ("  x\xa0", "  x\xa0"),
        ("two\nlines", "two\nlines"),
        (True, "true"),
        (date(2025, 3, 1), "2025-03-01"),
        (datetime(2025, 3, 1, 12, 30), "2025-03-01 12:30:00"),
        (None, ""),
    ],
)
def test_each_kind_of_cell_gives_its_text(tmp_path: Path, value: object, expected: str) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.active.append(["Heading"])
        workbook.active.append([value])
        workbook.active.append(["end"])

    (sheet,) = build(tmp_path, fill)
    assert grid(sheet) == [["Heading"], [expected], ["end"]]


def test_cents_of_every_size_come_through_unchanged(tmp_path: Path) -> None:
    amounts = [
        sign * whole + cents / 100 for sign in (1, -1) for whole in (0, 9, 10**5, 10**8, 10**11) for cents in range(100)
    ]
    (sheet,) = build(tmp_path, lambda workbook: [workbook.active.append([a]) for a in amounts] and None)
    assert [float(text) for (text,) in grid(sheet)] == amounts
    assert max(len(text.partition(".")[2]) for (text,) in grid(sheet)) == 2


def test_rows_and_columns_count_from_the_sheets_corner(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.active["B3"] = "first"
        workbook.active["C5"] = "last"

    (sheet,) = build(tmp_path, fill)
    assert grid(sheet) == [["", "", ""], ["", "", ""], ["", "first", ""], ["", "", ""], ["", "", "last"]]


def test_a_merged_cell_holds_its_text_in_its_first_place(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.active.append(["Fund", "Amount"])
        workbook.active.append(["ABC", 1])
        workbook.active.append([None, 2])
        workbook.active.merge_cells("A2:A3")

    (sheet,) = build(tmp_path, fill)
    assert grid(sheet) == [["Fund", "Amount"], ["ABC", "1"], ["", "2"]]


def test_all_sheets_come_in_order_and_hidden_ones_are_marked(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.active.title = "first"
        for state in ("hidden", "veryHidden", "visible"):
            sheet = workbook.create_sheet(state)
            sheet.sheet_state = state
            sheet["A1"] = state
        workbook.create_chartsheet("chart")
        workbook.create_sheet("last")["A1"] = "#"

    sheets = build(tmp_path, fill)
    assert [(s.name, s.hidden) for s in sheets] == [
        ("first", False),
        ("hidden", True),
        ("veryHidden", True),
        ("visible", False),
        ("chart", False),
        ("last", False),
    ]
    assert [s.cells.shape for s in sheets] == [(0, 0), (1, 1), (1, 1), (1, 1), (0, 0), (1, 1)]


def test_errors_and_formulas_without_a_result_are_told_with_their_places(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.create_sheet("before")
        workbook.active["B2"] = "Amount"
        workbook.active["B3"] = "#N/A"
        workbook.active["B4"] = "=1+1"
        workbook.active["B5"] = "#DIV/0!"
        workbook.active["C4"] = 1

    sheet, _ = build(tmp_path, fill)
    assert sorted(sheet.errors) == [(3, 1, "#N/A"), (4, 1, NO_RESULT), (5, 1, "#DIV/0!")]
    assert [row[1] for row in grid(sheet)] == ["", "Amount", "#N/A", "", "#DIV/0!"]


def test_formulas_with_a_result_are_no_errors(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>IF(1,"","")</f><v></v></c>'
        '<c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="D1"><f t="shared" si="0"/><v>4</v></c>'
        '<c r="E1"><f t="shared" si="0"/></c><c r="F1" t="str"><f>"t=e"</f><v>x</v></c></row>'
    )
    (sheet,) = tables.load(pack(tmp_path, parts(rows)), "report.xlsx")
    assert grid(sheet) == [["2", "", "#DIV/0!", "4", "", "x"]]
    assert sorted(sheet.errors) == [(1, 2, "#DIV/0!"), (1, 4, NO_RESULT)]


def test_text_that_looks_like_the_files_own_marks_is_text(tmp_path: Path) -> None:
    text = '&lt;c t="e"> v>1234567890123456 t="e"'
    rows = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c><c r="B1"><v>1</v></c></row>'
    (sheet,) = tables.load(pack(tmp_path, parts(rows)), "report.xlsx")
    assert grid(sheet) == [[text.replace("&lt;", "<"), "1"]]
    assert (sheet.errors, sheet.damaged) == ((), ())


def test_a_date_that_the_file_writes_as_iso_text_stays_as_written(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="d"><v>2025-03-01</v></c><c r="B1" t="d"><v>2025-03-01T00:00:00</v></c></row>'
    (sheet,) = tables.load(pack(tmp_path, parts(rows)), "report.xlsx")
    assert grid(sheet) == [["2025-03-01", "2025-03-01T00:00:00"]]


def test_numbers_of_more_than_15_digits_are_told_by_column(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.active.append(["text", "number", "short", "exponent"])
        workbook.active.append(["9912345678901234", 1, 123456789012345, 1])
        workbook.active.append(["9912345678901234567", 9912345678901234, -1, 1])
        workbook.active.append(["9912345678901234", 9912345678901235, 1, 99123456789012340000])

    (sheet,) = build(tmp_path, fill)
    assert sheet.damaged == ((3, 1), (4, 3))


def test_oddities_are_found_wherever_in_a_large_sheet_they_stand(tmp_path: Path) -> None:
    odd = {
        7: '<c r="B7" t="e"><v>#REF!</v></c>',
        9_000: '<c r="B9000"><f>A1</f></c>',
        29_998: '<c r="C29998"><v>1.5E+17</v></c>',
        29_999: '<c r="B29999" s="3" t="e"><f t="shared" si="0"/><v>#N/A</v></c>',
    }
    filler = '<c r="A{0}" t="inlineStr"><is><t>line {0} of some longish description, 9912345678901234567</t></is></c>'
    rows = "".join(f'<row r="{k}">{filler.format(k)}{odd.get(k, "")}</row>' for k in range(1, 30_000))
    assert len(rows) > 3 * unpack.PIECE
    (sheet,) = tables.load(pack(tmp_path, parts(rows)), "report.xlsx")
    assert sheet.errors == ((7, 1, "#REF!"), (9_000, 1, NO_RESULT), (29_999, 1, "#N/A"))
    assert sheet.damaged == ((29_998, 2),)


MARKUP = ['<c r="A1">', '<c r="B1" t="e">', "<f>", "</f>", "<f/>", '<x:f a="1"/>', "<v>", "</v>", "<v/>", "<x:v></x:v>"]
TEXTS = ["</c>", "</x:c>", "1234567890123456", "-", "1.5E+17", "9e15", "of ", "é", "12", "\n", " ", "\0"]


@settings(deadline=None)  # how fast this machine is decides nothing
@given(content=st.lists(st.sampled_from(MARKUP + TEXTS), max_size=9).map("".join))
def test_the_quick_search_passes_over_nothing_that_the_exact_one_finds(content: str) -> None:
    def noted() -> Oddities:
        oddities = Oddities()
        _note_oddities(f'<c r="C1">{content}'.encode(), oddities, "report.xlsx")
        return oddities

    with patch("reconcile.formats.workbook_guard._holds", return_value=True):
        exactly = noted()
    assert noted() == exactly


def test_parts_may_carry_a_name_space_prefix(tmp_path: Path) -> None:
    content = parts()
    content["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="2"><x:c r="B2" t="e"><x:v>#N/A</x:v></x:c>'
        '<x:c r="C2"><x:v>1234567890123456</x:v></x:c><x:c r="D2"><x:f>A1</x:f></x:c></x:row></x:sheetData>'
        "</x:worksheet>"
    )
    (sheet,) = tables.load(pack(tmp_path, content), "report.xlsx")
    assert (sheet.errors, sheet.damaged) == (((2, 1, "#N/A"), (2, 3, NO_RESULT)), ((2, 2),))


def test_a_workbook_with_macros_is_read_like_any_other(tmp_path: Path) -> None:
    content = parts()
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    content["[Content_Types].xml"] = content_types(f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/>')
    content["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0"
    (sheet,) = tables.load(pack(tmp_path, content), "report.xlsm")
    assert grid(sheet) == [["1"]]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("path", sorted((SAMPLES.parent).glob("**/*.xlsx")), ids=lambda path: path.name)
def test_real_workbooks_agree_with_openpyxl_cell_by_cell(path: Path) -> None:
    def text(value: object) -> str:
        if isinstance(value, float):
            return f"{value:.15g}"
        if isinstance(value, datetime):
            return str(value).removesuffix(" 00:00:00")
        return str(value)

    theirs = openpyxl.load_workbook(path, data_only=True, read_only=True)  # else it shows links' targets as text
    for sheet in tables.load(path, path.name):
        rows = theirs[sheet.name].iter_rows(values_only=True)
        expected = {(r, c): text(v) for r, row in enumerate(rows) for c, v in enumerate(row) if v is not None}
        assert {(r, c): v for r, row in enumerate(grid(sheet)) for c, v in enumerate(row) if v} == expected


# --- What is refused --------------------------------------------------------------------------------------------------


def test_it_refuses_a_truncated_zip(tmp_path: Path) -> None:
    path = pack(tmp_path, parts())
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged or was not downloaded completely" in refusal(path).message


def test_it_refuses_a_part_that_does_not_unpack(tmp_path: Path) -> None:
    path = pack(
        tmp_path, parts("".join(f'<row r="{k}"><c r="A{k}"><v>{k * 7919 % 1013}</v></c></row>' for k in range(1, 999)))
    )
    content = bytearray(path.read_bytes())
    at = content.find(b"sheet1.xml") + 400
    content[at : at + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert "damaged" in refusal(path).message


def test_it_refuses_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    assert "Unpack it" in refusal(pack(tmp_path, {"report.csv": "a,b\n"})).message
    assert "OpenDocument" in refusal(pack(tmp_path, {"content.xml": "<a/>"})).message
    assert ".xlsb" in refusal(pack(tmp_path, {"[Content_Types].xml": "<a/>", "xl/workbook.bin": b""})).message
    assert (
        "without a workbook"
        in refusal(pack(tmp_path, {"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"})).message
    )


@pytest.mark.parametrize("missing", ["xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
def test_it_refuses_a_workbook_with_a_part_missing(tmp_path: Path, missing: str) -> None:
    content = parts()
    del content[missing]
    assert "damaged" in refusal(pack(tmp_path, content)).message


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\windows\\x", "xl\\..\\..\\x"])
def test_it_refuses_path_names_in_the_zip(tmp_path: Path, name: str) -> None:
    assert "points outside the workbook" in refusal(pack(tmp_path, parts() | {name: "x"})).message


def test_it_refuses_a_zip_bomb_by_its_declared_size(tmp_path: Path) -> None:
    path = pack(tmp_path, parts() | {"xl/media/image1.png": bytes(3 << 20)})
    assert "more than 2 MB" in refusal(path, Limits(unpacked_bytes=2 << 20)).message


def test_it_refuses_a_zip_bomb_by_its_ratio(tmp_path: Path) -> None:
    path = pack(tmp_path, parts() | {"xl/media/image1.png": bytes(60 << 20)})
    assert "200 times" in refusal(path).message


def test_it_does_not_believe_a_declared_size(tmp_path: Path) -> None:
    path = pack(tmp_path, parts() | {"xl/media/image1.png": bytes(3 << 20)})
    true, false = (3 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, false))
    assert "damaged" in refusal(path, Limits(unpacked_bytes=2 << 20)).message


def test_it_refuses_too_many_parts_and_sheets(tmp_path: Path) -> None:
    assert "6 parts; at most 5" in refusal(pack(tmp_path, parts()), Limits(members=5)).message
    workbook = openpyxl.Workbook()
    workbook.create_sheet()
    workbook.save(tmp_path / "report.xlsx")
    assert "2 sheets; at most 1" in refusal(tmp_path / "report.xlsx", Limits(sheets=1)).message


def test_it_refuses_too_many_rows_and_columns_and_names_the_sheet(tmp_path: Path) -> None:
    path = pack(tmp_path, parts('<row r="1"><c r="A1"><v>1</v></c></row><row r="4"><c r="C4"><v>1</v></c></row>'))
    assert "“Data” has 4 rows" in refusal(path, Limits(rows=3)).message
    assert "“Data” reaches to column C" in refusal(path, Limits(columns=2)).message


def entity(doctype: str, encoding: str = "utf-8") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!-- x -->{doctype}<sst xmlns="{MAIN}"><si><t>&g;</t></si></sst>'
    )
    return text.encode(encoding)


BOMB = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {c} '{f'&{p};' * 10}'>" for p, c in zip("abcdef", "bcdefg", strict=True))
    + "]>"
)
SMALL = "<!DOCTYPE x [<!ENTITY g 'gotcha'>]>"


@pytest.mark.parametrize(
    "part", [entity(BOMB), entity(SMALL), entity(SMALL, "utf-16"), entity("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>")]
)
@pytest.mark.parametrize(
    "name", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "docProps/app.xml", "_rels/.rels"]
)
def test_it_refuses_a_document_type_in_any_part(tmp_path: Path, name: str, part: bytes) -> None:
    problem = refusal(pack(tmp_path, parts() | {name: part}))
    assert f"The part {name} of the workbook declares a document type" in problem.message


def test_a_document_type_may_not_hide_behind_a_long_comment(tmp_path: Path) -> None:
    hidden = f"<!--{'x' * (3 << 20)}-->{SMALL}<sst><si><t>a</t></si></sst>"
    assert "declares a document type" in refusal(pack(tmp_path, parts() | {"xl/sharedStrings.xml": hidden})).message


def far(cell: str) -> str:
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{cell}"><v>1</v></c></row>'


@pytest.mark.skipif(sys.platform != "linux", reason="limits on a process are Linux's here")
@pytest.mark.parametrize("cell", ["XFD1048576", "SR1048576"])
def test_a_cell_far_away_ends_the_reader_and_not_the_product(tmp_path: Path, cell: str) -> None:
    problem = refusal(pack(tmp_path, parts(far(cell))))
    assert f"a cell at {cell}" in problem.message
    assert "Delete the rows below" in problem.message


def test_a_cell_far_to_the_right_is_too_wide(tmp_path: Path) -> None:
    assert "reaches to column XFD" in refusal(pack(tmp_path, parts(far("XFD2")))).message


@pytest.mark.skipif(sys.platform != "linux", reason="limits on a process are Linux's here")
def test_a_sheet_that_needs_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, parts(far("CZ90000")))
    assert "more than 300 MB of memory" in refusal(path, Limits(child_bytes=300 << 20)).message


@pytest.mark.skipif(sys.platform != "linux", reason="limits on a process are Linux's here")
def test_a_sheet_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{k}">' + f"<c><v>{k}</v></c>" * 100 + "</row>" for k in range(1, 36_000))
    assert "too long to read" in refusal(pack(tmp_path, parts(rows)), Limits(child_seconds=1)).message


def test_it_refuses_a_huge_cell_and_says_where(tmp_path: Path) -> None:
    rows = '<row r="2"><c r="B2" t="inlineStr"><is><t>' + "x" * (10 << 20) + "</t></is></c></row>"
    problem = refusal(pack(tmp_path, parts(rows)))
    assert (problem.row, problem.column) == (2, "B")


def test_it_refuses_a_workbook_without_anything_in_it(tmp_path: Path) -> None:
    assert "blank" in refusal(pack(tmp_path, parts(""))).message


def test_it_refuses_an_encrypted_zip(tmp_path: Path) -> None:
    path = pack(tmp_path, parts())
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    assert "protected by a password" in refusal(path).message


def test_error_cells_without_a_place_are_refused_rather_than_lost(tmp_path: Path) -> None:
    path = pack(tmp_path, parts('<row><c t="e"><v>#N/A</v></c><c><v>1</v></c></row>'))
    assert "does not say in which cells" in refusal(path).message


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    tables.load(pack(tmp_path, parts()), "report.xlsx")
    refusal(pack(tmp_path, parts(far("XFD2"))))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_reader_starts_without_the_product_and_its_libraries() -> None:
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    child = Path(tables.__file__).parent / "workbook_child.py"
    done = subprocess.run([sys.executable, "-P", "-c", code, child], capture_output=True, text=True, check=True)
    assert not {"pandas", "django", "reconcile"} & set(done.stdout.split())
