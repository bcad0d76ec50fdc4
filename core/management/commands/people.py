from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import people
from core.models import User
from core.roles import ROLES


class Command(BaseCommand):
    help = "Make one sign-in per role and show their passwords, once. With --add and --role, make one more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--add", metavar="NAME", help="the sign-in's name")
        parser.add_argument("--role", choices=ROLES, help="what the person may do")

    def handle(self, *args: Any, add: str | None, role: str | None, **options: Any) -> None:
        if bool(add) != bool(role):
            raise CommandError("Give both --add NAME and --role ROLE, or neither.")
        if add and role:
            if User.objects.filter(username=add).exists():
                raise CommandError(f"{add} has a sign-in already. A new password: manage.py changepassword {add}")
            made = {add: people.add(add, role)}
        else:
            made = people.add_one_per_role()
        if not made:
            self.stdout.write("There are sign-ins already; none was made.")
            self.stdout.write("A new password for one: .venv/bin/python manage.py changepassword NAME")
            return
        self.stdout.write("Sign in as (passwords are shown this once; keep them):")
        width = max(map(len, made))
        for name, password in made.items():
            self.stdout.write(f"  {name:<{width}}  {password}")
