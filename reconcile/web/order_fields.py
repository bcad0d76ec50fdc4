"""The forms of an order: what it is, its billing lines, and each kind of change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from reconcile.models import Fund, Order
from reconcile.services.orders import Billing
from reconcile.web.money_field import MoneyField, minor

MORE = 5  # empty billing lines offered at once
MOST = 200


def day(label: str, missing: str = "", **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    messages = {"invalid": "Write the day as 2025-03-31.", "required": missing}
    return forms.DateField(label=label, widget=widget, error_messages=messages, required=bool(missing), **kwargs)


def text(label: str, most: int, missing: str = "", **attributes: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=bool(missing),
        error_messages={"required": missing},
        widget=forms.TextInput(attributes),
    )


class DetailsForm(forms.Form):
    """What an order is, without money. It may be put right at any time."""

    supplier = text("Supplier", 255, "Say which supplier the order is with.", list="suppliers")
    supplier_number = text("Supplier number", 50)
    description = text("Description", 500)
    fund = text("Fund", 100, list="funds")
    cost_centre = text("Cost centre", 50)
    starts = day("Starts")
    ends = day("Ends")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("starts") and given.get("ends") and given["ends"] < given["starts"]:
            self.add_error("ends", "The order ends before it starts. Put one of the days right.")
        return given


class AmendForm(DetailsForm):
    reason = text("Why", 1000, "Say why the details change: it stays in the record.")


class OrderForm(DetailsForm):
    """A new order."""

    number = text("Order number", 50, "Write the order’s number as finance writes it.", autocomplete="off")
    value = MoneyField(
        label="Value", required=False, help_text="Of a fixed order it may be left out: its billing lines say it."
    )
    basis = forms.ChoiceField(label="Invoices draw", choices=Order.Basis.choices, initial=Order.Basis.NET)
    kind = forms.ChoiceField(
        label="Type",
        choices=[(Order.Kind.VARIABLE, "variable (amount × £1.00)"), (Order.Kind.FIXED, "fixed (billing lines)")],
        initial=Order.Kind.VARIABLE,
    )
    field_order = (
        "number", "supplier", "supplier_number", "value", "basis", "kind", "starts", "ends", "fund", "cost_centre",
    )  # fmt: skip


class BillingForm(forms.Form):
    number = text("Line", 20)
    description = text("Description", 500)
    fund = text("Fund", 100, list="funds")
    cost_centre = text("Cost centre", 50)
    due = day("Due")
    amount = MoneyField(label="Amount", required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        said = [name for name, value in given.items() if value not in ("", None)]
        if said and given.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Write the line’s amount, or empty the whole line.")
        return given


BillingLines = forms.formset_factory(BillingForm, extra=MORE, max_num=MOST, absolute_max=MOST)


def billing(lines: Sequence[dict[str, Any]]) -> list[Billing]:
    """Return the billing lines that were typed. A line without a number is called by its place."""
    typed = [line for line in lines if line.get("amount") is not None]
    return [Billing(**{**line, "number": line["number"] or str(place)}) for place, line in enumerate(typed, 1)]


class ChangeForm(forms.Form):
    """A dated change of an order: from when it holds, who approved it, and why."""

    date = day("Holds from", "Say from which day it holds.", initial=localdate)
    approver = text("Approved by", 150, "Name who approved it.")
    reason = text("Why", 1000, "Say why: it stays in the order’s ledger.")

    def typed(self) -> int | None:
        """Return the amount in minor units as far as it is known: typed, or filled in by the address."""
        return None


class AmountForm(ChangeForm):
    amount = MoneyField(label="Amount", error_messages={"required": "Write the amount."})
    field_order = ("amount",)

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError("Write more than nothing.")
        return amount

    def typed(self) -> int | None:
        if self.is_bound:
            return self.cleaned_data.get("amount") if self.is_valid() or self.cleaned_data else None
        try:
            return minor(str(self.initial["amount"])) or None
        except ValidationError:
            return None


class RollForm(ChangeForm):
    ends = day("New end", "Say until when the order goes on.")
    field_order = ("ends",)


FORMS: dict[str, type[ChangeForm]] = {
    "uplift": AmountForm,
    "reduce": AmountForm,
    "close": ChangeForm,
    "reopen": ChangeForm,
    "roll": RollForm,
}


def offers() -> dict[str, list[str]]:
    """Return what is offered while somebody types: suppliers of orders and funds that are known."""
    suppliers = Order.objects.order_by("supplier").values_list("supplier", flat=True).distinct()[:500]
    funds = Fund.objects.order_by("code").values_list("code", flat=True).distinct()[:500]
    return {"suppliers": list(suppliers), "funds": list(funds)}
