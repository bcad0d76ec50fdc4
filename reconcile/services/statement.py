"""The statement as people read it: from Alma's balance, cause by cause, to Oracle's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reconcile.models import Run

from . import words

Kind = Literal["balance", "cause", "unexplained"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the statement; amounts in minor units. `running` is the balance after it, for a waterfall."""

    kind: Kind
    cause: str  # 'alma' and 'oracle' for the balances
    label: str
    meaning: str
    who: str
    count: int | None  # groups that contribute; None for a balance
    amount: int
    running: int


def rows(run: Run) -> list[Row]:
    """Return Balance per Alma, each cause, what is unexplained, Balance per Oracle. The last balance is reckoned, not
    copied: it equals the run's total because the run was proved."""
    running = run.alma_total
    found = [
        Row(
            "balance",
            "alma",
            "Balance per Alma",
            "Expenditure in Alma's reports of this month.",
            "",
            None,
            running,
            running,
        )
    ]
    for line in run.lines:
        word = words.CAUSES[line["cause"]]
        running += line["amount"]
        found.append(
            Row("cause", line["cause"], word.label, word.meaning, word.who, line["count"], line["amount"], running)
        )
    word = words.CAUSES["unexplained"]
    running += run.unexplained
    count = run.counters["causes"].get("unexplained", {}).get("groups", 0)
    found.append(Row("unexplained", "unexplained", word.label, word.meaning, word.who, count, run.unexplained, running))
    found.append(
        Row(
            "balance",
            "oracle",
            "Balance per Oracle",
            "Actuals in Oracle's reports of this month.",
            "",
            None,
            running,
            running,
        )
    )
    return found
