"""What a year's budgets need of people: the first thing that their page says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.money import show_with_symbol
from reconcile.services import budget_loader
from reconcile.services.budget_figures import FundBudget
from reconcile.web.budget_tables import SHOW

NAMED = 3  # funds that a task names; the rest is counted


@dataclass(frozen=True, slots=True)
class Want:
    """What to do about {n} fund{s}; `bad`: money is going wrong now. `amount`: what is at stake of a fund."""

    title: str
    advice: str
    amount: Callable[[FundBudget], int]
    bad: bool = False


# By the word that narrows the list to these funds. What a person must look at first comes first.
WANTS = {
    "without": Want(
        "Give a budget to {n} fund{s} spending without one",
        "Upload it, or move money there.", lambda one: one.spent or one.in_alma, True,
    ),
    "over": Want(
        "Cover {n} fund{s} spent beyond the budget",
        "Move money there, or have spend moved to another fund.", lambda one: -one.left, True,
    ),
    "strangers": Want(
        "Check {n} fund{s} that Alma does not know",
        "A budget under a code that no file of Alma’s names: see whether it is right, or set the fund up there.",
        lambda one: one.budget,
    ),
    "nowhere": Want(
        "Find the fund of what Oracle has booked on none",
        "Neither its account combination nor a matched Alma invoice says which fund it is.", lambda one: one.spent,
    ),
}  # fmt: skip


def tasks(year: int, funds: Sequence[FundBudget], currency: str) -> list[dict[str, Any]]:
    """Return what is to be done, each with its amount, its reason, and the address of the funds that it counts."""
    found = []
    for word, want in WANTS.items():
        some = sorted(
            (one for one in funds if SHOW[word][1](one) and want.amount(one)), key=lambda one: -want.amount(one)
        )
        if some:
            found.append(
                {
                    "bad": want.bad,
                    "title": want.title.format(n=f"{len(some):,}", s="" if len(some) == 1 else "s"),
                    "amount": sum(map(want.amount, some)),
                    "href": f"{reverse('budgets', args=[year])}?show={word}#list",
                    "advice": f"{named(some, want, currency)}{want.advice}",
                }
            )
    return found + for_alma(year)


def named(funds: Sequence[FundBudget], want: Want, currency: str) -> str:
    """Name the first of the funds with their amounts."""
    some = [f"{one.fund} {show_with_symbol(want.amount(one), currency)}" for one in funds if one.fund]
    more = [f"{len(some) - NAMED:,} more"] if len(some) > NAMED else []
    return f"{', '.join(some[:NAMED] + more)}. " if some else ""


def for_alma(year: int) -> list[dict[str, Any]]:
    """Return what Alma has not been told yet."""
    waiting = budget_loader.waiting(year)
    if not waiting.changes:
        return []
    return [
        {
            "bad": False,
            "title": f"Take {waiting.changes:,} change{'' if waiting.changes == 1 else 's'} to Alma",
            "amount": waiting.amount,
            "href": reverse("budget-loader", args=[year]),
            "advice": "No file for Alma’s Fund Allocation Loader has held them yet.",
        }
    ]
