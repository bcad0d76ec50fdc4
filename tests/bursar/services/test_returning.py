"""What student finance says was paid, taken by schedule, and Alma told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from bursar.formats import export_xml
from bursar.formats.returns import shipped
from bursar.models import Arrival, Fee, PaymentFile
from bursar.services import profiles, reporting, schedule
from core import jobs
from core.models import Job
from tests.bursar.services.campus import somebody


@pytest.fixture
def returning(make_campus):
    campus = make_campus(return_layout=shipped()["csv"], return_path="back")
    (campus.folder / "back").mkdir()
    campus.arrive(somebody("01234", "12.50", "3"))
    campus.run()
    return campus


def back(campus, *rows, name="paid.csv"):
    (campus.folder / "back" / name).write_text("\n".join(["Identifier,Reference,Amount,Date", *rows, ""]))


def run(campus):
    return jobs.run_now(schedule.start(campus.profile, "import"))


def test_a_return_file_closes_fees_and_alma_s_file_is_delivered(returning):
    back(returning, "01234,INST012340001,12.50,2025-03-10")
    job = run(returning)
    assert job.state == Job.State.DONE, job.outcome
    assert "paid.csv: 1 payments arrived." in job.outcome
    assert Fee.objects.get(reference="INST012340001").ended == "paid"
    (path,) = (returning.folder / "paid").iterdir()
    assert export_xml.read(path, path.name).total == {"USD": 1250}
    assert len(returning.delivered()) == 1  # student finance gets nothing of it


def test_again_has_no_effect_and_the_same_bytes_pay_nothing_again(returning):
    back(returning, "01234,INST012340001,12.50,2025-03-10")
    run(returning)
    assert run(returning).outcome == "No new file waits."
    back(returning, "01234,INST012340001,12.50,2025-03-10", name="again.csv")
    assert "again.csv was taken before: nothing is paid again." in run(returning).outcome
    assert PaymentFile.objects.count() == 1
    assert len(list((returning.folder / "paid").iterdir())) == 1


def test_a_file_that_cannot_be_read_is_refused_and_the_next_is_taken(returning):
    back(returning, "01234,INST012340001,much,2025-03-10", name="a.csv")
    back(returning, "01234,INST012340002,3,2025-03-10", name="b.csv")
    (returning.folder / "back" / "c.csv").touch()
    job = run(returning)
    assert "a.csv was refused, and nothing of it is stored" in job.outcome
    assert "c.csv is empty" in job.outcome
    assert Fee.objects.get(reference="INST012340002").ended == "paid"
    assert dict(Arrival.objects.filter(name__endswith=".csv").values_list("name", "state")) == {
        "a.csv": "refused", "b.csv": "taken", "c.csv": "refused"
    }  # fmt: skip


def test_an_inactive_import_does_not_run(returning):
    profiles.amend(returning.profile, None, import_active=False)
    assert run(returning).outcome == "LIB is not active for import. Switch that on first."


def test_by_schedule(returning):
    profiles.amend(returning.profile, None, import_schedule="daily 06:00")
    (job,) = schedule.check(now() + timedelta(days=1))
    assert job.task == "bursar.import"


def test_a_return_place_is_none_that_libra_writes_to(returning):
    for path in ("in", "out/"):
        with pytest.raises(jobs.UserError, match="Return files need a folder of their own"):
            profiles.amend(returning.profile, None, return_path=path)


def test_a_file_that_the_command_is_writing_is_left_to_it(returning):
    back(returning, "01234,INST012340001,12.50,2025-03-10")
    (returning.folder / "paid").rmdir()
    assert run(returning).state == Job.State.FAILED
    (claimed,) = reporting.claim(returning.profile)
    (returning.folder / "paid").mkdir()
    assert run(returning).state == Job.State.DONE
    assert not list((returning.folder / "paid").iterdir())
    reporting.let_go([claimed])
    run(returning)
    assert len(list((returning.folder / "paid").iterdir())) == 1
