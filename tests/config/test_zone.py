"""The time zone of the site, by which schedules go and days begin."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def test_a_time_zone(monkeypatch):
    monkeypatch.setenv("LIBRA_TIME_ZONE", "America/Phoenix")
    assert env.zone("LIBRA_TIME_ZONE", "Europe/London") == "America/Phoenix"
    monkeypatch.delenv("LIBRA_TIME_ZONE")
    assert env.zone("LIBRA_TIME_ZONE", "Europe/London") == "Europe/London"


@pytest.mark.parametrize("name", ["EST5", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_what_is_no_time_zone(monkeypatch, name):
    monkeypatch.setenv("LIBRA_TIME_ZONE", name)
    with pytest.raises(ImproperlyConfigured, match=f"LIBRA_TIME_ZONE is '{name}'. Write a time zone such as"):
        env.zone("LIBRA_TIME_ZONE", "Europe/London")
