"""The words as pages show them: letterforms, tasks, and the glossary with Alma's and Oracle's own beside them."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from core.roles import CAN_SEE_MONTHS, required
from reconcile.services import words
from reconcile.web.tables import Column, Ledger, Record

LETTERS = {
    "matched": "=",
    "explained": "≈",
    "differs": "≠",
    "suggested": "?",
    "only_in_alma": "A",
    "only_in_oracle": "O",
}
# How often a reason occurs is told with its noun, and what to do about it in one sentence.
DO = {
    "suggested": ("pair{} to confirm", "Probably the same invoice. Look at each and say so to the other office."),
    "differs": ("amount{} not agreeing", "The same invoice, keyed with different money. Find which side is right."),
    "missing_in_oracle": ("invoice{} missing in Oracle", "Approved in Alma with an order. Ask finance where it is."),
    "missing_in_alma": ("invoice{} missing in Alma", "Paid by finance, not in Alma. Find the invoice and enter it."),
    "no_po": ("invoice{} without an order number", "It cannot be receipted. Add the PO in Alma."),
    "duplicate_in_alma": ("invoice{} entered twice in Alma", "Take the second one out of Alma."),
    "duplicate_in_oracle": ("invoice{} booked twice in Oracle", "Perhaps paid twice. Ask finance, then the supplier."),
    "": ("item{} without a known cause", "Look at each: nothing in the files says why it stands alone."),
}
WHO = {"library": "Library", "finance": "Finance", "supplier": "Supplier"}
WORDS = (  # Alma's word, Oracle's word, plain English
    (
        "POL (PO line)",
        "",
        "One thing the library orders: a book, a journal. Oracle’s order line is another: it may cover many POLs.",
    ),
    ("PO", "", "A bundle of POLs sent to one vendor. It is not the order that finance knows."),
    (
        "ERP number, or a reporting code that holds it",
        "PO (purchase order)",
        "The order that finance has approved. The supplier must quote it, and Libra looks for it.",
    ),
    ("", "COPO (call-off order)", "A sum set aside with one supplier, used up by many invoices."),
    ("vendor", "supplier", "Who is paid."),
    ("financial system code", "supplier number", "The bridge between Alma’s vendor and Oracle’s supplier."),
    ("fund", "cost centre, account combination", "The pot that pays."),
    ("fund’s external id", "distribution", "The finance code behind the pot."),
    (
        "ledger",
        "ledger",
        "Not the same thing: in Alma the top of a tree of funds, in Oracle the university’s accounts.",
    ),
    (
        "summary fund",
        "parent value",
        "A heading over funds. Its totals repeat the funds below, so its rows are left out.",
    ),
    ("encumbrance", "commitment", "Money promised by an order and not yet billed."),
    ("expenditure", "actual", "Money billed. In Alma it counts from the moment the invoice is created."),
    ("", "accrual", "Something had, whose bill is not booked yet: added by finance at the end of a period."),
    ("", "journal", "An entry by hand, with no invoice behind it."),
    ("", "voucher", "Oracle’s own number for an invoice it has booked."),
    ("In Review, In Approval", "", "Entered in Alma, not approved yet, so it cannot be in Oracle."),
    ("Ready to be Paid", "", "Approved in Alma and not sent to finance yet."),
    ("Waiting for Payment", "unpaid", "Sent to finance."),
    ("alert", "hold", "A reason why an invoice cannot be paid yet."),
    (
        "receive",
        "receipt",
        "Different acts. In Alma the item is here; in Oracle finance is told so, and the bill may be paid.",
    ),
    ("credit", "credit memo", "Money back."),
    ("overhead, shipment", "freight, miscellaneous", "Charges beside the things bought: carriage, postage, handling."),
    ("explicit ratio", "conversion rate", "The exchange rate."),
    ("transaction date", "GL date", "The accounting date: which month a row belongs to."),
)


def outcome_label(outcome: str) -> str:
    return words.OUTCOMES[outcome].label


def cause_label(cause: str) -> str:
    return words.cause(cause).label


def kind_label(kind: str) -> str:
    return words.KINDS.get(kind, kind)


def who_label(who: str) -> str:
    return WHO.get(who, "Nobody")


def reason_label(reason: str) -> str:
    """Return the short name of why groups wait for a person: an outcome or a cause."""
    return words.reason(reason)


def todo(reason: str, count: int) -> tuple[str, str]:
    """Return a reason as a task with its number, and what to do about it."""
    title, advice = DO.get(reason, (reason_label(reason), ""))
    return f"{count:,} {title.format('' if count == 1 else 's')}", advice


def mark(outcome: str) -> SafeString:
    """Return an outcome's letterform in its box, with its name for who does not see it."""
    if outcome not in LETTERS:
        return SafeString()
    name = outcome_label(outcome)
    return format_html(
        '<span class="o {}" aria-hidden="true">{}</span><span class="hidden-text">{}</span>',
        outcome,
        LETTERS[outcome],
        name,
    )


class WordTable(Ledger):
    """A table of words. A row's id makes it reachable from every page that uses the word."""

    word = Column("Libra says", head=True)
    alma = Column("Alma says")
    oracle = Column("Oracle says")
    meaning = Column("Plain English", css="words")

    def attributes(self, record: Record) -> str:
        return f' id="{escape(record["id"])}"' if record.get("id") else ""


def entries(table: Mapping[str, words.Word]) -> list[Record]:
    return [
        {"id": name, "word": word.label, "alma": word.alma, "oracle": word.oracle, "meaning": word.meaning}
        for name, word in table.items()
    ]


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show the glossary."""
    plain = [{"alma": alma, "oracle": oracle, "meaning": meaning} for alma, oracle, meaning in WORDS]
    lone = [name for name in words.CAUSES if name not in words.OUTCOMES]
    tables = [
        WordTable(entries(words.OUTCOMES), caption="Outcomes: where a group stands"),
        WordTable(entries({name: words.CAUSES[name] for name in lone}), caption="Causes: why the sides differ"),
        WordTable(entries(words.FACTS), caption="Facts: what else differs between two that belong together"),
        WordTable(entries(words.EXCLUDED), caption="Rows left out: they are no spend of the month"),
        WordTable(plain, caption="The library’s word and finance’s word", columns=("alma", "oracle", "meaning")),
    ]
    letters = [(mark(outcome), word.label) for outcome, word in words.OUTCOMES.items()]
    return render(request, "reconcile/glossary.html", {"tables": tables, "letters": letters})
