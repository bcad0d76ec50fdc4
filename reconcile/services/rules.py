"""What readers and engine are told: by the settings, the saved mappings, the links that people confirmed and the
learned rules that they switched on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal, cast

from django.conf import settings

from reconcile.formats.canonical import Mapping as ColumnMapping
from reconcile.formats.canonical import Options
from reconcile.matching.terms import Learned, Rules
from reconcile.models import LearnedRule, Mapping, SupplierLink

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
    return Rules(**plain)
