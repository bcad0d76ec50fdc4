"""Section 3 of the contract: why the two sides of a pair differ, with amounts that add up to the difference."""

from __future__ import annotations

import pytest

from tests.reconcile.matching.builders import Found, Invoice, alma, each, month, oracle


def causes(ours: Invoice, theirs: Invoice, **rules: object) -> dict[str, int | None]:
    return pair(ours, theirs, **rules).causes


def pair(ours: Invoice, theirs: Invoice, **rules: object) -> Found:
    seen = month([ours], [theirs], **rules)
    only = seen.only
    assert sum(amount for amount in only.causes.values() if amount is not None) == only.difference
    unknown = {"keying_error", "unexplained"} & only.causes.keys()
    assert only.outcome == ("differs" if unknown else "explained")
    return only


def ours(*amounts: int, **fields: object) -> Invoice:
    return alma("5001", *amounts, **fields)


def theirs(*amounts: int, **fields: object) -> Invoice:
    return oracle("5001", *amounts, **fields)


# --- VAT --------------------------------------------------------------------------------------------------------------


def test_tax_lines_are_the_vat() -> None:
    assert causes(ours(100_00), theirs(100_00, 20_00, kinds=("item", "tax"))) == {"vat": 20_00}


def test_tax_lines_are_the_vat_at_whatever_rate_and_however_many() -> None:
    assert causes(ours(100_00, 50_00), theirs(100_00, 17_31, 50_00, 3_02, kinds=("item", "tax") * 2)) == {"vat": 20_33}


def test_a_penny_left_over_beside_tax_lines_is_rounding() -> None:
    found = causes(ours(100_00), theirs(100_01, 20_00, kinds=("item", "tax")))
    assert found == {"vat": 20_00, "rounding": 1}
    assert causes(ours(100_00), theirs(99_99, 20_00, kinds=("item", "tax"))) == {"vat": 20_00, "rounding": -1}


def test_reverse_charge_in_tax_lines_is_vat() -> None:
    tax = {"tax_code": ["STANDARD RATE INPUT", "REVERSE CHARGE"]}
    assert causes(ours(80_00), theirs(80_00, 16_00, kinds=("item", "tax"), **tax)) == {"vat": 16_00}


def test_tax_lines_of_alma_are_vat_that_oracle_leaves_out() -> None:
    assert causes(ours(100_00, 20_00, kinds=("item", "tax")), theirs(100_00)) == {"vat": -20_00}


NET_AND_GROSS = [(100_00, 120_00), (100_00, 105_00), (33_33, 40_00), (33_33, 39_99), (9_99, 10_49)]


def test_without_tax_lines_it_is_a_vat_rate_on_the_net_pennies_included() -> None:
    found = each((ours(net), theirs(gross)) for net, gross in NET_AND_GROSS)
    assert [g.causes for g in found] == [{"vat": gross - net} for net, gross in NET_AND_GROSS]


def test_gross_in_alma_is_vat_the_other_way() -> None:
    found = each((ours(gross), theirs(net)) for net, gross in NET_AND_GROSS)
    assert [g.causes for g in found] == [{"vat": net - gross} for net, gross in NET_AND_GROSS]


def test_vat_is_rounded_by_line_or_by_invoice() -> None:
    nets = (3_33,) * 4
    by_line = tuple(net + 67 for net in nets)
    assert causes(ours(*nets), theirs(*by_line)) == {"vat": 4 * 67}
    assert causes(ours(*nets), theirs(sum(nets) + 2_66)) == {"vat": 2_66}


def test_vat_on_a_credit_note_is_negative() -> None:
    assert causes(ours(-100_00), theirs(-120_00)) == {"vat": -20_00}
    assert causes(ours(-120_00), theirs(-100_00)) == {"vat": 20_00}
    assert causes(ours(-100_00), theirs(-100_00, -20_00, kinds=("item", "tax"))) == {"vat": -20_00}


def test_mixed_rates_are_told_by_the_lines_tax_codes() -> None:
    codes = {"tax_code": ["STANDARD RATE INPUT", "ZERO RATE INPUT", "REDUCED RATE INPUT"]}
    assert causes(ours(100_00, 60_00, 40_00), theirs(120_00, 60_00, 42_00, **codes)) == {"vat": 22_00}


def test_vat_on_some_lines_only() -> None:
    assert causes(ours(71_30, 64_10), theirs(71_30, 76_92)) == {"vat": 12_82}
    assert causes(ours(71_30, 64_10), theirs(148_22)) == {"vat": 12_82}


def test_a_rate_that_the_settings_do_not_have_is_unknown() -> None:
    assert causes(ours(100_00), theirs(117_00)) == {"unexplained": 17_00}
    assert causes(ours(100_00), theirs(117_00), vat_rates=(1700,)) == {"vat": 17_00}


# --- Charges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["carriage", "charge"])
def test_a_charge_line_of_one_side_only_is_carriage(kind: str) -> None:
    assert causes(ours(100_00), theirs(100_00, 7_31, kinds=("item", kind))) == {"carriage": 7_31}
    assert causes(ours(100_00, 7_31, kinds=("item", kind)), theirs(100_00)) == {"carriage": -7_31}


def test_a_discount_line_of_one_side_only_is_a_discount() -> None:
    assert causes(ours(100_00), theirs(100_00, -7_31, kinds=("item", "discount"))) == {"discount": -7_31}
    assert causes(ours(100_00, -7_31, kinds=("item", "discount")), theirs(100_00)) == {"discount": 7_31}


def test_charges_that_both_sides_list_are_no_difference() -> None:
    both = {"kinds": ("item", "carriage", "discount")}
    seen = month([ours(100_00, 7_31, -4_00, **both)], [theirs(100_00, 7_31, -4_00, **both)])
    assert seen.only.outcome == "matched"
    assert causes(ours(100_00, 7_31, kinds=both["kinds"][:2]), theirs(100_00, 7_31, -4_00, **both)) == {
        "discount": -4_00
    }


def test_vat_and_carriage_combine() -> None:
    lines = theirs(100_00, 20_00, 7_31, kinds=("item", "tax", "carriage"))
    assert causes(ours(100_00), lines) == {"vat": 20_00, "carriage": 7_31}
    assert causes(ours(100_00), theirs(120_00, 7_31, kinds=("item", "carriage"))) == {"vat": 20_00, "carriage": 7_31}


def test_vat_carriage_discount_and_rounding_combine() -> None:
    lines = theirs(100_01, 20_00, 7_31, -3_00, kinds=("item", "tax", "carriage", "discount"))
    assert causes(ours(100_00), lines) == {"vat": 20_00, "carriage": 7_31, "discount": -3_00, "rounding": 1}


def test_carriage_and_discount_combine_from_either_side() -> None:
    found = causes(ours(100_00, -3_17, kinds=("item", "discount")), theirs(100_00, 7_31, kinds=("item", "carriage")))
    assert found == {"carriage": 7_31, "discount": 3_17}


def test_carriage_that_a_credit_note_gives_back_is_carriage() -> None:
    assert causes(ours(-100_00), theirs(-100_00, -7_31, kinds=("item", "carriage"))) == {"carriage": -7_31}


# --- Exchange rates ---------------------------------------------------------------------------------------------------

DOLLARS = {"currency": "USD"}


def test_the_same_entered_amount_at_two_rates_is_the_exchange_rate() -> None:
    found = causes(ours(80_17, source_amount=100_00, **DOLLARS), theirs(78_02, source_amount=100_00, **DOLLARS))
    assert found == {"exchange_rate": -2_15}


def test_without_an_entered_amount_the_header_tells_the_foreign_amount() -> None:
    found = causes(
        ours(50_17, 30_00, source_amount=[60_00, 40_00], **DOLLARS), theirs(78_02, header_amount=100_00, **DOLLARS)
    )
    assert found == {"exchange_rate": -2_15}


def test_a_wrong_header_beside_the_right_entered_amount_does_no_harm() -> None:
    lines = theirs(78_02, source_amount=100_00, header_amount=77_77, **DOLLARS)
    assert causes(ours(80_17, source_amount=100_00, **DOLLARS), lines) == {"exchange_rate": -2_15}


def test_another_foreign_amount_is_not_the_exchange_rate() -> None:
    found = causes(ours(80_17, source_amount=100_00, **DOLLARS), theirs(73_02, source_amount=93_11, **DOLLARS))
    assert found == {"unexplained": -7_15}


def test_the_librarys_own_currency_has_no_rate() -> None:
    assert causes(ours(80_17, source_amount=80_17), theirs(73_02, source_amount=80_17)) == {"unexplained": -7_15}


def test_the_same_foreign_amount_is_no_vat_even_where_the_rates_lie_five_percent_apart() -> None:
    found = causes(ours(80_00, source_amount=100_00, **DOLLARS), theirs(84_00, source_amount=100_00, **DOLLARS))
    assert found == {"exchange_rate": 4_00}


def test_self_charged_vat_stands_beside_the_exchange_rate() -> None:
    lines = theirs(78_00, 15_60, kinds=("item", "tax"), header_amount=100_00, **DOLLARS)
    assert causes(ours(80_17, source_amount=100_00, **DOLLARS), lines) == {"vat": 15_60, "exchange_rate": -2_17}


# --- Pennies, signs and slips of the finger ---------------------------------------------------------------------------


LIMITS = [(lines, pennies * sign) for lines, pennies in ((1, 1), (3, 3), (5, 5), (9, 5)) for sign in (1, -1)]


def test_rounding_is_a_penny_a_line_and_five_at_most() -> None:
    found = each((ours(*[17_13] * lines), theirs(*[17_13] * (lines - 1), 17_13 + off)) for lines, off in LIMITS)
    assert [g.causes for g in found] == [{"rounding": off} for _, off in LIMITS]


def test_a_penny_more_is_not_rounding() -> None:
    more = [(lines, off + (1 if off > 0 else -1)) for lines, off in LIMITS]
    found = each((ours(*[17_13] * lines), theirs(*[17_13] * (lines - 1), 17_13 + off)) for lines, off in more)
    assert not any("rounding" in g.causes for g in found)


def test_a_credit_note_with_the_wrong_sign() -> None:
    assert causes(ours(-96_45), theirs(96_45)) == {"sign": 192_90}
    assert causes(ours(60_00, 36_45), theirs(-96_45)) == {"sign": -192_90}


KEYED = [(123_45, 132_45), (98_17, 98_71), (123_45, 1234_50), (123_40, 1_23), (123_45, 12345_00)]


def test_swapped_digits_and_shifted_points_are_named_and_the_money_is_wrong() -> None:
    every = [*KEYED, *((other, one) for one, other in KEYED), *((-one, -other) for one, other in KEYED)]
    found = each((ours(one), theirs(other)) for one, other in every)
    expected = [("differs", {"keying_error": other - one}) for one, other in every]
    assert [(g.outcome, g.causes) for g in found] == expected


def test_digits_swapped_that_are_not_neighbours_are_unknown() -> None:
    assert causes(ours(123_45), theirs(321_45)) == {"unexplained": 198_00}


def test_a_point_shifted_by_three_places_is_unknown() -> None:
    assert causes(ours(1_23), theirs(1230_00)) == {"unexplained": 1228_77}


def test_what_is_left_is_unexplained_and_a_person_must_act() -> None:
    assert pair(ours(100_00), theirs(131_07)).outcome == "differs"


# --- Consolidated and split -------------------------------------------------------------------------------------------


def test_causes_stand_in_the_order_of_reading_money_before_facts() -> None:
    found = causes(ours(100_00, order=""), theirs(100_00, 20_00, 7_31, kinds=("item", "tax", "carriage")))
    assert list(found) == ["vat", "carriage", "po_missing"]
