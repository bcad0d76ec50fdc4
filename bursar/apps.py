from __future__ import annotations

from django.apps import AppConfig


class BursarConfig(AppConfig):
    name = "bursar"
    verbose_name = "Fines and fees"

    def contribute(self) -> None:
        from bursar.services import month_record, payment_record, record, schedule, signing
        from core import audit, sweeper, words

        words.add(record.KINDS, record.PARTICULARS, record.WRITTEN, record.SUBJECTS)
        words.add(payment_record.KINDS, payment_record.PARTICULARS, subjects=payment_record.SUBJECTS)
        words.add(month_record.KINDS, month_record.PARTICULARS, month_record.WRITTEN, month_record.SUBJECTS)
        audit.add(signing.check)
        sweeper.chores.append(schedule.chores)
