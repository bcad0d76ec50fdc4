"""Files that wait in a profile's places: counted, and left where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bursar.models import Profile
from core.jobs import UserError
from core.transports import Failed, connect

from . import places, taking
from .places import Place


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one look at a place found: how many new files, or why it could not be looked at."""

    half: str  # export: Alma's files; import: student finance's
    place: str
    count: int = 0
    trouble: str = ""


def look(profile: Profile, *, servers: bool) -> Iterator[Waiting]:
    """Look at a profile's places: at this machine's folders, and at servers, which may take long to answer, where these
    are asked for.
    """
    for half, (connection, folder) in _places(profile):
        if connection.scheme != "folder" and not servers:
            continue
        try:
            with connect(connection) as there:
                found = taking.new(profile, there, folder, mine=half == "export")
        except Failed as error:
            yield Waiting(half, connection.name, trouble=str(error))
        else:
            yield Waiting(half, connection.name, len(found))


def far(profile: Profile) -> bool:
    """Say whether one of the profile's places is on a server."""
    return any(connection.scheme != "folder" for _, (connection, _) in _places(profile))


def _places(profile: Profile) -> list[tuple[str, Place]]:
    """Return the places that active halves of a profile look at; none where a connection is gone."""
    try:
        found = [("export", places.incoming(profile))] if profile.export_active else []
        back = places.returning(profile) if profile.import_active else None
    except UserError:
        return []
    return [*found, ("import", back)] if back else found
