"""The command takes a return file and writes Alma's; twice writes nothing new, and what is wrong writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bursar.formats import export_xml
from bursar.management.commands import bursar_import
from bursar.models import OutFile, PaymentFile
from tests.bursar.services.sent import csv, fee, profile, stands

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path / "data"
    yield


def run(file: Path, code: str, out: Path) -> str:
    said = StringIO()
    call_command("bursar_import", str(file), "--profile", code, "--out", str(out), stdout=said)
    return said.getvalue()


def paid(folder: Path, *rows: str) -> Path:
    path = folder / "paid.csv"
    path.write_bytes(csv(*rows))
    return path


def test_payments_come_in_and_alma_s_file_goes_out(tmp_path: Path) -> None:
    owner = profile()
    one = fee(owner)
    file = paid(tmp_path, f"01234,{one.reference},10.00,2025-03-05", "01234,NONE,2.00,2025-03-05")
    said = run(file, owner.code, tmp_path / "out")
    [made] = (tmp_path / "out").iterdir()
    assert export_xml.read(made, made.name).fees["amount"].tolist() == [1000]
    assert stands(one) == ("closed", "paid", 0)
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert {"Source 2 12.00", "Pays the fee 1 10.00", "No such fee 1 2.00", "Went to fees 1 10.00"} <= set(lines)
    assert "waits: paid.csv, row 3: US$2.00: No fee has the reference NONE." in lines


def test_twice_writes_nothing_new_even_when_alma_has_taken_its_file(tmp_path: Path) -> None:
    owner = profile()
    file = paid(tmp_path, f"01234,{fee(owner).reference},10.00,2025-03-05")
    run(file, owner.code, tmp_path / "out")
    [made] = (tmp_path / "out").iterdir()
    made.unlink()
    said = run(file, owner.code, tmp_path / "out")
    assert "This file was taken before, as paid.csv: nothing of it is new." in said
    assert "No file for Alma was written: there is nothing new to tell." in said
    assert not list((tmp_path / "out").iterdir())
    assert OutFile.objects.count() == PaymentFile.objects.count() == 1


def test_a_run_that_was_cut_off_before_it_wrote_is_finished_by_the_next(tmp_path: Path) -> None:
    owner = profile()
    file = paid(tmp_path, f"01234,{fee(owner).reference},10.00,2025-03-05")
    run(file, owner.code, tmp_path / "first")
    OutFile.objects.update(delivered_at=None)
    run(file, owner.code, tmp_path / "second")
    [first], [second] = (tmp_path / "first").iterdir(), (tmp_path / "second").iterdir()
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_a_run_that_was_killed_while_it_wrote_is_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = profile()
    file = paid(tmp_path, f"01234,{fee(owner).reference},10.00,2025-03-05")
    with monkeypatch.context() as patch:

        def killed(*args: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(bursar_import, "write_all", killed)
        with pytest.raises(KeyboardInterrupt):
            run(file, owner.code, tmp_path / "out")
    run(file, owner.code, tmp_path / "out")
    assert "an earlier run was cut off while it wrote this" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert OutFile.objects.get().doubt


def test_where_nothing_can_be_written_the_next_run_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = profile()
    file = paid(tmp_path, f"01234,{fee(owner).reference},10.00,2025-03-05")
    with monkeypatch.context() as patch:

        def full(*args: Any) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(bursar_import, "write_all", full)
        with pytest.raises(CommandError, match="No space left on device") as error:
            run(file, owner.code, tmp_path / "out")
    assert error.value.returncode == 3
    run(file, owner.code, tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["01234,X,ten,2025-03-05"], "paid.csv: Row 2, amount: “ten” is no amount such as 12.50."),
        (["01234,X"], "paid.csv: Row 2 has fewer cells than the layout reads."),
    ],
)
def test_what_cannot_be_read_ends_with_3_and_writes_nothing(tmp_path: Path, rows: list[str], said: str) -> None:
    owner = profile()
    with pytest.raises(CommandError, match=said) as error:
        run(paid(tmp_path, *rows), owner.code, tmp_path / "out")
    assert error.value.returncode == 3
    assert not (tmp_path / "out").exists()
    assert not PaymentFile.objects.exists()


HEADINGS = b"Identifier,Reference,Amount,Date\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it holds not one byte"),
        (b"\n\n", "The file is blank: not even its line of headings is there."),
        (HEADINGS + b'"01234,X,1.00,2025-03-05\n', "The file is no table parted by “,”"),
        (HEADINGS + "01234,X\xe9,1.00,2025-03-05\n".encode("latin-1"), "The file is not written in utf-8"),
        (HEADINGS.decode().encode("utf-16"), "The file is not written in utf-8: invalid start byte at byte 0."),
        (b"A,B\n1,2\n", "The heading Identifier and Reference and Amount and Date could not be found; there are A, B."),
        (b'<!DOCTYPE b [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><b>&b;</b>', "The heading Identifier"),
    ],
    ids=["no byte", "blank lines", "cut off", "Latin-1", "UTF-16", "something else", "entities"],
)
def test_a_file_that_is_none_of_payments_ends_with_3(tmp_path: Path, content: bytes, said: str) -> None:
    owner = profile()
    (tmp_path / "paid.csv").write_bytes(content)
    with pytest.raises(CommandError) as error:
        run(tmp_path / "paid.csv", owner.code, tmp_path / "out")
    assert error.value.returncode == 3
    assert str(error.value).startswith("paid.csv ") and said in str(error.value)
    assert not (tmp_path / "out").exists()
    assert not PaymentFile.objects.exists()


def test_a_folder_ends_with_3(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Is a directory") as error:
        run(tmp_path, profile().code, tmp_path / "out")
    assert error.value.returncode == 3


def test_a_file_that_is_not_there_ends_with_3(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file") as error:
        run(tmp_path / "none.csv", profile().code, tmp_path / "out")
    assert error.value.returncode == 3


def test_bad_usage_ends_with_2(tmp_path: Path) -> None:
    owner = profile()
    file = paid(tmp_path, "01234,X,1.00,2025-03-05")
    for code, out in (("NOBODY", tmp_path / "out"), (owner.code, file)):
        with pytest.raises(CommandError) as error:
            run(file, code, out)
        assert error.value.returncode == 2
    owner.return_layout = ""
    owner.save()
    with pytest.raises(CommandError, match="has no layout") as error:
        run(file, owner.code, tmp_path / "out")
    assert error.value.returncode == 2
    assert not PaymentFile.objects.exists()
