from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from core import audit
from core.models import Event


class Command(BaseCommand):
    help = "Go through the whole record and say what does not hold. Ends with 1 when something does not, else with 0."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = list(chain(audit.verify(), *(check() for check in audit.checks())))
        for one in broken:
            self.stderr.write(one.said)
        if broken:
            self.stderr.write(f"The record does not hold. What is wrong with it: {len(broken)} in all.")
            raise SystemExit(1)
        self.stdout.write(f"The record holds. Events, none of them changed or missing: {Event.objects.count():,}.")
