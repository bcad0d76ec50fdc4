"""Section 2 of alma-bursar.md, field by field, where a meaning is seen in files alone. Which fees are chosen is in
rules/test_select.py, what a profile may say in test_profiles.py.
"""

from __future__ import annotations

import io

from bursar.models import Export, Fee, OutFile
from bursar.services import exporting, history, places, profiles, taking, vault
from bursar.web.profile_form import ProfileForm
from bursar.web.profile_words import GROUPS, WORDS
from core import jobs
from core.models import Job
from tests.bursar.made import fee, user
from tests.bursar.services.campus import somebody

ALMA_S = {
    "code", "name", "description", "connection", "system", "system_name", "export_active", "days_before_export",
    "minimum", "identifier_type", "user_groups", "fee_types", "institutional", "libraries", "output_path",
    "export_schedule", "import_active", "input_path", "import_schedule",
}  # fmt: skip


def test_the_form_has_each_field_of_alma_s_with_its_meaning_and_none_is_left_out():
    shown = [name for title, names in GROUPS for name in names if title != "Libra’s own"]
    assert set(shown) == ALMA_S and len(shown) == len(ALMA_S)
    assert set(ProfileForm.base_fields) == {name for _, names in GROUPS for name in names}
    assert all(WORDS[name][1] for name in ALMA_S - {"description"})


def test_output_path_is_a_subfolder_of_the_connection_s_own_folder(campus):
    """Connection `Alma` and path `bursar` give `Alma/bursar`."""
    campus.profile = profiles.amend(campus.profile, None, output_path="in/bursar")
    campus.arrive(somebody("1", "5"))
    (campus.into / "bursar").mkdir()
    campus.arrive(somebody("2", "7"), job=2).rename(campus.into / "bursar" / "LIB-2-1.xml")
    campus.run()
    assert [each.user_id_text for each in Fee.objects.all()] == ["2"]


def test_user_identifier_type_stands_in_the_xml_that_libra_writes(make_campus, alice):
    campus = make_campus(way="libra", identifier_type="userName")
    rows = b"Primary Identifier,Fine Fee Id,Fine Fee Type,Remaining Amount,Transaction Date\n1,F1,Other,5,2022-02-01\n"
    job = jobs.run_now(taking.upload(campus.profile, "fees.csv", io.BytesIO(rows), alice))
    assert job.state == Job.State.DONE, job.outcome
    xml = OutFile.objects.get(kind="export")
    assert exporting.converting.read(vault.where(xml.path), xml.name, "USD").fees["user_type"].tolist() == ["userName"]


def test_user_identifier_type_other_than_that_of_alma_s_export_is_told(campus):
    campus.profile = profiles.amend(campus.profile, None, identifier_type="userName")
    campus.arrive(somebody("1", "5", "6"))  # whose type is 02
    campus.run()
    [told] = [each["message"] for each in Export.objects.get().problems]
    assert told.startswith("2 of its fees name their users by “02”, the profile by “userName”")


def test_import_active_decides_what_exported_means(make_campus):
    """Without it Alma has closed what was exported, and is told of no payment (test_balances.py lays it beside)."""
    campus = make_campus(import_active=False)
    assert any("Alma closes each fee as soon as it is exported" in note for note in profiles.notes(campus.profile))
    assert places.outgoing(campus.profile, "import") is None
    campus.profile = profiles.amend(campus.profile, None, import_active=True)
    assert not any("Alma closes" in note for note in profiles.notes(campus.profile))
    assert places.outgoing(campus.profile, "import")[1] == "paid"


def test_a_job_that_ended_well_says_beside_it_what_was_accepted(campus):
    """Alma's “Completed Successfully” says only that the job ended; so the fees and amounts are counted here."""
    campus.arrive(user("1", fee("5"), fee("0")), user("", fee("3")))
    assert campus.run().state == Job.State.DONE
    [entry] = history.entries(campus.profile)
    assert entry.totals["source"] == {"count": 3, "amount": {"USD": 800}}
    assert [entry.totals[name]["count"] for name in ("charges", "nil", "rejected")] == [1, 1, 1]
