"""The example that `make run` makes."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from bursar.models import Export, Fee, Profile
from bursar.services import paying, profiles, schedule
from core.jobs import run_now


@pytest.mark.django_db
@override_settings(LIBRA_BURSAR_SETTLE=0)
def test_the_example_shows_each_thing_once(data_dir, capsys):
    from django.utils.timezone import localdate

    call_command("bursar_demo")
    profile = Profile.objects.get()
    assert Export.objects.get().totals["rejected"]["count"] == 1
    job = run_now(schedule.start(profile))
    assert job.state == "done", job.outcome
    assert Export.objects.count() == 2
    assert Fee.objects.filter(state="waiting").count() == 1
    assert Fee.objects.filter(ended="credited", amount__gt=0).count() == 1
    with (data_dir / "example" / "bursar" / "payments.csv").open("rb") as stream:
        file = paying.take(profile, "payments.csv", stream, None, localdate())
    assert file.totals["exact"]["count"] > 10
    assert (file.totals["partial"]["count"], file.totals["unknown"]["count"]) == (1, 1)
    assert profiles.notes(profile)
    call_command("bursar_demo", "--if-empty")
    with pytest.raises(CommandError):
        call_command("bursar_demo")
