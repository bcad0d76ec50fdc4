"""One decision on all groups of a list: what it would do, told beforehand, and doing it as one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db.models import QuerySet

from core.jobs import UserError
from core.models import User
from reconcile.models import Group, Run, Step

from . import deciding

MOST = 5_000  # groups at once: a step keeps each as it was, to undo it
ACTIONS = ("accept", "stand", "alone_alma", "alone_oracle", "reject")
NEEDED = ("number", "outcome", "difference", "alma_amount", "oracle_amount", "documents_alma", "documents_oracle")


@dataclass(frozen=True, slots=True)
class Share:
    """Some groups of a list that are alike: their outcome, how many, and what they come to on either side. `why` says
    why they are left out; '' when they are decided on.
    """

    outcome: str
    why: str
    groups: int
    alma: int
    oracle: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action would do to a list, in the list's order of outcomes."""

    action: str
    numbers: list[int]
    shares: list[Share]

    @property
    def taken(self) -> list[Share]:
        return [share for share in self.shares if not share.why]

    @property
    def left(self) -> list[Share]:
        return [share for share in self.shares if share.why]

    @property
    def seal(self) -> str:
        """What changes as soon as the plan would decide on other groups."""
        return sha256(f"{self.action} {self.numbers}".encode()).hexdigest()


def plan(groups: QuerySet[Group], action: str) -> Plan:
    """Say which of these groups an action decides on, and why it leaves the others out. Raises UserError where they are
    too many for one step.

    accept        suggestions whose amounts agree
    stand         pairs whose amounts differ: the difference stays, for one reason
    alone_alma    what stands in Alma only stays there, for one reason; `alone_oracle` likewise
    reject        suggestions: not the same invoice
    """
    found = list(groups.order_by("number").only(*NEEDED)[: MOST + 1])
    if len(found) > MOST:
        raise UserError(f"More than {MOST:,} items are too many for one step. Narrow the list first.")
    whys = [(group, _left_out(group, action)) for group in found]
    alike: dict[tuple[str, str], list[Group]] = {}
    for group, why in whys:
        alike.setdefault((group.outcome, why), []).append(group)
    shares = [
        Share(*kind, len(some), sum(each.alma_amount for each in some), sum(each.oracle_amount for each in some))
        for kind, some in alike.items()
    ]
    return Plan(action, [group.number for group, why in whys if not why], shares)


def _left_out(group: Group, action: str) -> str:
    """Say why an action leaves a group out; '' when it does not."""
    side = deciding.ONLY.get(group.outcome)
    if action.startswith("alone"):
        return "" if action == f"alone_{side}" else "stands on the other side" if side else "is a pair"
    if side:
        return "stands on one side only"
    if action == "reject":
        return "" if group.outcome == "suggested" else "is no suggestion"
    if deciding.undecided(group):
        return "several documents fit: say which"
    if action == "accept":
        return "a difference stays: say why" if group.difference and group.outcome != "explained" else ""
    return "" if group.difference and group.outcome != "explained" else "its amounts agree"


def carry_out(
    run: Run,
    numbers: Sequence[int],
    action: str,
    user: User,
    *,
    cause: str = "",
    comment: str = "",
    expires: date | None = None,
) -> Step:
    """Decide on groups as one step, which is undone as a whole. Raises UserError as `deciding` does."""
    if action == "reject":
        return deciding.reject(run, numbers, user, comment=comment)
    if action.startswith("alone"):
        return deciding.alone(run, numbers, user, cause=cause, comment=comment, expires=expires)
    return deciding.accept(run, numbers, user, cause=cause, comment=comment)


def check(action: str, *, cause: str, comment: str) -> None:
    """Raise UserError where something is not said that is needed, before a job begins with it."""
    if action in ("accept", "reject"):
        return
    if not cause:
        raise UserError("Choose the cause that accounts for them.")
    if not comment.strip():
        raise UserError("Say in a few words why they may stay as they are. Whoever reads the month later will ask.")


def causes(action: str, pair_causes: Iterable[str]) -> list[str]:
    """Return the reasons an action may give; none for one that needs none."""
    if action.startswith("alone"):
        return deciding.causes_alone(action.removeprefix("alone_"))
    return list(pair_causes) if action == "stand" else []
