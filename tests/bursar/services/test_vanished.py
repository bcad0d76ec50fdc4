"""OpenSSH's server between Libra, Alma and student finance: it may vanish at any step of a run, and each fee is charged
once, each payment told once.
"""

from __future__ import annotations

import pytest

from bursar.formats import export_xml
from bursar.formats.returns import shipped as returns
from bursar.models import Export, Fee
from bursar.services import delivering, schedule
from core import jobs
from core.models import Job
from core.transports.sftp import Sftp
from tests.bursar.services.campus import Campus, somebody, whole
from tests.core.openssh_server import OpenSSH

STEPS = ("look", "seen", "read", "write", "rename", "remove", "leftovers", "_sign_in")
ROWS = "Identifier,Reference,Amount,Date\n01234,INST012340001,12.50,2025-03-01\n"


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(delivering, "WAITS", (0, 0))
    made = OpenSSH(tmp_path)
    yield made
    made.vanish()


@pytest.fixture
def steps(monkeypatch, server):
    """Count what is asked of the server; when that comes to `fatal` it vanishes, and answers no more."""
    counted = {"steps": 0, "fatal": 0}

    def counting(name):
        real = getattr(Sftp, name)

        def step(self, *arguments):
            counted["steps"] += 1
            if counted["steps"] == counted["fatal"]:
                server.vanish()
            return real(self, *arguments)

        monkeypatch.setattr(Sftp, name, step)

    for name in STEPS:
        counting(name)
    return counted


def far(tmp_path, server, number):
    folder = tmp_path / f"campus{number}"
    own = {"code": f"LIB{number}", "campus": f"Campus {number}"}
    campus = Campus(folder, server.connection(folder), return_layout=returns()["csv"], return_path="back", **own)
    campus.arrive(somebody("01234", "12.50", "3"), job=1)
    campus.arrive(somebody("01235", "7"), job=2)
    (folder / "back").mkdir()
    (folder / "back" / "paid.csv").write_text(ROWS)
    return campus


def both(campus) -> list[str]:
    """Run both halves of a profile; return how each ended."""
    return [jobs.run_now(schedule.start(campus.profile, half)).state for half in ("export", "import")]


def seen(campus):
    """See that all is there once: with student finance, with Alma and in the ledger."""
    lines = sorted(line.split(",")[3] for line in campus.lines())
    assert lines == ["INST012340001", "INST012340002", "INST012350001"]
    [told] = list((campus.folder / "paid").iterdir())
    assert export_xml.read(told, told.name).total == {"USD": 1250}
    assert not [name for name in campus.delivered() if name.startswith(".")]
    assert campus.profile.exports.filter(state=Export.State.DELIVERED).count() == 2
    assert sorted(Fee.objects.filter(profile=campus.profile).values_list("balance", flat=True)) == [0, 300, 700]
    whole(campus.profile)


@pytest.mark.slow
def test_a_server_that_vanishes_at_any_step_loses_and_doubles_nothing(db, data, tmp_path, server, steps):
    campus = far(tmp_path, server, 0)
    assert both(campus) == [Job.State.DONE] * 2
    seen(campus)
    total = steps["steps"]
    assert total > 30
    for number in range(1, total + 1, max(1, total // 16)):
        campus = far(tmp_path, server, number)
        steps |= {"steps": 0, "fatal": number}
        assert Job.State.FAILED in both(campus)
        steps["fatal"] = 0
        server.start()
        assert both(campus) == [Job.State.DONE] * 2, number
        seen(campus)
        both(campus)  # and once more, without effect
        seen(campus)
