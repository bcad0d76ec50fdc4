from __future__ import annotations

from django.apps import AppConfig


class ReconcileConfig(AppConfig):
    name = "reconcile"
    verbose_name = "Reconciliation"

    def ready(self) -> None:
        from core import audit, words
        from reconcile.services import record, signoff

        audit.checks += [record.check, signoff.check]
        words.add(record.KINDS, record.PARTICULARS, subjects=record.SUBJECTS)
        words.add(signoff.KINDS, signoff.PARTICULARS, subjects=signoff.SUBJECTS)
