from __future__ import annotations

from django.apps import AppConfig


class ReconcileConfig(AppConfig):
    name = "reconcile"
    verbose_name = "Reconciliation"

    def ready(self) -> None:
        from core import audit
        from reconcile.services import record

        audit.checks.append(record.check)
