"""The pack of a sign-off: a PDF to read and file, and the workbook to check it by. The same data gives the same bytes.

packs/<first two of SHA-256>/<SHA-256>, below LIBRA_DATA_DIR
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from core import audit
from core.audit import Broken
from core.dates import month_name
from core.jobs import Progress, UserError
from core.models import Event, User
from reconcile.models import SignOff

from . import vault
from .workbook import write_workbook

FORMS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def make(signoff: SignOff, user: User | None, progress: Progress) -> SignOff:
    """Make the pack, keep it, and record what was made. Safe to repeat.

    Raises UserError when the month is not signed off any more, Untied when the stored groups do not add up.
    """
    if signoff.reviewed_at is None or signoff.withdrawn_at is not None:
        raise UserError(f"{month_name(signoff.month.period)} is not signed off any more, so it gets no pack.")
    folder = vault.root() / "packs"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for form in FORMS:
        fresh = folder / f".{uuid.uuid4().hex}"
        try:
            write(signoff, form, fresh, progress)
            found.append(_keep(signoff, form, fresh))
        finally:
            fresh.unlink(missing_ok=True)
    with transaction.atomic():
        SignOff.objects.filter(pk=signoff.pk).update(pack=found)
        told = [{name: each[name] for name in ("name", "sha256", "size")} for each in found]
        subjects = [f"month:{signoff.month.period}", f"signoff:{signoff.code}"]
        audit.record("month.pack_made", user, subjects, period=signoff.month.period, digest=signoff.digest, files=told)
        name = month_name(signoff.month.period)
        progress.hold({"outcome": f"The pack of {name} is ready.", "url": f"/months/{signoff.month.period}/sign-off/"})
    signoff.pack = found
    return signoff


def write(signoff: SignOff, form: str, path: Path, progress: Progress) -> None:
    """Write one file of the pack, 'pdf' or 'xlsx'."""
    if form == "pdf":
        progress.stage("Writing the PDF")
        from .pack_paper import write_paper  # a PDF's tools take half a second to load, and only packs need them

        write_paper(signoff, path)
    else:
        write_workbook(signoff.run, path, progress, signoff=signoff)


def _keep(signoff: SignOff, form: str, fresh: Path) -> dict[str, Any]:
    content = hashlib.sha256(fresh.read_bytes()).hexdigest()
    path = Path("packs") / content[:2] / content
    target = vault.root() / path
    target.parent.mkdir(parents=True, exist_ok=True)
    size = fresh.stat().st_size
    fresh.replace(target)
    name = f"Libra {signoff.month.period} signed off.{form}"
    return {"form": form, "name": name, "path": str(path), "sha256": content, "size": size}


def where(signoff: SignOff, form: str) -> tuple[dict[str, Any], Path] | None:
    """Return a file of the pack and where it is kept; None while it is not made."""
    return next(((each, vault.root() / each["path"]) for each in signoff.pack if each["form"] == form), None)


def check(signoff: SignOff, event: Event | None) -> Iterator[Broken]:
    """Compare a pack with what the record told when it was made."""
    if event is None:
        return
    told = {each["name"]: each["sha256"] for each in audit.as_data(event)["files"]}
    for each in signoff.pack:
        path = vault.root() / each["path"]
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != told.get(each["name"]):
            yield Broken(
                event.number, f"Event {event.number} ({event.kind}) made another {each['name']} than is kept now."
            )
