"""What an order may be, each refusal a sentence: what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.timezone import localdate

from core.jobs import UserError
from core.money import show_with_symbol
from reconcile.models import Order

MOST = 10**15  # minor units; what is more was mistyped
LONGEST = {"supplier_number": 50, "fund": 100, "cost_centre": 50}
TEXTS = ("supplier", "supplier_number", "description", "fund", "cost_centre")


@dataclass(frozen=True, slots=True)
class Billing:
    """A billing line of a fixed order. amount: minor units."""

    number: str
    amount: int
    description: str = ""
    fund: str = ""
    cost_centre: str = ""
    due: date | None = None


def stripped(order: Order) -> None:
    """Take blanks off the ends of an order's texts."""
    for name in TEXTS:
        setattr(order, name, getattr(order, name).strip())


def new(order: Order, written: str, billing: Sequence[Billing]) -> None:
    """Raise UserError where an order cannot be set up. `written` is its number as somebody wrote it."""
    if not order.number:
        raise UserError(
            f"“{written.strip()}” is no order number: it has fewer than three digits. Write it as finance does."
        )
    if len(order.number) > 50:
        raise UserError("An order number has at most 50 characters.")
    if Order.objects.filter(number=order.number).exists():
        raise UserError(f"Order {order.number} is kept already. Change what it is worth there.")
    worth(order.value)
    possible(order)
    _adds_up(order, billing)


def possible(order: Order) -> None:
    """Raise UserError where an order's particulars cannot be."""
    if not order.supplier:
        raise UserError("An order has a supplier. Name it as the finance system does.")
    for name, most in LONGEST.items():
        if len(getattr(order, name)) > most:
            raise UserError(f"The {name.replace('_', ' ')} has at most {most} characters.")
    if order.basis not in Order.Basis.values:
        raise UserError(f"There is no basis '{order.basis}'. Choose {' or '.join(Order.Basis.values)}.")
    if order.kind not in Order.Kind.values:
        raise UserError(f"There is no kind of order '{order.kind}'. Choose {' or '.join(Order.Kind.values)}.")
    if order.starts and order.ends and order.ends < order.starts:
        raise UserError(
            f"The order would end on {order.ends:%-d %B %Y}, before it starts on {order.starts:%-d %B %Y}. Correct one "
            f"of the two."
        )


def _adds_up(order: Order, billing: Sequence[Billing]) -> None:
    if not billing:
        return
    if order.kind != Order.Kind.FIXED:
        raise UserError("Only a fixed order has billing lines. Choose fixed, or leave the lines out.")
    numbers = [line.number for line in billing]
    if twice := next((number for number in numbers if numbers.count(number) > 1), None):
        raise UserError(f"There are two billing lines {twice}. Give each a number of its own.")
    come_to = sum(line.amount for line in billing)
    if come_to != order.value:
        shown = [show_with_symbol(each, settings.LIBRA_CURRENCY) for each in (come_to, order.value)]
        raise UserError(
            f"The billing lines come to {shown[0]}, and the order is worth {shown[1]}. Correct one of them."
        )


def worth(value: int) -> None:
    """Raise UserError where an order cannot be worth so many minor units."""
    if not 0 <= value <= MOST:
        raise UserError("An order is worth nothing or more, and less than ten million million. Correct its value.")


def amount(minor: int) -> None:
    """Raise UserError where a change is no amount."""
    if not 0 < minor <= MOST:
        raise UserError("Say by how much: an amount above nothing.")


def reason(text: str) -> str:
    """Return a reason without blanks at its ends. Raises UserError where there is none."""
    if not text.strip():
        raise UserError("Say why. The reason stays with the order for good.")
    return text.strip()


def approver(name: str) -> str:
    """Return who approved a change. Raises UserError where nobody is named."""
    if not name.strip():
        raise UserError("Say who approved it.")
    if len(name.strip()) > 150:
        raise UserError("Who approved it has at most 150 characters.")
    return name.strip()


def past(day: date) -> None:
    """Raise UserError for a day that is still to come."""
    if day > localdate():
        raise UserError(f"{day:%-d %B %Y} is still to come. Write the change down on the day from which it holds.")
