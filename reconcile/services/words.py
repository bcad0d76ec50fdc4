"""What the contract's words mean: the label on a page, plain English, who acts, and what that person does next.

`alma` and `oracle` are what each office calls the thing, where they call it differently.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    label: str
    meaning: str
    who: str = ""  # library, finance, supplier, or '' when nobody has to do anything
    next_step: str = ""
    alma: str = ""
    oracle: str = ""


OUTCOMES = {
    "matched": Word("Matched", "The same invoice on both sides, equal to the penny."),
    "explained": Word(
        "Explained",
        "The same invoice on both sides. The amounts differ, and the causes beside it account for every penny.",
    ),
    "differs": Word(
        "Differs",
        "Certainly the same invoice, but part of the difference is wrong or has no known cause.",
        "library",
        "Compare both with the supplier's invoice and correct the side that is wrong.",
    ),
    "suggested": Word(
        "To confirm",
        "Probably the same invoice, but not certain, or several candidates fit equally well. Its whole amount stays "
        "open until somebody decides.",
        "library",
        "Look at both sides and say whether they belong together.",
    ),
    "only_in_alma": Word(
        "Only in Alma",
        "No counterpart in Oracle. The cause beside it says why.",
        alma="expenditure",
        oracle="not booked",
    ),
    "only_in_oracle": Word(
        "Only in Oracle", "No counterpart in Alma. The cause beside it says why.", alma="not entered", oracle="actual"
    ),
}

CAUSES = {
    "vat": Word("VAT", "One side holds VAT that the other leaves out.", alma="VAT expenditure", oracle="tax line"),
    "exchange_rate": Word(
        "Exchange rate",
        "A foreign invoice that both sides converted, each at its own rate.",
        alma="explicit ratio",
        oracle="conversion rate",
    ),
    "carriage": Word(
        "Carriage",
        "Postage, packing or handling stands on one side only.",
        alma="shipment, overhead",
        oracle="freight, miscellaneous",
    ),
    "discount": Word(
        "Discount", "A discount or rebate stands on one side only.", alma="discount line", oracle="negative line"
    ),
    "rounding": Word("Rounding", "A few pennies: each side rounded at another place."),
    "sign": Word(
        "Wrong sign",
        "A credit note was entered as an invoice on one side, or the other way round.",
        "library",
        "Enter it again with the right sign on the side that is wrong.",
        alma="credit",
        oracle="credit memo",
    ),
    "keying_error": Word(
        "Keying error",
        "Two digits were swapped or the decimal point slipped in one total.",
        "library",
        "Check the supplier's invoice and correct the amount that was mistyped.",
    ),
    "unexplained": Word(
        "Unexplained",
        "The part of a difference for which no cause is known yet.",
        "library",
        "Compare both with the supplier's invoice; add a note when you know why.",
    ),
    "timing": Word(
        "Timing",
        "Entered within a few days of the month's beginning or end: the other side has it in the neighbouring month.",
        "",
        "Nothing now: it settles by itself when the other side arrives.",
        alma="created in another month",
        oracle="cut-off",
    ),
    "not_approved": Word(
        "Not approved yet",
        "The invoice is still in review or in approval in Alma, so Oracle cannot have it.",
        "library",
        "Approve the invoice in Alma.",
        alma="In Review, In Approval",
        oracle="not received",
    ),
    "paid_outside_oracle": Word(
        "Paid outside Oracle",
        "Paid by credit card, deposit account or cash, or an internal copy: it never goes to Oracle.",
        alma="payment method",
        oracle="not in payables",
    ),
    "no_po": Word(
        "No order number",
        "Approved in Alma, but no field holds an Oracle order number, so it could not be receipted.",
        "library",
        "Put the Oracle order number into the order's reporting code and send the invoice again.",
        alma="reporting code, ERP number",
        oracle="PO number",
    ),
    "missing_in_oracle": Word(
        "Missing in Oracle",
        "Approved, with an order number, entered well inside the month, and still not in Oracle.",
        "finance",
        "Ask finance whether the invoice arrived and whether it is on hold.",
        alma="sent, waiting for payment",
        oracle="not booked, or on hold",
    ),
    "duplicate_in_alma": Word(
        "Double in Alma",
        "The same supplier, number and amount as another invoice in Alma that is paired already.",
        "library",
        "Cancel one of the two in Alma.",
    ),
    "duplicate_in_oracle": Word(
        "Double in Oracle",
        "The same supplier, number and amount as another invoice in Oracle that is paired already: perhaps paid twice.",
        "finance",
        "Ask finance to stop or reclaim the second payment.",
    ),
    "missing_in_alma": Word(
        "Missing in Alma",
        "Oracle booked a supplier's invoice that Alma does not have.",
        "library",
        "Enter the invoice in Alma, or ask finance to charge it to the department it belongs to.",
        alma="not entered",
        oracle="invoice",
    ),
    "journal": Word(
        "Journal",
        "An entry without an invoice: a manual journal, an accrual, a recharge, a central VAT posting.",
        "",
        "Nothing for the library; finance knows what it is.",
        alma="has no such thing",
        oracle="journal, accrual",
    ),
    "cancelled": Word("Cancelled out", "Rows of one side that add up to nothing: an invoice and its reversal."),
    "not_library": Word(
        "Not the library's",
        "Its cost centre lies outside the library's scope.",
        "finance",
        "Ask finance to move it.",
        oracle="cost centre",
    ),
    "suggested": Word(
        "Waiting to be confirmed",
        "Pairs that somebody has to confirm or reject. Until then they count as a difference.",
        "library",
        "Confirm or reject them.",
    ),
    "carried": Word(
        "Carried from earlier months",
        "Items that an earlier month left open and this month settled: one of their sides is in that month's totals.",
    ),
}

FACTS = {
    "invoice_number_differs": Word(
        "Number differs", "The invoice number was mistyped, shortened or lengthened on one side."
    ),
    "po_differs": Word(
        "Order differs", "The two sides name different orders.", alma="reporting code", oracle="PO number"
    ),
    "po_missing": Word("No order in Alma", "Alma's side names no order.", alma="reporting code", oracle="PO number"),
    "supplier_differs": Word(
        "Supplier differs", "The two sides name different suppliers.", alma="vendor", oracle="supplier"
    ),
    "consolidated": Word(
        "Consolidated",
        "One invoice in Oracle collects several in Alma.",
        alma="consolidated invoice",
        oracle="one invoice",
    ),
    "split": Word("Split", "One invoice in Alma stands as several in Oracle."),
}

EXCLUDED = {
    "summary_fund": Word(
        "Summary fund", "Analytics repeats the spend of the funds below it.", alma="summary fund", oracle="parent value"
    ),
    "not_expenditure": Word(
        "Not spent",
        "Money promised or set aside, not billed.",
        alma="encumbrance, allocation",
        oracle="commitment, budget",
    ),
    "total_row": Word("Total", "The report's own sum."),
    "blank": Word("Blank row", "A row without anything in it."),
    "repeated_header": Word("Repeated heading", "The headings once more, further down."),
    "zero_placeholder": Word("Zero", "A row of 0.00, or a line without funds and money."),
    "outside_period": Word("Outside the month", "Its accounting date lies in another month."),
}

KINDS = {
    "alma_analytics": "Alma Analytics, Funds Expenditure",
    "alma_invoices": "Alma invoice export (XML)",
    "oracle_payables": "Oracle Fusion payables report",
    "oracle_otbi": "Oracle OTBI export",
    "oracle_ebs": "Oracle E-Business Suite report",
    "oracle_orders": "Oracle purchase orders",
    "mapped_alma": "Alma, by a saved mapping",
    "mapped_oracle": "Oracle, by a saved mapping",
}


def cause(name: str) -> Word:
    """Return the word for a cause, a fact, or an excluded row's cause."""
    return CAUSES.get(name) or FACTS.get(name) or EXCLUDED[name]


def reason(name: str) -> str:
    """Return the short name of why something waits or is open: an outcome or a cause."""
    return OUTCOMES[name].label if name in OUTCOMES else cause(name).label if name else "No known cause"
