"""Where a profile's files come from and go to: below a connection of the settings, or in Libra's own folder."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

from django.conf import settings

from bursar.models import OutFile, Profile
from core.jobs import UserError
from core.transports import Connection

from . import reporting

DELIVERED = ("charges", "reversals", "all")  # kinds of files that go to student finance; lists stay in Libra
OWN = "bursar/exchange"  # below LIBRA_DATA_DIR, a folder for each profile without a connection
ALL = (*DELIVERED, "import")
Place = tuple[Connection, str]  # and the folder below it


def incoming(profile: Profile) -> Place:
    """Return where Alma's exports arrive: Alma's "output path"."""
    return _connection(profile, profile.connection), profile.output_path


def returning(profile: Profile) -> Place | None:
    """Return where the student system's return files arrive; None where people load them by hand."""
    if not profile.return_path:
        return None
    return _connection(profile, profile.delivery_connection or profile.connection), profile.return_path


def outgoing(profile: Profile, kind: str) -> Place | None:
    """Return where a made file of a kind goes; None when it stays in Libra."""
    if kind == "import":
        return (_connection(profile, profile.connection), profile.input_path) if profile.import_active else None
    if kind in DELIVERED and profile.delivery_path:
        return _connection(profile, profile.delivery_connection or profile.connection), profile.delivery_path
    return None


def undelivered(profile: Profile) -> list[OutFile]:
    """Return the made files that have a place to go to and are not there, the oldest first; without those
    whose delivery is in doubt.
    """
    kinds = [kind for kind in DELIVERED if outgoing(profile, kind)]
    files = OutFile.objects.filter(export__profile=profile, delivered_at=None, kind__in=kinds)
    if profile.import_active:
        files = files | reporting.undelivered(profile)
    files = files.filter(doubt=False).exclude(path="").exclude(part=reporting.BY_HAND)
    return list(files.select_related("export__profile").order_by("pk"))


def others_in(profile: Profile) -> list[Profile]:
    """Return the other profiles whose files arrive in the same place."""
    here = incoming(profile)
    return [each for each in Profile.objects.exclude(pk=profile.pk) if _same(incoming_or_none(each), here)]


def incoming_or_none(profile: Profile) -> Place | None:
    try:
        return incoming(profile)
    except UserError:
        return None


def _same(one: Place | None, other: Place) -> bool:
    return one is not None and one[0] == other[0] and one[1].strip("/") == other[1].strip("/")


def sweep(last: date) -> None:
    """Remove what has lain in Libra's own folder since before a day: it names borrowers, and is taken long since."""
    oldest = datetime.combine(last, time(), UTC).timestamp()
    for path in (Path(settings.DATA_DIR) / OWN).rglob("*"):
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _connection(profile: Profile, name: str) -> Connection:
    if not name:
        folder = Path(settings.DATA_DIR) / OWN / profile.code
        for path in (profile.output_path, profile.input_path, profile.delivery_path, profile.return_path):
            (folder / path).mkdir(parents=True, exist_ok=True)
        return Connection("Libra's folder", "folder", str(folder))
    found = settings.BURSAR_CONNECTIONS.get(name)
    if found is None:
        raise UserError(
            f"{profile.code} goes by the connection {name}, which LIBRA_BURSAR_CONNECTIONS does not name any more."
        )
    assert isinstance(found, Connection)
    return found
