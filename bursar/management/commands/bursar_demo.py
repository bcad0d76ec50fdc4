"""Fill an empty bursar with an example campus: a profile, one export taken in, one that waits, a file of payments."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from bursar.formats.layout import shipped
from bursar.formats.returns import shipped as shipped_returns
from bursar.models import Profile
from bursar.services import places, profiles, taking
from core.jobs import run_now
from core.models import Job

CODE = "EXAMPLE"


class Command(BaseCommand):
    help = "Make an example profile with fees. Refuses when there are profiles already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing, in silence, where there is a profile")

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        if Profile.objects.exists():
            if if_empty:
                return
            raise CommandError(
                "There are profiles here already. The example goes into an empty bursar only.", returncode=2
            )
        from bursar import example  # only this needs it

        made = example.make(CODE, localdate())
        folder = Path(settings.DATA_DIR) / "example" / "bursar"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (made.first, made.waiting, made.paid):
            (folder / name).write_bytes(content)
        profile = self.profile()
        place, below = places.incoming(profile)
        (Path(place.path) / below / made.waiting[0]).write_bytes(made.waiting[1])
        with (folder / made.first[0]).open("rb") as stream:
            job = run_now(taking.upload(profile, made.first[0], stream, None))
        if job.state != Job.State.DONE:
            raise CommandError(job.outcome, returncode=3)
        self.stdout.write(job.outcome)
        self.stdout.write(f"The bursar’s example files are in {folder}; {made.waiting[0]} waits for its first run.")

    def profile(self) -> Profile:
        return profiles.create(
            None, code=CODE, name="Example campus", description="Made by Libra, to try things out.",
            libraries=["MAIN", "LAW"], import_active=True, output_path="exports", input_path="imports",
            campus="Example", layout=shipped()["asu"], return_layout=shipped_returns()["csv"],
        )  # fmt: skip
