"""A return file whose run is killed, at any question to the database and any step on the disk: each payment counts
once, and Alma gets one file of it.
"""

from __future__ import annotations

import pytest

from bursar.formats.returns import shipped as returns
from bursar.models import Arrival, Fee, OutFile, Payment
from bursar.services import schedule
from core import audit, jobs
from core.models import Job
from tests.bursar.services.campus import Campus, somebody
from tests.bursar.services.test_killed import POINTS, in_a_child, taken_up_again


def prepared(tmp_path, number: int) -> tuple[Campus, Job]:
    """A campus of its own to which three fees are owed; student finance says that one is paid, and one in part."""
    campus = Campus(
        tmp_path / f"campus{number}", code=f"LIB{number}", campus=f"Campus {number}", return_layout=returns()["csv"],
        return_path="back",
    )  # fmt: skip
    campus.arrive(somebody("01234", "12.50", "3", "9"))
    assert campus.run().state == Job.State.DONE
    (campus.folder / "back").mkdir()
    rows = ("01234,INST012340001,12.50,2025-03-01", "01234,INST012340002,1.00,2025-03-01", "01234,NONE,2.00,2025-03-01")
    (campus.folder / "back" / "paid.csv").write_text("\n".join(("Identifier,Reference,Amount,Date", *rows)) + "\n")
    return campus, schedule.start(campus.profile, "import")


@pytest.mark.slow
def test_killed_anywhere_each_payment_counts_once(transactional_db, data, tmp_path):
    campus, job = prepared(tmp_path, 0)
    total = in_a_child(job, 0)
    assert total > POINTS
    seen(campus)
    for number in range(1, total + 1, max(1, total // POINTS)):
        campus, job = prepared(tmp_path, number)
        in_a_child(job, number)
        again = taken_up_again(job)
        assert again.state == Job.State.DONE, (number, again.outcome)
        seen(campus)
        jobs.run_now(schedule.start(campus.profile, "import"))  # and once more, without effect
        seen(campus)
    assert not list(audit.verify())


def seen(campus: Campus) -> None:
    """See that all is there once: in the ledger, and with Alma."""
    fees = Fee.objects.filter(profile=campus.profile)
    assert sorted(fees.values_list("state", "balance")) == [("closed", 0), ("transferred", 200), ("transferred", 900)]
    payments = Payment.objects.filter(file__profile=campus.profile)
    assert sorted(payments.values_list("verdict", "used")) == [("exact", 1250), ("partial", 100), ("unknown", 0)]
    assert payments.exclude(used=0).exclude(acknowledged_at=None).count() == 2
    [made] = OutFile.objects.filter(export__profile=campus.profile, kind="import")
    assert (made.count, made.amount, made.delivered_at is not None) == (2, 1350, True)
    assert [path.name for path in (campus.folder / "paid").iterdir()] == [made.name]
    assert Arrival.objects.filter(profile=campus.profile, state=Arrival.State.TAKEN).count() == 2
