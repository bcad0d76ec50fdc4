"""Keeping orders: what is written stays, every change is dated, approved, explained and recorded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils.timezone import localdate

from core import audit
from core.jobs import UserError
from core.models import User
from reconcile.models import Order
from reconcile.services import books, copo, orders
from reconcile.services.copo import Ledger
from reconcile.services.orders import Billing

from .conftest import MARCH, TakeIn

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WHY: dict[str, Any] = {"date": date(2025, 3, 20), "approver": "bob", "reason": "More law books."}


@pytest.fixture
def order(alice: User) -> Order:
    return orders.create(
        alice, number="COPO 70001234", supplier=" Browns Books ", value=100000, starts=date(2024, 8, 1),
        ends=date(2025, 7, 31),
    )  # fmt: skip


@pytest.fixture
def spent(take_in: TakeIn) -> None:
    """£109.99 drawn in Oracle on order 70001234."""
    take_in(MARCH, "2025-03")
    books.catch_up()


def ledger() -> Ledger:
    return copo.ledger("70001234", date(2025, 3, 31))


def test_an_order_is_kept_under_its_plain_number_and_recorded(order: Order) -> None:
    assert (order.number, order.supplier, order.state) == ("70001234", "Browns Books", "open")
    event = audit.about("order:70001234").get()
    told = audit.as_data(event)
    assert (event.kind, event.actor_name, told["particulars"]["value"], told["particulars"]["ends"]) == (
        "order.created",
        "alice",
        100000,
        "2025-07-31",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"number": "70001234"}, "is kept already"),
        ({"number": "PO 12"}, "is no order number"),
        ({"supplier": " "}, "An order has a supplier"),
        ({"value": -1}, "is worth nothing or more"),
        ({"value": 10**15 + 1}, "is worth nothing or more"),
        ({"basis": "netto"}, "There is no basis 'netto'"),
        ({"kind": "odd"}, "There is no kind of order 'odd'"),
        ({"starts": date(2025, 2, 1), "ends": date(2025, 1, 1)}, "before it starts on 1 February 2025"),
        ({"fund": "x" * 101}, "The fund has at most 100 characters"),
        ({"billing": [Billing("1", 100)]}, "Only a fixed order has billing lines"),
        ({"kind": "fixed", "billing": [Billing("1", 100)]}, "come to £1.00, and the order is worth £5.00"),
        ({"kind": "fixed", "billing": [Billing("1", 250)] * 2}, "There are two billing lines 1"),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_is_refused(order: Order, alice: User, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        orders.create(alice, **({"number": "70005678", "supplier": "GOBI", "value": 500} | given))
    assert Order.objects.count() == 1 and audit.by(alice).count() == 1


def test_a_fixed_order_has_billing_lines(alice: User) -> None:
    lines = [Billing("1", 200, "Autumn", due=date(2025, 9, 30)), Billing("2", 300)]
    order = orders.create(alice, number="70005678", supplier="GOBI", value=500, kind="fixed", billing=lines)
    assert list(order.billing.values_list("number", "amount", "due")) == [
        ("1", 200, date(2025, 9, 30)), ("2", 300, None),
    ]  # fmt: skip


def test_uplifts_and_reductions_are_dated_lines_and_the_first_value_stays(order: Order, alice: User) -> None:
    orders.uplift(order, alice, amount=5000, **WHY)
    orders.reduce(order, alice, amount=2000, **(WHY | {"date": date(2025, 3, 25), "reason": "Too much."}))
    assert Order.objects.get().value == 100000
    found = ledger()
    assert (found.value, found.left) == (103000, 103000)
    assert [(line.kind, line.amount, line.balance, line.approver, line.reason) for line in found.lines[1:]] == [
        ("uplift", 5000, 105000, "bob", "More law books."), ("reduction", -2000, 103000, "bob", "Too much."),
    ]  # fmt: skip
    assert [event.kind for event in audit.about("order:70001234")] == [
        "order.created", "order.uplift", "order.reduction",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": 0}, "an amount above nothing"),
        ({"amount": -5}, "an amount above nothing"),
        ({"amount": 100001}, "is worth £1,000.00: no more can be taken away"),
        ({"reason": "  "}, "Say why"),
        ({"approver": ""}, "Say who approved it"),
        ({"date": localdate() + timedelta(days=1)}, "is still to come"),
    ],
)
def test_a_change_without_its_particulars_is_refused(
    order: Order, alice: User, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        orders.reduce(order, alice, **({"amount": 100} | WHY | given))
    assert not order.changes.exists() and audit.by(alice).count() == 1


def test_closing_releases_what_is_left_and_opening_again_takes_it_back(order: Order, spent: None, alice: User) -> None:
    assert ledger().left == 100000 - 10999
    closing = orders.close(order, alice, **WHY)
    assert (closing.released, closing.amount) == (89001, -89001)
    found = ledger()
    assert (found.value, found.left, found.percent, found.order and found.order.state) == (10999, 0, 100, "closed")
    assert found.lines[-1].balance == 0
    with pytest.raises(UserError, match="is finally closed"):
        orders.uplift(order, alice, amount=1, **WHY)
    with pytest.raises(UserError, match="is finally closed"):
        orders.close(order, alice, **WHY)
    orders.reopen(order, alice, **WHY)
    assert (ledger().value, ledger().left) == (100000, 89001)
    with pytest.raises(UserError, match="is open"):
        orders.reopen(order, alice, **WHY)


def test_closing_an_order_that_is_overspent_releases_nothing(order: Order, spent: None, alice: User) -> None:
    orders.reduce(order, alice, amount=95000, **WHY)
    closing = orders.close(order, alice, **WHY)
    assert (closing.released, ledger().left) == (0, -5999)
    assert "overspent" in ledger().flags


def test_an_order_is_not_closed_while_nobody_can_say_what_is_left(
    order: Order, take_in: TakeIn, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(MARCH, "2025-03")
    monkeypatch.setattr(books, "AT_ONCE", 0)
    with pytest.raises(UserError, match="The books are being brought up to date"):
        orders.close(order, alice, **WHY)
    assert Order.objects.get().state == "open"


def test_rolling_forward_moves_the_end_and_keeps_the_former_one(order: Order, alice: User) -> None:
    change = orders.roll_forward(order, alice, ends=date(2026, 7, 31), **WHY)
    assert Order.objects.get().ends == date(2026, 7, 31)
    assert change.reason == "More law books. (until 31 July 2026 instead of 31 July 2025)"
    assert (change.kind, ledger().left) == ("rolled", 100000)
    with pytest.raises(UserError, match="which is no later than before"):
        orders.roll_forward(order, alice, ends=date(2026, 7, 31), **WHY)


def test_what_is_no_money_can_be_corrected_with_a_reason(order: Order, alice: User) -> None:
    orders.amend(order, alice, reason="It was gross.", basis="gross", ends=date(2025, 6, 30), supplier="Browns Books")
    found = Order.objects.get()
    assert (found.basis, found.ends) == ("gross", date(2025, 6, 30))
    told = audit.as_data(audit.about("order:70001234").last())
    assert told["changed"] == {"basis": ["net", "gross"], "ends": ["2025-07-31", "2025-06-30"]}
    with pytest.raises(UserError, match="Nothing about order 70001234 is different"):
        orders.amend(order, alice, reason="Again.", basis="gross")
    with pytest.raises(UserError, match="Say why"):
        orders.amend(order, alice, reason="", basis="net")
    with pytest.raises(TypeError):
        orders.amend(order, alice, reason="Money.", value=1)


def test_only_who_keeps_orders_may(order: Order, manager: User) -> None:
    for act in (orders.close, orders.reopen):
        with pytest.raises(PermissionDenied):
            act(order, manager, **WHY)
    for change in (orders.uplift, orders.reduce):
        with pytest.raises(PermissionDenied):
            change(order, manager, amount=1, **WHY)
    with pytest.raises(PermissionDenied):
        orders.roll_forward(order, manager, ends=date(2026, 7, 31), **WHY)
    with pytest.raises(PermissionDenied):
        orders.amend(order, manager, reason="x", fund="LAW")
    with pytest.raises(PermissionDenied):
        orders.create(manager, number="70005678", supplier="GOBI", value=1)
