"""Planted invoices of one side, and one invoice for many."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from reconcile.example.desk import Desk
from reconcile.example.documents import JOURNAL, TAX, Document, Group, Line

CARD, DEPOSIT, CASH = 1, 2, 3
IN_REVIEW, IN_APPROVAL = 3, 4


def _alone(
    desk: Desk, kind: str, cause: str, side: str, booked: int, count: int | None = None
) -> tuple[Group, Document]:
    document = desk.document(desk.supplier(), count, booked=booked)
    group = Group(kind, f"only_in_{side}", [(cause, None)])
    (group.alma if side == "alma" else group.oracle).append(document)
    totals = ([document.total], []) if side == "alma" else ([], [document.total])
    document.order = desk.open_order(document.supplier, *totals)
    return group, document


def _timing(side: str, *, end: bool) -> Callable[[Desk], list[Group]]:
    kind = f"timing_{side}_{'end' if end else 'start'}"

    def plant(desk: Desk) -> list[Group]:
        return [_alone(desk, kind, "timing", side, desk.edge(end=end))[0]]

    return plant


def missing_in_oracle(desk: Desk) -> list[Group]:
    return [_alone(desk, "missing_in_oracle", "missing_in_oracle", "alma", desk.middle())[0]]


def missing_in_alma(desk: Desk) -> list[Group]:
    return [_alone(desk, "missing_in_alma", "missing_in_alma", "oracle", desk.middle())[0]]


def not_approved(desk: Desk) -> list[Group]:
    """Still In Review or In Approval, on any day: that says more than the day does."""
    if desk.xml:  # the export holds approved invoices only
        return []
    group, document = _alone(desk, "not_approved", "not_approved", "alma", desk.any_day())
    document.status = desk.rng.choice((IN_REVIEW, IN_APPROVAL))
    return [group]


def paid_outside_oracle(desk: Desk) -> list[Group]:
    group, document = _alone(desk, "paid_outside_oracle", "paid_outside_oracle", "alma", desk.any_day())
    document.method = desk.rng.choice((CARD, DEPOSIT, CASH))
    return [group]


def no_po(desk: Desk) -> list[Group]:
    group, document = _alone(desk, "no_po", "no_po", "alma", desk.any_day())
    document.order = 0
    return [group]


def journal(desk: Desk) -> list[Group]:
    """A posting without an invoice behind it."""
    month = desk.period.replace("-", "")
    tax = desk.rng.random() < 0.3
    words = (
        ("REVERSE CHARGE VAT {} {}",)
        if tax
        else ("JNL{}-{}", "ACCRUAL {}/{}", "RECHARGE {} {}", "MANUAL JOURNAL {}-{}")
    )
    number = desk.rng.choice(words).format(month, desk.rng.randrange(100, 99_999))
    if not desk.claim(number):
        return []
    lines = [
        Line(amount, desk.fund(), TAX if tax else 0, source=amount, tax=4, order=False)
        for amount in (
            desk.rng.choice((-1, 1, 1)) * desk.rng.randint(9_000, 900_000) for _ in range(desk.rng.randint(1, 2))
        )
    ]
    day = desk.any_day()
    return [
        Group(
            "journal",
            "only_in_oracle",
            [("journal", None)],
            [],
            [Document(number, JOURNAL, day, day, 0, lines, manual=True)],
        )
    ]


def cancelled_alma(desk: Desk) -> list[Group]:
    """An invoice and its credit, both in Alma only."""
    alma = desk.document(desk.supplier(), 1)
    credit = _reversed(desk, alma)
    return [Group("cancelled_alma", "only_in_alma", [("cancelled", None)], [alma, credit], [])]


def cancelled_oracle(desk: Desk) -> list[Group]:
    """An invoice and its credit in Oracle only: a credit memo of its own, or reversing lines under the same number."""
    oracle = desk.document(desk.supplier())
    credit = _reversed(desk, oracle)
    if desk.rng.random() < 0.5:
        oracle.lines += credit.lines
        return [Group("cancelled_oracle", "only_in_oracle", [("cancelled", None)], [], [oracle])]
    return [Group("cancelled_oracle", "only_in_oracle", [("cancelled", None)], [], [oracle, credit])]


def _reversed(desk: Desk, document: Document) -> Document:
    credit = desk.twin(document)
    credit.number, credit.booked = f"CR {document.number}", document.booked
    for line in credit.lines:
        line.amount, line.source = -line.amount, -(line.source or 0)
    return credit


def not_library(desk: Desk) -> list[Group]:
    """Another department's invoice: outside the scope that the month is reconciled with."""
    group, document = _alone(desk, "not_library", "not_library", "oracle", desk.middle())
    document.elsewhere = True
    return [group]


def renewals(desk: Desk) -> list[Group]:
    """The same price again and again on one order, each under its own number, and one of them on one side only."""
    supplier = desk.home()
    first = desk.document(supplier, 1)
    first.order = desk.new_order()
    groups = [Group("renewals", "matched", [], [first], [desk.twin(first)])]
    for _ in range(desk.rng.randint(2, 4)):
        again = desk.twin(first)
        again.number, again.printed = desk.number(supplier), desk.printed(again.booked)
        groups.append(Group("renewals", "matched", [], [again], [desk.twin(again)]))
    lone = desk.twin(first)
    lone.number, lone.booked = desk.number(supplier), desk.middle()
    lone.printed = desk.printed(lone.booked)
    if desk.rng.random() < 0.5:
        return [*groups, Group("renewals_open", "only_in_alma", [("missing_in_oracle", None)], [lone], [])]
    return [*groups, Group("renewals_open", "only_in_oracle", [("missing_in_alma", None)], [], [lone])]


# One for many


def _gathered(desk: Desk, count: int) -> tuple[int, list[Document]]:
    """Several invoices of one supplier on an order of their own, entered in mid-period."""
    supplier, order = desk.home(), desk.new_order()
    latest = desk.rng.randint(desk.first + 14, desk.last - 7)
    documents = []
    for _ in range(count):
        document = desk.document(supplier, 1, booked=desk.rng.randint(desk.first + 7, latest), order=order)
        document.printed = min(document.printed, latest)
        documents.append(document)
    return latest, documents


def _collector(desk: Desk, latest: int, parts: list[Document], amounts: list[int]) -> Document:
    """The one invoice in Oracle, dated no earlier than any of them."""
    number = f"CONS{desk.period[2:4]}{desk.period[5:]}-{desk.new_order() % 100_000:05d}"
    desk.claim(number)
    day = desk.rng.randint(latest, desk.last)
    lines = [Line(a, parts[0].lines[0].fund, source=a) for a in amounts]
    return Document(number, parts[0].supplier, latest, day, parts[0].order, lines)


def _fitting(totals: list[int], whole: int) -> list[set[int]]:
    """The subsets (of positions) that add up to a whole."""
    positions = range(len(totals))
    found = (set(p) for n in range(1, len(totals) + 1) for p in combinations(positions, n))
    return [p for p in found if sum(totals[i] for i in p) == whole]


def _decoys(documents: list[Document]) -> list[Group]:
    return [Group("consolidated_decoy", "only_in_alma", [("missing_in_oracle", None)], [d], []) for d in documents]


def _set_total(document: Document, total: int) -> None:
    line = document.lines[0]
    line.amount = line.source = total


def consolidated_total(desk: Desk) -> list[Group]:
    """Two to five invoices paid by one total; up to three more lie open on the same order, and only one choice fits."""
    count = desk.rng.randint(2, 5)
    latest, documents = _gathered(desk, count + desk.rng.randint(0, 3))
    whole = sum(d.total for d in documents[:count])
    if len(_fitting([d.total for d in documents], whole)) != 1:
        return consolidated_total(desk)
    oracle = _collector(desk, latest, documents, [whole])
    pair = Group("consolidated_total", "matched", [("consolidated", None)], documents[:count], [oracle])
    return [pair, *_decoys(documents[count:])]


def consolidated_listed(desk: Desk) -> list[Group]:
    """Six to twelve invoices, a credit among them, named line by line."""
    latest, documents = _gathered(desk, desk.rng.randint(6, 12))
    _set_total(documents[-1], -documents[-1].total)
    oracle = _collector(desk, latest, documents, [d.total for d in documents])
    return [Group("consolidated_listed", "matched", [("consolidated", None)], documents, [oracle])]


def consolidated_numbers(desk: Desk) -> list[Group]:
    """Alma has the parts of an invoice as -1, -2; Oracle has it whole."""
    latest, documents = _gathered(desk, desk.rng.randint(2, 3))
    oracle = _collector(desk, latest, documents, [sum(d.total for d in documents)])
    oracle.number = desk.number(oracle.supplier)
    for document, end in zip(documents, ("-1", "-2", "-3"), strict=False):
        document.number = f"{oracle.number}{end}"
        document.printed = oracle.printed
    return [Group("consolidated_numbers", "matched", [("consolidated", None)], documents, [oracle])]


def consolidated_ambiguous(desk: Desk) -> list[Group]:
    """One total that more than one choice of open invoices adds up to: all that take part in one wait together."""
    latest, documents = _gathered(desk, desk.rng.randint(3, 6))
    whole = documents[0].total + documents[1].total
    rest = whole - documents[2].total
    if len(documents) > 3 and rest > 100 and desk.rng.random() < 0.5:
        _set_total(documents[3], rest)  # the first two, or the next two
    else:
        _set_total(documents[2], documents[1].total)  # the first and either of these
    choices = _fitting([d.total for d in documents], whole)
    if any(len(c) == 1 for c in choices):
        return consolidated_ambiguous(desk)
    taking_part = set().union(*choices)
    oracle = _collector(desk, latest, documents, [whole])
    waiting = [d for i, d in enumerate(documents) if i in taking_part]
    group = Group("consolidated_ambiguous", "suggested", [("consolidated", None)], waiting, [oracle])
    return [group, *_decoys([d for i, d in enumerate(documents) if i not in taking_part])]


def _split(desk: Desk, kind: str, name: Callable[[str, int], str]) -> list[Group]:
    supplier = desk.home()
    booked = desk.rng.randint(desk.first + 10, desk.last)
    alma = desk.document(supplier, desk.rng.randint(2, 4), booked=booked, order=desk.new_order())
    parts = []
    for i, line in enumerate(desk.twin(alma).lines):
        part = desk.twin(alma)
        part.number, part.lines = name(alma.number, i), [line]
        part.booked = desk.rng.randint(desk.first, alma.booked)
        parts.append(part)
    return [Group(kind, "matched", [("split", None)], [alma], parts)]


def split_digits(desk: Desk) -> list[Group]:
    """Oracle has the invoice's lines as invoices -1, -2."""
    return _split(desk, "split_digits", lambda number, i: f"{number}-{i + 1}")


def split_letters(desk: Desk) -> list[Group]:
    return _split(desk, "split_letters", lambda number, i: f"{number}{'ABCD'[i]}")


def split_lines(desk: Desk) -> list[Group]:
    """Oracle has the invoice's lines as invoices under numbers of their own."""
    groups = _split(desk, "split_lines", lambda number, i: "")
    for part in groups[0].oracle:
        part.number = desk.number(part.supplier)
    return groups


KINDS: dict[str, tuple[int, Callable[[Desk], list[Group]]]] = {
    **{
        f"timing_{side}_{'end' if end else 'start'}": (3, _timing(side, end=end))
        for side in ("alma", "oracle")
        for end in (False, True)
    },
    **{
        f.__name__: (weight, f)
        for f, weight in (
            (missing_in_oracle, 4),
            (missing_in_alma, 4),
            (not_approved, 3),
            (paid_outside_oracle, 2),
            (no_po, 3),
            (journal, 3),
            (cancelled_alma, 2),
            (cancelled_oracle, 2),
            (renewals, 1),
            (consolidated_total, 2),
            (consolidated_listed, 1),
            (consolidated_numbers, 1),
            (consolidated_ambiguous, 1),
            (split_digits, 1),
            (split_letters, 1),
            (split_lines, 1),
        )
    },
}
