"""Telling people by mail what a run did. No mail names a borrower."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from .report import Report

log = logging.getLogger(__name__)


def tell(report: Report) -> bool:
    """Send what a run did to those whom the profile names; return whether a mail went. A run that found nothing and
    had nothing to deliver is no news. A mail server that does not take it stops nothing: the page says the same.
    """
    if not report.anything or not report.profile.tell:
        return False
    state = "something is in the way" if report.troubles else "done"
    text = render_to_string("mail/bursar.txt", {"report": report, "said": report.sentences()})
    letter = EmailMessage(f"{report.profile.code}: {state}", text, settings.DEFAULT_FROM_EMAIL, report.profile.tell)
    try:
        return bool(letter.send())
    except OSError:  # of which every refusal of a mail server is one
        log.warning("The mail server did not take the news of %s.", report.profile.code, exc_info=True)
        return False
