"""What an address asks of the Log: up to which month, by what, narrowed to what; and the form that says so."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from core.dates import month_name
from core.years import months_of
from reconcile.services import log
from reconcile.services.log_needs import FUNDS
from reconcile.services.log_terms import FIELDS, NOTHING_NAMED, Log, MonthTotals
from reconcile.web.narrowing import Choices

YEARS = range(1990, 2101)
LABELS = {
    "fund": "Fund",
    "cost_centre": "Cost centre",
    "ledger": "Ledger",
    "supplier": "Supplier",
    "material": "Sort of material",
}
YEAR, MONTHS = "year", "months"
VIEWS = {YEAR: "The year so far", MONTHS: "Month by month"}
INSIDE = {"fund": "supplier", "material": "supplier"}  # by what a line is told when it is opened; else by fund


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a page of the Log says. What it does not say, or says wrongly, is as usual."""

    year: int
    through: str
    by: str
    view: str
    need: str
    sort: str
    filters: Mapping[str, str]

    @classmethod
    def read(cls, year: int, query: QueryDict) -> Asked:
        """Raises Http404 for a year that is none."""
        if year not in YEARS:
            raise Http404(f"There is no Log of {year}.")
        through = query.get("through", "")
        if through not in months_of(year):
            through = log.latest(year) or months_of(year)[-1]
        need = _among(query.get("need", ""), FUNDS, "")
        return cls(
            year,
            through,
            by="fund" if need else _among(query.get("by", ""), FIELDS, "fund"),
            view=_among(query.get("view", ""), VIEWS, YEAR),
            need=need,
            sort=query.get("sort", ""),
            filters={name: value for name in FIELDS if (value := query.get(name, "").strip())},
        )

    @property
    def plain(self) -> bool:
        """Whether it is the Log as it opens: every fund, and nothing taken away."""
        return self.by == "fund" and not self.filters and not self.need

    def to(self, name: str, **query: str) -> str:
        """Return the address of another page of this year, up to the same month and narrowed to the same."""
        return reverse(name, args=[self.year]) + "?" + urlencode({"through": self.through, **self.filters, **query})


def _among(word: str, choices: Container[str], usual: str) -> str:
    return word if word in choices else usual


class LogFilter(forms.Form):
    """What narrows the Log. A field by which nothing is told apart is left out."""

    by = forms.ChoiceField(required=False, label="Told by", widget=Choices(), choices=list(LABELS.items()))
    fund = forms.ChoiceField(required=False, label=LABELS["fund"], widget=Choices())
    cost_centre = forms.ChoiceField(required=False, label=LABELS["cost_centre"], widget=Choices())
    ledger = forms.ChoiceField(required=False, label=LABELS["ledger"], widget=Choices())
    supplier = forms.ChoiceField(required=False, label=LABELS["supplier"], widget=Choices())
    material = forms.ChoiceField(required=False, label=LABELS["material"], widget=Choices())

    def __init__(self, asked: Asked, found: Log) -> None:
        super().__init__({"by": asked.by, **asked.filters})
        for name in FIELDS:
            values = list(found.choices[name])
            if (given := asked.filters.get(name)) and given not in values:
                values.append(given)
            if len(values) < 2 and not given:
                del self.fields[name]
                continue
            named = [(value, "none named" if value == NOTHING_NAMED else value) for value in values]
            self.fields[name].choices = [("", "Any"), *named]  # type: ignore[attr-defined]


def strip(months: Sequence[MonthTotals], asked: Asked, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return the months of a year as their strip shows them. address: makes one of a month's period."""
    return [
        {
            "name": month_name(one.period),
            "short": month_name(one.period)[:3],
            "state": "frozen" if one.frozen else "in work" if one.oracle is not None else "not there",
            "mark": "✓" if one.frozen else "○" if one.oracle is not None else "–",
            "href": address(one.period) if one.oracle is not None else "",
            "here": one.period == asked.through,
        }
        for one in months
    ]
