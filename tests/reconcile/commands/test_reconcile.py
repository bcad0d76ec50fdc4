"""`manage.py reconcile`: the contract's exit codes, its table and its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconcile.models import Member, Month, Run, SourceFile

from .conftest import Run as Called
from .conftest import alma, oracle

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[3]


def month(run: Called, folder: Path, *more: object) -> object:
    return run("reconcile", folder / "alma.csv", folder / "oracle.csv", "--period", "2025-03", *more)


def test_it_prints_the_statement(run: Called, folder: Path) -> None:
    ended = run("reconcile", folder / "oracle.csv", folder / "alma.csv", "--period", "2025-03")

    assert ended.code == 0
    assert ended.out.splitlines()[:6] == [
        "Statement 2025-03   Items       £",
        "---------------------------------",
        "Balance per Alma           155.50",
        "Missing in Oracle       1  −55.50",
        "Missing in Alma         1    9.99",
        "Unexplained             0    0.00",
    ]
    assert "2 need a person." in ended.out


def test_it_stores_files_rows_and_result(run: Called, folder: Path) -> None:
    run("reconcile", folder / "alma.csv", folder / "oracle.csv", "--period", "2025-03", "--name", "First try")

    assert set(SourceFile.objects.values_list("name", "state")) == {("alma.csv", "stored"), ("oracle.csv", "stored")}
    assert Member.objects.count() == 4
    assert Run.objects.get().name == "First try"


def test_it_writes_json_to_a_file(run: Called, folder: Path) -> None:
    month(run, folder, "--json", folder / "result.json")

    found = json.loads((folder / "result.json").read_text())
    assert found["period"] == "2025-03"
    assert [(file["name"], file["kind"], file["rows"]) for file in found["files"]] == [
        ("alma.csv", "alma_analytics", 2), ("oracle.csv", "oracle_payables", 2),
    ]  # fmt: skip


def test_json_alone_stands_on_standard_output(run: Called, folder: Path) -> None:
    ended = month(run, folder, "--json", "-")

    assert json.loads(ended.out)["totals"]["difference"] == "-45.51"
    assert "Balance per Alma" in ended.err


def test_the_same_files_again_are_reconciled_and_not_stored_twice(run: Called, folder: Path) -> None:
    first = month(run, folder, "--json", "-")
    second = month(run, folder, "--json", "-")

    assert second.code == 0
    assert "alma.csv is stored in 2025-03 already; it is reconciled again and not stored twice." in second.err
    assert first.out == second.out
    assert (SourceFile.objects.count(), Member.objects.count(), Run.objects.count()) == (2, 8, 2)


def test_a_stored_file_is_refused_in_another_month(run: Called, folder: Path) -> None:
    month(run, folder)

    ended = run("reconcile", folder / "alma.csv", folder / "oracle.csv", "--period", "2025-04")

    assert ended.code == 2
    assert "alma.csv is stored already, in 2025-03" in ended.err
    assert SourceFile.objects.count() == 2


def test_a_file_that_cannot_be_read_ends_with_3_and_stores_nothing(run: Called, folder: Path) -> None:
    (folder / "alma.csv").write_text(alma(("A-1001", "abc", "12/03/2025"), ("A-1002", "1.00", "31/04/2025")))

    ended = month(run, folder)

    assert ended.code == 3
    assert "error: alma.csv, row 2, column Transaction Expenditure Amount, ‘abc’: " in ended.err
    assert "alma.csv, row 3, column Transaction Date, ‘31/04/2025’: " in ended.err
    assert not SourceFile.objects.exists()
    assert not Month.objects.exists()


def test_a_file_that_is_not_recognised_ends_with_3(run: Called, folder: Path) -> None:
    (folder / "alma.csv").write_text("Shelf,Colour\nA,red\n")

    ended = month(run, folder)

    assert ended.code == 3
    assert "Expected" in ended.err and "Shelf" in ended.err
    assert not SourceFile.objects.exists()


def test_a_file_that_is_not_there_ends_with_3(run: Called, folder: Path) -> None:
    ended = run("reconcile", folder / "nothing.csv", "--period", "2025-03")

    assert ended.code == 3
    assert "nothing.csv cannot be opened" in ended.err


def test_one_side_alone_is_bad_usage(run: Called, folder: Path) -> None:
    ended = run("reconcile", folder / "alma.csv", "--period", "2025-03")

    assert ended.code == 2
    assert "2025-03 has no file from Oracle" in ended.err
    assert not SourceFile.objects.exists()


@pytest.mark.parametrize("period", ["2025-13", "March", "2025-3", "25-03"])
def test_a_period_that_is_no_month_is_bad_usage(run: Called, folder: Path, period: str) -> None:
    ended = run("reconcile", folder / "alma.csv", "--period", period)

    assert ended.code != 0
    assert "is not a month. Write it as 2025-03" in ended.err


def test_the_shell_sees_2_for_bad_usage() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "reconcile", "alma.csv", "--period", "soon"],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "'soon' is not a month" in done.stderr


def test_a_later_export_replaces_the_first_when_told_to(run: Called, folder: Path) -> None:
    month(run, folder)
    (folder / "alma2.csv").write_text(
        alma(("A-1001", "100.00", "12/03/2025"), ("A-1002", "55.50", "13/03/2025"), ("A-1003", "1.00", "14/03/2025"))
    )

    refused = run("reconcile", folder / "alma2.csv", "--period", "2025-03")
    replaced = run("reconcile", folder / "alma2.csv", "--period", "2025-03", "--replace")

    assert (refused.code, replaced.code) == (2, 0)
    assert "it looks like a later export of the same" in refused.err
    assert SourceFile.objects.get(name="alma.csv").state == "replaced"


def test_open_items_of_the_month_before_take_part(run: Called, folder: Path) -> None:
    month(run, folder)
    (folder / "alma4.csv").write_text(alma(("B-2001", "20.00", "12/04/2025")))
    (folder / "oracle4.csv").write_text(oracle(("B-2001", "20.00", "14/04/2025"), ("A-1002", "55.50", "15/04/2025")))

    ended = run("reconcile", folder / "alma4.csv", folder / "oracle4.csv", "--period", "2025-04")

    assert "Carried from earlier months      1  55.50" in ended.out


def test_a_scope_of_cost_centres_is_kept_with_the_run(run: Called, folder: Path) -> None:
    month(run, folder, "--cost-centre", "LLB008", "--cost-centre", "LLB009")

    assert Run.objects.get().rules["cost_centres"] == ["LLB008", "LLB009"]
