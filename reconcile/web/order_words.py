"""The words of the ledger of orders as pages show them: what each flag asks people to do, and what a line is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from core.money import show_with_symbol
from reconcile.services.copo import Ledger
from reconcile.services.order_flags import FLAGS

KINDS = {
    "opening": "Opening value",
    "uplift": "Uplift",
    "reduction": "Reduction",
    "closed": "Finally closed",
    "reopened": "Opened again",
    "rolled": "Rolled forward",
    "invoice": "Invoice",
    "credit": "Credit note",
}
SIDES = {"oracle": "Oracle", "alma": "Alma"}
BASES = {"net": "net of VAT", "gross": "with VAT"}


def left(one: Ledger) -> int:
    return max(one.left or 0, 0)


def over(one: Ledger) -> int:
    return max(-(one.left or 0), 0)


@dataclass(frozen=True, slots=True)
class Word:
    """How a flag is shown. `label` stands in lists; `bad`: money is going wrong now.

    todo: what to do about {n} order{s}; advice: how, for one as for many. amount: what is at stake on an order, and
    `of`: in which words; None where a summary does not tell it.
    """

    label: str
    todo: str
    advice: str
    bad: bool = False
    amount: Callable[[Ledger], int] | None = None
    of: str = ""

    def at_stake(self, orders: Iterable[Ledger]) -> int | None:
        return sum(map(self.amount, orders)) if self.amount else None


# What a person must look at first comes first.
WORDS = {
    "overspent": Word(
        "overspent", "Raise {n} overspent order{s}",
        "Have an uplift approved and enter it, or ask for the next invoices on another order.", True, over, "over",
    ),
    "invoice_on_closed": Word(
        "invoice after closing", "Put right {n} closed order{s} with later invoices",
        "Open the order again, or have finance book the invoice on another order.", True, over, "over",
    ),
    "wrong_supplier": Word(
        "wrong supplier", "Have the spend of other suppliers moved off {n} order{s}",
        "Ask finance to move each invoice that the ledger marks to its own supplier’s order.", True,
    ),
    "runs_out_early": Word(
        "runs out early", "Raise {n} order{s} that will run out before the end",
        "At the pace so far the money does not last. Have an uplift approved before that day.", False, left, "left",
    ),
    "nearly_used": Word(
        "nearly used up", "Raise or replace {n} order{s} nearly used up",
        "Have an uplift approved, or set up the order that follows.", False, left, "left",
    ),
    "expired_with_balance": Word(
        "past its end", "Close or roll forward {n} order{s} past the end",
        "Finally close it to release what is left, or roll it forward to a later end.", False, left, "left",
    ),
    "idle": Word(
        "no movement", "Ask after {n} order{s} without movement",
        "Ask the supplier for invoices that are missing, or finally close the order.", False, left, "left",
    ),
    "missing_in_oracle": Word(
        "missing in Oracle", "Ask finance about invoices missing in Oracle on {n} order{s}",
        "Ask finance where each invoice is that stands in Alma only. It will still be drawn on the order.",
    ),
    "missing_in_alma": Word(
        "missing in Alma", "Enter invoices missing in Alma on {n} order{s}",
        "Find each invoice that stands in Oracle only, and enter it in Alma.",
    ),
    "unknown_order": Word(
        "not set up", "Set up {n} order{s} met only on invoices",
        "By hand, or from Oracle’s report of orders. Until then nobody knows what is left.",
        False, lambda one: one.drawn["oracle"], "drawn",
    ),
}  # fmt: skip


def pressing(one: Ledger) -> tuple[int, int]:
    """Return a key by which orders stand as they need somebody: the worst flag first, then the most at stake."""
    for place, (word, about) in enumerate(WORDS.items()):
        if word in one.flags:
            return place, -(about.at_stake([one]) or 0)
    return len(WORDS), 0


def in_order(flags: Iterable[str]) -> list[str]:
    """Return an order's flags, what must be done first first."""
    given = set(flags)
    return [word for word in WORDS if word in given]


def mark(word: str) -> SafeString:
    """Return a flag's letterform. Its words always stand beside it."""
    return format_html('<span class="o {}" aria-hidden="true">!</span>', "differs" if WORDS[word].bad else "suggested")


def tags(one: Ledger, href: str) -> SafeString:
    """Return an order's flags as words, each explained on focus and hover, and leading to the order's page."""
    found = []
    for word in in_order(one.flags):
        key = escape(f"tip-{word}-{one.number}").replace(" ", "")
        css = "flag bad" if WORDS[word].bad else "flag"
        found.append(
            f'<span class="term"><a class="{css}" href="{escape(href)}#{word}" aria-describedby="{key}">'
            f"{escape(WORDS[word].label)}</a>"
            f'<span class="tip" role="tooltip" id="{key}">{escape(said(word, one))}</span></span>'
        )
    return mark_safe(" ".join(found) or "–")


def said(word: str, one: Ledger) -> str:
    """Say a flag in a sentence, with its amount where there is one."""
    amount = WORDS[word].at_stake([one])
    return f"{FLAGS[word]}{f': {show_with_symbol(amount, one.currency)} {WORDS[word].of}' if amount else ''}."


def tasks(orders: Sequence[Ledger], address: Callable[[str], str], currency: str) -> list[dict[str, Any]]:
    """Return what orders need of people, a flag each; `address` leads to those that have it."""
    found = []
    for word, about in WORDS.items():
        having = [one for one in orders if word in one.flags]
        if having:
            amount = about.at_stake(having)
            found.append(
                {
                    "mark": mark(word),
                    "title": about.todo.format(n=f"{len(having):,}", s="" if len(having) == 1 else "s"),
                    "amount": f"{show_with_symbol(amount, currency)} {about.of}" if amount else "",
                    "href": address(word),
                }
            )
    return found
