"""`manage.py inspect`: what files are, without storing anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconcile.models import SourceFile

from .conftest import Run, alma

pytestmark = pytest.mark.django_db


def test_it_says_what_each_file_is(run: Run, folder: Path) -> None:
    ended = run("inspect", folder / "alma.csv", folder / "oracle.csv")

    assert ended.code == 0
    said = " ".join(ended.out.split())
    assert "recognised as Alma Analytics, Funds Expenditure" in said
    assert "total 155.50 GBP" in said
    assert "accounting dates 14 March 2025 to 15 March 2025" in said


def test_its_json_is_the_contract_s(run: Run, folder: Path) -> None:
    ended = run("inspect", folder / "alma.csv", "--json", "-")

    file = json.loads(ended.out)["files"][0]
    assert list(file) == [
        "name", "kind", "heading_row", "rows", "documents", "total", "currency", "from", "to", "columns", "excluded",
        "problems",
    ]  # fmt: skip
    assert (file["name"], file["kind"], file["heading_row"], file["rows"]) == ("alma.csv", "alma_analytics", 1, 2)
    assert (file["documents"], file["total"], file["currency"]) == (2, "155.50", "GBP")
    assert (file["from"], file["to"]) == ("2025-03-12", "2025-03-13")
    assert file["columns"]["amount"] == "Transaction Expenditure Amount"


def test_it_shows_the_others_when_one_is_not_recognised(run: Run, folder: Path) -> None:
    (folder / "stock.csv").write_text("Shelf,Colour\nA,red\n")

    ended = run("inspect", folder / "stock.csv", folder / "alma.csv", "--json", folder / "found.json")

    stock, known = json.loads((folder / "found.json").read_text())["files"]
    assert ended.code == 3
    assert (stock["kind"], known["kind"]) == (None, "alma_analytics")
    assert stock["problems"][0]["severity"] == "error"
    assert "1 file could not be read." in ended.err


def test_a_wrong_row_ends_with_3_and_is_named(run: Run, folder: Path) -> None:
    (folder / "alma.csv").write_text(alma(("A-1001", "abc", "12/03/2025")))

    ended = run("inspect", folder / "alma.csv", "--json", "-")

    problem = json.loads(ended.out)["files"][0]["problems"][0]
    assert ended.code == 3
    assert (problem["row"], problem["column"], problem["value"]) == (2, "Transaction Expenditure Amount", "abc")


def test_a_file_that_is_not_there_ends_with_3(run: Run, folder: Path) -> None:
    ended = run("inspect", folder / "nothing.csv")

    assert ended.code == 3
    assert "nothing.csv is no file, or may not be opened" in ended.err


def test_it_stores_nothing(run: Run, folder: Path) -> None:
    run("inspect", folder / "alma.csv", folder / "oracle.csv")

    assert not SourceFile.objects.exists()
