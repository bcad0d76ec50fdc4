"""Planted pairs whose amounts differ, each with its causes to the penny, and pairs that look different and are not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from reconcile.example.desk import Desk
from reconcile.example.documents import (
    CARRIAGE,
    DISCOUNT,
    ITEM,
    RATE_OF,
    REDUCED_RATE,
    REVERSE_CHARGE,
    STANDARD_RATE,
    TAX,
    ZERO_RATE,
    Causes,
    Document,
    Group,
    Line,
    in_pounds,
    net_of,
    vat_on,
)  # fmt: skip
from reconcile.example.world import RATES, SUPPLIERS

Pair = tuple[Document, Document]


def _taxed(s: int) -> bool:
    return SUPPLIERS[s].vat and SUPPLIERS[s].currency == 0


def _abroad(s: int) -> bool:
    return SUPPLIERS[s].currency != 0


def _own(line: Line, amount: int) -> None:
    """Set the amount of a line in pounds."""
    line.amount = line.source = amount


def _explained(kind: str, pair: Pair, causes: Causes, outcome: str = "explained") -> list[Group]:
    return [Group(kind, outcome, causes, [pair[0]], [pair[1]])]


def _tax_line(amount: int) -> Line:
    return Line(amount, -1, TAX, source=amount, tax=4, order=False)


def _set_rate(document: Document, tax: int) -> None:
    for line in document.lines:
        line.tax = tax


def vat_tax_lines(desk: Desk) -> list[Group]:
    """Alma net; Oracle carries the VAT in tax lines of its own, one for all or one a line."""
    alma, oracle = desk.pair(desk.home(_taxed))
    _set_rate(oracle, STANDARD_RATE)
    taxes = [vat_on(alma.total)] if desk.rng.random() < 0.5 else [vat_on(x) for x in alma.amounts]
    oracle.lines += [_tax_line(t) for t in taxes]
    return _explained("vat_tax_lines", (alma, oracle), [("vat", sum(taxes))])


def _gross_lines(kind: str, rate: int, tax: int) -> Callable[[Desk], list[Group]]:
    def plant(desk: Desk) -> list[Group]:
        """Alma net; each of Oracle's lines holds its VAT, rounded line by line."""
        alma, oracle = desk.pair(desk.home(_taxed), desk.rng.randint(1, 6))
        for line in oracle.lines:
            line.tax = tax
            _own(line, line.amount + vat_on(line.amount, rate))
        return _explained(kind, (alma, oracle), [("vat", oracle.total - alma.total)])

    return plant


def vat_invoice(desk: Desk) -> list[Group]:
    """Alma net line by line; Oracle one gross line, its VAT rounded once on the whole."""
    alma, oracle = desk.pair(desk.home(_taxed))
    gross = alma.total + vat_on(alma.total)
    oracle.lines = [Line(gross, alma.lines[0].fund, source=gross, tax=STANDARD_RATE)]
    return _explained("vat_invoice", (alma, oracle), [("vat", gross - alma.total)])


def vat_mixed(desk: Desk) -> list[Group]:
    """Books at nothing, e-books or services at 20 % and 5 % on one invoice; the VAT in a tax line."""
    alma, oracle = _mixed(desk)
    tax = sum(vat_on(line.amount, RATE_OF[line.tax]) for line in oracle.lines)
    oracle.lines.append(_tax_line(tax))
    return _explained("vat_mixed", (alma, oracle), [("vat", tax)])


def vat_mixed_gross(desk: Desk) -> list[Group]:
    """The same without a tax line: each of Oracle's lines holds the VAT of its own rate."""
    alma, oracle = _mixed(desk)
    for line in oracle.lines:
        _own(line, line.amount + vat_on(line.amount, RATE_OF[line.tax]))
    return _explained("vat_mixed_gross", (alma, oracle), [("vat", oracle.total - alma.total)])


def _mixed(desk: Desk) -> Pair:
    alma, oracle = desk.pair(desk.home(_taxed), desk.rng.randint(2, 5))
    for i, line in enumerate(oracle.lines):
        line.tax = (ZERO_RATE, STANDARD_RATE, REDUCED_RATE)[i % 3]
    return alma, oracle


def vat_rounding(desk: Desk) -> list[Group]:
    """VAT in a tax line, and one of the net lines a penny off."""
    alma, oracle = desk.pair(desk.home(_taxed))
    _set_rate(oracle, STANDARD_RATE)
    tax, penny = vat_on(alma.total), desk.rng.choice((-1, 1))
    _own(oracle.lines[0], oracle.lines[0].amount + penny)
    oracle.lines.append(_tax_line(tax))
    return _explained("vat_rounding", (alma, oracle), [("vat", tax), ("rounding", penny)])


def vat_alma_gross(desk: Desk) -> list[Group]:
    """Alma's funds hold the VAT; Oracle's lines do not, and it has no tax line yet."""
    alma, oracle = desk.pair(desk.home(_taxed))
    for left, right in zip(alma.lines, oracle.lines, strict=True):
        net = net_of(left.amount)
        _own(right, net)
        right.tax = STANDARD_RATE
        _own(left, net + vat_on(net))
    return _explained("vat_alma_gross", (alma, oracle), [("vat", oracle.total - alma.total)])


def vat_reverse(desk: Desk) -> list[Group]:
    """A supplier abroad: Oracle charges itself the VAT, line by line, and the header leaves it out."""
    alma, oracle = desk.pair(desk.supplier(_abroad))
    oracle.self_charged = True
    _set_rate(oracle, REVERSE_CHARGE)
    taxes = [vat_on(x) for x in alma.amounts]
    oracle.lines += [_tax_line(t) for t in taxes]
    for line in oracle.lines[len(alma.lines) :]:
        line.source = line.amount * 100_000 // RATES[oracle.currency]
    return _explained("vat_reverse", (alma, oracle), [("vat", sum(taxes))])


def vat_carriage(desk: Desk) -> list[Group]:
    """VAT in a tax line and carriage that Alma does not know."""
    alma, oracle = desk.pair(desk.home(_taxed))
    _set_rate(oracle, STANDARD_RATE)
    freight = desk.rng.randint(250, 2400)
    tax = vat_on(alma.total + freight)
    oracle.lines += [Line(freight, oracle.lines[0].fund, CARRIAGE, source=freight, tax=STANDARD_RATE), _tax_line(tax)]
    return _explained("vat_carriage", (alma, oracle), [("vat", tax), ("carriage", freight)])


def exchange_rate(desk: Desk) -> list[Group]:
    """Both sides converted the same foreign amounts, on different days at different rates."""
    alma, oracle = desk.pair(desk.supplier(_abroad), desk.rng.randint(1, 4))
    rate = RATES[alma.currency] + desk.rng.choice((-1, 1)) * desk.rng.randint(600, 2600)
    for line in oracle.lines:
        line.amount = in_pounds(line.source or 0, oracle.currency, rate)
    if not _says_nothing_else(alma.amounts, oracle.total - alma.total):  # could pass for VAT or rounding
        return exchange_rate(desk)
    return _explained("exchange_rate", (alma, oracle), [("exchange_rate", oracle.total - alma.total)])


def _extra(kind: str, name: str) -> Callable[[Desk], list[Group]]:
    """A charge or discount line on one side only; twice as often on Oracle's."""

    def plant(desk: Desk) -> list[Group]:
        alma, oracle = desk.pair(desk.home())
        amount = desk.rng.randint(195, 2900)
        if name == "discount":
            amount = -max(20, min(amount, alma.total // 5))
        where, sign = (oracle, 1) if kind.endswith("oracle") else (alma, -1)
        where.lines.append(_charge(where, amount))
        return _explained(kind, (alma, oracle), [(name, sign * amount)])

    return plant


def _charge(document: Document, amount: int) -> Line:
    return Line(amount, document.lines[0].fund, CARRIAGE if amount > 0 else DISCOUNT, source=amount, order=False)


def charges_equal(desk: Desk) -> list[Group]:
    """Carriage and a discount on both sides: no difference."""
    alma, oracle = desk.pair(desk.home())
    for amount in (desk.rng.randint(250, 1900), -max(20, alma.total // desk.rng.randint(12, 30))):
        for document in (alma, oracle):
            document.lines.append(_charge(document, amount))
    return _explained("charges_equal", (alma, oracle), [], "matched")


def rounding(desk: Desk) -> list[Group]:
    """A penny up or down on up to five lines."""
    alma, oracle = desk.pair(desk.home(), desk.rng.choice((1, 2, 4, 6)))
    off, sign = desk.rng.randint(1, min(5, len(alma.lines))), desk.rng.choice((-1, 1))
    for line in oracle.lines[:off]:
        _own(line, line.amount + sign)
    return _explained("rounding", (alma, oracle), [("rounding", sign * off)])


def sign(desk: Desk) -> list[Group]:
    """A credit note that one side entered as an invoice."""
    alma, oracle = desk.pair(desk.home(), desk.rng.randint(1, 2))
    wrong = desk.rng.choice((alma, oracle))
    right = oracle if wrong is alma else alma
    for line in right.lines:
        _own(line, -line.amount)
    return _explained("sign", (alma, oracle), [("sign", oracle.total - alma.total)])


def keying_swap(desk: Desk) -> list[Group]:
    """Two neighbouring digits of one side's total changed places."""
    alma, oracle = desk.pair(desk.home(), 1)
    digits = str(alma.total)
    for at in desk.rng.sample(range(len(digits) - 1), len(digits) - 1):
        wrong = int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
        if len(str(wrong)) == len(digits) and _says_nothing_else(alma.amounts, wrong - alma.total):
            _own(oracle.lines[0], wrong)
            return _explained("keying_swap", (alma, oracle), [("keying_error", wrong - alma.total)], "differs")
    return keying_swap(desk)


def keying_shift(desk: Desk) -> list[Group]:
    """The decimal point slipped by one or two places."""
    alma, oracle = desk.pair(desk.home(), 1)
    wrong = desk.rng.choice((alma, oracle)).lines[0]
    _own(wrong, wrong.amount * desk.rng.choice((10, 100)))
    return _explained("keying_shift", (alma, oracle), [("keying_error", oracle.total - alma.total)], "differs")


def unexplained(desk: Desk) -> list[Group]:
    """A line that is simply another amount in Oracle."""
    alma, oracle = desk.pair(desk.home(), desk.rng.randint(1, 3))
    off = 0
    while not _says_nothing_else(alma.amounts, off) or _keyed(alma.total, alma.total + off):
        off = desk.rng.choice((-1, 1)) * desk.rng.randint(61, 1800)
        off = off if oracle.lines[0].amount + off > 100 else 0
    _own(oracle.lines[0], oracle.lines[0].amount + off)
    return _explained("unexplained", (alma, oracle), [("unexplained", off)], "differs")


def _says_nothing_else(amounts: list[int], off: int) -> bool:
    """Whether no VAT on any of the lines, added or taken away, comes near this difference, nor rounding."""
    near = 5 + len(amounts)
    parts = [p for size in range(1, len(amounts) + 1) for p in combinations(amounts, size)]
    vats = [v for p in parts for rate in (2000, 500) for v in (vat_on(sum(p), rate), net_of(sum(p), rate) - sum(p))]
    return abs(off) > 60 and all(abs(off - v) > near and abs(off + v) > near for v in vats)


def _keyed(right: int, wrong: int) -> bool:
    a, b = str(right), str(wrong)
    swapped = {a[:i] + a[i + 1] + a[i] + a[i + 2 :] for i in range(len(a) - 1)}
    return b in swapped or wrong in (-right, right * 10, right * 100) or right in (wrong * 10, wrong * 100)


def credit(desk: Desk) -> list[Group]:
    alma, oracle = desk.pair(desk.home(), desk.rng.randint(1, 3))
    for line in alma.lines + oracle.lines:
        _own(line, -line.amount)
    return _explained("credit_exact", (alma, oracle), [], "matched")


def lines_differ(desk: Desk) -> list[Group]:
    """The same total in other lines."""
    alma, oracle = desk.pair(desk.home(), desk.rng.randint(1, 3))
    total, count = alma.total, desk.rng.randint(4, 7)
    cuts = sorted(desk.rng.sample(range(1, total), count - 1))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
    oracle.lines = [Line(p, alma.lines[0].fund, source=p) for p in parts]
    return _explained("lines_differ", (alma, oracle), [], "matched")


def multi_fund(desk: Desk) -> list[Group]:
    """Alma's lines are paid by two or three funds each; Oracle has one row a line."""
    alma, oracle = desk.pair(desk.home(), desk.rng.randint(1, 4))
    split: list[Line] = []
    for number, line in enumerate(alma.lines, 1):
        shares = desk.rng.randint(2, 3)
        cuts = sorted(desk.rng.sample(range(1, line.amount), shares - 1))
        for a, b in zip([0, *cuts], [*cuts, line.amount], strict=True):
            split.append(Line(b - a, desk.fund(), ITEM, number, b - a))
    alma.lines = split
    return _explained("multi_fund", (alma, oracle), [], "matched")


KINDS: dict[str, tuple[int, Callable[[Desk], list[Group]]]] = {
    "vat_lines": (3, _gross_lines("vat_lines", 2000, STANDARD_RATE)),
    "vat_reduced": (2, _gross_lines("vat_reduced", 500, REDUCED_RATE)),
    "carriage_oracle": (3, _extra("carriage_oracle", "carriage")),
    "carriage_alma": (2, _extra("carriage_alma", "carriage")),
    "discount_oracle": (2, _extra("discount_oracle", "discount")),
    "discount_alma": (1, _extra("discount_alma", "discount")),
    **{
        f.__name__: (weight, f)
        for f, weight in (
            (vat_tax_lines, 4),
            (vat_invoice, 3),
            (vat_mixed, 2),
            (vat_mixed_gross, 2),
            (vat_rounding, 2),
            (vat_alma_gross, 2),
            (vat_reverse, 2),
            (vat_carriage, 2),
            (exchange_rate, 4),
            (charges_equal, 3),
            (rounding, 4),
            (sign, 2),
            (keying_swap, 2),
            (keying_shift, 2),
            (unexplained, 3),
            (credit, 3),
            (lines_differ, 3),
            (multi_fund, 4),
        )
    },
}
