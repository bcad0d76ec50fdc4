"""Signing a month off: one person prepares, another reviews. From the first signature on nothing in the month changes.

prepare     the first signature, under figures that are written down as they stand
review      the second, by somebody else: the month is signed off, and a job makes the pack
take_back   the preparer (or an administrator) withdraws before the review
reopen      an administrator, with a reason, which stays visible
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.timezone import localtime, now

from core import audit
from core.audit import Broken
from core.dates import month_name
from core.jobs import UserError, enqueue
from core.models import Event, Job, User
from core.money import show_with_symbol
from core.roles import CAN_REOPEN, CAN_REVIEW, CAN_SIGN, refusal
from reconcile.models import Month, Run, SignOff, SourceFile

from . import adjustments, log_sheet, overtaken, pack, record
from .signed_figures import decided, digest, figures, unexplained

State = Month.State
KINDS = {
    "month.prepared": "Month prepared",
    "month.signed_off": "Month signed off",
    "month.signature_withdrawn": "Signature taken back",
    "month.reopened": "Month re-opened",
    "month.pack_made": "Sign-off pack made",
}
PARTICULARS = {
    "digest": "SHA-256 of the figures",
    "figures": "figures",
    "log": "SHA-256 of the Log",
    "prepared_by": "prepared by",
    "reason": "reason",
}
SUBJECTS: dict[str, Callable[[str], str]] = {"signoff": lambda rest: f"sign-off {rest[:8]}"}
CHANGING = ("reconcile.take_in", "reconcile.again")  # jobs after which a month has other figures


def standing(month: Month) -> SignOff | None:
    """Return the month's sign-off that nobody has withdrawn."""
    return month.signoffs.filter(withdrawn_at=None).select_related("run", "prepared_by", "reviewed_by").first()


def reopened(month: Month) -> list[SignOff]:
    """Return the sign-offs that were complete and that re-opening has undone, the first one first."""
    undone = month.signoffs.exclude(withdrawn_at=None).exclude(reviewed_at=None)
    return list(undone.select_related("withdrawn_by", "prepared_by", "reviewed_by"))


def offered(run: Run) -> tuple[dict[str, Any], str]:
    """Return the figures that a signature would stand under now, and their digest."""
    found = figures(run, decided(run))
    return found, digest(found)


@transaction.atomic
def prepare(run: Run, user: User, comment: str = "", *, seen: str = "") -> SignOff:
    """Sign a month's current run as its preparer. `seen` is the digest of the figures that the person saw.

    Raises UserError when something must be done first, when the figures are no longer those that were seen, or when
    the unexplained amounts are above the threshold and no comment says why.
    """
    _may(user, CAN_SIGN)
    month = _locked(run.month, State.OPEN)
    current = Run.objects.select_related("month").get(month=month, current=True)
    if current.pk != run.pk:
        raise UserError(
            f"{month_name(month.period)} was reconciled again in the meantime: run {current.number} stands now. "
            f"Nothing was signed; look at its figures first."
        )
    if found := hindrances(current):
        raise UserError(" ".join(found))
    what = decided(current)
    told = figures(current, what)
    if seen and seen != digest(told):
        raise UserError("The figures changed since you opened this page. Nothing was signed; these are the new ones.")
    if must_explain(current) and not comment.strip():
        raise UserError(
            f"{show_with_symbol(unexplained(current), current.currency)} are without a known cause. Say in the comment "
            f"why the month may be signed with them."
        )
    signoff = SignOff.objects.create(
        month=month, run=current, figures=told, digest=digest(told), decisions=what, prepared_by=user,
        prepared_at=now(), prepared_comment=comment.strip(),
    )  # fmt: skip
    Month.objects.filter(pk=month.pk).update(state=State.PREPARED)
    _record("month.prepared", signoff, user, comment=signoff.prepared_comment, figures=told)
    return signoff


def hindrances(run: Run) -> list[str]:
    """Return what must be done before a month can be signed, each a sentence."""
    period, name, found = run.month.period, month_name(run.month.period), []
    if earlier := overtaken.since(run):
        names = " and ".join(month_name(each) for each in earlier)
        found.append(
            f"{names} {'was' if len(earlier) == 1 else 'were'} reconciled after {name}, whose open items it carries. "
            f"Reconcile {name} again first."
        )
    for file in SourceFile.objects.filter(state=SourceFile.State.STAGED, period=period).select_related("uploaded_by"):
        who = f" by {file.uploaded_by.get_username()}" if file.uploaded_by else ""
        found.append(
            f"{file.name} was dropped{who} on {localtime(file.uploaded_at):%-d %B} and holds rows of {name}. Take it "
            f"in or throw it away first."
        )
    going = Job.objects.filter(task__in=CHANGING, arguments__period=period)
    if going.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).exists():
        found.append(f"{name} is being reconciled just now. Wait until that has ended.")
    return found


def must_explain(run: Run) -> bool:
    """Say whether a run leaves more without a known cause than may stay without a comment."""
    return unexplained(run) > settings.LIBRA_MATERIALITY


@transaction.atomic
def review(signoff: SignOff, user: User, comment: str = "") -> SignOff:
    """Put the second name to a prepared month: it is signed off, its Log is frozen, and its pack is made.

    Raises UserError for the person who prepared it, and when there is nothing to review any more.
    """
    _may(user, CAN_REVIEW)
    month = _locked(signoff.month, State.PREPARED)
    signoff = _as_it_stands(signoff)
    if user.pk == signoff.prepared_by_id:
        raise UserError(
            f"You prepared {month_name(month.period)} yourself. Somebody else must review it: a month takes two people."
        )
    if record.figures(signoff.run) != {name: signoff.figures[name] for name in record.figures(signoff.run)}:
        raise UserError("The figures are not those that were prepared. Have whoever runs Libra verify the record.")
    signoff.reviewed_by, signoff.reviewed_at, signoff.reviewed_comment = user, now(), comment.strip()
    signoff.save(update_fields=["reviewed_by", "reviewed_at", "reviewed_comment"])
    log = log_sheet.freeze(month).sha256
    _close_or_open(month, State.SIGNED_OFF)
    _record(
        "month.signed_off", signoff, user, comment=signoff.reviewed_comment, prepared_by=signoff.prepared_by, log=log
    )
    make_pack(signoff, user)
    return signoff


@transaction.atomic
def pack_again(signoff: SignOff, user: User) -> Job:
    """Start to make the pack where making it failed. Raises UserError when the month is not signed off."""
    _may(user, CAN_REVIEW)
    _locked(signoff.month, State.SIGNED_OFF)
    return make_pack(_as_it_stands(signoff), user)


def make_pack(signoff: SignOff, user: User) -> Job:
    """Return the job that makes the pack of a signed-off month: one, however often it is asked for."""
    same = Job.objects.filter(task="reconcile.pack", arguments__signoff=signoff.pk)
    going = same.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
    title = f"Making the pack of {month_name(signoff.month.period)}"
    return going or enqueue("reconcile.pack", title, {"signoff": signoff.pk}, user)


@transaction.atomic
def take_back(signoff: SignOff, user: User, reason: str = "") -> SignOff:
    """Withdraw the preparer's signature before the review: the month is in work again."""
    month = _locked(signoff.month, State.PREPARED)
    signoff = _as_it_stands(signoff)
    if user.pk != signoff.prepared_by_id:
        _may(user, CAN_REOPEN)
    _withdraw(signoff, user, reason)
    Month.objects.filter(pk=month.pk).update(state=State.OPEN)
    _record("month.signature_withdrawn", signoff, user, reason=signoff.withdrawn_reason)
    return signoff


@transaction.atomic
def reopen(month: Month, user: User, reason: str) -> SignOff:
    """Undo a complete sign-off. Both signatures and the reason stay visible, and so does the pack."""
    _may(user, CAN_REOPEN)
    if not reason.strip():
        raise UserError("Say why the month is re-opened. The reason stays with it for good.")
    month = _locked(month, State.SIGNED_OFF)
    signoff = standing(month)
    assert signoff is not None, "a month that is signed off has a sign-off"
    _withdraw(signoff, user, reason)
    log_sheet.withdraw(month)
    _close_or_open(month, State.OPEN)
    _record("month.reopened", signoff, user, reason=signoff.withdrawn_reason)
    return signoff


def _close_or_open(month: Month, state: State) -> None:
    """Set the month's state, and let the months in work follow: what their files say of it is, or is no longer, an
    adjustment.
    """
    others = Month.objects.select_for_update().filter(state=State.OPEN).exclude(pk=month.pk).order_by("period")
    periods = [each.pk for each in others]
    Month.objects.filter(pk=month.pk).update(state=state)
    for run in Run.objects.filter(month__in=periods, current=True).select_related("month").order_by("month__period"):
        adjustments.note(run)


def _withdraw(signoff: SignOff, user: User, reason: str) -> None:
    signoff.withdrawn_by, signoff.withdrawn_at, signoff.withdrawn_reason = user, now(), reason.strip()
    signoff.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])


def _may(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied(refusal(user, permission))


def _locked(month: Month, state: State) -> Month:
    """Lock the month's row until the transaction ends. Raises UserError when it is not in this state any more."""
    if not Month.objects.filter(pk=month.pk, state=state).update(state=F("state")):
        raise UserError(f"{month_name(month.period)} is {where(Month.objects.get(pk=month.pk))}. Nothing was changed.")
    return Month.objects.get(pk=month.pk)


def where(month: Month) -> str:
    """Say where a month stands: 'in work', 'prepared by alice', 'signed off'."""
    signoff = standing(month) if month.state == State.PREPARED else None
    return f"prepared by {signoff.prepared_by.get_username()}" if signoff else month.get_state_display()


def _as_it_stands(signoff: SignOff) -> SignOff:
    """Read a sign-off again under the month's lock. Raises UserError when it was withdrawn in the meantime."""
    found = standing(signoff.month)
    if found is None or found.pk != signoff.pk:
        raise UserError("That signature was taken back in the meantime. Nothing was changed.")
    return found


def _record(kind: str, signoff: SignOff, user: User, **more: Any) -> Event:
    if "prepared_by" in more:
        more["prepared_by"] = more["prepared_by"].get_username()
    return audit.record(
        kind,
        user,
        [f"month:{signoff.month.period}", subject(signoff)],
        period=signoff.month.period,
        run=signoff.run.number,
        digest=signoff.digest,
        files=[{"name": each["name"], "sha256": each["sha256"]} for each in signoff.figures["files"]],
        **more,
    )


def subject(signoff: SignOff) -> str:
    return f"signoff:{signoff.code}"


def check() -> Iterator[Broken]:
    """Compare every sign-off with what the record told of it, those that stand with what is stored, and the frozen
    sheets of the Log.
    """
    for signoff in SignOff.objects.select_related("month", "run"):
        events = audit.about(subject(signoff))
        event = events.filter(kind="month.prepared").first()
        name = f"the sign-off of {month_name(signoff.month.period)}"
        if event is None:
            yield Broken(0, f"Nothing in the record tells of {name}.")
            continue
        said = f"Event {event.number} ({event.kind})"
        if digest(signoff.figures) != audit.as_data(event)["digest"]:
            yield Broken(event.number, f"{said} recorded other figures of {name} than are stored now.")
        if digest(signoff.decisions) != signoff.figures["decisions"]["sha256"]:
            yield Broken(event.number, f"{said} recorded other decisions of {name} than are stored now.")
        held = record.figures(signoff.run)
        if signoff.withdrawn_at is None and held != {key: signoff.figures[key] for key in held}:
            yield Broken(event.number, f"{said} signed other figures of {name} than its run holds now.")
        yield from pack.check(signoff, events.filter(kind="month.pack_made").last())
    yield from log_sheet.check()
