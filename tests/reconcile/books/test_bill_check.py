"""A bill against what Libra knows: the verdict on each invoice, and that the verdicts add up to the bill."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile.books.bill_check import COLUMNS, VERDICTS, by_verdict, check
from reconcile.matching.numbers import normalise, normalise_all

MARCH = date(2025, 3, 14)


def bill(*lines: dict[str, Any]) -> pd.DataFrame:
    """Lines as `formats.bill` gives them, amounts in pence."""
    blank = {"date": MARCH, "order": "", "net": None, "vat": None, "gross": None, "cancels": ""}
    frame = pd.DataFrame([{"row": row, **blank, **line} for row, line in enumerate(lines, 2)])
    frame = frame.reindex(columns=["row", "number", *blank])
    types = {"number": "str", "order": "str", "cancels": "str", "date": "datetime64[s]"}
    return frame.astype({**types, "net": "Int64", "vat": "Int64", "gross": "Int64"})


def held(*rows: dict[str, Any]) -> pd.DataFrame:
    """Invoices that Libra knows, amounts in pence."""
    blank = {
        "side": "alma", "period": "2025-03", "number": "", "date": MARCH, "order": "", "amount": 0, "net": None,
        "vat": None, "outcome": "matched", "paid": False, "group": "1", "billed_on": "",
    }  # fmt: skip
    frame = pd.DataFrame([blank | row for row in rows], columns=list(blank))
    texts = dict.fromkeys(["side", "period", "number", "order", "outcome", "group", "billed_on"], "str")
    money = dict.fromkeys(["amount", "net", "vat"], "Int64")
    frame = frame.astype({**texts, **money, "date": "datetime64[s]", "paid": "bool"})
    frame["number_key"] = normalise_all(frame["number"])
    return frame


def verdicts(result: pd.DataFrame) -> dict[str, str]:
    return dict(zip(result["number"], result["verdict"], strict=True))


def only(result: pd.DataFrame) -> pd.Series:
    assert len(result) == 1
    return result.iloc[0]


# --- On both sides, on one, and differing -----------------------------------------------------------------------------


def test_an_invoice_of_equal_amount_on_the_bill_and_in_libra_is_in_both() -> None:
    found = only(check(bill({"number": "K-1", "gross": 12_00}), held({"number": "K-1", "amount": 12_00, "group": "7"})))
    assert found[["verdict", "bill_amount", "held_amount", "difference"]].tolist() == ["both", 12_00, 12_00, 0]
    assert found[["side", "period", "outcome", "group"]].tolist() == ["alma", "2025-03", "matched", "7"]
    assert found["sentence"] == "K-1 (£12.00) is on the bill and in Alma, to the penny."


@pytest.mark.parametrize("number", ["INV-00481", "inv 481", "481", "00481", "Invoice 4.8.1"])
def test_numbers_are_compared_as_the_engine_compares_them(number: str) -> None:
    assert only(check(bill({"number": number, "gross": 1}), held({"number": "481", "amount": 1})))["verdict"] == "both"


@pytest.mark.parametrize("number", ["4811", "48", "4S1", "841"])
def test_numbers_that_are_only_alike_are_different_invoices(number: str) -> None:
    result = check(bill({"number": number, "gross": 1}), held({"number": "481", "amount": 1}))
    assert verdicts(result) == {number: "extra", "481": "missing"}


def test_what_libra_does_not_know_is_extra() -> None:
    found = only(check(bill({"number": "K-1", "gross": 12_00}), held()))
    assert (found["verdict"], found["difference"], pd.isna(found["held_amount"])) == ("extra", 12_00, True)
    assert found["sentence"] == "Invoice K-1 (£12.00) is on the bill, but Libra does not know it."


def test_what_the_bill_leaves_out_is_missing_when_dated_within_its_span() -> None:
    lines = bill(
        {"number": "1", "gross": 1, "date": date(2025, 3, 3)}, {"number": "2", "gross": 1, "date": date(2025, 3, 28)}
    )
    known = held(
        {"number": "first day", "amount": 5, "date": date(2025, 3, 3)},
        {"number": "last day", "amount": 6, "date": date(2025, 3, 28)},
        {"number": "before", "amount": 7, "date": date(2025, 3, 2)},
        {"number": "after", "amount": 8, "date": date(2025, 3, 29)},
        {"number": "undated", "amount": 9, "date": None},
    )
    result = check(lines, known)
    missing = result[result["verdict"] == "missing"]
    assert missing["number"].tolist() == ["first day", "last day"]
    assert missing[["held_amount", "difference"]].to_numpy().tolist() == [[5, -5], [6, -6]]
    assert missing["bill_amount"].isna().all()
    assert missing["row"].isna().all()


def test_a_bill_without_dates_waits_for_nothing() -> None:
    result = check(bill({"number": "1", "gross": 1, "date": None}), held({"number": "2", "amount": 5}))
    assert verdicts(result) == {"1": "extra"}


@pytest.mark.parametrize("why", [{"paid": True}, {"billed_on": "C-70"}, {"number": "C-77"}])
def test_what_is_paid_or_billed_before_or_the_bill_itself_is_not_missing(why: dict[str, Any]) -> None:
    result = check(bill({"number": "1", "gross": 1}), held({"number": "2", "amount": 5} | why), bill_number="C 77")
    assert verdicts(result) == {"1": "extra"}


def test_an_invoice_that_both_sides_hold_is_missing_once_with_the_librarys_amount() -> None:
    known = held({"number": "2", "side": "oracle", "amount": 6}, {"number": "2", "amount": 5})
    result = check(bill({"number": "1", "gross": 1}), known)
    assert result[["number", "held_amount", "side"]].to_numpy().tolist()[1] == ["2", 5, "alma"]


@pytest.mark.parametrize(
    ("line", "known", "explained", "told"),
    [
        ({"gross": 12_00, "net": 10_00, "vat": 2_00}, {"amount": 10_00}, "net", "Libra holds it without its VAT."),
        ({"net": 10_00}, {"amount": 12_00, "net": 10_00, "vat": 2_00}, "gross", "The bill leaves out its VAT."),
        (
            {"gross": 12_00, "net": 10_00, "vat": 2_00},
            {"amount": 10_50, "net": 10_00, "vat": 50},
            "vat",
            "The net amounts agree; the VAT differs.",
        ),
        ({"gross": 12_00}, {"amount": -12_00}, "sign", "One of the two has it as a credit note."),
        ({"gross": 12_00, "net": 10_00, "vat": 2_00}, {"amount": 11_00}, "", ""),
        ({"gross": 12_00}, {"amount": 10_00}, "", ""),
    ],
)
def test_a_different_amount_says_by_how_much_and_whether_vat_explains_it(
    line: dict[str, Any], known: dict[str, Any], explained: str, told: str
) -> None:
    found = only(check(bill({"number": "K-1", **line}), held({"number": "K-1", **known})))
    assert (found["verdict"], found["explained"]) == ("different_amount", explained)
    assert found["difference"] == found["bill_amount"] - found["held_amount"]
    assert found["sentence"].endswith(told or "Alma £11.00.") or not explained


def test_the_sentence_of_a_different_amount_says_both_figures() -> None:
    found = only(check(bill({"number": "K-1", "gross": 12_50}), held({"number": "K-1", "amount": 10_00})))
    assert found["sentence"] == "K-1 differs by +£2.50. The bill says £12.50, Alma £10.00."


def test_either_side_may_have_the_bills_amount_and_so_may_the_sum_of_a_sides_parts() -> None:
    sides = held({"number": "1", "amount": 10_00}, {"number": "1", "side": "oracle", "amount": 12_00})
    found = only(check(bill({"number": "1", "gross": 12_00}), sides))
    assert (found["verdict"], found["side"]) == ("both", "oracle")
    parts = held({"number": "1", "amount": 4_00, "period": "2025-02"}, {"number": "1", "amount": 8_00})
    assert only(check(bill({"number": "1", "gross": 12_00}), parts))["verdict"] == "both"
    assert only(check(bill({"number": "1", "gross": 8_00}), parts))["verdict"] == "both"


# --- Paid, billed twice -----------------------------------------------------------------------------------------------


def test_what_is_paid_already_is_said_so_whatever_its_amount() -> None:
    known = held({"number": "1", "amount": 10_00}, {"number": "1", "side": "oracle", "amount": 10_00, "paid": True})
    found = only(check(bill({"number": "1", "gross": 12_00}), known))
    assert (found["verdict"], found["difference"], found["paid"]) == ("already_paid", 2_00, True)
    assert found["sentence"] == "1 (£12.00) is paid already. The bill says £12.00, Alma £10.00."


def test_what_stood_on_an_earlier_bill_is_billed_twice_though_it_is_paid_too() -> None:
    known = held({"number": "1", "amount": 12_00, "paid": True, "billed_on": "C-70", "period": "2025-02"})
    found = only(check(bill({"number": "1", "gross": 12_00}), known))
    assert (found["verdict"], found["billed_on"]) == ("billed_twice", "C-70")
    assert found["sentence"] == "1 (£12.00) was billed before, on C-70."


def test_what_only_an_earlier_bill_knows_is_billed_twice_and_not_known() -> None:
    known = held({"number": "1", "side": "bill", "amount": 12_00, "billed_on": "C-70"})
    found = only(check(bill({"number": "1", "gross": 12_00}), known))
    assert (found["verdict"], pd.isna(found["held_amount"])) == ("billed_twice", True)
    assert verdicts(check(bill({"number": "2", "gross": 1}), known)) == {"2": "extra"}


def test_a_number_that_stands_twice_on_one_bill_is_billed_twice_from_the_second_on() -> None:
    result = check(
        bill({"number": "1", "gross": 5}, {"number": "INV 1", "gross": 5}), held({"number": "1", "amount": 5})
    )
    assert result["verdict"].tolist() == ["both", "billed_twice"]
    assert result["sentence"].iloc[1] == "INV 1 (£0.05) stands twice on this bill; the first is row 2."


# --- Credit notes -----------------------------------------------------------------------------------------------------


def test_a_credit_note_and_the_invoice_that_it_takes_back_net_to_nil() -> None:
    lines = bill({"number": "1", "gross": 7_00}, {"number": "N-1", "gross": -7_00, "cancels": "INV-1"})
    for known in (held(), held({"number": "1", "amount": 7_00})):
        result = check(lines, known)
        assert verdicts(result) == {"1": "credit_netted", "N-1": "credit_netted"}
        assert by_verdict(result).loc["credit_netted", "bill"] == 0
    assert result["sentence"].tolist() == [
        "1 (£7.00) is taken back by N-1 on this bill. Alma holds £7.00.",
        "Credit note N-1 (−£7.00) is against 1.",
    ]


def test_an_invoice_less_its_credit_note_may_be_what_libra_holds() -> None:
    lines = bill({"number": "1", "gross": 7_00}, {"number": "N-1", "gross": -2_00, "cancels": "1"})
    assert set(verdicts(check(lines, held({"number": "1", "amount": 5_00}))).values()) == {"credit_netted"}
    assert verdicts(check(lines, held({"number": "1", "amount": 7_00}))) == {"1": "both", "N-1": "credit_netted"}
    assert verdicts(check(lines, held({"number": "1", "amount": 6_00}))) == {
        "1": "different_amount", "N-1": "credit_netted",
    }  # fmt: skip


def test_a_credit_note_that_names_an_invoice_known_to_libra_is_netted_without_it() -> None:
    lines = bill({"number": "N-1", "gross": -2_00, "cancels": "1", "date": date(2025, 4, 1)})
    assert verdicts(check(lines, held({"number": "1", "amount": 2_00}))) == {"N-1": "credit_netted"}
    assert verdicts(check(lines, held())) == {"N-1": "extra"}


def test_a_credit_note_that_libra_holds_itself_is_an_invoice_like_others() -> None:
    lines = bill({"number": "N-1", "gross": -2_00})
    assert verdicts(check(lines, held({"number": "N-1", "amount": -2_00}))) == {"N-1": "both"}


def test_a_credit_note_that_names_nothing_belongs_to_the_only_invoice_of_its_amount_on_its_order() -> None:
    pair = ({"number": "1", "gross": 7_00, "order": "7001"}, {"number": "N-1", "gross": -7_00, "order": "7001"})
    known = held({"number": "1", "amount": 7_00})
    netted = {"1": "credit_netted", "N-1": "credit_netted"}
    assert verdicts(check(bill(*pair), known)) == netted
    assert verdicts(check(bill(pair[0], pair[1] | {"order": ""}), held())) == netted  # neither is known
    assert verdicts(check(bill(pair[0], pair[1] | {"order": "7002"}), known)) == {"1": "both", "N-1": "extra"}
    twin = {"number": "2", "gross": 7_00, "order": "7001"}
    assert verdicts(check(bill(*pair, twin), known)) == {"1": "both", "N-1": "extra", "2": "extra"}


def test_an_invoice_that_was_paid_is_not_hidden_by_its_credit_note() -> None:
    lines = bill({"number": "1", "gross": 7_00}, {"number": "N-1", "gross": -7_00, "cancels": "1"})
    result = check(lines, held({"number": "1", "amount": 7_00, "paid": True}))
    assert verdicts(result) == {"1": "already_paid", "N-1": "credit_netted"}


# --- Whatever comes in ------------------------------------------------------------------------------------------------


def test_no_lines_and_nothing_held_give_no_verdicts() -> None:
    result = check(bill(), held())
    assert (len(result), list(result.columns)) == (0, list(COLUMNS))
    assert by_verdict(result).to_numpy().sum() == 0


def test_lines_that_do_not_say_what_they_take_back_are_checked_like_others() -> None:
    lines = bill({"number": "1", "gross": 7_00}).drop(columns="cancels")
    assert verdicts(check(lines, held({"number": "1", "amount": 7_00}))) == {"1": "both"}


NUMBERS = st.sampled_from(["1", "INV-1", "01", "2", "K-2", "N-1", "", "-", "C77"])
AMOUNTS = st.sampled_from([0, 1, 10_00, 10_00, -10_00, 12_00, -2_00, 10**12])
DAYS = st.sampled_from([None, date(2025, 3, 1), MARCH, date(2025, 4, 2)])
LINES = st.fixed_dictionaries(
    {"number": NUMBERS, "date": DAYS, "order": st.sampled_from(["", "7001"]), "cancels": NUMBERS},
    optional={"net": AMOUNTS, "gross": AMOUNTS, "vat": st.sampled_from([0, 2_00])},
)
HELD = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["alma", "oracle", "bill"]),
        "number": NUMBERS,
        "amount": AMOUNTS,
        "date": DAYS,
        "paid": st.booleans(),
        "billed_on": st.sampled_from(["", "", "C-70", "C-71"]),
        "period": st.sampled_from(["2025-02", "2025-03"]),
    },
    optional={"net": AMOUNTS, "vat": st.sampled_from([0, 2_00])},
)


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(lines=st.lists(LINES, max_size=7), known=st.lists(HELD, max_size=7))
def test_verdicts_add_up_to_the_bill_and_to_what_is_held(
    lines: list[dict[str, Any]], known: list[dict[str, Any]]
) -> None:
    frame, table = bill(*lines), held(*known)
    result = check(frame, table)
    amounts = frame["gross"].fillna(frame["net"]).fillna(0)
    sums = by_verdict(result)
    assert sums["bill"].sum() == amounts.sum()
    assert (sums["bill"] - sums["held"] == sums["difference"]).all()
    assert sums["count"].sum() == len(result)
    assert result["row"].dropna().tolist() == frame["row"].tolist()  # each line once, in the bill's order
    assert result["verdict"].isin(VERDICTS).all()
    assert result["sentence"].ne("").all()
    _missing_is_what_the_bill_leaves_out(frame, table, result)
    shuffled = check(frame, table.iloc[::-1])
    assert shuffled["verdict"].tolist() == result["verdict"].tolist()


def _missing_is_what_the_bill_leaves_out(frame: pd.DataFrame, table: pd.DataFrame, result: pd.DataFrame) -> None:
    missing = [normalise(number) for number in result.loc[result["verdict"] == "missing", "number"]]
    assert len(missing) == len(set(missing))
    assert not set(missing) & {normalise(number) for number in frame["number"]}
    assert set(missing) <= {key for key in table["number_key"] if key}
