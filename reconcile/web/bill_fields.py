"""The forms of a bill: typing one in, and narrowing the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict

from core.money import MINUS, decimals, known
from reconcile.services.bill_intake import Typed
from reconcile.web.money_field import MoneyField
from reconcile.web.narrowing import Choices
from reconcile.web.order_fields import day, text

FEW = 8  # empty lines offered at once
MOST = 200
KINDS = (("invoice", "consolidated invoice"), ("statement", "statement"))
STATES = (("", "Any state"), ("open", "Not confirmed"), ("confirmed", "Confirmed"))


class SignedField(MoneyField):
    """An amount that may be below nothing, as a credit note's is."""

    def to_python(self, value: Any) -> Any:
        said = str(value or "").strip()
        below = said[:1] in ("-", MINUS)
        amount = super().to_python(said[1:] if below else said)
        return -amount if below and amount is not None else amount


class BillForm(forms.Form):
    supplier = text("Supplier", 255, "Say which supplier the bill is from.", list="suppliers")
    number = text("Number of the bill", 100)
    date = day("Date")
    kind = forms.ChoiceField(label="It is a", choices=KINDS)
    currency = text("Currency", 3, "Say in which currency it is.", size="4")
    total = SignedField(label="Total that it states", required=False)

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if not known(currency):
            raise forms.ValidationError("Write a three-letter code such as GBP.")
        if decimals(currency) != decimals(settings.LIBRA_CURRENCY):
            raise forms.ValidationError(f"Amounts in {currency} have other decimals. Upload such a bill as a file.")
        return currency


class LineForm(forms.Form):
    number = text("Invoice number", 100)
    date = day("Date")
    order = text("Order", 50)
    net = SignedField(label="Net", required=False)
    vat = SignedField(label="VAT", required=False)
    gross = SignedField(label="Gross", required=False)


Lines = forms.formset_factory(LineForm, extra=FEW, max_num=MOST, absolute_max=MOST)


def typed(lines: Sequence[dict[str, Any]]) -> list[Typed]:
    """Return the lines that anything was typed in."""
    return [Typed(**line) for line in lines if any(value not in ("", None) for value in line.values())]


class BillFilter(forms.Form):
    """What narrows the list."""

    supplier = forms.ChoiceField(required=False, label="Supplier", widget=Choices())
    state = forms.ChoiceField(required=False, label="State", widget=Choices(), choices=STATES)

    def __init__(self, data: QueryDict, suppliers: Sequence[str]) -> None:
        super().__init__(data)
        names = [(name, name) for name in suppliers if name]
        self.fields["supplier"].choices = [("", "Any supplier"), *names]  # type: ignore[attr-defined]
