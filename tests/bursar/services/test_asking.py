"""Libra asks Alma's REST for the fees of listed users, and goes on with them as with a report of fees."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bursar.models import Arrival, Export, Fee, OutFile
from bursar.services import alma_rest, converting, schedule, taking, vault
from core import audit, jobs
from core.models import Event, Job
from tests.bursar.services.alma_server import KEY, Alma, running
from tests.bursar.services.campus import Campus, somebody, whole
from tests.bursar.services.test_killed import POINTS, in_a_child, taken_up_again

_numbers = count(1)
OLD = {"creation_time": "2022-06-01T23:30:00.174Z"}  # the second of June by the clock of London


@pytest.fixture
def alma(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Alma]:
    monkeypatch.setattr(alma_rest, "_waits", lambda: [0.0])
    settings.TIME_ZONE, settings.LIBRA_CURRENCY = "Europe/London", "USD"
    with running() as server:
        settings.LIBRA_ALMA_URL, settings.ALMA_KEY = server.address, KEY
        yield server


@pytest.fixture
def campus(make_campus: Callable[..., Campus], alma: Alma) -> Campus:
    return make_campus(way="libra", libraries=["MAIN"])


def ask(campus: Campus, *lines: str, name: str = "") -> Job:
    """Give a list by hand, each under a name of its own."""
    name = name or f"users{next(_numbers)}.txt"
    stream = io.BytesIO("\n".join([*lines, ""]).encode())
    return jobs.run_now(taking.upload(campus.profile, name, stream, None))


def parts(export: Export) -> dict[str, tuple[int, int]]:
    """The parts that are not nothing: {name: (count, minor units)}."""
    return {
        name: (part["count"], sum(part["amount"].values())) for name, part in export.totals.items() if part["count"]
    }


def remarks() -> list[str]:
    return [each["message"] for each in Export.objects.get().problems]


def test_active_fees_of_listed_users_go_out_by_the_profile(campus: Campus, alma: Alma) -> None:
    alma.add(
        "01234", "F1", "12.50", **OLD, title="A book,\nof two lines", barcode={"value": "3908", "link": "x"},
        comment="Late", bursar_transaction_id="B1",
    )  # fmt: skip
    alma.add("01234", "F2", "-3.25", **OLD, type={"value": "CREDIT"})
    alma.add("01234", "F3", "7.00", **OLD, status={"value": "INDISPUTE"})
    alma.add("09876", "F4", "50.00", **OLD, owner={"value": "LAW"})
    alma.add("09876", "F5", "0.29", **OLD, owner={"value": "01CORNELL_INST"})
    alma.add("55555", "F6", "9.00", **OLD)
    job = ask(campus, "01234", "09876")
    assert job.state == Job.State.DONE, job.outcome
    assert "Alma was asked for the active fees of users: 2; it refused: 0." in job.outcome
    [export] = Export.objects.all()
    assert parts(export) == {
        "source": (4, 5954), "charges": (2, 1279), "reversals": (1, -325), "staying": (1, 5000)
    }  # fmt: skip
    assert remarks() == ["The owner “01CORNELL_INST” was taken for the institution, not for a library: fees 1."]
    xml = OutFile.objects.get(kind="export")
    read = converting.read(vault.where(xml.path), xml.name, "USD").fees.set_index("reference")
    assert (sorted(read.index), read["amount"].sum()) == (["B1", "F2", "F5"], 954)
    one = read.loc["B1"]
    assert (one["user_id"], one["fee_type"], one["library_code"], one["barcode"], one["comment"]) == (
        "01234", "OVERDUEFINE", "MAIN", "3908", "Late"
    )  # fmt: skip
    assert (one["title"], str(one["date"]), read.loc["F5", "library_code"]) == (
        "A book,\nof two lines", "2022-06-02 00:30:00", ""
    )  # fmt: skip
    assert Fee.objects.get(fee_id="F1").title == "A book,\nof two lines"
    assert len(campus.lines()) == 3
    whole(campus.profile)


def test_asked_again_it_charges_nothing_again_whatever_is_left(campus: Campus, alma: Alma) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    ask(campus, "01234")
    alma.happen("01234", "F1", "PAYMENT", "2.50")
    alma.add("01234", "F2", "4.00", **OLD)
    for _ in range(2):
        assert ask(campus, "01234").state == Job.State.DONE
    assert sorted(Fee.objects.values_list("fee_id", "amount")) == [("F1", 1250), ("F2", 400)]
    report = "Primary Identifier,Fine Fee Id,Fine Fee Type,Remaining Amount\n01234,F1,Overdue fine,10\n"
    jobs.run_now(taking.upload(campus.profile, "fees.csv", io.BytesIO(report.encode()), None))
    assert parts(Export.objects.first()) == {"source": (1, 1000), "staying": (1, 1000)}
    assert len(campus.lines()) == 2


def test_a_fee_that_alma_exported_is_known_by_its_reference(campus: Campus, alma: Alma) -> None:
    campus.arrive(somebody("01234", "12.50"))
    campus.run()
    alma.add("01234", "F1", "12.50", **OLD, bursar_transaction_id="INST012340001")
    ask(campus, "01234")
    assert parts(Export.objects.first()) == {"source": (1, 1250), "staying": (1, 1250)}
    assert len(campus.lines()) == 1


def test_who_owes_something_here_is_asked_for_too(campus: Campus, alma: Alma) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    ask(campus, "01234")
    alma.add("01234", "F2", "4.00", **OLD)
    alma.strangers = {"01234"}
    ask(campus, "55555")
    assert Export.objects.first().problems[0]["message"] == (
        "The user of the fee F1: Alma refused it (HTTP 400): User with identifier … was not found. None of this "
        "user's fees was taken."
    )
    alma.strangers = set()
    ask(campus, "Primary Identifier", name="nobody.csv")
    assert Fee.objects.filter(fee_id="F2").exists()


def test_a_user_whom_alma_refuses_is_said_and_stops_nobody(campus: Campus, alma: Alma) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    alma.strangers = {"401", "402"}
    job = ask(campus, "401", "01234", "402")
    assert "of users: 3; it refused: 2." in job.outcome
    assert [each.partition(":")[0] for each in remarks()] == ["Row 1 of the list", "Row 3 of the list"]
    assert len(campus.lines()) == 1
    alma.strangers.add("01234")
    assert "Alma took none of the users that it was asked for." in ask(campus, "402").outcome


def test_groups_and_names_come_with_the_list(make_campus: Callable[..., Campus], alma: Alma) -> None:
    campus = make_campus(way="two_way", libraries=["MAIN"], user_groups=["Students"], identifier_type="02")
    for user in ("01234", "05678", "09999"):
        alma.add(user, f"F{user}", "12.50", **OLD)
    ask(
        campus, "Full Name,Primary Identifier,User Group", '"Doe, Jane",01234,Students', ",05678,Staff", ",09999,",
        name="users.csv",
    )  # fmt: skip
    assert parts(Export.objects.get()) == {"source": (3, 3750), "charges": (1, 1250), "staying": (2, 2500)}
    assert Fee.objects.values_list("user_id_text", "name", "state").get() == ("01234", "Doe, Jane", "active")
    groups, sort = remarks()
    assert "nothing says their user's: 1. Give the list of users a column User Group." in groups
    assert "by their primary identifier, the profile by “02”" in sort


def test_somebody_listed_twice_by_two_identifiers_is_charged_once(campus: Campus, alma: Alma) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    alma.fees["B99", "F1"] = alma.fees["01234", "F1"]
    ask(campus, "B99", "01234", "B99")
    assert Fee.objects.get().user_id_text == "01234"
    assert parts(Export.objects.get())["source"] == (1, 1250)


@pytest.mark.parametrize("wrong", ["away", "key", "unset"])
def test_an_alma_that_cannot_be_asked_stores_nothing_and_is_asked_next_time(
    campus: Campus, alma: Alma, settings: Any, wrong: str
) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    (campus.into / "users.txt").write_text("01234\n55555\n")
    if wrong == "away":
        alma.bad = [200, 503]
    else:
        settings.ALMA_KEY = {"key": "another", "unset": ""}[wrong]
    job = campus.run()
    assert job.state == Job.State.FAILED
    assert {"away": "did not answer", "key": "Invalid API Key", "unset": "sets LIBRA_ALMA_URL"}[wrong] in job.outcome
    assert not Export.objects.exists()
    assert not Arrival.objects.exists()
    settings.ALMA_KEY = KEY
    assert campus.run().state == Job.State.DONE
    assert campus.run().outcome == "No new file waits."
    assert len(campus.lines()) == 1


def test_users_who_owe_nothing_make_no_file(campus: Campus, alma: Alma) -> None:
    job = ask(campus, "01234")
    assert job.state == Job.State.DONE, job.outcome
    assert "nothing in it" in job.outcome
    assert not campus.lines()


def test_lists_are_known_by_their_content_and_refused_where_alma_exports(
    make_campus: Callable[..., Campus], alma: Alma
) -> None:
    campus = make_campus(way="alma")
    assert "this profile takes what Alma exports" in ask(campus, "01234").outcome
    (campus.into / "readme.txt").write_text("Exports come here.")
    assert campus.run().outcome == "No new file waits."
    assert "A report of fees needs" in ask(campus, "Primary Identifier,Fine Fee Id", "01234,F1").outcome
    assert not alma.asked


def test_a_list_with_a_row_that_names_nobody_is_refused_whole(campus: Campus, alma: Alma) -> None:
    ask(campus, "User Group,Primary Identifier", "Staff,", "Staff,01234", "x")
    assert [each["message"] for each in Arrival.objects.get().problems] == [
        f"Row {row} of the list names no user: correct the list." for row in (2, 4)
    ]
    assert not alma.asked


def test_the_record_names_no_borrower(campus: Campus, alma: Alma) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    ask(campus, "01234")
    assert "01234" not in " ".join(event.data + str(event.subjects) for event in Event.objects.all())
    assert not list(audit.verify())


@pytest.mark.slow
def test_killed_anywhere_each_fee_is_charged_once(
    transactional_db: None, data: Path, alma: Alma, tmp_path: Path
) -> None:
    alma.add("01234", "F1", "12.50", **OLD)
    alma.add("01234", "F2", "3.00", **OLD)

    def waits(number: int) -> tuple[Campus, Job]:
        code = f"LIB{number}"
        campus = Campus(tmp_path / code, code=code, campus=code, way="libra", libraries=["MAIN"])
        (campus.into / f"{code}-users.txt").write_text("01234\n55555\n")
        return campus, schedule.start(campus.profile)

    campus, job = waits(0)
    total = in_a_child(job, 0)
    assert total > POINTS
    for number in range(1, total + 1, max(1, total // POINTS)):
        campus, job = waits(number)
        in_a_child(job, number)
        again = taken_up_again(job)
        assert again.state == Job.State.DONE, (number, again.outcome)
        campus.run()
        assert sorted(Fee.objects.filter(profile=campus.profile).values_list("fee_id", "amount")) == [
            ("F1", 1250), ("F2", 300)
        ]  # fmt: skip
        assert len(campus.lines()) == 2
        assert campus.profile.exports.count() == 1
        whole(campus.profile)
    assert not list(audit.verify())
