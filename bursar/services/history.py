"""What a profile's jobs did: that a job is completed says only that it ended; beside it stands what was accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bursar.models import Export, Profile
from core.models import Job

from . import places, reversing

TASKS = ("bursar.run", "bursar.import", "bursar.alma", "bursar.upload", "bursar.again", "bursar.deliver")


@dataclass(frozen=True, slots=True)
class Entry:
    """A job, its files by what became of them, and its totals by part (see totals.PARTS)."""

    job: Job
    files: dict[str, int]
    totals: dict[str, Any]
    delivered: int
    undelivered: int


def entries(profile: Profile, most: int = 50) -> list[Entry]:
    """Return the profile's jobs, the latest first."""
    jobs = Job.objects.filter(task__in=TASKS, arguments__profile=profile.pk).order_by("-pk")[:most]
    return [_entry(job) for job in jobs]


def _entry(job: Job) -> Entry:
    told = job.result if "files" in job.result else next(iter(job.result.get("problems", [])), {})
    files = {state: count for state, count in told.get("files", {}).items() if count}
    return Entry(job, files, told.get("totals", {}), told.get("delivered", 0), told.get("undelivered", 0))


def accepted(export: Export) -> str:
    """Say of an export what is known of it at the other end: that it was delivered is not that it was accepted."""
    waiting = export.files.filter(delivered_at=None, kind__in=places.DELIVERED)
    if waiting.filter(doubt=True).exists():
        return "Whether student finance has it is in doubt."
    if waiting.exists():
        return "Not delivered yet." if export.profile.delivery_path else "Its files wait here to be fetched."
    if export.kind == reversing.KIND:
        return "Delivered: student finance takes it from there."
    paid = export.fees.exclude(ended="").count()
    sent = export.fees.filter(events__kind="sent").count()
    return f"Delivered. Of {sent:,} fees sent, {paid:,} have come back as settled; of the others nothing is known yet."
