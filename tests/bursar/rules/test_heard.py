"""What happened to a fee in Alma is told by Alma's transactions, or by a person; it is never guessed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.heard import GONE, Here, Step, Told, Transaction, judge
from bursar.rules.state import Standing, after

SENT = Standing(10_00, "USD", sent=True)


def there(balance: int | None, *done: Transaction, status: str = "ACTIVE", amount: int | None = 10_00) -> Told:
    return Told(status, amount, balance, done)


def waive(amount: int, number: str = "T1", note: str = "") -> Transaction:
    return Transaction(number, "waive", amount, note=note)


def paid(amount: int, number: str = "T2", name: str = "") -> Transaction:
    return Transaction(number, "payment", amount, name)


def test_a_waiver_is_taken_once_under_its_number() -> None:
    told = there(6_00, waive(4_00, note="Returned."))
    found = judge(told, Here(SENT))
    assert found.steps == (Step("waived", 4_00, "In Alma, transaction T1: waived. Returned."),)
    after_it = Here(after(SENT, "waived", 4_00), frozenset({"T1"}))
    assert judge(told, after_it).steps == ()


def test_what_closed_it_is_told_apart_from_what_libra_told() -> None:
    ours = paid(5_00, "T1", "LIBRA-0-1-1")
    told = there(0, ours, paid(2_00), waive(3_00, "T3"), status="CLOSED")
    found = judge(told, Here(after(SENT, "paid", 5_00)))
    assert [(step.kind, step.amount) for step in found.steps] == [("paid", 2_00), ("waived", 3_00)]


def test_a_dispute_begins_in_alma_and_ends_there() -> None:
    [step] = judge(there(10_00, status="INDISPUTE"), Here(SENT)).steps
    disputed = after(SENT, "disputed")
    assert step.kind == "disputed"
    assert judge(there(10_00, status="INDISPUTE"), Here(disputed)).steps == ()
    [step] = judge(there(10_00), Here(disputed, disputed_there=True)).steps
    assert step.kind == "restored"
    assert judge(there(10_00), Here(disputed)).steps == ()  # a person put it in dispute here


def test_what_cannot_be_told_is_for_a_person_and_nothing_happens() -> None:
    for told, said in (
        (None, GONE),
        (there(0, status="CLOSED"), "by its transactions it would be US$10.00"),
        (there(7_00, waive(4_00)), "US$7.00 is owed, but by its transactions it would be US$6.00"),
        (there(6_00, Transaction("T1", "bonus", 4_00)), "a transaction “bonus” of US$4.00 that is not known here"),
        (there(6_00, waive(4_00, "")), "without a number"),
        (there(None, waive(4_00), status="CLOSED"), "US$0.00 is owed in Alma and US$6.00 here"),
        (there(4_00, amount=4_00), "US$4.00 is owed in Alma and US$10.00 here"),
    ):
        found = judge(told, Here(SENT))
        assert not found.steps
        assert said in found.reason
    found = judge(there(0, waive(10_00), status="CLOSED"), Here(after(SENT, "paid", 8_00)))
    assert "In Alma US$10.00 was waived. US$2.00 is owed" in found.reason


def test_what_people_entered_on_both_sides_happened_once() -> None:
    here = Here(after(SENT, "waived", 4_00), by_hand={"waived": Counter([4_00])})
    assert judge(there(6_00, waive(4_00)), here) == judge(there(10_00), here)
    found = judge(there(7_00, waive(3_00)), here)
    assert "it is not certain that both happened" in found.reason
    both = judge(there(3_00, waive(4_00), waive(3_00, "T9")), here)
    assert [step.amount for step in both.steps] == [3_00]


@given(st.lists(st.tuples(st.sampled_from(["waive", "payment", "ours"]), st.integers(1, 400)), max_size=8))
def test_whatever_happened_the_ledger_comes_to_alma_s_balance(many: list[tuple[str, int]]) -> None:
    """Asked after each transaction or after all of them: the balance is Alma's, and no transaction counts twice."""
    for portions in (1, len(many) or 1):
        standing, known, done, left = SENT, frozenset[str](), [], 10_00
        for number, (sort, amount) in enumerate(many):
            amount = min(amount, left)
            if not amount:
                break
            left -= amount
            if sort == "ours":
                standing = after(standing, "paid", amount)
            name = "LIBRA-x" if sort == "ours" else ""
            done.append(Transaction(f"T{number}", sort.replace("ours", "payment"), amount, name))
            if not standing.ended and (portions == 1 or number == len(many) - 1):
                found = judge(there(left, *done, status="ACTIVE" if left else "CLOSED"), Here(standing, known))
                assert not found.reason
                for step in found.steps:
                    standing = after(standing, step.kind, step.amount)
                known |= {each.id for each in done}
                assert standing.open == left
