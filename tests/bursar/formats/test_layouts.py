"""Layouts: what they promise to the letter, and what they refuse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.formats import export_xml, layout, layout_toml, layout_writer
from bursar.formats.layout import Layout
from bursar.formats.layout_writer import Made, Occasion
from tests.bursar.made import fee, user, written

DAY = date(2024, 2, 29)
FIELDS = ("item_type", "label", "term", "original_reference", "export", "sequence", "profile")

FIXED = """
code = "small"
title = "Small"
form = "fixed"
encoding = "ascii"
separator = ""
[files]
charges = "out_{YYYYMMDD}_{n}.dat"
reversals = "back.dat"
[[header]]
name = "COUNT"
kind = "count"
value = "count"
width = 4
justify = "right"
pad = "0"
[[header]]
name = "TOTAL"
kind = "money"
value = "total"
width = 8
justify = "right"
pad = "0"
[[column]]
name = "ID"
value = "{user_id}"
width = 9
required = true
[[column]]
name = "AMOUNT"
kind = "money"
value = "amount"
width = 8
justify = "right"
pad = "0"
[[column]]
name = "NAME"
value = "{name}"
width = 10
[[column]]
name = "TITLE"
value = "{title}"
"""


def fees(folder: Path, *users: str, **told: Any) -> pd.DataFrame:
    """Read fees, and add what sorting adds to them."""
    found = export_xml.read(written(folder, *users), "export.xml").fees
    blanks = dict.fromkeys(FIELDS, "")
    return found.assign(run=pd.Timestamp(DAY), due=pd.Timestamp(2024, 3, 25), **{**blanks, **told})


def made(text: str, frame: pd.DataFrame, kind: str = "charges") -> Made:
    return layout_writer.write(kind, frame, layout_toml.load(text), Occasion(DAY, "77", 3, "LIB"))


def faults(text: str, frame: pd.DataFrame, *, reversals: bool = False) -> list[str]:
    return [each.message for each in layout_writer.faults(frame, layout_toml.load(text), reversals=reversals)]


def test_fixed_fields_stand_in_their_columns_below_count_and_total(tmp_path: Path) -> None:
    found = made(FIXED, fees(tmp_path, user("09876", fee("300"), fee("0.82"), name="Li, Wu")))
    assert found.content.decode() == (
        "000200300.82\n09876    00300.00Li, Wu    A book\n09876    00000.82Li, Wu    A book\n"
    )
    assert (found.name, found.count, found.amount) == ("out_20240229_1.dat", 2, 30082)


def test_the_sign_of_a_total_stands_before_its_noughts(tmp_path: Path) -> None:
    found = made(FIXED, fees(tmp_path, user("1", fee("-3.25"))), "reversals")
    assert found.content.startswith(b"0001-0003.25\n")


def test_a_line_break_in_a_title_is_a_blank(tmp_path: Path) -> None:
    found = made(FIXED, fees(tmp_path, user("1", fee(itemTitle="One\n  two"))))
    assert found.content.decode().splitlines()[1].endswith("One two")


def test_what_does_not_fit_is_refused_with_field_and_length(tmp_path: Path) -> None:
    frame = fees(tmp_path, user("1234567890", fee("1")), user("1", fee("123456.78")))
    assert faults(FIXED, frame) == [
        "ID: “1234567890” has 10 characters; 9 fit.",
        "AMOUNT: “123456.78” has 9 characters; 8 fit.",
    ]


def test_a_total_that_does_not_fit_makes_no_file(tmp_path: Path) -> None:
    many = [fee("99999.99") for _ in range(11)]
    with pytest.raises(OverflowError, match="TOTAL"):
        made(FIXED, fees(tmp_path, user("1", *many, name="A")))


def test_a_character_that_the_file_cannot_hold_is_named(tmp_path: Path) -> None:
    assert faults(FIXED, fees(tmp_path, user("1", fee(), name="Łukasz"))) == ["NAME: “Ł” cannot be written in ascii."]


def test_an_amount_that_the_decimals_cannot_hold_is_refused(tmp_path: Path) -> None:
    whole = FIXED.replace('value = "amount"\n', 'value = "amount"\ndecimals = 0\n')
    frame = fees(tmp_path, user("1", fee("300"), fee("0.82")))
    assert faults(whole, frame) == ["AMOUNT: the amount has more decimals than 0."]
    with pytest.raises(OverflowError, match=r"TOTAL: 300\.82 cannot be written with 0 decimals"):
        made(FIXED.replace('value = "total"\n', 'value = "total"\ndecimals = 0\n'), frame)


def test_alma_s_code_of_a_type_and_analytics_label_are_one() -> None:
    asu = csv_of("asu")
    assert asu.item("Lost item replacement fee", "", "+") == asu.item("LOSTITEMREPLACEMENTFEE", "", "+") is not None
    assert asu.item("Recalled overdue fine", "LAW", "+") == asu.item("RECALLEDOVERDUEFINE", "LAW", "+")


def test_a_required_field_must_not_be_blank(tmp_path: Path) -> None:
    assert faults(FIXED, fees(tmp_path, user("", fee()))) == ["ID must not be blank."]


@pytest.mark.parametrize("code", layout.shipped())
def test_every_shipped_layout_is_whole(code: str) -> None:
    found = layout_toml.load(layout.shipped()[code])
    assert found.code == code and found.columns and found.title


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code = ", "no TOML"),
        ('code = "x"', "title is missing"),
        (FIXED + "witdh = 3\n", "column 4.witdh is no key of a layout"),
        (FIXED.replace("{name}", "{nmae}"), "“nmae” is nothing that a column of kind text can hold"),
        (FIXED.replace("width = 10\n", ""), "NAME: width is missing"),
        (FIXED.replace('"{name}"\n', '"{name}"\nat = 4\n'), "at is 4, but it begins at 18"),
        (FIXED.replace('"ascii"', '"ebcdic"'), "encoding is 'ebcdic'; it must be ascii, utf-8"),
        (FIXED + '[[term]]\nfrom = "13-01"\nto = "12-31"\n', "term.from is “13-01”"),
        ('campus = "["\n' + FIXED, "campus is “[”, which is no regular expression"),
        (FIXED.replace("{n}", "{number}"), "files.charges: {number} says nothing; there are YYYYMMDD"),
        (FIXED.replace('form = "fixed"', 'form = "delimited"'), "separator is “”; fields in quotation marks"),
        (FIXED.replace('"small"', '"small"\ndue = { day = 32 }'), "due.day is 32"),
        (FIXED.replace('"small"', '"small"\ncurrency = [["USD"]]'), "currency is [['USD']]"),
        (FIXED + 'kind = "count"\n', "can hold here"),
    ],
)
def test_a_layout_that_is_wrong_says_what_and_what_may_stand_there(text: str, told: str) -> None:
    with pytest.raises(layout_toml.Wrong) as error:
        layout_toml.load(text)
    assert told in " ".join(error.value.sentences)


def csv_of(code: str) -> Layout:
    return layout_toml.load(layout.shipped()[code])


def test_a_file_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    text = FIXED.replace("out_{YYYYMMDD}_{n}.dat", "../{export}/x.dat")
    assert made(text, fees(tmp_path, user("1", fee()))).name == "_77_x.dat"


# --- Faults of public converters, each absent -------------------------------------------------------------------------


@given(cents=st.integers(1, 10**8))
def test_sif_drops_the_first_character_of_an_amount_that_is_not_whole(
    tmp_path_factory: pytest.TempPathFactory, cents: int
) -> None:
    text = f"{cents // 100}.{cents % 100:02d}"
    frame = fees(tmp_path_factory.mktemp("sif"), user("123456789", fee(text)), item_type="F1")
    line = layout_writer.write("all", frame, csv_of("sif"), Occasion(DAY)).content.decode()
    assert line[90:106].rstrip() == text and line[89] == "+"


def test_sif_loses_text_that_the_parser_gives_in_pieces(tmp_path: Path) -> None:
    title = "Salt & pepper " * 2000
    frame = fees(tmp_path, user("123456789", fee(itemTitle=title)), item_type="F1")
    line = layout_writer.write("all", frame, csv_of("sif"), Occasion(DAY)).content.decode()
    assert title.strip() in line


def test_sif_lets_a_long_name_or_id_shift_the_columns(tmp_path: Path) -> None:
    frame = fees(tmp_path, user("1234567890", fee(), name="N" * 60), item_type="F1")
    found = [each.message for each in layout_writer.faults(frame, csv_of("sif"), reversals=False)]
    assert len(found) == 2 and "9 fit" in found[0] and "50 fit" in found[1]


def test_uta_reads_an_element_that_is_spelt_otherwise(tmp_path: Path) -> None:
    both = fees(tmp_path, user("1", fee(itemCallNumebr="QA 1"), fee(item=False, itemCallNumber="QA 2")))
    assert both["call_number"].tolist() == ["QA 1", "QA 2"]


def test_mit_amounts_without_two_decimals_are_written_by_each_layouts_own_rule(tmp_path: Path) -> None:
    frame = fees(tmp_path, user("123456789", fee("300")), item_type="X", label="L", term="2024SP")
    for code, text in (("mit", '"300"'), ("banner", '"300.00"'), ("csv", ",300.00,")):
        occasion = Occasion(DAY, profile="LIB")
        assert text in layout_writer.write("all", frame, csv_of(code), occasion).content.decode()


def test_mit_refuses_a_missing_name(tmp_path: Path) -> None:
    frame = fees(tmp_path, user("123456789", fee(), name=""), label="Library overdue")
    assert layout_writer.faults(frame, csv_of("mit"), reversals=False) == []


def test_c_sharp_contract_loses_leading_noughts_and_letters(tmp_path: Path) -> None:
    frame = fees(tmp_path, user("09876", fee(reference="INST00019145")))
    line = layout_writer.write("all", frame, csv_of("csv"), Occasion(DAY, profile="LIB")).content.decode()
    assert "\r\n09876," in line and "INST00019145" in line


def test_humboldt_counts_money_in_floats(tmp_path: Path) -> None:
    frame = fees(tmp_path, user("012345678", *[fee("0.10") for _ in range(3)]), item_type="300000006919")
    found = layout_writer.write("charges", frame, csv_of("humboldt"), Occasion(DAY))
    assert found.amount == 30 and found.content.decode().splitlines()[0] == "012345678,300000006919,0000.10,02/23/2022"


def test_humboldt_takes_the_fees_from_the_second_block_whatever_stands_there(tmp_path: Path) -> None:
    path = written(tmp_path, user("012345678", fee("1")), user("912345678", fee("2")))
    begins, ends, whole = "<xb:userExportedFineFees>", "</xb:userExportedFineFees>", path.read_text()
    for other in (f"{ends}<xb:userExportedFineFees/>{begins}", ""):  # in a third block, and in the only one
        path.write_text(whole.replace(f"{ends}{begins}", other))
        assert export_xml.read(path, "export.xml").fees["amount"].tolist() == [100, 200]


def test_princeton_loses_the_reference_of_a_credit(tmp_path: Path) -> None:
    """Its file has no room for it; the fee keeps it, and other layouts write it."""
    frame = fees(tmp_path, user("123456789", fee("-3")), original_reference="15216075630006761", term="1224")
    line = layout_writer.write("reversals", frame.assign(item_type="531000000001"), csv_of("asu"), Occasion(DAY))
    assert b"15216075630006761" in line.content and frame["reference"].tolist() == ["15216075630006761"]
