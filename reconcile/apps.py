from __future__ import annotations

from django.apps import AppConfig


class ReconcileConfig(AppConfig):
    name = "reconcile"
    verbose_name = "Reconciliation"

    def contribute(self) -> None:
        from core import audit, live, sweeper, words
        from reconcile.services import bill_record, budget_record, log_record, order_news, order_record, record, signoff
        from reconcile.web.live import TABLES

        audit.add(record.check, signoff.check, budget_record.check)
        words.add(record.KINDS, record.PARTICULARS, subjects=record.SUBJECTS)
        words.add(bill_record.KINDS, bill_record.PARTICULARS, subjects=bill_record.SUBJECTS)
        words.add(order_record.KINDS, order_record.PARTICULARS, subjects=order_record.SUBJECTS)
        words.add(budget_record.KINDS, budget_record.PARTICULARS, budget_record.WRITTEN, budget_record.SUBJECTS)
        words.add(subjects=log_record.SUBJECTS)
        words.add(signoff.KINDS, signoff.PARTICULARS, subjects=signoff.SUBJECTS)
        live.add(*TABLES)
        sweeper.chores.append(order_news.when_due)
