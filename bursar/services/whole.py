"""What every export has in common: it is stored whole or not at all, and the record says what was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bursar.models import Export, OutFile
from bursar.rules.sort import NotBalanced
from core import audit
from core.jobs import UserError
from core.models import User

from . import vault


@contextmanager
def stored() -> Iterator[None]:
    """Say in a sentence what can stand against storing: a full disk, a total that no header holds, a wrong sum."""
    try:
        with vault.room():
            yield
    except (NotBalanced, OverflowError) as error:
        raise UserError(f"{error} Nothing was stored, and nothing sent.") from error


def record(export: Export, files: Iterable[OutFile], user: User | None) -> None:
    """Write an export and the files that were made of it into the record."""
    told = [{"name": each.name, "sha256": each.sha256, "count": each.count, "amount": each.amount} for each in files]
    audit.record(
        "bursar.export", user, [f"bursar-profile:{export.profile.code}", f"bursar-export:{export.code}"],
        profile=export.profile.code, name=export.name, bursar_totals=export.totals, made_files=told,
    )  # fmt: skip
