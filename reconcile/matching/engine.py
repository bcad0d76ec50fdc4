"""The engine: two frames in, every row in exactly one place, every penny of the difference with a cause.

It is a list of passes. Each pairs only what is unique on both sides; what is left goes to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from .billed import billed
from .board import Board
from .decided import decided
from .documents import roll_up
from .doubtful import doubtful
from .groups import describe
from .one_for_many import collected_by_amount, parts_by_number
from .one_sided import one_sided
from .proof import prove
from .rows import exclusions, in_order
from .same_number import another_supplier, same_number
from .slips import slips
from .statement import statement
from .terms import Decision, Result, Rules, Seen
from .usual_numbers import usual_numbers
from .within_a_side import cancelled, doubles

Progress = Callable[[str, int, int], None]

PASSES: tuple[tuple[str, Callable[[Board], None]], ...] = (
    ("Consolidated invoices that people confirmed", billed),
    ("Same supplier and number", same_number),
    ("Cancelled", cancelled),  # before doubles: what was entered twice and taken back is done with
    ("Entered twice", doubles),
    ("Booked to another supplier", another_supplier),
    ("Slips in the number", slips),
    ("Parts that say so in their numbers", parts_by_number),
    ("Numbers as the supplier writes them", usual_numbers),  # learned: decides only what the rules above leave
    ("Entered twice", doubles),  # of what the passes since then have paired
    ("Consolidated and split invoices", collected_by_amount),
    ("Doubtful pairs", doubtful),
    ("Entered twice", doubles),
)


# For a part of a month that a person has just decided on: what else in it might belong together is for people too.
SUGGESTING: tuple[tuple[str, Callable[[Board], None]], ...] = (("Doubtful pairs", doubtful),)


def reconcile(
    alma: pd.DataFrame,
    oracle: pd.DataFrame,
    period: str,
    rules: Rules,
    progress: Progress | None = None,
    decisions: Sequence[Decision] = (),
    part_of: Seen | None = None,
) -> Result:
    """Reconcile one period ('2025-03').

    alma, oracle: canonical frames (formats.canonical) of all the month's rows of a side, excluded ones too, with two
    more text columns: `file`, the file's name, and `period`, '' for this month's rows, else the month from which an
    open item is carried. Money is int64 minor units of the ledger's currency. What people have decided comes first.
    part_of: the frames are a part of a month of which this is known; then nothing is decided that no person has
    decided. Returns a Result whose positions are those of the frames.
    """
    tell = progress or (lambda stage, done, total: None)
    passes = SUGGESTING if part_of else PASSES
    steps = len(passes) + 3
    first, last = _bounds(period)
    tell("Reading rows", 0, steps)
    counted, excluded = [], []
    for name, frame in (("alma", alma), ("oracle", oracle)):
        positions = in_order(frame)
        reasons = exclusions(frame, first, last)
        counted.append(positions[reasons[positions] == ""])
        out = positions[reasons[positions] != ""]
        excluded.append(pd.DataFrame({"side": name, "position": out, "cause": reasons[out]}))
    ours, theirs, seen = roll_up(alma.iloc[counted[0]], oracle.iloc[counted[1]], rules, part_of)
    epoch = pd.Timestamp(0)
    days = (first - epoch).days, (last - epoch).days
    board = Board(ours, theirs, *days, period, learned=rules.learned, billed=rules.billed)
    verdicts = decided(board, decisions, rules.currency) if decisions else []
    for step, (stage, run) in enumerate(passes, start=1):
        tell(stage, step, steps)
        run(board)
    tell("What stands on one side", steps - 2, steps)
    one_sided(board, rules)
    tell("Causes", steps - 1, steps)
    groups, causes, members, crosswalk, became = describe(board, rules, counted, decisions, verdicts)
    result = statement(groups, causes, members, pd.concat(excluded, ignore_index=True), alma, oracle, crosswalk)
    result.verdicts, result.seen = became, seen
    prove(result, alma, oracle)
    tell("Done", steps, steps)
    return result


def _bounds(period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    month = pd.Period(period, freq="M")
    return month.start_time.normalize(), month.end_time.normalize()
