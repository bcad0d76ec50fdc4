"""An order's page: its ledger to the penny, what must be done about it, and every way to change it by hand."""

from __future__ import annotations

import csv
import html
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.money import show, to_text
from reconcile.models import Group, Order
from reconcile.services import books, copo, orders
from reconcile.services.copo import Ledger
from reconcile.web import order_ledger, order_rows

WHY = {"date": "2025-07-31", "approver": "Head of Collections", "reason": "More reading lists"}
STRANGE = ("LIB/2025/0034", "7000?1234", "7000#1234", "7000%2F1234", "ÄÖ70001234", "7000&1234", "'70001234\"")


@pytest.fixture
def met(months: None, db: None) -> list[Ledger]:
    """Return what invoices of the months draw on, the most first."""
    books.catch_up()
    return sorted(copo.summaries(), key=lambda one: -one.drawn["oracle"])


@pytest.fixture
def order(alice: Any, met: list[Ledger]) -> Order:
    """Set up the order that is drawn on most, with £100.00 left."""
    one = met[0]
    return orders.create(alice, number=one.number, supplier=one.supplier, value=one.drawn["oracle"] + 10_000)


def to(order: Order, kind: str = "") -> str:
    return reverse("order-change", args=[order.number, kind]) if kind else reverse("order", args=[order.number])


def left(number: str) -> int | None:
    return copo.ledger(number).left


def test_both_columns_of_every_ledger_add_up_to_what_is_drawn(met: list[Ledger]) -> None:
    for one in met:
        found = order_rows.rows(copo.ledger(one.number))
        sums = {side: sum(row[side] or 0 for row in found) for side in ("oracle", "alma")}
        assert sums == one.drawn, one.number
        assert sum(row["difference"] for row in found) == sum(
            (row["oracle"] or 0) - (row["alma"] or 0) for row in found if row["place"] in paired(found)
        )


def paired(found: list[dict[str, Any]]) -> set[Any]:
    """Return the places in which an invoice stands on both sides of the order, for certain."""
    return {row["place"] for row in found if row["oracle"] is not None and row["alma"] is not None}


def test_the_page_shows_the_balance_line_by_line(alice: Any, alice_client: Client, order: Order) -> None:
    orders.uplift(order, alice, amount=5_000, date=date(2025, 4, 1), approver="Head", reason="More lists")
    response = alice_client.get(to(order))
    text, rows = response.content.decode(), response.context["table"].records
    assert [rows[0]["line"].kind, rows[-1]["balance"] or left(order.number)] == ["opening", 15_000]
    assert "Approved by Head. More lists" in text and "+50.00" in text
    assert response.context["table"].foot["balance"] == 15_000
    balance = 0
    for row in rows:
        if row["balance"] is not None:
            balance += (row["change"] or 0) - (row["oracle"] or 0)
            assert row["balance"] == balance
    assert "What was left over time" in text and "<svg" in text


def test_a_difference_leads_to_the_group_that_says_why(alice_client: Client, met: list[Ledger]) -> None:
    found = 0
    for one in met:
        for row in alice_client.get(reverse("order", args=[one.number])).context["table"].records:
            if row["difference"]:
                period, number = row["place"]
                assert Group.objects.filter(run__current=True, run__month__period=period, number=number).exists()
                assert row["why"], row
                found += 1
        if found > 5:
            return
    assert found


def test_only_the_rows_of_one_kind_are_shown(alice_client: Client, met: list[Ledger]) -> None:
    for one in met:
        here = reverse("order", args=[one.number])
        counts = alice_client.get(here).context["counts"]
        for each in counts[1:]:
            assert (
                len(alice_client.get(here + each["href"].partition("#")[0]).context["table"].records) == each["count"]
            )
        if len(counts) > 2:
            return
    pytest.fail("no order with rows of two kinds")


def test_a_long_ledger_brings_its_balance_forward(alice_client: Client, met: list[Ledger], monkeypatch: Any) -> None:
    longest = max((copo.ledger(one.number) for one in met), key=lambda one: len(one.lines))
    here = reverse("order", args=[longest.number])
    every = alice_client.get(here).context["table"].records
    assert len(every) > 6
    monkeypatch.setattr(order_ledger, "SIZE", 3)
    response = alice_client.get(here)
    table = response.context["table"]
    forward, *last = table.records
    assert [row["line"] for row in last] == [row["line"] for row in every[-3:]]
    assert forward["title"] == "Brought forward" and "Brought forward" in response.content.decode()
    for name in order_ledger.SUMS:
        assert sum(row[name] or 0 for row in table.records) == table.foot[name]
    earlier = alice_client.get(here + response.context["earlier"].partition("#")[0])
    assert [row["line"] for row in earlier.context["table"].records[-3:]] == [row["line"] for row in every[-6:-3]]
    assert earlier.context["table"].foot is None and earlier.context["later"]


@pytest.mark.parametrize("query", ["?to=0", "?to=999999", "?to=x", "?show=x", "?show=differs&to=1"])
def test_it_bears_any_address(alice_client: Client, order: Order, query: str) -> None:
    assert alice_client.get(to(order) + query).status_code == 200


@pytest.mark.parametrize("number", STRANGE)
def test_a_number_may_hold_any_character(alice: Any, alice_client: Client, number: str) -> None:
    order = orders.create(alice, number=number, supplier="Northern Books", value=100)
    listed = alice_client.get(reverse("orders") + "?state=open").content.decode()
    assert to(order) in html.unescape(listed)
    for address in (to(order), to(order, "uplift"), reverse("order-details", args=[order.number])):
        assert alice_client.get(address).status_code == 200, address
    alice_client.post(to(order, "uplift"), {**WHY, "amount": "1.00", "seen": "100"})
    assert left(number) == 200
    assert alice_client.get(reverse("order-download", args=[order.number, "csv"])).status_code == 200


def test_a_number_as_people_write_it_leads_to_its_page(alice_client: Client, order: Order) -> None:
    assert alice_client.get(f"/orders/PO {order.number}/").url == to(order)


def test_a_number_that_nobody_knows_says_so(alice_client: Client, db: None) -> None:
    response = alice_client.get("/orders/70001234/")
    text = response.content.decode()
    assert response.status_code == 404 and "There is no order 70001234" in text and "number=70001234" in text


# ---- Changing what it is worth ----


def test_an_uplift_is_shown_in_figures_before_it_is_made(alice_client: Client, order: Order) -> None:
    response = alice_client.post(to(order, "uplift"), {**WHY, "amount": "£1,250.50"})
    text = response.content.decode()
    assert "Uplift by £1,250.50" in text and show(10_000 + 125_050, "GBP") in text
    assert left(order.number) == 10_000

    done = alice_client.post(to(order, "uplift"), {**WHY, "amount": "1250.50", "seen": "125050"}, follow=True)
    assert f"Order {order.number} is worth £1,250.50 more." in done.content.decode()
    change = order.changes.get()
    assert (change.kind, change.amount, change.approver, change.reason, str(change.date)) == (
        "uplift", 125_050, WHY["approver"], WHY["reason"], WHY["date"],
    )  # fmt: skip
    assert left(order.number) == 135_050


def test_figures_that_nobody_saw_are_shown_first(alice_client: Client, order: Order) -> None:
    response = alice_client.post(to(order, "reduce"), {**WHY, "amount": "2.00", "seen": "100"})
    assert "the figures are others than those you saw" in response.content.decode()
    assert not order.changes.exists()


@pytest.mark.parametrize("amount", ["", "0", "0.00", "-5", "12,34", "1.005", "ten", "1e3", "£", "9" * 20, "١٢"])
def test_what_is_no_amount_is_refused_beside_it_and_kept(alice_client: Client, order: Order, amount: str) -> None:
    response = alice_client.post(to(order, "uplift"), {**WHY, "amount": amount, "seen": "None"})
    assert response.status_code == 422 and 'id="id_amount_error"' in response.content.decode()
    assert f'value="{amount}"' in response.content.decode() or not amount
    assert WHY["reason"] in response.content.decode() and not order.changes.exists()


def test_what_the_service_refuses_is_said_and_kept(alice_client: Client, order: Order) -> None:
    asked = {**WHY, "amount": "999999.00", "seen": "99999900"}
    response = alice_client.post(to(order, "reduce"), asked)
    assert response.status_code == 422 and "no more can be taken away" in response.content.decode()
    assert 'value="999999.00"' in response.content.decode()


def test_an_overspent_order_offers_the_uplift_that_is_needed(
    alice: Any, alice_client: Client, met: list[Ledger]
) -> None:
    one = met[0]
    order = orders.create(alice, number=one.number, supplier=one.supplier, value=one.drawn["oracle"] - 1_234)
    text = alice_client.get(to(order)).content.decode()
    assert "More is drawn than the order is worth: £12.34 over." in text
    assert f'href="{to(order, "uplift")}?amount=12.34"' in text
    assert "Uplift by £12.34" in alice_client.get(f"{to(order, 'uplift')}?amount=12.34").content.decode()


def test_closing_an_overspent_order_releases_nothing(alice: Any, alice_client: Client, met: list[Ledger]) -> None:
    one = met[0]
    order = orders.create(alice, number=one.number, supplier=one.supplier, value=one.drawn["oracle"] - 1_234)
    text = html.unescape(alice_client.get(to(order, "close")).content.decode())
    assert "release £0.00" in text and "overspent by £12.34: closing releases nothing" in text
    alice_client.post(to(order, "close"), {**WHY, "seen": "0"})
    order.refresh_from_db()
    assert (order.state, left(order.number)) == ("closed", -1_234)


def test_closing_releases_what_is_left_and_opening_again_takes_it_up(alice_client: Client, order: Order) -> None:
    text = alice_client.get(to(order, "close")).content.decode()
    assert "Finally close, and release £100.00" in text
    alice_client.post(to(order, "close"), {**WHY, "seen": "10000"})
    order.refresh_from_db()
    assert (order.state, left(order.number)) == ("closed", 0)
    page = alice_client.get(to(order)).content.decode()
    assert "finally closed" in page and to(order, "uplift") not in page and to(order, "reopen") in page
    assert "this cannot be done with it now" in alice_client.get(to(order, "close"), follow=True).content.decode()

    assert "Open again, and take up £100.00" in alice_client.get(to(order, "reopen")).content.decode()
    alice_client.post(to(order, "reopen"), {**WHY, "seen": "10000"})
    order.refresh_from_db()
    assert (order.state, left(order.number)) == ("open", 10_000)


def test_what_came_in_between_is_shown_before_closing(alice: Any, alice_client: Client, order: Order) -> None:
    orders.uplift(order, alice, amount=100, date=date(2025, 7, 1), approver="Head", reason="More")
    response = alice_client.post(to(order, "close"), {**WHY, "seen": "10000"})
    order.refresh_from_db()
    assert order.state == "open" and "release £101.00" in response.content.decode()


def test_rolling_forward_moves_the_end(alice_client: Client, order: Order) -> None:
    alice_client.post(to(order, "roll"), {**WHY, "ends": "2027-07-31", "seen": "10000"})
    order.refresh_from_db()
    assert order.ends == date(2027, 7, 31) and "Rolled forward" in alice_client.get(to(order)).content.decode()
    earlier = alice_client.post(to(order, "roll"), {**WHY, "ends": "2026-07-31", "seen": "10000"})
    assert earlier.status_code == 422 and "no later than before" in earlier.content.decode()


def test_there_is_no_other_change(alice_client: Client, order: Order, met: list[Ledger]) -> None:
    assert alice_client.get(to(order, "burn")).status_code == 404
    assert alice_client.get(reverse("order-change", args=[met[1].number, "uplift"])).status_code == 404


# ---- Setting up, putting right ----


def test_an_order_is_set_up_by_hand(alice_client: Client, met: list[Ledger]) -> None:
    one = met[0]
    asked = alice_client.get(reverse("order-new"), {"number": one.number, "supplier": one.supplier}).content.decode()
    assert f'value="{one.number}"' in asked and "is drawn on it in Oracle" in asked
    given = {"number": f"PO {one.number}", "supplier": one.supplier, "value": "£50,000.00", "basis": "gross"}
    response = alice_client.post(reverse("order-new"), {**given, "kind": "variable", **LINES}, follow=True)
    order = Order.objects.get()
    assert (order.number, order.value, order.basis) == (one.number, 5_000_000, "gross")
    assert f"Order {one.number} is set up." in response.content.decode()


LINES = {"line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "0"}
FIXED = {"number": "70001234", "supplier": "Northern Books", "basis": "net", "kind": "fixed"}


def test_a_fixed_order_is_worth_its_billing_lines(alice_client: Client, db: None) -> None:
    lines = {"line-0-amount": "100.00", "line-0-due": "2025-08-01", "line-1-amount": "50.50", "line-1-number": "B"}
    alice_client.post(reverse("order-new"), {**FIXED, **LINES, **lines})
    order = Order.objects.get()
    assert order.value == 15_050
    assert list(order.billing.values_list("number", "amount")) == [("1", 10_000), ("B", 5_050)]
    text = alice_client.get(to(order)).content.decode()
    assert "Billing lines" in text and "1 Aug 2025" in text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({**FIXED, "value": "1.00", "line-0-amount": "2.00"}, "The billing lines come to £2.00"),
        ({**FIXED, "line-0-number": "1"}, "Write the line’s amount, or empty the whole line."),
        ({**FIXED, "kind": "variable"}, "Write what the order is worth."),
        ({**FIXED, "value": "1", "number": "12"}, "is no order number"),
        ({**FIXED, "value": "1", "starts": "2025-08-01", "ends": "2025-07-31"}, "The order ends before it starts."),
        ({**FIXED, "value": "1", "starts": "1.8.2025"}, "Write the day as 2025-03-31."),
    ],
)
def test_what_cannot_be_is_refused_and_kept(alice_client: Client, given: dict[str, str], sentence: str) -> None:
    response = alice_client.post(reverse("order-new"), {**LINES, **given})
    assert response.status_code == 422 and sentence in response.content.decode()
    assert 'value="Northern Books"' in response.content.decode() and not Order.objects.exists()


def test_more_billing_lines_keep_what_was_typed(alice_client: Client, db: None) -> None:
    response = alice_client.post(reverse("order-new"), {**FIXED, **LINES, "line-1-amount": "50.50", "more": ""})
    text = response.content.decode()
    assert 'value="50.50"' in text and 'name="line-6-amount"' in text and 'value="70001234"' in text
    assert response.status_code == 200 and not Order.objects.exists()


@pytest.mark.parametrize("total", ["", "x", "999999", "-1"])
def test_forms_that_nobody_was_shown_are_borne(alice_client: Client, db: None, total: str) -> None:
    for more in ({}, {"more": ""}):
        given = {**FIXED, "value": "1", "line-TOTAL_FORMS": total, "line-INITIAL_FORMS": "0", **more}
        assert alice_client.post(reverse("order-new"), given).status_code in (200, 302, 422)


def test_details_are_put_right_with_a_reason(alice_client: Client, order: Order) -> None:
    here = reverse("order-details", args=[order.number])
    same = {"supplier": order.supplier, "reason": "The fund was wrong"}
    assert "Nothing about order" in alice_client.post(here, same).content.decode()
    assert "Say why the details change" in alice_client.post(here, {**same, "reason": ""}).content.decode()
    alice_client.post(here, {**same, "fund": "LAW"})
    order.refresh_from_db()
    assert order.fund == "LAW"


# ---- Files ----


def test_orders_come_from_a_file(alice_client: Client, db: None) -> None:
    text = "COPO,Supplier,Value,End\n70001234,Browns Books,1200.00,31/07/2025\n"
    file = SimpleUploadedFile("orders.csv", text.encode())
    response = alice_client.post(reverse("orders-upload"), {"file": file})
    assert "orders.csv is taken in." in response.content.decode() and "1 new order," in response.content.decode()
    assert Order.objects.get().value == 120_000


def test_a_file_that_cannot_be_read_says_what_is_wrong_row_by_row(alice_client: Client, db: None) -> None:
    text = "COPO,Supplier,Value,End\n70001234,Browns Books,twelve,31/07/2025\n"
    response = alice_client.post(reverse("orders-upload"), {"file": SimpleUploadedFile("orders.csv", text.encode())})
    page = response.content.decode()
    assert response.status_code == 422 and "Nothing was stored" in page and "twelve" in page
    assert not Order.objects.exists()
    assert "Choose a file first." in alice_client.post(reverse("orders-upload")).content.decode()


def test_the_ledger_is_taken_along(alice_client: Client, order: Order) -> None:
    response = alice_client.get(reverse("order-download", args=[order.number, "csv"]))
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    drawn = copo.ledger(order.number).drawn
    for side, heading in (("oracle", "Drawn in Oracle"), ("alma", "Drawn in Alma")):
        pennies = sum(int(row[heading].replace(".", "")) for row in rows if row[heading])
        assert to_text(pennies, "GBP") == to_text(drawn[side], "GBP")
    book = openpyxl.load_workbook(
        io.BytesIO(alice_client.get(reverse("order-download", args=[order.number, "xlsx"])).content)
    )
    sheet = book["Ledger"]
    headings = [cell.value for cell in sheet[4]]
    totals = dict(zip(headings, (cell.value for cell in sheet[3]), strict=True))
    assert totals["Drawn in Oracle"].startswith("=SUBTOTAL") and totals["Left after it"] is None
    assert len(list(sheet.iter_rows(min_row=5))) == len(rows)


def test_managers_read_and_do_not_change(manager_client: Client, order: Order, met: list[Ledger]) -> None:
    for address in (to(order), reverse("order", args=[met[1].number])):
        text = manager_client.get(address).content.decode()
        assert "/change/" not in text and reverse("order-new") not in text and "/details/" not in text
    for kind in ("uplift", "close"):
        assert manager_client.post(to(order, kind), {**WHY, "amount": "1.00", "seen": "100"}).status_code == 403
    assert not order.changes.exists()
