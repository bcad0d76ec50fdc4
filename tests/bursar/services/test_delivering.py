"""Made files given to student finance, each once, over a line that may break anywhere."""

from __future__ import annotations

import pytest

from bursar.formats.layout import shipped
from bursar.models import Export, OutFile
from bursar.services import delivering, history, profiles, schedule, taking
from core import jobs
from core.models import Event, Job
from core.transports import folder as folders
from tests.bursar.made import export, fee, user
from tests.bursar.services.campus import Campus, somebody
from tests.core.sftp_server import Server


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(delivering, "WAITS", (0, 0))


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "campus")
    yield made
    made.stop()


@pytest.fixture
def far(db, data, tmp_path, server):
    """A campus behind an SFTP server."""
    return Campus(tmp_path / "campus", server.connection())


def test_by_sftp_from_alma_and_to_student_finance(far):
    far.arrive(somebody("01234", "12.50"))
    job = far.run()
    assert job.state == Job.State.DONE, job.outcome
    assert len(far.lines()) == 1
    assert Export.objects.get().state == Export.State.DELIVERED


def test_a_vanished_server_loses_nothing_and_says_so(far, server):
    far.arrive(somebody("01234", "12.50"))
    server.vanish()
    job = far.run()
    assert job.state == Job.State.FAILED
    assert "nothing answers at this address" in job.outcome
    assert not Export.objects.exists()
    server.start()
    assert far.run().state == Job.State.DONE
    assert len(far.lines()) == 1


def test_a_server_that_vanishes_before_the_delivery(far, server, monkeypatch):
    far.arrive(somebody("01234", "12.50"))
    deliver = delivering.deliver

    def vanished(*arguments):
        server.vanish()
        deliver(*arguments)

    monkeypatch.setattr(delivering, "deliver", vanished)
    job = far.run()
    assert job.state == Job.State.FAILED
    assert "1 fee (US$12.50) charged" in job.outcome  # what was accepted
    assert "is made and not delivered yet" in job.outcome  # and what was not
    assert "Libra tries again by itself" in job.outcome
    assert history.accepted(Export.objects.get()) == "Not delivered yet."
    monkeypatch.undo()
    server.start()
    monkeypatch.setattr(schedule, "WAIT", schedule.timedelta(0))
    (retry,) = schedule.deliver_again()
    assert not schedule.deliver_again()  # one is going
    assert jobs.run_now(retry).state == Job.State.DONE
    assert len(far.lines()) == 1
    assert not schedule.deliver_again()


def test_a_server_that_breaks_off_while_a_file_is_put(far, server):
    arrived = far.arrive(*[somebody(f"{number:05}", "12.50", itemTitle="x" * 500) for number in range(200)])
    server.patience = 70_000
    with arrived.rename(far.folder / "kept.xml").open("rb") as file:
        job = jobs.run_now(taking.upload(far.profile, "kept.xml", file, None))
    assert job.state == Job.State.FAILED
    assert far.lines() == []
    server.patience = None
    far.run()
    assert len(far.lines()) == 200
    assert [name for name in far.delivered() if name.startswith(".")] == []


def test_a_full_disk_at_the_other_end(far, server):
    far.arrive(somebody("01234", "12.50"))
    server.room = 10
    job = far.run()
    assert job.state == Job.State.FAILED
    assert "cannot be written" in job.outcome
    server.room = None
    far.run()
    assert len(far.lines()) == 1


def test_what_is_there_already_counts_as_delivered(campus):
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    file = OutFile.objects.get()
    OutFile.objects.update(delivered_at=None, part="")
    campus.run()
    file.refresh_from_db()
    assert file.delivered_at
    assert list(campus.delivered()) == [file.name]


def test_another_file_of_that_name_is_never_written_over(campus):
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    file = OutFile.objects.get()
    (campus.out / file.name).write_text("somebody else's")
    OutFile.objects.update(delivered_at=None, part="")
    job = campus.run()
    assert job.state == Job.State.FAILED
    assert f"there is another file named {file.name}. Move it away" in job.outcome
    assert campus.delivered() == {file.name: "somebody else's"}
    (campus.out / file.name).unlink()
    assert campus.run().state == Job.State.DONE
    assert len(campus.lines()) == 1


def cut_off_before_the_name(campus, monkeypatch):
    """Deliver as far as the temporary name, and break off."""
    rename = folders.Folder.rename

    def gone(self, old, new):
        raise folders.Failed("The power went.", again=False)

    monkeypatch.setattr(folders.Folder, "rename", gone)
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    monkeypatch.setattr(folders.Folder, "rename", rename)
    (part,) = campus.delivered()
    assert part.startswith(".libra-")
    return part


def test_a_delivery_cut_off_before_the_name_is_taken_up_there(campus, monkeypatch):
    part = cut_off_before_the_name(campus, monkeypatch)
    written = (campus.out / part).stat().st_ino
    campus.run()
    (name,) = campus.delivered()
    assert (campus.out / name).stat().st_ino == written  # the same file: it was not written again


def test_a_file_that_is_there_under_neither_name_is_never_sent_twice_by_itself(campus, monkeypatch, alice):
    part = cut_off_before_the_name(campus, monkeypatch)
    (campus.out / part).unlink()  # its name was given, and student finance has taken it
    job = campus.run()
    assert job.state == Job.State.FAILED
    assert "Student finance has most likely taken it. Ask them" in job.outcome
    assert campus.delivered() == {}
    assert campus.run().state == Job.State.DONE  # asked once, not every time
    assert history.accepted(Export.objects.get()) == "Whether student finance has it is in doubt."
    file = OutFile.objects.get()
    delivering.was_taken(file, alice)
    assert Export.objects.get().state == Export.State.DELIVERED
    with pytest.raises(jobs.UserError, match="is not in doubt"):
        delivering.was_taken(file, alice)


def test_a_person_can_send_a_file_again(campus, monkeypatch, alice):
    part = cut_off_before_the_name(campus, monkeypatch)
    (campus.out / part).unlink()
    campus.run()
    delivering.again(OutFile.objects.get(), alice)
    campus.run()
    assert len(campus.lines()) == 1
    assert Event.objects.filter(kind="bursar.sent_again", actor=alice).count() == 1


def test_a_folder_that_is_gone_is_not_taken_for_a_file_that_was_taken(campus, monkeypatch):
    part = cut_off_before_the_name(campus, monkeypatch)
    campus.out.rename(campus.folder / "elsewhere")
    job = campus.run()
    assert job.state == Job.State.FAILED
    assert not OutFile.objects.get().doubt
    (campus.folder / "elsewhere").rename(campus.out)
    assert campus.run().state == Job.State.DONE
    assert part not in campus.delivered()
    assert len(campus.lines()) == 1


def test_a_file_that_has_no_place_to_go_to_is_delivered_by_whoever_fetches_it(campus, alice):
    profiles.amend(campus.profile, None, delivery_path="")
    campus.arrive(user("01234", fee("12.50"), fee("-3", "CREDIT")))
    campus.profile = profiles.amend(campus.profile, None, layout=shipped()["humboldt"].replace("^[09].{8}$", ""))
    assert campus.run().state == Job.State.DONE
    assert campus.delivered() == {}
    export = Export.objects.get()
    assert (export.state, history.accepted(export)) == (Export.State.MADE, "Its files wait here to be fetched.")
    first, second = OutFile.objects.exclude(kind="rejected").order_by("pk")
    delivering.fetched(first, alice)
    assert Export.objects.get().state == Export.State.MADE
    delivering.fetched(second, alice)
    assert Export.objects.get().state == Export.State.DELIVERED
    campus.profile = profiles.amend(campus.profile, None, delivery_path="out")
    campus.run()
    assert campus.delivered() == {}  # somebody has loaded them


def test_a_profile_without_a_connection_uses_libra_s_own_folder(db, data):
    profile = profiles.create(
        None, code="OWN", name="Own", output_path="in", delivery_path="out", layout=shipped()["csv"]
    )
    jobs.run_now(schedule.start(profile))
    folder = data / "bursar" / "exchange" / "OWN"
    assert (folder / "in").is_dir()
    (folder / "in" / "OWN-1-1.xml").write_text(export(somebody("01234", "12.50")))
    jobs.run_now(schedule.start(profile))
    assert len(list((folder / "out").iterdir())) == 1


def test_the_history_says_what_was_completed_and_what_was_accepted(campus):
    campus.arrive(somebody("01234", "12.50", "0"))
    campus.run()
    (campus.into / "broken.xml").write_text("<")
    campus.run()
    latest, first = history.entries(campus.profile)
    assert latest.files == {"refused": 1}
    assert first.files == {"taken": 1}
    assert first.totals["charges"] == {"count": 1, "amount": {"USD": 1250}}
    assert first.totals["nil"]["count"] == 1
    assert (first.delivered, first.undelivered) == (1, 0)
    assert history.accepted(Export.objects.get()) == (
        "Delivered. Of 1 fees sent, 0 have come back as settled; of the others nothing is known yet."
    )
