"""Example months with a known truth: both sides' files, and what a perfect reconciliation finds in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from reconcile.example import alone, money, numbers
from reconcile.example.alma_table import alma_table
from reconcile.example.alma_xml import write_xml
from reconcile.example.desk import Desk
from reconcile.example.documents import Group, Opening, OpenItem
from reconcile.example.ledger import alma_book, joined, oracle_book, planted
from reconcile.example.oracle_table import ENDINGS, write_oracle
from reconcile.example.plain import plain_pairs
from reconcile.example.truth import Truth
from reconcile.example.world import COST_CENTRES
from reconcile.matching.terms import OPEN_CAUSES

__all__ = ["COST_CENTRES", "AlmaForm", "Month", "Opening", "OracleForm", "write_month", "write_pair"]

AlmaForm = Literal["csv", "xlsx", "xml"]
OracleForm = Literal["csv", "xlsx", "html", "ebs_csv", "otbi_csv", "bip_xlsx"]
KINDS = numbers.KINDS | money.KINDS | alone.KINDS
LINES_PER_INVOICE = 3  # about
ALL_KINDS_FROM = 400  # lines: from here on every kind of trap is planted at least once
SETTLED = ("timing_", "missing_in_", "not_approved", "no_po")  # kinds of open items that the next month may settle


@dataclass(frozen=True, slots=True)
class Month:
    """The files of one month, and what it leaves open."""

    period: str
    alma: Path
    oracle: Path
    truth: Path
    open: Opening


def write_month(
    folder: Path,
    period: str,
    *,
    seed: int,
    lines: int = 1500,
    alma_form: AlmaForm = "csv",
    oracle_form: OracleForm = "csv",
    banner: bool = False,
    opening: Opening | None = None,
    traps: float = 0.2,
    spans: bool = False,
    departments: bool = False,
) -> Month:
    """Write a month's two files and its truth.json into a folder, made if need be. The same arguments: the same bytes.

    `lines` is how many lines Alma's side has, about; `traps` the share of invoices with a trap; `banner` puts title
    rows above Alma's table and leaves repeats blank; `opening` is what the month before left open; `spans`: the files
    hold days of the neighbouring months too; `departments`: Oracle's holds other departments' invoices, so that the
    truth is that of a reconciliation for COST_CENTRES only. Raises ValueError for a period that is no month.
    """
    folder.mkdir(parents=True, exist_ok=True)
    xml = alma_form == "xml"
    desk = Desk(period, seed, opening, xml=xml)
    groups = _plant(desk, lines, traps, opening, departments=departments)
    numbered = list(enumerate(groups))
    sides = {side: [planted(numbered, side)] for side in ("alma", "oracle")}
    if spans:
        _outside(desk, sides, lines)
    left = max(0, lines - sum(len(x) for _, x in sides["alma"]))
    docs, pairs, booked, bought = plain_pairs(desk, left, len(groups), seed)
    sides["alma"].append((docs, pairs))
    sides["oracle"].append((booked, bought))
    rng = np.random.default_rng([seed, desk.first])
    books = {
        "alma": alma_book(*joined(sides["alma"], "alma"), rng, (desk.first, desk.last), xml=xml),
        "oracle": oracle_book(*joined(sides["oracle"], "oracle"), rng),
    }
    alma, oracle = folder / f"alma_{period}.{alma_form}", folder / f"oracle_{period}.{ENDINGS[oracle_form]}"
    if xml:
        alma_heading = write_xml(books["alma"], period, alma)
    else:
        table = alma_table(books["alma"], period, alma, banner=banner)
        alma_heading = table.heading_row
        table.write_csv() if alma_form == "csv" else table.write_xlsx("Funds Expenditure")
    oracle_heading = write_oracle(books["oracle"], period, oracle, oracle_form)
    files: dict[str, tuple[Path, str, int]] = {
        "alma": (alma, alma_form, alma_heading),
        "oracle": (oracle, oracle_form, oracle_heading),
    }
    truth = Truth(period, seed, groups, len(groups) + len(docs), books, files)
    truth.write(folder / "truth.json")
    return Month(period, alma, oracle, folder / "truth.json", _left_open(desk, groups, truth))


def write_pair(folder: Path, first_period: str, *, seed: int, lines: int = 1500) -> tuple[Month, Month]:
    """Write two consecutive months into `month1` and `month2`; the second settles part of what the first left open."""
    year, month = (int(p) for p in first_period.split("-"))
    second = f"{year + month // 12}-{month % 12 + 1:02d}"
    one = write_month(folder / "month1", first_period, seed=seed, lines=lines)
    return one, write_month(folder / "month2", second, seed=seed, lines=lines, opening=one.open)


def _plant(desk: Desk, lines: int, traps: float, opening: Opening | None, *, departments: bool) -> list[Group]:
    """The month's traps: every kind once where there is room, then by weight, and what settles the month before."""
    wanted = round(traps * lines / LINES_PER_INVOICE)
    names = list(KINDS)
    desk.rng.shuffle(names)
    chosen = names if traps and lines >= ALL_KINDS_FROM else names[:wanted]
    chosen = chosen + desk.rng.choices(names, [KINDS[n][0] for n in names], k=max(0, wanted - len(chosen)))
    groups = [group for name in chosen for group in KINDS[name][1](desk)]
    for _ in range(3 if departments else 0):
        groups += alone.not_library(desk)
    waiting = [item for item in opening.items if item.kind.startswith(SETTLED)] if opening else []
    settled = [item for item in waiting if desk.rng.random() < 0.6]
    return groups + [group for turn, item in enumerate(settled) for group in numbers.carried(desk, item, turn)]


def _outside(desk: Desk, sides: dict[str, list], lines: int) -> None:
    """Add invoices that were booked in the neighbouring months, on either side or both."""
    for i in range(3 + lines // 400):
        alma = desk.document(
            desk.supplier(),
            booked=desk.first - desk.rng.randint(1, 25) if i % 2 else desk.last + desk.rng.randint(1, 25),
        )
        oracle = desk.twin(alma)
        oracle.booked = alma.booked
        group = Group("outside", "matched", [], [alma] if i % 3 else [], [oracle] if i % 3 != 1 else [])
        for side in sides:
            docs, its_lines = planted([(-1, group)], side)
            if len(docs):
                sides[side].append((docs, its_lines))


def _left_open(desk: Desk, groups: list[Group], truth: Truth) -> Opening:
    items = []
    for i, group in enumerate(groups):
        if group.outcome.startswith("only_in") and group.causes[0][0] in OPEN_CAUSES:
            side = group.outcome.removeprefix("only_in_")
            document = (group.alma or group.oracle)[0]
            items.append(OpenItem(side, document, group.causes[0][0], group.kind, truth.places(side, i)))
    return Opening(tuple(items), tuple(desk.counters), desk.orders, frozenset(desk.numbers))
