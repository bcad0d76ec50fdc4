"""The register: each line in one entry, each entry on the order and fund it belongs to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from reconcile.books.entries import PARTS, entries
from reconcile.matching.orders import pattern_of
from tests.reconcile.matching.builders import ORDER, OTHER_ORDER, Invoice, alma, frame, oracle
from tests.reconcile.matching.nasty import sides

CODES = ["", "N01.LIB110.540110", "N01.LIB120.540110", "N01.LIB999.1"]
FUNDS = ["", "LAW-BK", "ENG-BK"]
NO_FUNDS = pd.DataFrame({"fund": [], "ledger": [], "distribution": []}, dtype="str")


def register(ours: list[Invoice], theirs: list[Invoice], groups: str = "one", known: pd.DataFrame = NO_FUNDS) -> Any:
    """Enter two sides whose invoices all stand in one group, or each in its own."""
    frames = []
    for side, invoices in (("alma", ours), ("oracle", theirs)):
        lines = frame(invoices)
        lines = lines[lines["excluded"] == ""].assign(file=7, outcome="matched", group_supplier="Browns", waits=False)
        number = lines.groupby(["supplier_code", "invoice_number"]).ngroup() + 1
        lines["group"] = number + (100 if side == "oracle" else 0) if groups == "each" else 1
        frames.append(lines.assign(period=""))
    return entries(*frames, known, pattern_of(frames[1]["po_number"]))


def drawn(found: pd.DataFrame, side: str = "oracle") -> dict[str, dict[str, int]]:
    own = found[found["side"] == side]
    return own.groupby("order")[list(PARTS)].sum().to_dict("index")


def spent(found: pd.DataFrame, side: str = "oracle") -> dict[str, int]:
    return found[found["side"] == side].groupby("fund")["amount"].sum().to_dict()


def test_charges_and_tax_draw_on_the_order_that_all_items_of_their_invoice_name() -> None:
    bill = oracle("A1", 1000, 2000, 150, 630, kinds=("item", "item", "carriage", "tax"), order=[ORDER, ORDER, "", ""])
    assert drawn(register([], [bill])) == {ORDER: {"item": 3000, "charge": 150, "tax": 630}}


def test_they_draw_on_none_where_the_items_name_several_orders_or_one_names_none() -> None:
    several = oracle("A1", 1000, 2000, 150, kinds=("item", "item", "carriage"), order=[ORDER, OTHER_ORDER, ""])
    one_without = oracle("A2", 1000, 2000, 150, kinds=("item", "item", "carriage"), order=[ORDER, "", ""])
    assert drawn(register([], [several, one_without])) == {
        "": {"item": 2000, "charge": 300, "tax": 0},
        ORDER: {"item": 2000, "charge": 0, "tax": 0},
        OTHER_ORDER: {"item": 2000, "charge": 0, "tax": 0},
    }


def test_an_alma_line_draws_on_the_order_its_reporting_code_names() -> None:
    found = register([alma("A1", 500, order=f"PO {ORDER}")], [oracle("A1", 500)])
    assert drawn(found, "alma") == {ORDER: {"item": 500, "charge": 0, "tax": 0}}


def test_a_line_is_spent_on_the_fund_whose_finance_code_it_carries() -> None:
    ours = [alma("A1", 500, fund="LAW-BK", distribution=CODES[1]), alma("A2", 70, fund="ENG-BK", distribution=CODES[2])]
    theirs = [oracle("A1", 500, distribution=CODES[2]), oracle("A2", 70, distribution=CODES[1])]
    assert spent(register(ours, theirs, "each")) == {"ENG-BK": 500, "LAW-BK": 70}


def test_tax_without_a_code_follows_its_invoice_in_proportion() -> None:
    ours = [alma("A1", 100, 200, fund=["LAW-BK", "ENG-BK"], distribution=[CODES[1], CODES[2]])]
    bill = oracle("A1", 100, 200, 61, kinds=("item", "item", "tax"), distribution=[CODES[1], CODES[2], ""])
    assert spent(register(ours, [bill])) == {"LAW-BK": 120, "ENG-BK": 241}


def test_without_any_code_the_funds_are_those_of_the_invoice_it_was_matched_with() -> None:
    ours = [alma("A1", 100, 300, fund=["LAW-BK", "ENG-BK"])]
    assert spent(register(ours, [oracle("A1", 401)])) == {"LAW-BK": 100, "ENG-BK": 301}


def test_what_nobody_knows_the_fund_of_stands_without_one() -> None:
    assert spent(register([], [oracle("A1", 401, distribution="N01.LIB999.1")])) == {"": 401}


def test_a_code_that_two_funds_share_tells_no_fund() -> None:
    known = pd.DataFrame({"fund": FUNDS[1:], "ledger": "", "distribution": CODES[1]}, dtype="str")
    assert spent(register([], [oracle("A1", 401, distribution=CODES[1])], known=known)) == {"": 401}


@st.composite
def months(draw: st.DrawFn) -> tuple[list[Invoice], list[Invoice]]:
    both = draw(sides(carried=False))
    for side, invoices in zip(("alma", "oracle"), both, strict=True):
        for line in (line for invoice in invoices for line in invoice):
            line["distribution"] = draw(st.sampled_from(CODES))
            if side == "alma":
                line["fund"] = draw(st.sampled_from(FUNDS))
    return both


def by_hand(invoices: list[Invoice]) -> dict[str, dict[str, int]]:
    """What Oracle's invoices draw on each order, told line by line."""
    documents = defaultdict(list)
    for place, invoice in enumerate(invoices):
        for line in invoice:
            if not line["excluded"]:
                supplier = line["finance_code"] or f"name {line['supplier_name']}"
                documents[supplier, line["invoice_number"] or (place, id(line))].append(line)
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(PARTS, 0))
    for lines in documents.values():
        items = {order_of(line) for line in lines if line["line_kind"] == "item"}
        whole = items.pop() if len(items) == 1 else ""
        for line in lines:
            kind = line["line_kind"] if line["line_kind"] in PARTS else "charge"
            order = order_of(line) or (whole if kind != "item" else "")
            found[order][kind] += line["amount"]
    return {order: parts for order, parts in found.items() if any(parts.values())}


def order_of(line: dict[str, Any]) -> str:
    bare = "".join(line.get("po_number", "").split()).upper().removeprefix("CO").removeprefix("PO")
    return bare if sum(c.isdigit() for c in bare) >= 3 else ""


@given(months(), st.sampled_from(["one", "each"]))
def test_every_penny_stands_once_whatever_the_invoices_span(
    month: tuple[list[Invoice], list[Invoice]], groups: str
) -> None:
    found = register(*month, groups)
    for side, invoices in zip(("alma", "oracle"), month, strict=True):
        lines = [line for invoice in invoices for line in invoice if not line["excluded"]]
        assert found.loc[found["side"] == side, "amount"].sum() == sum(line["amount"] for line in lines)
    assert (found[list(PARTS)].sum(axis=1) == found["amount"]).all()


@given(months(), st.sampled_from(["one", "each"]))
def test_each_order_is_drawn_on_by_what_a_reader_of_the_lines_would_add_up(
    month: tuple[list[Invoice], list[Invoice]], groups: str
) -> None:
    found = {order: parts for order, parts in drawn(register(*month, groups)).items() if any(parts.values())}
    assert found == by_hand(month[1])
