"""Planted pairs whose numbers, orders or suppliers do not simply agree."""

from __future__ import annotations

from collections.abc import Callable

from reconcile.example.desk import Desk, normalised
from reconcile.example.documents import NO_CODE, TAX, Causes, Document, Group, Line, OpenItem, vat_on
from reconcile.example.world import SUPPLIERS

LOOK_ALIKES = {"0": "O", "O": "0", "1": "I", "I": "1", "5": "S", "S": "5", "8": "B", "B": "8"}
SAYS_NOTHING = (
    "SEE ATTACHED",
    "AS STATEMENT",
    "NOT GIVEN",
    "BY HAND",
    "PLS PAY",
    "LETTER",
    "VERBAL",
    "VARIOUS",
    "PER EMAIL",
    "UNNUMBERED",
)
SPELLINGS: dict[str, Callable[[str], str]] = {
    "case": lambda n: n.lower(),
    "punctuation": lambda n: f"{n[:2]}.{n[2:5]}-{n[5:]}/",
    "spaces": lambda n: f"{n[:-3]} {n[-3:]}",
    "nbsp": lambda n: f"\N{NO-BREAK SPACE}{n[:3]}\N{NARROW NO-BREAK SPACE}{n[3:]}",
    "zeros": lambda n: f"000{n}",
    "prefix": lambda n: f"INV {n}",
    "invoice": lambda n: f"Invoice-{n}",
}


def _spelling(way: str) -> Callable[[Desk], list[Group]]:
    def kind(desk: Desk) -> list[Group]:
        alma, oracle = desk.pair(desk.supplier(lambda s: way != "case" or SUPPLIERS[s].number[0].isalpha()))
        _one_of(desk, alma, oracle).number = SPELLINGS[way](alma.number)
        return [Group(f"normalised_{way}", "matched", [], [alma], [oracle])]

    return kind


def _one_of(desk: Desk, *documents: Document) -> Document:
    return desk.rng.choice(documents)


def changed(desk: Desk, number: str, change: Callable[[Desk, str], str]) -> str:
    """A number that nobody has, changed from this one until it is another number. Empty where none is found."""
    for _ in range(20):
        other = change(desk, number)
        if len(normalised(other)) >= 5 and normalised(other) != normalised(number) and desk.claim(other):
            return other
    return ""


def _edit(desk: Desk, number: str) -> str:
    at = desk.rng.randrange(len(number) // 2, len(number))
    digit = desk.rng.choice("0123456789")
    return desk.rng.choice(
        (number[:at] + digit + number[at + 1 :], number[:at] + digit + number[at:], number[:at] + number[at + 1 :])
    )


def _look_alike(desk: Desk, number: str) -> str:
    places = [i for i, c in enumerate(number) if c in LOOK_ALIKES]
    if not places:
        return number
    at = desk.rng.choice(places)
    return number[:at] + LOOK_ALIKES[number[at]] + number[at + 1 :]


def _swap(desk: Desk, number: str) -> str:
    at = desk.rng.randrange(1, len(number) - 1)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def _cut(desk: Desk, number: str) -> str:
    return number[: -desk.rng.randint(1, 2)]


def _longer(desk: Desk, number: str) -> str:
    return desk.rng.choice(("{} (2)", "{}/LIB", "{} COPY", "{}-REV")).format(number)


def _prefixed(desk: Desk, number: str) -> str:
    return desk.rng.choice(("LIB-{}", "EXU{}", "GL {}")).format(number)


SLIPS = {
    "typo_edit": _edit, "typo_lookalike": _look_alike, "typo_swap": _swap,
    "truncated": _cut, "suffix": _longer, "prefix": _prefixed,
}  # fmt: skip


def _slipped(
    desk: Desk, change: Callable[[Desk, str], str], *, order_differs: bool = False
) -> tuple[Document, Document]:
    """A pair whose Oracle number is a slip of Alma's; everything else agrees, or only the order does not."""
    while True:
        alma = desk.document(desk.supplier())
        number = changed(desk, alma.number, change)
        if number:
            break
    alma.order = desk.open_order(alma.supplier, [alma.total], [alma.total])
    oracle = desk.twin(alma)
    oracle.number = number
    if order_differs:
        while oracle.order == alma.order:
            oracle.order = desk.open_order(alma.supplier, [], [alma.total])
    return alma, oracle


def _slip(name: str) -> Callable[[Desk], list[Group]]:
    def kind(desk: Desk) -> list[Group]:
        alma, oracle = _slipped(desk, SLIPS[name])
        oracle.printed += desk.rng.randint(-3, 3)
        return [Group(name, "matched", [("invoice_number_differs", None)], [alma], [oracle])]

    return kind


def slip_far_date(desk: Desk) -> list[Group]:
    """A slip, but the supplier's dates lie weeks apart: a person must look."""
    alma, oracle = _slipped(desk, desk.rng.choice(list(SLIPS.values())))
    oracle.printed += desk.rng.choice((-1, 1)) * desk.rng.randint(12, 25)
    return [Group("slip_far_date", "suggested", [("invoice_number_differs", None)], [alma], [oracle])]


def slip_other_po(desk: Desk) -> list[Group]:
    alma, oracle = _slipped(desk, desk.rng.choice((_edit, _look_alike, _swap)), order_differs=True)
    causes: Causes = [("invoice_number_differs", None), ("po_differs", None)]
    return [Group("slip_other_po", "suggested", causes, [alma], [oracle])]


def _nameless(desk: Desk, kind: str, copies: int) -> list[Group]:
    supplier = desk.supplier()
    words = [w for w in desk.rng.sample(SAYS_NOTHING, 6) if desk.claim(f"{w} {supplier}")][: 2 * copies]
    alma = desk.document(supplier, 1)
    if len(words) < 2 * copies:
        return []
    alma.order = desk.open_order(supplier, [alma.total] * copies, [alma.total] * copies)
    alma.booked = desk.middle()
    left, right = [desk.twin(alma) for _ in range(copies)], [desk.twin(alma) for _ in range(copies)]
    for document, word in zip(left + right, words, strict=True):
        document.number, document.booked = word, alma.booked
    return [Group(kind, "suggested", [("invoice_number_differs", None)], left, right)]


def twins(desk: Desk) -> list[Group]:
    """Two and two of one supplier, order, amount and date, under numbers that say nothing."""
    return _nameless(desk, "twins", 2)


def nameless(desk: Desk) -> list[Group]:
    """One and one of one supplier, order, amount and date, under numbers that say nothing."""
    return _nameless(desk, "nameless", 1)


def po_differs(desk: Desk) -> list[Group]:
    alma, oracle = desk.pair(desk.supplier())
    while oracle.order == alma.order:
        oracle.order = desk.order(alma.supplier)
    return [Group("po_differs", "matched", [("po_differs", None)], [alma], [oracle])]


def po_missing(desk: Desk) -> list[Group]:
    alma, oracle = desk.pair(desk.supplier())
    alma.order = 0
    return [Group("po_missing", "matched", [("po_missing", None)], [alma], [oracle])]


def supplier_differs(desk: Desk) -> list[Group]:
    """Entered at another supplier's code: number, order and amount agree, and are unique on both sides."""
    alma, oracle = desk.pair(desk.home(), loose=True)
    oracle.supplier = desk.home(lambda s: s != alma.supplier)
    desk.open[oracle.supplier, oracle.order][1].append(oracle.total)
    desk.totals[oracle.supplier].add(oracle.total)
    return [Group("supplier_differs", "matched", [("supplier_differs", None)], [alma], [oracle])]


def same_number(desk: Desk) -> list[Group]:
    """Two suppliers whose invoices bear the same number, each on both sides."""
    first = desk.home()
    second = desk.home(lambda s: s != first)
    number = desk.number(first)
    pairs = []
    for supplier in (first, second):
        alma = desk.document(supplier, number=number)
        pairs.append((alma, desk.twin(alma)))
    return [Group("same_number", "matched", [], [a], [o]) for a, o in pairs]


def same_number_apart(desk: Desk) -> list[Group]:
    """The same number at two suppliers, once in Alma and once in Oracle: both are missing on the other side."""
    first = desk.home()
    second = desk.home(lambda s: s != first)
    alma = desk.document(first, booked=desk.middle())
    oracle = desk.document(second, number=alma.number, booked=desk.middle())
    alma.order = desk.open_order(first, [alma.total])
    oracle.order = desk.open_order(second, [], [oracle.total])
    return [
        Group("same_number_apart", "only_in_alma", [("missing_in_oracle", None)], [alma], []),
        Group("same_number_apart", "only_in_oracle", [("missing_in_alma", None)], [], [oracle]),
    ]


def _double_of(desk: Desk, document: Document) -> Document:
    """The same invoice again on the same side, its number written otherwise."""
    double = desk.twin(document)
    double.status = document.status
    ways = [
        SPELLINGS[w]
        for w in ("case", "spaces", "punctuation", "prefix")
        if SPELLINGS[w](document.number) != document.number
    ]
    double.number = desk.rng.choice(ways)(document.number)
    return double


def duplicate_alma(desk: Desk) -> list[Group]:
    alma, oracle = desk.pair(desk.supplier())
    double = _double_of(desk, alma)
    lone = Group("duplicate_alma", "only_in_alma", [("duplicate_in_alma", None)], [double], [])
    return [Group("duplicate_alma", "matched", [], [alma], [oracle]), lone]


def duplicate_oracle(desk: Desk) -> list[Group]:
    alma, oracle = desk.pair(desk.supplier())
    double = _double_of(desk, oracle)
    lone = Group("duplicate_oracle", "only_in_oracle", [("duplicate_in_oracle", None)], [], [double])
    return [Group("duplicate_oracle", "matched", [], [alma], [oracle]), lone]


def double_unclear(desk: Desk) -> list[Group]:
    """Two in Alma under one number, neither written as Oracle writes it: which one is paid cannot be known."""
    supplier = desk.supplier(lambda s: SUPPLIERS[s].number[0].isalpha())
    alma = desk.document(supplier)
    alma.order = desk.open_order(supplier, [alma.total] * 2, [alma.total])
    oracle, second = desk.twin(alma), desk.twin(alma)
    second.number, alma.number = SPELLINGS["case"](oracle.number), SPELLINGS["spaces"](oracle.number)
    return [Group("double_unclear", "suggested", [], [alma, second], [oracle])]


def carried(desk: Desk, item: OpenItem, turn: int) -> list[Group]:
    """The other side of an invoice that the month before left open; `turn` says in which of the ways it comes."""
    document = item.document
    other = desk.twin(document)
    kind = "carried_exact"
    causes: Causes = []
    way = ("exact", "normalised", "vat", "consolidated")[turn % 4]
    if not document.order:
        other.order, causes = desk.order(document.supplier), [("po_missing", None)]
    elif way == "normalised":
        kind = "carried_normalised"
        other.number = SPELLINGS[desk.rng.choice(("spaces", "punctuation", "prefix"))](document.number)
    elif way == "vat" and item.side == "alma" and document.currency == 0:
        kind, tax = "carried_vat", vat_on(document.total)
        other.lines.append(Line(tax, -1, TAX, source=tax, tax=NO_CODE, order=False))
        causes = [("vat", tax)]
    elif way == "consolidated" and item.side == "alma" and document.currency == 0:
        return _carried_consolidated(desk, item)
    left, right = ([], [other]) if item.side == "alma" else ([other], [])
    return [Group(kind, "matched" if kind != "carried_vat" else "explained", causes, left, right, earlier=item)]


def _carried_consolidated(desk: Desk, item: OpenItem) -> list[Group]:
    """One invoice in Oracle for an open one of the month before and one of this month, listed line by line."""
    old = item.document
    new = desk.document(old.supplier, 1, booked=desk.first + 1, order=old.order)
    number = f"CONS{desk.new_order() % 10_000_000:07d}"
    desk.claim(number)
    lines = [Line(d.total, old.lines[0].fund, source=d.total) for d in (old, new)]
    printed = max(old.printed, new.printed)
    oracle = Document(number, old.supplier, printed, desk.rng.randint(new.booked, desk.last), old.order, lines)
    held = desk.open[old.supplier, old.order]
    held[0].append(new.total)
    held[1].append(oracle.total)
    return [Group("carried_consolidated", "matched", [("consolidated", None)], [new], [oracle], earlier=item)]


KINDS: dict[str, tuple[int, Callable[[Desk], list[Group]]]] = {
    **{f"normalised_{way}": (2, _spelling(way)) for way in SPELLINGS},
    **{name: (2, _slip(name)) for name in SLIPS},
    **{
        f.__name__: (weight, f)
        for f, weight in (
            (slip_far_date, 2),
            (slip_other_po, 2),
            (twins, 1),
            (nameless, 1),
            (po_differs, 3),
            (po_missing, 3),
            (supplier_differs, 2),
            (same_number, 1),
            (same_number_apart, 1),
            (duplicate_alma, 2),
            (duplicate_oracle, 2),
            (double_unclear, 1),
        )
    },
}
