"""Return files: what was paid, as the campus writes it, or a sentence that says why not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bursar.formats import returns
from bursar.formats.checks import Wrong
from bursar.formats.fees import Unreadable

ASU = "Emplid,Date Paid,Reference Number,Charge Amount,Paid Amount,Item Type,Charge Description\n"
FIXED = """
code = "fixed"
title = "Fixed"
form = "fixed"
heading = false
sign = "-"
[[field]]
name = "user_id"
at = 1
width = 9
[[field]]
name = "amount"
at = 10
width = 9
[[field]]
name = "day"
at = 19
width = 6
format = "MMDDYY"
"""


def read(folder: Path, text: str, layout: str, encoding: str = "utf-8") -> pd.DataFrame:
    path = folder / "paid.csv"
    path.write_bytes(text.encode(encoding))
    return returns.read(path, "paid.csv", returns.load(layout))


def refused(folder: Path, text: str, layout: str) -> list[str]:
    with pytest.raises(Unreadable) as error:
        read(folder, text, layout)
    return [problem.message for problem in error.value.problems]


@pytest.mark.parametrize("code", returns.shipped())
def test_every_shipped_layout_of_returns_is_whole(code: str) -> None:
    assert returns.load(returns.shipped()[code]).code == code


def test_a_csv_is_read_by_its_headings(tmp_path: Path) -> None:
    text = ASU + '01234,02/29/2024,INST1,"1,300.00",12.50,531000000001,Lost\n'
    paid = read(tmp_path, text, returns.shipped()["asu"]).iloc[0]
    assert (paid["row"], paid["user_id"], paid["reference"]) == (2, "01234", "INST1")
    assert (paid["amount"], paid["charge"], paid["day"]) == (1250, 130000, pd.Timestamp(2024, 2, 29))


def test_two_equal_rows_are_two_payments(tmp_path: Path) -> None:
    found = read(tmp_path, ASU + "1,02/29/2024,R,5,5,X,Y\n" * 2, returns.shipped()["asu"])
    assert len(found) == 2 and found["key"].nunique() == 1


def test_a_fixed_file_with_negative_payments_is_turned(tmp_path: Path) -> None:
    paid = read(tmp_path, "000000123   -12.50022924\n", FIXED).iloc[0]
    assert (paid["user_id"], paid["amount"], paid["day"]) == ("000000123", 1250, pd.Timestamp(2024, 2, 29))


def test_a_line_that_ends_within_its_amount_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, "000000123   -12.50022924\n000000123   -1\n", FIXED) == [
        "Row 2 ends before column 18, where its amount does. It is cut off, or has another layout."
    ]


def test_windows_letters_and_semicolons_are_read(tmp_path: Path) -> None:
    text = "TransactionID;UserID;Zahlungseingang;Zahlungsdatum;Gebührentyp\nT1;u;20.05;31.12.2024;Mahngebühr\n"
    paid = read(tmp_path, text, returns.shipped()["slsp"], "cp1252").iloc[0]
    assert (paid["reference"], paid["amount"], paid["day"]) == ("T1", 2005, pd.Timestamp(2024, 12, 31))


def test_every_row_that_cannot_be_read_is_told_and_nothing_is_taken(tmp_path: Path) -> None:
    text = ASU + "1,02/30/2024,R,5,5,X,Y\n2,02/29/2024,R,5,five,X,Y\n"
    assert refused(tmp_path, text, returns.shipped()["asu"]) == [
        "Row 2, day: “02/30/2024” is not written as MM/DD/YYYY.",
        "Row 3, amount: “five” is no amount such as 12.50.",
    ]


def test_a_file_of_blank_lines_is_no_file_of_no_payments(tmp_path: Path) -> None:
    assert refused(tmp_path, "\n\n", returns.shipped()["csv"]) == [
        "The file is blank: not even its line of headings is there."
    ]


def test_a_missing_heading_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, "EMPLID,Paid\n1,2\n", returns.shipped()["sanmarcos"]) == [
        "The heading Amount Paid could not be found; there are EMPLID, Paid."
    ]


def test_a_row_that_is_cut_off_is_named(tmp_path: Path) -> None:
    assert (
        "Row 3 has fewer cells"
        in refused(tmp_path, ASU + "1,02/29/2024,R,5,5,X,Y\n2,02\n", returns.shipped()["asu"])[0]
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x =", "no TOML"),
        ('code = "a"\ntitle = "b"', "needs a field amount"),
        (FIXED.replace('"user_id"', '"emplid"'), "field 1.name is 'emplid'; it must be one of user_id, reference"),
        (FIXED.replace("form", "from"), "from is no key"),
        (FIXED.replace('"fixed"', '"round"'), "form is 'round'; it must be delimited or fixed."),
        (FIXED.replace("width", "place"), "needs at and width"),
        (returns.shipped()["csv"].replace('"Amount"', "3"), "field 3.heading is 3; it must be a text."),
        (returns.shipped()["csv"].replace('heading = "Amount"', ""), "The field amount needs its heading"),
        (returns.shipped()["csv"].replace("YYYY-MM-DD", "day"), "The field day: format is “day”"),
        (returns.shipped()["csv"].replace('"reference"', '"amount"'), "The field amount is there twice."),
        ('encoding = "ebcdic"\nseparator = ";;"\n' + returns.shipped()["csv"], "separator is ';;'; it must be one"),
    ],
)
def test_a_layout_that_is_wrong_says_so(text: str, told: str) -> None:
    with pytest.raises(Wrong) as error:
        returns.load(text)
    assert told in " ".join(error.value.sentences)
