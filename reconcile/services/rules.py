"""What readers and engine are told: by the settings, the saved mappings, the links that people confirmed and the
learned rules that they switched on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Literal, cast

from django.conf import settings
from django.db.models import Prefetch
from django.utils.timezone import now

from reconcile.formats.canonical import Mapping as ColumnMapping
from reconcile.formats.canonical import Options
from reconcile.matching.terms import Billed, Learned, Rules
from reconcile.models import Bill, BillLine, LearnedRule, Mapping, SupplierLink

BILLED_DAYS = 400  # for so long a confirmed consolidated invoice is looked for
Order = Literal["dmy", "mdy"]  # the settings and the database hold plain text
Side = Literal["alma", "oracle"]


def rules(cost_centres: Sequence[str] = ()) -> Rules:
    """Return the rules that hold now; cost centres given here stand instead of the setting's."""
    links = SupplierLink.objects.filter(state=SupplierLink.State.CONFIRMED)
    learned = LearnedRule.objects.filter(state__in=(LearnedRule.State.LIVE, LearnedRule.State.SUGGESTING))
    return Rules(
        currency=settings.LIBRA_CURRENCY,
        timing_days=settings.LIBRA_TIMING_DAYS,
        po_pattern=settings.LIBRA_PO_PATTERN,
        cost_centres=tuple(cost_centres or settings.LIBRA_COST_CENTRES),
        crosswalk=tuple(links.order_by("alma_code", "oracle_number").values_list("alma_code", "oracle_number")),
        learned=tuple(rule.as_term() for rule in learned),
        billed=_billed(),
    )


def _billed() -> tuple[Billed, ...]:
    """Return the consolidated invoices confirmed of late: older ones have found their month by now."""
    since = now() - timedelta(days=BILLED_DAYS)
    bills = Bill.objects.filter(kind="invoice", confirmed_at__gte=since).exclude(number="")
    members = Prefetch("lines", BillLine.objects.filter(member=True))
    return tuple(
        Billed(bill.supplier_code or bill.supplier, bill.number, tuple(line.number for line in bill.lines.all()))
        for bill in bills.order_by("pk").prefetch_related(members)
    )


def options() -> Options:
    """Return what the readers are told: the ledger's currency, the order of day and month, saved column mappings."""
    return Options(
        currency=settings.LIBRA_CURRENCY,
        date_order=cast("Order", settings.LIBRA_DATE_ORDER),
        xml_date_order=cast("Order", settings.LIBRA_XML_DATE_ORDER),
        cost_centre_segment=settings.LIBRA_COST_CENTRE_SEGMENT,
        mappings=tuple(column_mapping(mapping) for mapping in Mapping.objects.order_by("pk")),
    )


def column_mapping(mapping: Mapping) -> ColumnMapping:
    return ColumnMapping(
        side=cast("Side", mapping.side),
        headings=tuple(mapping.headings),
        columns=dict(mapping.columns),
        date_order=cast("Order", mapping.date_order),
    )


def frozen(used: Rules) -> dict[str, Any]:
    """Return the rules as a run keeps them: plain JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(used)))
    return plain


def thawed(kept: dict[str, Any]) -> Rules:
    """Return the rules of a stored run, so that it can be repeated."""
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    plain["crosswalk"] = tuple(tuple(pair) for pair in kept["crosswalk"])
    plain["learned"] = tuple(Learned(**each) for each in kept.get("learned", ()))  # runs of before there were any
    plain["billed"] = tuple(Billed(**{**each, "members": tuple(each["members"])}) for each in kept.get("billed", ()))
    return Rules(**plain)
