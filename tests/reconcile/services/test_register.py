"""The invoice register: every line once, narrowed and by pages, each as it stands at last."""

from __future__ import annotations

from datetime import date

import pytest

from reconcile.models import Entry, Run
from reconcile.services import books, register
from reconcile.services.register import Narrowed
from reconcile.services.register_columns import columns

from .conftest import TakeIn
from .log_months import ALMA, APRIL, MARCH, ONE, ORACLE, TWO, oracle

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FOREIGN = (
    "F-7001,EBSCO,EBSCO Information Services,10002,1,12/04/2025,12/04/2025,Closed,Expenditure,85.32,,GBP,POL-1,"
    "70002222,ART,ART ledger,N01.LAR001.400306.0000,Journal,Allocated fund\n"
)


@pytest.fixture
def months(take_in: TakeIn) -> list[Run]:
    runs = [take_in(MARCH, "2025-03"), take_in(APRIL, "2025-04")]
    books.catch_up()
    return runs


def numbers(narrowed: Narrowed) -> list[str]:
    return [line.number for line in register.lines(narrowed)]


def test_it_holds_every_line_once_and_adds_up_to_the_months(months: list[Run]) -> None:
    found = register.sums(Narrowed())
    assert (found.alma, found.oracle) == (
        sum(run.alma_total for run in months), sum(run.oracle_total for run in months),
    )  # fmt: skip
    assert found.entries == Entry.objects.count() == len(register.lines(Narrowed()))
    assert found.invoices == 4 + 5, "an invoice on two funds or orders is one"


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (Narrowed(first="2025-04"), ["B-2001", "B-2001", "A-1002", "A-1002"]),
        (Narrowed(last="2025-03", side="oracle", fund="LAW"), ["A-1001", "X-77771"]),
        (Narrowed(order=TWO, side="alma"), ["A-1002", "E-5001"]),
        (Narrowed(supplier="EBSCO Information Services"), ["E-5001", "E-5001"]),
        (Narrowed(material="Journal", side="alma"), ["A-1001", "E-5001"]),
        (Narrowed(ledger="ART ledger", side="alma"), ["A-1001", "E-5001"]),
        (Narrowed(cost_centre="LAR001", side="alma"), ["A-1001", "E-5001"]),
        (Narrowed(outcome="only_in_oracle"), ["X-77771"]),
        (Narrowed(search="a 1002", side="oracle"), ["A-1002", "A-1002"]),
        (Narrowed(search="ebsco inf"), ["E-5001", "E-5001"]),
        (Narrowed(search="70002222", side="oracle"), ["E-5001", "A-1002"]),
        (Narrowed(search="nothing like it"), []),
        (Narrowed(state="waiting"), ["X-77771"]),
        (Narrowed(state="waiting", as_at="2025-03"), ["A-1002", "A-1002", "X-77771"]),
        (Narrowed(state="accrued"), []),
        (Narrowed(state="accrued", as_at="2025-03"), ["A-1002", "A-1002"]),
        (Narrowed(state="reconciled", side="alma", fund="LAW", last="2025-03"), ["A-1001", "A-1002", "A-1002"]),
        (Narrowed(material=register.NONE_NAMED, outcome="only_in_oracle"), ["X-77771"]),
    ],
    ids=str,
)
def test_it_is_narrowed(months: list[Run], narrowed: Narrowed, expected: list[str]) -> None:
    assert sorted(numbers(narrowed)) == sorted(expected)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_pages_hold_every_line_once_forwards_and_backwards(months: list[Run], size: int) -> None:
    every = [line.pk for line in register.lines(Narrowed())]
    found, after = [], ""
    while True:
        page = register.page(Narrowed(), after=after, size=size)
        assert page.earlier == bool(after)
        found += [line.pk for line in page.rows]
        if not page.later:
            break
        after = str(page.rows[-1].pk)
    assert found == every
    back = register.page(Narrowed(), before=str(every[-1]), size=size)
    end = len(every) - 1
    assert [line.pk for line in back.rows] == (every[max(0, end - size) : end] if size <= end else every[:size])
    assert back.later == (size <= end)


def test_a_key_that_means_nothing_is_the_first_page(months: list[Run]) -> None:
    first = register.page(Narrowed(), size=3)
    assert register.page(Narrowed(), after="999999", size=3) == first == register.page(Narrowed(), after="x", size=3)


def test_a_line_says_what_is_known_of_it(months: list[Run]) -> None:
    vat = next(line for line in register.lines(Narrowed(side="oracle")) if line.number == "E-5001")
    assert (vat.period, vat.fund, vat.order, vat.net, vat.vat, vat.gross) == (
        "2025-03",
        "ART",
        TWO,
        50000,
        10000,
        60000,
    )
    assert (vat.invoice_date, vat.supplier, vat.outcome, vat.currency, vat.rate) == (
        date(2025, 3, 15), "EBSCO Information Services", "explained", "GBP", "",
    )  # fmt: skip
    ours = next(line for line in register.lines(Narrowed(side="alma")) if line.number == "E-5001")
    assert (ours.net, ours.vat, ours.gross, ours.pol) == (None, None, 50000, "POL-1")


def test_it_says_how_a_line_stands_at_last(months: list[Run]) -> None:
    found = register.lines(Narrowed(side="alma", search="A-1002"))
    assert {(line.order, line.outcome, line.settled_in) for line in found} == {
        (ONE, "matched", "2025-04"), (TWO, "matched", "2025-04"),
    }  # fmt: skip
    open_yet = register.lines(Narrowed(state="waiting"))
    assert [(line.outcome, line.settled_in) for line in open_yet] == [("only_in_oracle", "")]


def test_a_foreign_invoice_says_its_rate(take_in: TakeIn) -> None:
    theirs = oracle("F-7001", "85.32", "12/04/2025", po=TWO, fund="ART", vendor="EBSCO").replace("GBP", "EUR")
    headings = ORACLE.replace("Line Amount", "Line Amount,Entered Amount")
    theirs = theirs.replace(",85.32,", ",85.32,100.00,")
    take_in({"alma.csv": ALMA + FOREIGN, "oracle.csv": headings + theirs}, "2025-04")
    books.catch_up()
    line = register.lines(Narrowed(side="oracle"))[0]
    assert (line.currency, line.source, line.rate) == ("EUR", 10000, "0.853200")


def test_columns_say_the_same_as_lines(months: list[Run]) -> None:
    for narrowed in (Narrowed(), Narrowed(state="waiting", as_at="2025-03"), Narrowed(search="A-1002", fund="LAW")):
        found = columns(narrowed).to_pylist()
        expected = register.lines(narrowed)
        assert len(found) == len(expected)
        for row, line in zip(found, expected, strict=True):
            same = ("period", "side", "fund", "order", "number", "invoice_date", "net", "vat", "rate", "settled_in")
            assert [row[name] for name in same] == [getattr(line, name) for name in same]
            assert (row["id"], row["amount"], row["outcome"]) == (line.pk, line.gross, line.outcome)


def test_an_address_says_what_it_is_narrowed_to_and_nonsense_is_anything() -> None:
    asked = Narrowed(first="2025-03", fund="LAW", side="oracle", state="waiting", as_at="2025-04", search="x")
    assert Narrowed.read(asked.query()) == asked
    nonsense = {"first": "March", "side": "left", "state": "lost", "outcome": "?", "fund": " LAW ", "page": "7"}
    assert Narrowed.read(nonsense) == Narrowed(fund="LAW")
    assert Narrowed().query() == {}
