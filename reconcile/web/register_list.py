"""What narrows the invoice register, as a form."""

from __future__ import annotations

from django import forms

from core.dates import month_name
from reconcile.matching.terms import OUTCOMES
from reconcile.models import Cell, Month
from reconcile.services.register import NONE_NAMED, Narrowed
from reconcile.web.glossary import outcome_label
from reconcile.web.narrowing import Choices

SIDES = {"oracle": "Oracle", "alma": "Alma"}
STATES = {"reconciled": "reconciled", "waiting": "not reconciled yet", "accrued": "accrued: in Alma only"}
FIELDS = {
    "fund": "Fund",
    "cost_centre": "Cost centre",
    "ledger": "Ledger",
    "supplier": "Supplier",
    "material": "Material",
}


class RegisterFilter(forms.Form):
    """What narrows the register. A field by which nothing is told apart is left out."""

    search = forms.CharField(
        required=False, label="Number, order, supplier or text", widget=forms.TextInput({"type": "search"})
    )
    first = forms.ChoiceField(required=False, label="From", widget=Choices())
    last = forms.ChoiceField(required=False, label="To", widget=Choices())
    fund = forms.ChoiceField(required=False, widget=Choices())
    cost_centre = forms.ChoiceField(required=False, widget=Choices())
    ledger = forms.ChoiceField(required=False, widget=Choices())
    supplier = forms.ChoiceField(required=False, widget=Choices())
    material = forms.ChoiceField(required=False, widget=Choices())
    order = forms.CharField(required=False, label="Order", widget=forms.TextInput({"size": 10}))
    side = forms.ChoiceField(required=False, label="Side", widget=Choices())
    state = forms.ChoiceField(required=False, label="State", widget=Choices())
    outcome = forms.ChoiceField(required=False, label="Outcome in its month", widget=Choices())
    as_at = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, narrowed: Narrowed) -> None:
        super().__init__(narrowed.query())
        held = Month.objects.filter(posting__isnull=False).order_by("period").values_list("period", flat=True)
        months = [(period, month_name(period)) for period in held]
        self._offer("first", "First month", months, narrowed)
        self._offer("last", "Last month", months, narrowed)
        for name, label in FIELDS.items():
            self.fields[name].label = label
            values = _values(name)
            if len(values) < 2 and not getattr(narrowed, name):
                del self.fields[name]
            else:
                self._offer(name, "Any", values, narrowed)
        self._offer("side", "Both", list(SIDES.items()), narrowed)
        self._offer("state", "Any", list(STATES.items()), narrowed)
        self._offer("outcome", "Any", [(one, outcome_label(one)) for one in OUTCOMES], narrowed)

    def _offer(self, name: str, anything: str, choices: list[tuple[str, str]], narrowed: Narrowed) -> None:
        """Offer choices, and what is asked for even where it is none of them."""
        given = getattr(narrowed, name)
        odd = [] if not given or given in dict(choices) else [(given, given)]
        self.fields[name].choices = [("", anything), *choices, *odd]  # type: ignore[attr-defined]


def _values(name: str) -> list[tuple[str, str]]:
    """Return what the books name in a field, and last that something names none."""
    found = set(Cell.objects.order_by().values_list(name, flat=True).distinct())
    named = sorted(found - {"", NONE_NAMED})
    none = [(NONE_NAMED, "none named")] if found & {"", NONE_NAMED} else []
    return [*((value, value) for value in named), *none]
