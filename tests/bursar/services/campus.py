"""A campus: a folder (or a server) that Alma writes exports into, one that student finance reads, and a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from bursar import tasks  # noqa: F401  # registers the jobs
from bursar.formats.layout import shipped
from bursar.models import Profile
from bursar.services import profiles, schedule
from core import jobs
from core.models import Job
from core.transports import Connection
from tests.bursar.made import export, fee, user


class Campus:
    """`folder` is the connection's own; exports arrive in its `in`, made files go to its `out`."""

    def __init__(self, folder: Path, connection: Connection | None = None, layout: str = "csv", **told: Any) -> None:
        self.folder = folder
        self.into, self.out = folder / "in", folder / "out"
        for path in (self.into, self.out, folder / "paid"):
            path.mkdir(parents=True, exist_ok=True)
        settings.BURSAR_CONNECTIONS = {"campus": connection or Connection("campus", "folder", str(folder))}
        fields = {
            "code": "LIB", "name": "Library fees", "connection": "campus", "output_path": "in", "delivery_path": "out",
            "layout": shipped().get(layout, layout), "import_active": True, "input_path": "paid",
        }  # fmt: skip
        self.profile = profiles.create(None, **fields | told)

    def arrive(self, *users: str, job: int = 1, name: str = "", number: str = "15216075870006761") -> Path:
        """Let Alma write an export."""
        path = self.into / (name or f"{self.profile.code}-{job}-{1_700_000_000_000 + job}.xml")
        path.write_text(export(*users, number=number), encoding="utf-8")
        return path

    def run(self, **told: Any) -> Job:
        """Run the profile as its job does, to the end."""
        return jobs.run_now(schedule.start(self.profile, **told))

    def delivered(self) -> dict[str, str]:
        """Return what student finance got, by name: everything in its folder, hidden files too."""
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(self.out.iterdir())}

    def lines(self) -> list[str]:
        """Return all lines that student finance got under a file's own name, without headings."""
        files = {name: text for name, text in self.delivered().items() if not name.startswith(".")}
        return [line for text in files.values() for line in text.splitlines()[1:]]


def somebody(identifier: str = "01234", *amounts: str, start: int = 1, **told: Any) -> str:
    """A borrower with a fee of each amount."""
    fees = [fee(amount, reference=f"INST{identifier}{place:04}", **told) for place, amount in enumerate(amounts, start)]
    return user(identifier, *fees)


def whole(profile: Profile) -> None:
    """See that in every export each fee has a place, to the cent."""
    for each in profile.exports.all():
        parts = {name: part for name, part in each.totals.items() if name != "source"}
        assert each.totals["source"]["count"] == sum(part["count"] for part in parts.values())
        for currency, amount in each.totals["source"]["amount"].items():
            assert amount == sum(part["amount"].get(currency, 0) for part in parts.values())
