"""Reconciling a month: engine, proof, and everything stored in one transaction or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd
from django.db import transaction
from django.db.models import F, Max

from core.jobs import Progress, UserError
from core.models import User
from reconcile.matching import engine
from reconcile.matching.terms import RULE_VERSION, Decision, Result, Rules
from reconcile.models import Month, Run, SourceFile

from . import adjustments, clearing, decisions, learning, lines, people, places, proof, record, suppliers
from .lines import Piece
from .places import SIDES
from .rules import frozen


@dataclass(slots=True)
class Clock:
    """Seconds by stage, kept with the run."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(self.seconds.get(stage, 0) + time.perf_counter() - start, 3)


@dataclass(slots=True)
class Work:
    """A month on its way: what goes into the engine and what came out of it."""

    period: str
    rules: Rules
    frames: dict[str, pd.DataFrame]
    pieces: dict[str, list[Piece]]  # by side, in the order of the frame's rows
    others: list[Piece]  # files that are no side of the reconciliation: orders
    result: Result
    clock: Clock

    def all_pieces(self) -> list[Piece]:
        return [*self.pieces["alma"], *self.pieces["oracle"], *self.others]


def reconcile_month(
    period: str,
    rules: Rules,
    user: User | None,
    progress: Progress,
    pieces: Sequence[Piece] | None = None,
    finish: Callable[[Month], None] | None = None,
    clock: Clock | None = None,
    name: str = "",
) -> Run:
    """Reconcile a month and store the result as its current run.

    `pieces` are the month's own files where they are in memory; without them they come from the database. Pieces that
    are not stored yet are stored with the run; `finish` runs in that same transaction, before the lease is held.
    Raises UserError when the month is signed off or has only one side, ProofFailed when the result does not add up.
    """
    clock = clock or Clock()
    month = open_month(period)
    progress.stage("Collecting the month's rows")
    with clock.time("collect"):
        own = list(pieces) if pieces is not None else (lines.stored(month) if month else [])
        missing_side(period, {piece.file.side for piece in own})
        own += lines.carried(period)
    work = match(period, rules, own, progress, clock, decisions.standing(period, own))
    progress.stage("Storing the result")
    return _store(work, user, name, progress, finish)


def open_month(period: str) -> Month | None:
    """Return the month, None where there is none yet. Raises UserError when somebody has signed it."""
    month = Month.objects.filter(period=period).first()
    if month and month.state != Month.State.OPEN:
        raise closed(month)
    return month


def closed(month: Month) -> UserError:
    """Say why nothing may change in a month, and what to do."""
    if Month.objects.get(pk=month.pk).state == Month.State.PREPARED:
        return UserError(
            f"{month.period} was prepared for signing: its figures may not change while it waits for the review. Have "
            f"that signature taken back first, or take the file into another month."
        )
    return UserError(
        f"{month.period} is signed off: its figures may not change any more. Have it re-opened first, or take the file "
        f"into the month that is in work."
    )


def missing_side(period: str, sides: set[str]) -> None:
    """Raise UserError unless both sides are there."""
    words = {"alma": "Alma (Funds Expenditure or the invoice export)", "oracle": "Oracle (the payables report)"}
    missing = [words[side] for side in SIDES if side not in sides]
    if missing:
        raise UserError(
            f"{period} has no file from {' and none from '.join(missing)}. A reconciliation needs both sides: "
            f"give both files together."
        )


def match(
    period: str,
    rules: Rules,
    pieces: list[Piece],
    progress: Progress,
    clock: Clock,
    decided: Sequence[Decision] = (),
) -> Work:
    """Run the engine over the pieces and prove its result. Nothing is stored."""
    frames, ordered = {}, {}
    for side in SIDES:
        frames[side], ordered[side] = lines.gather(pieces, side)
    with clock.time("match"):
        result = engine.reconcile(frames["alma"], frames["oracle"], period, rules, _relay(progress), decided)
    progress.stage("Proving that every row has one place and the statement ties")
    with clock.time("prove"):
        totals = {side: sum(piece.file.total for piece in ordered[side] if not piece.period) for side in SIDES}
        proof.verify(result, frames, totals)
    others = [piece for piece in pieces if piece.file.side not in SIDES]
    return Work(period, rules, frames, ordered, others, result, clock)


def _relay(progress: Progress) -> Callable[[str, int, int], None]:
    """Pass the engine's news on: a stage when its text changes, else a step of it."""
    current: tuple[str, int] | None = None

    def tell(text: str, done: int, total: int) -> None:
        nonlocal current
        if current != (text, total):
            current = (text, total)
            progress.stage(text, total)
        progress.step(done)

    return tell


def _store(work: Work, user: User | None, name: str, progress: Progress, finish: Callable[[Month], None] | None) -> Run:
    with transaction.atomic():
        with work.clock.time("store"):
            month, _ = Month.objects.get_or_create(period=work.period)
            # Locks the month's row: two people who reconcile the same month store one after the other.
            if not Month.objects.filter(pk=month.pk, state=Month.State.OPEN).update(state=F("state")):
                raise closed(month)
            if finish:
                finish(month)
            _same_files(work, month)
            run = _store_run(work, month, user, name)
            places.store(run, work.result, work.pieces, work.others)
            suppliers.propose(work.result.crosswalk, work.frames)
            decisions.note(work.result.verdicts)
            clearing.clear(run)
            adjustments.note(run)
        run.timings = work.clock.seconds
        run.save(update_fields=["timings", "fingerprint"])
        learning.follow_run(run)
        record.stored(run, user)  # late: from here on everybody else's events wait for this transaction
        progress.hold(
            {"outcome": sentence(run), "period": work.period, "run": run.number, "url": f"/months/{work.period}/"}
        )
    return run


def _same_files(work: Work, month: Month) -> None:
    """Refuse when somebody stored other files of the month while this was being reckoned."""
    used = {piece.file.pk for piece in work.all_pieces() if not piece.period}
    if used != set(month.files.filter(state=SourceFile.State.STORED).values_list("pk", flat=True)):
        raise UserError(
            f"Somebody else changed the files of {work.period} in the meantime. Nothing was stored; start again."
        )


def _store_run(work: Work, month: Month, user: User | None, name: str) -> Run:
    result = work.result
    month.runs.filter(current=True).update(current=False)
    last = month.runs.aggregate(last=Max("number"))["last"] or 0
    return Run.objects.create(
        month=month,
        number=last + 1,
        name=name[:100],
        rules=frozen(work.rules),
        rule_version=RULE_VERSION,
        inputs=inputs(work.all_pieces()),
        alma_total=int(result.alma_total),
        oracle_total=int(result.oracle_total),
        unexplained=int(result.unexplained),
        currency=work.rules.currency,
        lines=[
            {"cause": str(line["cause"]), "count": int(line["count"]), "amount": int(line["amount"])}
            for line in result.lines.to_dict("records")
        ],
        counters=_counters(work),
        seen=asdict(result.seen),
        created_by=user,
    )


def inputs(pieces: list[Piece]) -> list[dict[str, Any]]:
    """Return what a run was made from, by name."""
    found = [
        {
            "file": piece.file.pk,
            "name": piece.file.name,
            "kind": piece.file.kind,
            "side": piece.file.side,
            "rows": piece.file.rows,
            "sha256": piece.file.sha256,
            "period": piece.period,
        }
        for piece in pieces
    ]
    return sorted(found, key=lambda each: (each["period"], each["name"], each["file"]))


def _counters(work: Work) -> dict[str, Any]:
    result = work.result
    last_day = pd.Period(work.period, "M").end_time.normalize()
    own = {side: [piece for piece in work.pieces[side] if not piece.period] for side in SIDES}
    excluded = pd.concat([result.excluded[["cause"]], *(_left_out(piece.file.rows) for piece in work.others)])
    counters = people.count(result.groups, result.causes, result.members, excluded, last_day)
    return counters | {
        "files": {**{side: len(own[side]) for side in SIDES}, "orders": len(work.others)},
        "file_rows": {side: sum(piece.file.rows for piece in own[side]) for side in SIDES},
        "supplier_links": len(result.crosswalk),
    }


def _left_out(rows: int) -> pd.DataFrame:
    """Rows of an order report: money promised, not spent."""
    return pd.DataFrame({"cause": pd.Series(["not_expenditure"] * rows, dtype="str")})


def sentence(run: Run) -> str:
    """Return how a run ended, for a person."""
    person = run.counters["person"]["groups"]
    rate = f"{run.counters['automatic']['rate']:.1%}"
    waits = "Nothing needs a person." if not person else f"{person:,} {'needs' if person == 1 else 'need'} a person."
    return f"{run.month.period} is reconciled: {rate} of the rows were decided without anybody. {waits}"
