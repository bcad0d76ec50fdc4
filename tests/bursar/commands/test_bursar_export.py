"""The command that converts: the real samples to the byte, totals, refusals, and all files or none."""

from __future__ import annotations

import csv
import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.formats.layout import shipped
from bursar.services import writing
from tests.bursar.made import export, fee, user

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared" / "samples" / "bursar" / "samples"
REAL = [
    ("mit_test.xml", "mit", "mit_test.csv", 57972),
    ("princeton_bursar_credit.xml", "princeton", "princeton_expected_credit_report.txt", -10825),
    ("princeton_bursar_fine.csv", "princeton", "princeton_expected_fine_report.txt", 54925),
    ("willamette_small-charges-2019.xml", "willamette", "willamette_charges.csv", 6500),
]
shared = pytest.mark.skipif(not SAMPLES.is_dir(), reason="The shared samples are not beside this checkout.")


def run(file, layout, out, **told):
    call_command("bursar_export", str(file), layout=layout, out=out, **{"date": None} | told)


def refused(file, layout, out, **told):
    with pytest.raises(CommandError) as error:
        run(file, layout, out, **told)
    return error.value.returncode, str(error.value)


def written(tmp_path, *users):
    path = tmp_path / "LIB-1-1.xml"
    path.write_text(export(*users), encoding="utf-8")
    return path


def files(out):
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


# --- As people run it -------------------------------------------------------------------------------------------------


def manage(tmp_path, *words, **environment):
    env = os.environ | {"LIBRA_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": ""} | environment
    command = [sys.executable, "manage.py", "bursar_export", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


@shared
@pytest.mark.shared
@pytest.mark.parametrize(("name", "layout", "expected", "total"), REAL, ids=[each[0] for each in REAL])
def test_the_real_samples_come_out_byte_for_byte(tmp_path, capsys, name, layout, expected, total):
    run(SAMPLES / name, layout, tmp_path / "out", date="2023-03-01")
    assert list(files(tmp_path / "out").values()) == [(SAMPLES / expected).read_bytes()]
    shown = f"{abs(total) / 100:.2f}"
    source = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("Source  "))
    assert shown in source


@shared
@pytest.mark.shared
def test_a_process_of_its_own_without_a_database(tmp_path):
    done = manage(
        tmp_path, SAMPLES / "mit_test.xml", "--layout", "mit", "--out", tmp_path / "out", "--date", "2023-03-01"
    )
    assert done.returncode == 0, done.stderr
    assert figures(done.stdout, "Source") == [10, 57972]
    assert "Source = charges + reversals + not on campus + rejected." in done.stdout
    assert done.stderr.count("stands on an earlier fee of this file too") == 4  # reported, and not dropped
    assert not (tmp_path / "data" / "libra.sqlite3").exists()


def test_an_unknown_layout_names_those_there_are(tmp_path):
    done = manage(tmp_path, "x.xml", "--layout", "oxford", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert f"There is no layout oxford: choose from {', '.join(shipped())}" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words", [("x.xml",), ("x.xml", "--layout", "mit"), ("x.xml", "--layout", "mit", "--out", "o", "--date", "1 March")]
)
def test_bad_usage(tmp_path, words):
    assert manage(tmp_path, *words).returncode == 2


def test_a_file_that_cannot_be_read_ends_with_3(tmp_path):
    done = manage(tmp_path, tmp_path / "none.xml", "--layout", "mit", "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "none.xml is no file, or may not be opened. Check the path." in done.stderr
    assert not (tmp_path / "out").exists()


FINES = "Transaction Amount,Fine Fee Type,Fine Fee Id,Primary Identifier,Transaction Date\n"
ONE = export(user("01234", fee("12.50")))
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
BAD = {
    "cut off": (ONE[:-30].encode(), "The XML breaks off or is damaged"),
    "no byte": (b"", "The file is empty. Export the report again."),
    "blank lines": (b"\n\n", "The file is empty. Export the report again."),
    "entities": (ONE.replace("?>", f"?>{BOMB}").replace("Doe", "&b;").encode(), "declares a document type (DOCTYPE)"),
    "entity of a file": (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "(DOCTYPE)"),
    "other bytes than it says": (ONE.replace("Doe", "Dö").encode("latin-1"), "Invalid bytes in character encoding"),
    "unknown encoding": (ONE.replace("UTF-8", "EBCDIC-X").encode(), "Unsupported encoding"),
    "other XML": (b"<a/>", "The file is XML with “a” at its root."),
    "a page of the web": (b"<!doctype html><html>Sign in</html>", "The XML breaks off or is damaged"),
    "amounts": (ONE.replace("12.50", "1,5").encode(), "Fee 1, sum: “1,5” is no amount"),
    "dates": (ONE.replace("02/23", "23/02").encode(), "“23/02/2022 11:44:33 EST” is no date"),
    "not a CSV": (bytes(range(256)), "The file is no CSV in UTF-8"),
    "a CSV of something else": (b"A,B\n1,2\n", "Its headings are: A, B."),
    "a CSV in Latin-1": (f"{FINES}5,Oth\xe9r,1,a,2024-01-01\n".encode("latin-1"), "The file is no CSV in UTF-8"),
    "a CSV that is cut off": (f"{FINES}5,Other,1\n".encode(), "Row 2 has 3 cells, the headings are 5."),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_ends_with_3_says_what_and_writes_nothing(tmp_path, what):
    content, sentence = BAD[what]
    (tmp_path / "fees.file").write_bytes(content)
    code, told = refused(tmp_path / "fees.file", "csv", tmp_path / "out")
    assert code == 3 and told.startswith("error: fees.file: ") and sentence in told
    assert told.endswith("\nNothing was written.")
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_file(tmp_path):
    code, told = refused(tmp_path, "csv", tmp_path / "out")
    assert (code, f"{tmp_path} is no file" in told) == (3, True)


def test_an_export_in_another_encoding_that_it_names_is_read(tmp_path, capsys):
    (tmp_path / "fees.xml").write_bytes(ONE.replace("UTF-8", "UTF-16").encode("utf-16"))
    run(tmp_path / "fees.xml", "csv", tmp_path / "out")
    assert figures(capsys.readouterr().out, "Charges") == [1, 1250]


def test_what_a_program_gives_and_the_memory_it_had_stay_as_they_were(tmp_path):
    import gc

    import pyarrow as pa

    pool = pa.default_memory_pool().backend_name
    assert refused(tmp_path / "none.xml", "csv", tmp_path / "out")[0] == 3
    assert (pa.default_memory_pool().backend_name, gc.isenabled()) == (pool, True)


# --- What comes out ---------------------------------------------------------------------------------------------------


def test_charges_reversals_and_who_is_not_on_campus_go_to_files_of_their_own(tmp_path, capsys):
    path = written(
        tmp_path, user("012345678", fee("12.50"), fee("-2.50", "CREDIT")), user("community", fee("3")),
        user("912345678", fee("7", "OTHER"), fee("0")),
    )  # fmt: skip
    run(path, "humboldt", tmp_path / "out", date="2023-03-01")
    assert list(files(tmp_path / "out")) == [
        "LIB-1-1.rejected.csv", "bursar-community-01032023.csv", "bursar-converted-CREDITS-01032023.dat",
        "bursar-converted-DEBITS-01032023.dat",
    ]  # fmt: skip
    told = capsys.readouterr().out
    assert figures(told, "Rejected") == [1, 700]
    assert "not sent: LIB-1-1.xml, fee 4: 7.00 USD: No item type is set for a charge “OTHER”" in told
    rows = list(csv.DictReader((tmp_path / "out" / "LIB-1-1.rejected.csv").open(encoding="utf-8-sig", newline="")))
    assert [(row["Row"], row["Amount"]) for row in rows] == [("4", "7.00"), ("5", "0.00")]
    assert "nil" in rows[1]["Why"]


def test_who_is_not_on_campus_is_listed_where_the_layout_has_no_file_for_them(tmp_path, capsys):
    toml = tmp_path / "own.toml"
    toml.write_text(shipped()["willamette"].replace('quote = "needed"', 'quote = "needed"\ncampus = "[0-9]{10}"'))
    path = written(tmp_path, user("1234567890", fee("12.50")), user("12345", fee("3")))
    run(path, str(toml), tmp_path / "out")
    rows = list(csv.DictReader((tmp_path / "out" / "LIB-1-1.rejected.csv").open(encoding="utf-8-sig", newline="")))
    assert [(row["Identifier"], row["Why"]) for row in rows] == [
        ("12345", "The identifier is not one of the campus's: not on campus.")
    ]
    assert figures(capsys.readouterr().out, "Not on campus") == [1, 300]


def test_a_credit_takes_its_charge_s_reference_in_the_same_file(tmp_path):
    path = written(
        tmp_path,
        user(
            "1234567890",
            fee("-30", "CREDIT", reference="B", itemBarcode="1"),
            fee("30", reference="A", itemBarcode="1"),
        ),
    )
    run(path, "asu", tmp_path / "out", date="2023-03-26")
    one, two = files(tmp_path / "out").items()
    assert (one[0][-2:], two[0][-2:]) == (".1", ".2")
    assert b"05252023  03262023" in one[1]
    assert two[1][62:].split() == [b"Y", b"A"]


def test_a_layout_of_one_s_own(tmp_path):
    toml = tmp_path / "own.toml"
    toml.write_text(shipped()["willamette"].replace('code = "willamette"', 'code = "own"'))
    run(written(tmp_path, user("01234", fee("12.50"))), str(toml), tmp_path / "out")
    assert list(files(tmp_path / "out").values()) == [b'"Doe, Jane",01234,12.50\r\n']


def test_a_layout_that_is_wrong_is_bad_usage(tmp_path):
    toml = tmp_path / "own.toml"
    toml.write_text('code = "own"\nform = "round"')
    code, told = refused(written(tmp_path, user("01234", fee())), str(toml), tmp_path / "out")
    assert code == 2
    assert "form is 'round'; it must be fixed or delimited." in told
    assert refused(tmp_path / "x.xml", str(tmp_path / "none.toml"), tmp_path / "out")[0] == 2


def test_out_must_be_a_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    assert refused(written(tmp_path, user("01234", fee())), "csv", tmp_path / "out")[0] == 2


def test_twice_writes_the_same(tmp_path):
    path = written(tmp_path, user("01234", fee("12.50")))
    run(path, "csv", tmp_path / "out", date="2023-03-01")
    before = files(tmp_path / "out")
    run(path, "csv", tmp_path / "out", date="2023-03-01")
    assert files(tmp_path / "out") == before


def test_currencies_get_files_of_their_own(tmp_path):
    path = written(tmp_path, user("01234", fee("12.50"), fee("7", currency="EUR"), fee("8", currency="XAU")))
    run(path, "csv", tmp_path / "out", date="2023-03-01")
    assert list(files(tmp_path / "out")) == [
        "LIB-1-1.rejected.csv", "csv_20230301_1-USD.csv", "csv_20230301_1.csv"
    ]  # fmt: skip


# --- All or nothing ---------------------------------------------------------------------------------------------------


def test_half_a_file_writes_nothing(tmp_path):
    path = written(tmp_path, user("01234", fee("12.50")))
    path.write_text(path.read_text()[:-30])
    code, told = refused(path, "csv", tmp_path / "out")
    assert code == 3
    assert "The XML breaks off or is damaged" in told
    assert told.endswith("Nothing was written.")
    assert not (tmp_path / "out").exists()


def test_a_total_that_no_header_holds_writes_nothing(tmp_path):
    path = written(tmp_path, user("012345678", *[fee("999999999999.99", reference=f"R{each}") for each in range(20)]))
    code, told = refused(path, "princeton", tmp_path / "out")
    assert code == 3
    assert not (tmp_path / "out").exists(), told


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    path = written(
        tmp_path, user("012345678", *[fee("1", reference=f"R{each}") for each in range(500)]), user("x", fee("3"))
    )
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("kept")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        code, told = refused(path, "humboldt", tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (code, "Nothing was written." in told) == (3, True)
    assert files(tmp_path / "out") == {"kept.txt": b"kept"}


def test_a_name_that_cannot_be_given_leaves_nothing(tmp_path):
    path = written(tmp_path, user("012345678", fee("1")), user("x", fee("3")))
    out = tmp_path / "new" / "out"
    (out / "bursar-converted-DEBITS-01032023.dat").mkdir(parents=True)
    assert refused(path, "humboldt", out, date="2023-03-01")[0] == 3
    assert [path.name for path in out.iterdir()] == ["bursar-converted-DEBITS-01032023.dat"]


def test_what_is_written_before_a_rename_fails_goes_again(tmp_path, monkeypatch):
    replace = Path.replace
    calls = []

    def second_fails(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", second_fails)
    with pytest.raises(OSError, match="No space left"):
        writing.write_all(tmp_path / "a" / "b", {"one": b"1", "two": b"2"})
    assert list(tmp_path.iterdir()) == []


# --- Conservation, whatever the fees ----------------------------------------------------------------------------------

AMOUNT = st.decimals(-999, 999, places=2).map(str)
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
NAME = st.text(LETTERS, max_size=20)
FEES = st.lists(
    st.builds(
        fee, AMOUNT, st.sampled_from(["OVERDUEFINE", "CREDIT", "OTHER", "LOSTITEMREPLACEMENTFEE", "NEW"]),
        reference=st.sampled_from(["A", "B", "", None, "INST00019145"]), itemBarcode=st.sampled_from(["1", "2", ""]),
        itemTitle=NAME, library=st.sampled_from(["RTC", "LAW", ""]), currency=st.sampled_from(["USD", "USD", "EUR"]),
        itemCallNumebr=st.sampled_from(["QA 1", "", None]), itemCallNumber=st.sampled_from(["QA 2", "", None]),
        vat=st.sampled_from([None, "", "1.25"]), institution=st.sampled_from(["6761", "null", None]),
        fineFeeComment=st.sampled_from([None, "", "item returned"]),
        date=st.sampled_from(["02/23/2022 11:44:33", "02/23/2022 11:44:33 IST", "12/01/2022 00:00:00 EST", None]),
    ),
    max_size=8,
)  # fmt: skip
WHO = st.sampled_from(["012345678", "0123456789", "09876", "x", "", "111111111", "null"])
USERS = st.lists(st.tuples(WHO, FEES, NAME), max_size=4)
PARTS = ("Charges", "Reversals", "Not on campus", "Rejected", "Nil")


def figures(table, name):
    """The count and the amounts of a row of the printed table, in minor units."""
    (line,) = (line for line in table.splitlines() if line.startswith(f"{name}  "))
    words = line.removeprefix(name).replace(",", "").replace(".", "").replace("\N{MINUS SIGN}", "-").split()
    return [int(each) for each in words]


@settings(max_examples=120)
@given(USERS, st.sampled_from(sorted(shipped())))
def test_no_cent_is_lost_in_any_layout(tmp_path_factory, users, layout):
    folder, out = tmp_path_factory.mktemp("fees"), io.StringIO()
    path = written(folder, *[user(who, *fees, name=name) for who, fees, name in users])
    run(path, layout, folder / "out", date="2023-03-01", stdout=out, stderr=io.StringIO())
    source = figures(out.getvalue(), "Source")
    parts = [figures(out.getvalue(), name) for name in PARTS]
    assert source == [sum(column) for column in zip(*parts, strict=True)]
    assert source[0] == sum(len(fees) for _, fees, _ in users)
