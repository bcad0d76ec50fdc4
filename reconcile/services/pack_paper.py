"""The sign-off as a document: who signed, the statement, what was open, what was decided, and from which files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.timezone import localtime

from core import audit
from core import words as record_words
from core.dates import month_name
from core.money import NOTHING, show
from reconcile.formats.paper import Column, Paper
from reconcile.matching.terms import ONE_SIDED
from reconcile.models import Group, SignOff

from . import statement, words
from .signed_figures import Open, open_groups
from .workbook_data import SIDES, WHO
from .workbook_signed import moment, signers, taken_back

MOST = 1000  # rows of a list on paper; the workbook has them all


def write_paper(signoff: SignOff, path: Path) -> None:
    """Write the PDF of a complete sign-off. Raises OSError."""
    assert signoff.reviewed_at is not None, "the pack is made when both have signed"
    month = month_name(signoff.month.period)
    when = f"{localtime(signoff.reviewed_at):%-d %B %Y}"
    paper = Paper(f"Libra: {month}, signed off", f"Libra. {month}, signed off on {when}", signoff.reviewed_at)
    paper.title(month, f"Reconciliation of Alma with Oracle, signed off on {when}. Amounts in {signoff.run.currency}.")
    _signed(paper, signoff)
    _statement(paper, signoff)
    _open(paper, signoff)
    _adjustments(paper, signoff)
    _decisions(paper, signoff)
    _sources(paper, signoff)
    paper.save(path)


def _signed(paper: Paper, signoff: SignOff) -> None:
    comments = (signoff.prepared_comment, signoff.reviewed_comment)
    paper.table(
        [Column("Signed", 24), Column("By", 46), Column("On", 30), Column("Comment")],
        [
            [role, who, when, comment or NOTHING]
            for role, (who, when), comment in zip(
                ("as preparer", "as reviewer"), signers(signoff), comments, strict=True
            )
        ],
    )


def _statement(paper: Paper, signoff: SignOff) -> None:
    paper.heading("From Alma to Oracle")
    found = statement.rows(signoff.run)
    rows = [
        [
            row.label,
            "" if row.kind == "balance" else row.meaning,
            "" if row.count is None else f"{row.count:,}",
            show(row.amount, signoff.run.currency, signed=row.kind != "balance"),
        ]
        for row in found
    ]
    columns = [Column("Cause", 42), Column("In plain English"), Column("Groups", 16, True), Column("Amount", 28, True)]
    paper.table(columns, rows, strong=[0, len(rows) - 1])
    loose = signoff.figures["unexplained_size"]
    if loose:
        paper.prose(f"Without a known cause, added without signs: {show(loose, signoff.run.currency)}.", quiet=True)


def _open(paper: Paper, signoff: SignOff) -> None:
    paper.heading("What was open")
    items = [Open(**each) for each in signoff.figures["open"]]
    if not items:
        paper.prose("Nothing: every invoice stands on both sides or has its settled cause.")
        return
    currency = signoff.run.currency
    paper.table(
        [Column("Why"), Column("From", 34), Column("Items", 18, True), Column("Oracle less Alma", 32, True)],
        [
            [words.reason(each.reason), "earlier months" if each.carried else "this month", f"{each.groups:,}",
             show(each.difference, currency, signed=True)]
            for each in items
        ],
    )  # fmt: skip
    found = list(open_groups(signoff.run).order_by("carried", "-size", "number")[: MOST + 1])
    paper.table(
        [Column("Why", 30), Column("Supplier"), Column("Invoice", 34), Column("Date", 17), Column("Who acts", 15),
         Column("Oracle less Alma", 24, True)],
        [_open_row(group, currency) for group in found[:MOST]],
    )  # fmt: skip
    _rest(paper, sum(each.groups for each in items), "Open items")


def _open_row(group: Group, currency: str) -> list[str]:
    reason = words.reason(group.cause if group.outcome in ONE_SIDED else group.outcome)
    return [
        f"{reason}, carried" if group.carried else reason,
        group.supplier,
        group.alma_number or group.oracle_number,
        f"{group.date:%d/%m/%Y}" if group.date else NOTHING,
        WHO.get(group.who, NOTHING),
        show(group.difference, currency, signed=True),
    ]


def _adjustments(paper: Paper, signoff: SignOff) -> None:
    found = list(signoff.run.adjustments.select_related("month", "file")[: MOST + 1])
    if not found:
        return
    currency = signoff.run.currency
    paper.heading("Adjustments to signed-off months")
    paper.prose("Rows of this month’s files that belong to months signed off before. They are in no total above.")
    paper.table(
        [Column("Belongs to", 26), Column("File, row", 40), Column("Supplier"), Column("Invoice", 26),
         Column("Was", 21, True), Column("Is", 21, True)],
        [
            [month_name(each.month.period), f"{each.file.name}, {each.row}", each.supplier, each.number,
             NOTHING if each.was is None else show(each.was, currency), show(each.amount, currency)]
            for each in found[:MOST]
        ],
    )  # fmt: skip
    _rest(paper, len(signoff.figures["adjustments"]), "Adjustments")


def _decisions(paper: Paper, signoff: SignOff) -> None:
    paper.heading("What people decided")
    if not signoff.decisions:
        paper.prose("Nothing: nobody had to decide anything.")
        return
    paper.table(
        [Column("When", 17), Column("Who", 20), Column("What", 28), Column("Alma and Oracle"),
         Column("Oracle less Alma", 24, True), Column("Why", 46)],
        [_decision_row(each, signoff.run.currency) for each in signoff.decisions[:MOST]],
    )  # fmt: skip
    _rest(paper, len(signoff.decisions), "Decisions")


def _decision_row(entry: dict[str, Any], currency: str) -> list[str]:
    sides = [f"{name} {', '.join(entry[side])}" for side, name in SIDES.items() if entry.get(side)]
    cause = words.cause(entry["cause"]).label if entry["cause"] else ""
    back = f"Taken back by {taken_back(entry)}." if entry["taken_back"] else ""
    until = f"Until {entry['expires']}." if entry["expires"] else ""
    said = [f"{cause}." if cause else "", entry["comment"], until, back]
    return [
        moment(datetime.fromisoformat(entry["at"])),
        entry["by"],
        entry["what"],
        "; ".join(sides),
        show((entry["oracle_amount"] or 0) - (entry["alma_amount"] or 0), currency, signed=True),
        " ".join(text for text in said if text) or NOTHING,
    ]


def _sources(paper: Paper, signoff: SignOff) -> None:
    paper.heading("Sources")
    files = sorted(signoff.figures["files"], key=lambda each: (each["period"], each["side"], each["name"]))
    paper.table(
        [Column("File"), Column("Side", 13), Column("Rows", 15, True), Column("SHA-256", 108)],
        [
            [f"{each['name']} ({month_name(each['period'])})" if each["period"] else each["name"],
             SIDES.get(each["side"], each["side"]), f"{each['rows']:,}", each["sha256"]]
            for each in files
        ],
    )  # fmt: skip
    events = audit.about(f"signoff:{signoff.code}").filter(kind__in=("month.prepared", "month.signed_off"))
    paper.prose(f"Run {signoff.run.number} of the month. SHA-256 of its figures: {signoff.digest}", quiet=True)
    for event in events:
        paper.prose(f"Event {event.number} of the record ({record_words.kind(event.kind)}): {event.hash}", quiet=True)


def _rest(paper: Paper, count: int, sheet: str) -> None:
    if count > MOST:
        paper.prose(f"And {count - MOST:,} more: the workbook’s sheet {sheet} has them all.", quiet=True)
