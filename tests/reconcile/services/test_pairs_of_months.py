"""Two months in a row whose truth is known: what the first leaves open and the second settles clears by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import audit
from core.jobs import NullProgress
from core.models import User
from reconcile.models import Group, Item, Run
from reconcile.services import intake, items, lines, record, rules, runs

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MONTHS = Path(__file__).resolve().parents[4] / "shared" / "months"
PAIRS = sorted(MONTHS.glob("pair-*"))


def take_in(folder: Path, period: str) -> Run:
    staged = intake.receive([(path.name, path.open("rb")) for path in sorted(folder.glob("*.csv"))], None)
    intake.look(str(staged[0].batch), NullProgress())
    return intake.take_in(intake.batch_files(staged[0].batch), period, None, NullProgress())


def months(pair: Path) -> Iterator[tuple[Path, str]]:
    for name in ("month1", "month2"):
        truth = json.loads((pair / name / "truth.json").read_text())
        yield pair / name, truth["period"]


def ties(run: Run) -> bool:
    return run.alma_total + sum(line["amount"] for line in run.lines) + run.unexplained == run.oracle_total


@pytest.mark.skipif(not PAIRS, reason="the months with a known truth are not here")
@pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.name)
def test_what_month_one_left_open_and_month_two_settles_clears_by_itself(pair: Path, alice: User) -> None:
    (one, first_period), (two, second_period) = months(pair)
    first = take_in(one, first_period)
    waiting = Group.objects.filter(run=first, outcome__startswith="only_in_").order_by("number")
    items.assign(first, [group.number for group in waiting], alice, person=alice)
    opened = {(piece.file.name, row) for piece in lines.carried(second_period) for row in piece.lines["row"]}
    figures = (first.lines, first.unexplained)
    assert ties(first)

    second = take_in(two, second_period)

    truth = json.loads((two / "truth.json").read_text())
    settled = {
        (row["file"], row["row"])
        for group in truth["groups"]
        for side in ("alma", "oracle")
        for row in group[side]
        if (row["file"], row["row"]) in opened
    }
    cleared = Item.objects.filter(cleared_in=second_period)
    still = {(piece.file.name, row) for piece in lines.carried(_next(second_period)) for row in piece.lines["row"]}
    assert settled, "the pair settles something, or it shows nothing"
    assert not settled & still
    assert all(item.status == "settled" and item.cleared for item in cleared)
    assert audit.about(f"month:{second_period}").filter(kind="item.cleared").count() == cleared.count() > 0
    first.refresh_from_db()
    assert (first.lines, first.unexplained) == figures
    assert ties(first) and ties(second)
    assert list(record.check()) == []
    whole_after_again(first_period, second_period)


def whole_after_again(*periods: str) -> None:
    """Reconciling both again changes nothing that a person would see."""
    before = {period: Run.objects.get(month__period=period, current=True).lines for period in periods}
    for period in periods:
        run = runs.reconcile_month(period, rules.rules(), None, NullProgress())
        assert run.lines == before[period]
        assert ties(run)


def _next(period: str) -> str:
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12}-{month % 12 + 1:02}"
