"""Suppliers' bills: which must be looked at, all of them, and taking one in from a file or by hand."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from core.jobs import UserError
from core.money import show_with_symbol
from core.roles import CAN_CHECK_BILLS, CAN_SEE_MONTHS, person, required
from reconcile.models import Bill
from reconcile.services import bills, books
from reconcile.services.bill_held import called
from reconcile.services.bill_suppliers import Register
from reconcile.services.bill_words import VERDICTS
from reconcile.services.bills import Standing
from reconcile.web.bill_fields import FEW, BillFilter, BillForm, Lines, typed
from reconcile.web.bill_table import MARKS
from reconcile.web.everything import problem_table
from reconcile.web.tables import Column, Day, Ledger, Link, Money, address
from reconcile.web.tables import Count as Number

SIZE = 50
LOOKED_AT = 100  # bills not confirmed whose differences are told at once, the newest first
REFUSED = 422


class BillTable(Ledger):
    bill = Link("Bill", head=True, css="id")
    supplier = Column("Supplier", css="words")
    date = Day("Date")
    kind = Column("Kind", css="wide")
    invoices = Number("Invoices")
    total = Money("Total")
    currency = Column("Currency", css="wide")
    asks = Number("To look at")
    stake = Money("Comes to", css="wide")
    state = Column("State", css="state-of")


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show the bills, first what they need."""
    job = books.up_to_date()
    register = Register()
    every = Bill.objects.annotate(invoices=Count("lines")).order_by("-pk")
    waiting = every.filter(confirmed_at=None)
    stand = {bill.pk: bills.standing(bill, register) for bill in waiting[:LOOKED_AT]}
    found = narrowed(every, request.GET)
    count, begin = found.count(), place(request.GET.get("from", ""))
    rows = found[begin : begin + SIZE]
    suppliers = sorted(set(every.values_list("supplier", flat=True)), key=str.casefold)
    context = {
        "job": job,
        "nothing": not every.exists(),
        "tasks": [task(bill, stand[bill.pk]) for bill in waiting[:LOOKED_AT]],
        "more": max(0, waiting.count() - LOOKED_AT),
        "filter": BillFilter(request.GET, suppliers),
        "narrowed": any(request.GET.get(name) for name in ("supplier", "state")),
        "table": BillTable(
            [record(bill, stand.get(bill.pk)) for bill in rows],
            caption=f"{count:,} bill{'' if count == 1 else 's'}",
            currency=settings.LIBRA_CURRENCY,
            empty="No bill is like that. Take a filter away to see more.",
        ),
        "earlier": address(request, **{"from": max(0, begin - SIZE) or None}) if begin else "",
        "later": address(request, **{"from": begin + SIZE}) if begin + SIZE < count else "",
        "may_check": request.user.has_perm(CAN_CHECK_BILLS),
    }
    return render(request, "reconcile/bills.html", context)


def place(said: str) -> int:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 7 else 0


def narrowed(every: QuerySet[Bill], query: QueryDict) -> QuerySet[Bill]:
    """Return the bills that the address asks for."""
    if supplier := query.get("supplier"):
        every = every.filter(supplier=supplier)
    if (state := query.get("state")) in ("open", "confirmed"):
        every = every.filter(confirmed_at__isnull=state == "open")
    return every


def task(bill: Bill, stands: Standing) -> dict[str, Any]:
    """Return what to do about a bill that is not confirmed, with what hangs on it."""
    name, amount = named(bill), stands.amount
    if not stands.known:
        todo, why = f"Say whose {name} is", "No month’s invoices name its supplier"
    elif stands.open:
        some = f"{stands.open:,} invoice{'' if stands.open == 1 else 's'}"
        todo = f"Look at {some} of {name}"
        why = ", ".join(f"{count:,} {VERDICTS[verdict].label}" for verdict, count in stands.asks.items())
    else:
        todo, why, amount = f"Confirm {name}", "All of it agrees with what Libra holds", bill.total
    mark = MARKS["different_amount" if stands.open else "both"] if stands.known else {"mark": "?", "css": "suggested"}
    shown = show_with_symbol(amount, bill.currency)
    return {"href": href(bill), "todo": todo, "supplier": bill.supplier, "why": why, "amount": shown, **mark}


def named(bill: Bill) -> str:
    return f"bill {bill.number}" if bill.number else called(bill)


def href(bill: Bill) -> str:
    return reverse("bill", args=[bill.code])


def record(bill: Any, stands: Standing | None) -> dict[str, Any]:
    """Return a bill as its line in the list."""
    return {
        "bill": bill.number or "no number",
        "bill_href": href(bill),
        "supplier": bill.supplier,
        "date": bill.date,
        "kind": bill.kind,
        "invoices": bill.invoices,
        "total": bill.total,
        "currency": bill.currency,
        "asks": stands.open if stands else None,
        "stake": stands.amount if stands and stands.open else None,
        "state": "confirmed" if bill.confirmed_at else "not confirmed",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_CHECK_BILLS)
def upload(request: HttpRequest) -> HttpResponse:
    """Take a supplier's file in, and lead to what was found."""
    context: dict[str, Any] = {"most": settings.LIBRA_UPLOAD_MB}
    if request.method != "POST":
        return render(request, "reconcile/bill_upload.html", context)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise UserError("Choose a file first.")
        books.up_to_date()
        bill = bills.take(file.name or "file", cast("BinaryIO", file.file), person(request))
    except UserError as refusal:
        name = (file.name if file else "") or "the file"
        context |= {"error": str(refusal), "problems": problem_table(name, refusal.problems)}
        return render(request, "reconcile/bill_upload.html", context, status=REFUSED)
    messages.success(request, f"{bill.name} is taken in and checked.")
    return redirect("bill", bill.code)


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_CHECK_BILLS)
def new(request: HttpRequest) -> HttpResponse:
    """Take in a bill that is typed line by line."""
    sent = request.method == "POST"
    begun = {"date": localdate(), "currency": settings.LIBRA_CURRENCY, "kind": "invoice"}
    form = BillForm(request.POST if sent else None, initial=begun)
    lines = Lines(request.POST if sent else None, prefix="line")
    if sent and "more" in request.POST:
        return shown(request, BillForm(initial=request.POST.dict()), more_lines(request))
    if sent and form.is_valid() and lines.is_valid():
        try:
            given = typed([line.cleaned_data for line in lines])
            bill = bills.typed(person(request), lines=given, **form.cleaned_data)
            messages.success(request, "The bill is taken in and checked.")
            return redirect("bill", bill.code)
        except UserError as refusal:
            for sentence in [each["message"] for each in refusal.problems] or [str(refusal)]:
                form.add_error(None, sentence)
    return shown(request, form, lines, REFUSED if sent else 200)


def more_lines(request: HttpRequest) -> Any:
    """Return the lines as typed, with some empty ones after them."""
    data = request.POST.copy()
    total = data.get("line-TOTAL_FORMS", "")
    data["line-TOTAL_FORMS"] = str((int(total) if total.isdecimal() else 0) + FEW)
    return Lines(data, prefix="line")


def shown(request: HttpRequest, form: BillForm, lines: Any, status: int = 200) -> HttpResponse:
    wrong = lines.is_bound and not lines.is_valid()
    context = {"form": form, "lines": lines, "lines_wrong": wrong, "suppliers": [one.name for one in Register().all()]}
    return render(request, "reconcile/bill_new.html", context, status=status)
