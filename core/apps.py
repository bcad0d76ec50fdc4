from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Libra"

    def ready(self) -> None:
        from core import roles, signals  # noqa: F401  # connects what records sign-ins

        roles.check_campus_roles()
        post_migrate.connect(roles.write_roles, sender=self)
