"""Write a sign-off's pack in a process of its own: python -m … <code of the sign-off> <folder>."""

from __future__ import annotations

import sys
from pathlib import Path

import django


def main(code: str, folder: str) -> None:
    django.setup()
    from core.jobs import NullProgress
    from reconcile.models import SignOff
    from reconcile.services import pack

    signoff = SignOff.objects.get(code=code)
    for form in pack.FORMS:
        pack.write(signoff, form, Path(folder) / f"pack.{form}", NullProgress())


if __name__ == "__main__":
    main(*sys.argv[1:])
