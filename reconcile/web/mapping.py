"""A table that nobody knows: a person says which column is what, sees the first rows read that way, and saves it."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.roles import CAN_MAP_COLUMNS, person, required
from reconcile.formats import alma_analytics, headings, oracle
from reconcile.formats.canonical import Reading
from reconcile.models import SourceFile
from reconcile.services import mappings
from reconcile.web.everything import problem_table
from reconcile.web.tables import Column, Count, Day, Identifier, Ledger, Money

REFUSED = 422
SHOWN = 12  # rows read the new way
SAMPLES = 3  # values beside each heading
MEANINGS = {
    "invoice_number": "invoice number",
    "amount": "amount of the line, in the ledger’s currency",
    "supplier_name": "supplier’s name",
    "supplier_code": "supplier’s code or number",
    "finance_code": "finance’s number of the supplier",
    "invoice_date": "invoice date",
    "accounting_date": "accounting date (transaction date, GL date)",
    "po_number": "order (PO) number",
    "reporting_code": "reporting code",
    "order_reference": "additional order reference",
    "pol": "PO line (POL)",
    "line_number": "line number",
    "line_type": "line type",
    "description": "description",
    "fund": "fund code",
    "fund_name": "fund name",
    "ledger": "ledger",
    "distribution": "distribution, account combination",
    "cost_centre": "cost centre",
    "currency": "invoice’s currency",
    "source_amount": "amount in the invoice’s currency",
    "header_amount": "the whole invoice’s amount",
    "vat_amount": "VAT of the line",
    "tax_code": "tax code",
    "status": "invoice status",
    "payment_method": "payment method",
    "source": "invoice source",
    "invoice_type": "invoice type",
    "voucher": "voucher number",
    "invoice_id": "invoice’s unique identifier",
}
SIDES = (("alma", "the library’s (Alma’s) side"), ("oracle", "finance’s (Oracle’s) side"))
ORDERS = (("dmy", "day, month, year"), ("mdy", "month, day, year"))


class ReadTable(Ledger):
    row = Count("Row", head=True)
    invoice_number = Identifier("Invoice")
    supplier_name = Column("Supplier")
    po_number = Identifier("Order")
    invoice_date = Day("Invoice date")
    accounting_date = Day("Accounting date")
    amount = Money("Amount")
    excluded = Column("Left out")


class MappingForm(forms.Form):
    """What the whole table is; which column is what comes in fields of their own, `column-0` and on."""

    name = forms.CharField(
        label="Name of this kind of file", max_length=100, error_messages={"required": "Give this kind of file a name."}
    )
    side = forms.ChoiceField(label="Whose figures are these?", choices=SIDES, widget=forms.RadioSelect)
    date_order = forms.ChoiceField(
        label="Dates such as 03/04/2025 are", choices=ORDERS, widget=forms.RadioSelect, initial="dmy"
    )
    sheet = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


def guess(heading: str) -> str:
    """Return what a heading probably means, told from the names that known reports use; '' where nothing is told."""
    plain = headings.normalise(heading)
    for vocabulary in (alma_analytics.VOCABULARY, oracle.VOCABULARY):
        for column, names in vocabulary.items():
            if column in MEANINGS and (plain in names or plain == column.replace("_", " ")):
                return column
    return ""


def fields(sheet: dict[str, Any], chosen: dict[int, str]) -> list[dict[str, Any]]:
    """Return a field for each heading: some of its values, and what a person said it is, else the guess."""
    below = sheet["rows"][sheet["heading_row"] :]
    guessed: set[str] = set()
    found = []
    for place, heading in enumerate(sheet["headings"]):
        if not heading.strip():
            continue
        meaning = chosen.get(place, "")
        if not chosen and (meaning := guess(heading)) in guessed:
            meaning = ""
        guessed.add(meaning)
        values = dict.fromkeys(row[place] for row in below if place < len(row) and row[place].strip())
        found.append(
            {"name": f"column-{place}", "heading": heading, "values": list(values)[:SAMPLES], "meaning": meaning}
        )
    return found


def said(request: HttpRequest, sheet: dict[str, Any]) -> tuple[dict[int, str], dict[str, str]]:
    """Return what was said of each column by place, and as the service takes it: meaning -> heading.

    Raises UserError when two columns were given the same meaning.
    """
    by_place = {place: request.POST.get(f"column-{place}", "") for place in range(len(sheet["headings"]))}
    columns: dict[str, str] = {}
    for place, meaning in by_place.items():
        if meaning and columns.setdefault(meaning, sheet["headings"][place]) != sheet["headings"][place]:
            raise UserError(
                f"Both ‘{columns[meaning]}’ and ‘{sheet['headings'][place]}’ are to be the "
                f"{MEANINGS.get(meaning, meaning)}. Choose one."
            )
    return by_place, columns


def read_table(reading: Reading) -> ReadTable:
    """Return the first rows as they are read by the mapping."""
    lines = reading.lines.head(SHOWN)
    dates = {
        name: [None if one != one else one.date() for one in lines[name]]
        for name in ("invoice_date", "accounting_date")
    }
    names = ("row", "invoice_number", "supplier_name", "po_number", "amount", "excluded")
    columns = {name: lines[name].tolist() for name in names} | dates
    records = [{name: values[at] for name, values in columns.items()} for at in range(len(lines))]
    return ReadTable(records, caption="The first rows, read this way", currency=reading.currency)


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_MAP_COLUMNS)
def page(request: HttpRequest, batch: uuid.UUID, code: uuid.UUID) -> HttpResponse:
    """Ask what the columns mean; show the rows read that way; save."""
    file = SourceFile.objects.filter(code=code, batch=batch, state=SourceFile.State.STAGED).first()
    if file is None or not file.sheets:
        raise Http404("This file needs no mapping, or it was put away.")
    number = place_of_sheet(request, file)
    sheet = file.sheets[number]
    form = MappingForm(
        request.POST or None, initial={"sheet": number, "side": "alma", "name": file.name.rpartition(".")[0]}
    )
    context: dict[str, Any] = {
        "file": file,
        "batch": batch,
        "form": form,
        "sheet": sheet,
        "number": number,
        "meanings": MEANINGS.items(),
    }
    chosen: dict[int, str] = {}
    if request.method == "POST":
        try:
            chosen, columns = said(request, sheet)
            if form.is_valid():
                given = form.cleaned_data
                if request.POST.get("action") == "save":
                    mappings.save(
                        given["name"], file, number, given["side"], columns, person(request), given["date_order"]
                    )
                    messages.success(
                        request, f"Saved. The next file with these headings is read the same way as {file.name}."
                    )
                    return redirect("upload-batch", batch=batch)
                context |= previewed(mappings.preview(file, number, given["side"], columns, given["date_order"]), file)
        except UserError as error:
            chosen = chosen or {at: request.POST.get(f"column-{at}", "") for at in range(len(sheet["headings"]))}
            context["refusal"] = error
    context["fields"] = fields(sheet, chosen)
    failed = "refusal" in context or (request.method == "POST" and not form.is_valid())
    return render(request, "reconcile/mapping.html", context, status=REFUSED if failed else 200)


def place_of_sheet(request: HttpRequest, file: SourceFile) -> int:
    """Return which of the file's sheets is looked at, the first where the address names none that is there."""
    word = request.POST.get("sheet") or request.GET.get("sheet") or "0"
    return int(word) if word.isdecimal() and int(word) < len(file.sheets) else 0


def previewed(reading: Reading, file: SourceFile) -> dict[str, Any]:
    problems = [asdict(problem) for problem in reading.problems]
    return {"reading": reading, "table": read_table(reading), "problems": problem_table(file.name, problems)}
