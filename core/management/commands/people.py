from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import people, second_factor
from core.models import User
from core.roles import ROLES

ACTIONS = ("add", "set", "campus", "reset_second_factor")


class Command(BaseCommand):
    help = (
        "Make one sign-in per role and show their passwords, once. "
        "With --add and --role, make one more; the other options change one that is there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--add", metavar="NAME", help="make a sign-in in the roles given by --role")
        what.add_argument("--set", metavar="NAME", help="give a sign-in exactly the roles given by --role")
        what.add_argument("--campus", metavar="NAME", help="take its password away: from now on the campus vouches")
        what.add_argument("--reset-second-factor", metavar="NAME", help="let it set up a new second factor")
        parser.add_argument("--role", choices=ROLES, action="append", help="what the person may do; may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        roles = options["role"] or []
        if bool(options["add"] or options["set"]) != bool(roles):
            raise CommandError("Give both --add NAME and --role ROLE (or --set NAME and --role ROLE), or neither.")
        chosen = next(((key, options[key]) for key in ACTIONS if options[key]), None)
        if chosen is None:
            self.show(people.add_one_per_role())
            return
        action, name = chosen
        there = User.objects.filter(username=name).exists()
        if action == "add":
            if there:
                raise CommandError(f"{name} has a sign-in already. A new password: manage.py changepassword {name}")
            self.show({name: people.add(name, *roles)})
            return
        if not there:
            raise CommandError(f"Nobody here is called {name}.")
        self.stdout.write(self.change(action, name, roles))

    def change(self, action: str, name: str, roles: list[str]) -> str:
        """Change somebody's sign-in and return what was done, as a sentence."""
        if action == "set":
            people.set_roles(name, roles)
            return f"{name} may now do what these roles may: {', '.join(roles)}."
        if action == "campus":
            people.hand_to_campus(name)
            return f"{name} has no password here any more. The campus's next sign-in by that name is this one."
        had = second_factor.reset(User.objects.get(username=name))
        return f"{name} sets up a new second factor at the next sign-in." if had else f"{name} has no second factor."

    def show(self, made: dict[str, str]) -> None:
        if not made:
            self.stdout.write("There are sign-ins already; none was made.")
            self.stdout.write("A new password for one: .venv/bin/python manage.py changepassword NAME")
            return
        self.stdout.write("Sign in as (passwords are shown this once; keep them):")
        width = max(map(len, made))
        for name, password in made.items():
            self.stdout.write(f"  {name:<{width}}  {password}")
