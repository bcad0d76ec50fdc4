"""What people decide about a month's groups, step by step. Each step is recorded, and can be undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localtime, now

from core import audit
from core.jobs import UserError
from core.models import User
from core.money import show_with_symbol
from reconcile.matching.terms import CERTAIN, ONE_SIDED_CAUSES, PAIR_CAUSES, Document
from reconcile.models import Decision, Group, Month, Run, Step, StepGroup

from . import clearing, decisions, learning, record, standing
from .runs import closed
from .standing import Part

Kind = Step.Kind
ONLY = {"only_in_alma": "alma", "only_in_oracle": "oracle"}
NOT_OF_ALMA = ("duplicate_in_oracle", "missing_in_alma", "journal", "not_library")
NOT_OF_ORACLE = ("duplicate_in_alma", "not_approved", "paid_outside_oracle", "no_po", "missing_in_oracle")


@transaction.atomic
def accept(run: Run, numbers: Sequence[int], user: User, *, cause: str = "", comment: str = "") -> Step:
    """Say that suggested or differing groups are what they seem to be: each one's documents belong together.

    Raises UserError where a difference stays and no cause and comment say why, where several documents fit and it is
    not said which, or where somebody else was quicker.
    """
    found = _open(run, numbers, user)
    for group in found.groups:
        if group.outcome in ONLY:
            raise UserError(f"{_name(group)} stands on one side only. Accept it with the reason why it stays there.")
        if undecided(group):
            raise UserError(
                f"Several documents fit each other in {_name(group)}. Tick those that belong together, then match them."
            )
        if group.difference and group.outcome != "explained":
            _why(group.difference, cause, comment, run.currency)
    made = [
        ("together", found.documents_of(group), {"cause": cause if group.difference else "", "comment": comment})
        for group in found.groups
    ]
    return _take(found, Kind.ACCEPT, user, comment, made)


@transaction.atomic
def reject(run: Run, numbers: Sequence[int], user: User, *, comment: str = "") -> Step:
    """Say that no Alma document of a suggested group belongs with any Oracle document of it: they never come back."""
    found = _open(run, numbers, user)
    for group in found.groups:
        if group.outcome != "suggested":
            raise UserError(f"{_name(group)} is not a suggestion. Take it apart instead.")
    made = [("apart", found.documents_of(group), {"comment": comment}) for group in found.groups]
    return _take(found, Kind.REJECT, user, comment, made)


@transaction.atomic
def unmatch(run: Run, numbers: Sequence[int], user: User, *, comment: str = "") -> Step:
    """Take certain groups apart. The rule that made one does not join its documents again."""
    found = _open(run, numbers, user)
    for group in found.groups:
        if group.outcome not in CERTAIN:
            raise UserError(f"{_name(group)} is not a pair. There is nothing to take apart.")
    made = [
        ("apart", found.documents_of(group), {"rule": "" if group.decided else group.rule, "comment": comment})
        for group in found.groups
    ]
    return _take(found, Kind.UNMATCH, user, comment, made)


@transaction.atomic
def match(
    run: Run, numbers: Sequence[int], keys: Sequence[str], user: User, *, cause: str = "", comment: str = ""
) -> Step:
    """Put documents together, any number of either side. `numbers` are the groups they stand in, `keys` the documents
    (`matching.terms.Document.key`); what else stands in those groups is looked at afresh.

    Raises UserError where a difference stays and nothing says why, or rows of one side do not cancel each other.
    """
    found = _open(run, numbers, user)
    missing = [key for key in keys if key not in found.documents]
    if missing or len(set(keys)) < 2:
        raise UserError("Tick at least two documents that stand in the groups shown." if not missing else _MOVED)
    chosen = [found.documents[key][0] for key in dict.fromkeys(keys)]
    sums = {side: sum(document.amount for document in chosen if document.side == side) for side in ("alma", "oracle")}
    sides = {document.side for document in chosen}
    if len(sides) == 1:
        if any(sums.values()):
            raise UserError(
                "Documents of one side belong together only when they cancel each other; these do not come to nil. "
                "Tick documents of the other side too."
            )
        cause = "cancelled"
    elif sums["alma"] != sums["oracle"]:
        _why(sums["oracle"] - sums["alma"], cause, comment, run.currency)
    else:
        cause = ""
    return _take(found, Kind.MATCH, user, comment, [("together", chosen, {"cause": cause, "comment": comment})])


@transaction.atomic
def alone(
    run: Run, numbers: Sequence[int], user: User, *, cause: str, comment: str, expires: date | None = None
) -> Step:
    """Accept that documents stand on one side, for a reason, until a day or for good.

    Raises UserError without a comment, or for a reason that is not of that side.
    """
    found = _open(run, numbers, user)
    if not comment.strip():
        raise UserError("Say in a few words why it may stay as it is. Whoever reads the month later will want to know.")
    for group in found.groups:
        if group.outcome not in ONLY:
            raise UserError(f"{_name(group)} does not stand on one side only.")
        if cause not in causes_alone(ONLY[group.outcome]):
            raise UserError(f"'{cause}' is no reason why {_name(group)} stands on its side. Choose one from the list.")
    if expires and expires < localtime().date():
        raise UserError("That day is over. Choose a later one, or leave it empty.")
    told = {"cause": cause, "comment": comment, "expires": expires}
    return _take(
        found, Kind.ALONE, user, comment, [("alone", found.documents_of(group), told) for group in found.groups]
    )


def causes_alone(side: str) -> list[str]:
    """Return the reasons for which a document may stay alone on a side."""
    other = NOT_OF_ALMA if side == "alma" else NOT_OF_ORACLE
    return [cause for cause in ONE_SIDED_CAUSES if cause not in other]


def undecided(group: Group) -> bool:
    """Say whether a suggestion leaves open which of its documents belong together."""
    counts = sorted((group.documents_alma, group.documents_oracle))
    return group.outcome == "suggested" and (counts[0] > 1 or (counts[1] > 1 and group.difference != 0))


@transaction.atomic
def undo(step: Step, user: User) -> Step:
    """Take a whole step back: its groups come back as they were, and its decisions hold no longer.

    After a later run the documents are taken out of where they stand now instead. Raises UserError where a later step
    stands on this one, or it was undone before.
    """
    month = _locked(step.month)
    step.refresh_from_db()
    if step.kind == Kind.UNDO or hasattr(step, "undone_by"):
        raise UserError("That step was undone already.")
    run = Run.objects.select_related("month").get(month=month, current=True)
    here = run.pk == step.run_id
    made = list(step.decisions.select_related("revoked__by"))
    for decision in made:
        _stands_alone(decision.revoked)
    if here:
        groups = list(Group.objects.filter(run=run, number__in=step.after))
        if len(groups) != len(step.after):
            taken = StepGroup.objects.filter(run=run, number__in=step.after).select_related("step__by").last()
            _stands_alone(taken.step if taken else step)
        back = Step(
            month=month, run=run, kind=Kind.UNDO, undoes=step, by=user, at=now(), before=[], after=[],
            change={}, comment="",
        )  # fmt: skip
        found = standing.part(run, groups)
        back.before = standing.snapshot(found)
        standing.restore(run, groups, step.before, step.change)
        back.after = [each["number"] for each in step.before]
        back.save()
        StepGroup.objects.filter(step=step).delete()
    else:
        back = _take_back(run, step, made, user)
    Decision.objects.filter(pk__in=[decision.pk for decision in made]).update(revoked=back)
    again = list(step.revoked.all())
    step.revoked.update(revoked=None)
    _record(back, run, user, [], [str(each.code) for each in made], [str(each.code) for each in again])
    _follow(back)
    return back


def _stands_alone(later: Step | None) -> None:
    """Raise UserError where a later step stands on the one that is to be undone."""
    if later:
        raise UserError(f"A later step by {later.by.get_username()} stands on this one. Undo that first.")


def _follow(step: Step) -> None:
    """Let items clear whose other half stands beside them now, and learned rules answer for what was taken apart."""
    clearing.clear(step.run, step.after)
    learning.follow_step(step)


def _take_back(run: Run, step: Step, made: Sequence[Decision], user: User) -> Step:
    keys = [key for decision in made for key in decision.about.values_list("key", flat=True)]
    groups = list(Group.objects.filter(run=run, number__in=_holding(run, keys)))
    if not groups:  # its documents stand in no file any more, or a rule has joined them since: a later run will tell
        return Step.objects.create(
            month=run.month, run=run, kind=Kind.UNDO, undoes=step, by=user, at=now(), before=[], after=[], change={}
        )
    found = standing.part(run, groups)
    others = [each for each in decisions.about(list(found.documents)) if each.pk not in {one.pk for one in made}]
    change = standing.replace(found, decisions.as_terms([*others, *step.revoked.all()]))
    back = Step.objects.create(
        month=run.month, run=run, kind=Kind.UNDO, undoes=step, by=user, at=now(), before=change.before,
        after=[group.number for group in change.after], change=change.figures,
    )  # fmt: skip
    _remember(back, found)
    return back


def _holding(run: Run, keys: Sequence[str]) -> list[int]:
    """Return the groups of a run in which decided documents stand: those decided groups whose documents these are."""
    numbers = []
    for start in range(0, len(keys), 500):
        some = Group.objects.filter(run=run).exclude(key="").filter(key__in=keys[start : start + 500])
        numbers += list(some.values_list("number", flat=True))
    return numbers


def _take(
    found: Part, kind: str, user: User, comment: str, made: list[tuple[str, list[Document], dict[str, Any]]]
) -> Step:
    """Write the decisions down, let the part follow them, and record all of it."""
    run = found.run
    step = Step.objects.create(
        month=run.month, run=run, kind=kind, by=user, at=now(), comment=comment, before=[], after=[], change={}
    )
    keys = list(found.documents)
    revoked = _overruled([document.key for _, documents, _ in made for document in documents])
    Decision.objects.filter(pk__in=[each.pk for each in revoked]).update(revoked=step)
    new = [decisions.make(run.month, step, what, documents, **told) for what, documents, told in made]
    change = standing.replace(found, decisions.as_terms(decisions.about(keys)))
    step.before, step.after = change.before, [group.number for group in change.after]
    step.change = change.figures
    step.save(update_fields=["before", "after", "change"])
    _remember(step, found)
    _record(step, run, user, new, [str(each.code) for each in revoked], [])
    _follow(step)
    return step


def _overruled(keys: Sequence[str]) -> list[Decision]:
    """Return the earlier decisions that a new one takes the place of. What was kept apart stays so, unless it is put
    together: that stands above it anyway.
    """
    return list(decisions.about(keys).exclude(kind=Decision.Kind.APART))


def _remember(step: Step, found: Part) -> None:
    StepGroup.objects.bulk_create(StepGroup(step=step, run=found.run, number=group.number) for group in found.groups)


def _record(
    step: Step, run: Run, user: User, made: Sequence[Decision], revoked: Sequence[str], restored: Sequence[str]
) -> None:
    subjects = [f"month:{run.month.period}", record.subject(run), f"step:{step.code}"]
    subjects += [f"document:{one.key}" for each in made for one in decisions.documents(each.documents)]
    audit.record(
        f"decision.{step.kind}",
        user,
        subjects,
        step=str(step.code),
        undoes=str(step.undoes.code) if step.undoes else "",
        run=run.number,
        period=run.month.period,
        comment=step.comment,
        taken=[_said(each) for each in step.before],
        made=[
            {
                "code": str(each.code), "kind": each.kind, "documents": each.documents, "cause": each.cause,
                "rule": each.rule, "comment": each.comment,
                "expires": each.expires.isoformat() if each.expires else "",
            }
            for each in made
        ],
        revoked=list(revoked),
        restored=list(restored),
        **record.figures(run),
    )  # fmt: skip


def _said(group: dict[str, Any]) -> dict[str, Any]:
    names = ("number", "outcome", "rule", "alma_amount", "oracle_amount", "difference", "alma_number", "oracle_number")
    return {name: group[name] for name in names}


# ---- Who was quicker, and what must be said ----

_MOVED = "A ticked document stands in none of these groups any more. Look at the list again."


def _locked(month: Month) -> Month:
    """Lock the month's row until the transaction ends: people decide one after the other. Raises UserError when
    somebody has signed it.
    """
    if not Month.objects.filter(pk=month.pk, state=Month.State.OPEN).update(state=F("state")):
        raise closed(month)
    return Month.objects.get(pk=month.pk)


def _open(run: Run, numbers: Sequence[int], user: User) -> Part:
    """Lock the month and read the groups. Raises UserError where one is not there any more, and says who did what."""
    month = _locked(run.month)
    current = Run.objects.select_related("month").get(month=month, current=True)
    if current.pk != run.pk:
        raise UserError(
            f"{month.period} was reconciled again in the meantime: run {current.number} stands now. Nothing was "
            f"decided; look at the item again."
        )
    wanted = list(dict.fromkeys(numbers))
    groups = list(Group.objects.filter(run=current, number__in=wanted).order_by("number"))
    gone = sorted(set(wanted) - {group.number for group in groups})
    if gone:
        raise UserError(whereabouts(current, gone[0], user))
    if not groups:
        raise UserError("Choose at least one item.")
    return standing.part(current, groups)


def whereabouts(run: Run, number: int, user: User | None = None) -> str:
    """Say what became of a group that is not there any more."""
    taken = StepGroup.objects.filter(run=run, number=number).select_related("step__by").last()
    if taken is None:
        return f"There is no group {number} in run {run.number} of {run.month.period}."
    step = taken.step
    who = "You" if user and step.by_id == user.pk else step.by.get_username()
    at = f"{localtime(step.at):%H:%M on %-d %B}"
    groups = ", ".join(str(each) for each in step.after)
    return (
        f"{who} {step.get_kind_display()} group {number} at {at}. Its rows stand in group {groups} now. "
        f"Nothing was changed."
    )


def _why(difference: int, cause: str, comment: str, currency: str) -> None:
    """Raise UserError unless a cause and a comment say why a difference stays."""
    amount = show_with_symbol(difference, currency, signed=True)
    if cause not in PAIR_CAUSES:
        raise UserError(f"A difference of {amount} stays. Choose the cause that accounts for it.")
    if not comment.strip():
        raise UserError(f"A difference of {amount} stays. Say in a few words why it may.")


def _name(group: Group) -> str:
    return group.alma_number or group.oracle_number or f"group {group.number}"
