"""Profiles: Alma's fields with Alma's rules."""

from __future__ import annotations

from datetime import date

import pytest

from bursar.formats.layout import shipped
from bursar.formats.returns import shipped as returns
from bursar.models import Profile
from bursar.rules.terms import Term
from bursar.services import profiles
from bursar.services.profiles import Item
from core import audit, words
from core.jobs import UserError
from core.models import Event

GOOD = {"code": "LIB1", "name": "Library fees", "layout": shipped()["csv"]}


@pytest.fixture(autouse=True)
def own(db, data):
    """Keep to this test's own folder."""


def wrong(**changes):
    """Return the faults of a profile by field."""
    with pytest.raises(UserError) as told:
        profiles.create(None, **GOOD | changes)
    assert not Profile.objects.exists()
    return {each["field"]: each["message"] for each in told.value.problems}


def test_a_profile_is_made_and_recorded(alice):
    made = profiles.create(alice, **GOOD, user_groups=["STUDENT"], fee_types=["OVERDUEFINE"], minimum=5)
    event = Event.objects.get(kind="bursar.profile_made")
    assert (event.actor, event.subjects) == (alice, ["bursar-profile:LIB1"])
    told = audit.as_data(event)["bursar_fields"]
    assert (told["minimum"], told["user_groups"], told["institutional"]) == (5, ["STUDENT"], True)
    assert profiles.filters(made).minimum == 5


@pytest.mark.parametrize("code", ["", "LIB-1", "LIB 1", "Bücher", "x" * 51])
def test_the_code_has_letters_and_digits_only(code):
    assert "letters and digits only" in wrong(code=code)["code"]


def test_a_code_is_taken_once_in_any_spelling():
    profiles.create(None, **GOOD)
    with pytest.raises(UserError, match="There is a profile lib1 already"):
        profiles.create(None, **GOOD | {"code": "lib1"})


def test_without_the_institution_s_fees_a_library_must_be_chosen():
    assert "Choose at least one library" in wrong(institutional=False)["libraries"]
    profiles.create(None, **GOOD, institutional=False, libraries=["MAIN"])


@pytest.mark.parametrize("minimum", [-1, 2.5, "10", True])
def test_the_minimum_is_a_whole_number(minimum):
    assert "whole number" in wrong(minimum=minimum)["minimum"]


@pytest.mark.parametrize("days", [-1, None, 1.5])
def test_the_days_before_export_are_a_whole_number_and_never_missing(days):
    assert "whole number" in wrong(days_before_export=days)["days_before_export"]


def test_a_minimum_keeps_credits_back_and_the_profile_says_so():
    assert any("no credit goes out" in told for told in profiles.notes(profiles.create(None, **GOOD, minimum=1)))
    none = profiles.create(None, **GOOD | {"code": "LIB2"}, minimum=0)
    assert not any("no credit" in told for told in profiles.notes(none))


def test_only_an_active_profile_can_be_scheduled():
    assert "Only an active profile" in wrong(export_active=False, export_schedule="daily 18:00")["export_schedule"]
    assert "Only an active profile" in wrong(import_schedule="daily 18:00")["import_schedule"]


def test_a_schedule_must_be_one():
    assert "“often” is no schedule" in wrong(export_schedule="often")["export_schedule"]


@pytest.mark.parametrize("path", ["/etc", "../other", "a/../../b", "a\\b", "a\x00b"])
def test_a_path_stays_below_its_connection(path):
    assert "below the connection's own" in wrong(output_path=path)["output_path"]


def test_libra_never_writes_where_it_reads():
    assert "would take its own" in wrong(output_path="a/b", delivery_path="a//b/")["delivery_path"]
    assert "would charge them again" in wrong(output_path="a", input_path="a", import_active=True)["input_path"]
    profiles.create(None, **GOOD, output_path="a", delivery_path="b", input_path="c", import_active=True)


def test_a_connection_must_be_one_of_the_settings():
    assert "There is no connection campus. LIBRA_BURSAR_CONNECTIONS names: none." in wrong(connection="campus").values()


def test_layouts_are_checked_and_all_their_faults_told():
    told = wrong(layout='code = "x"\ntitle = "X"\nform = "square"')["layout"]
    assert told
    assert "return_layout" in wrong(return_layout="no toml")
    profiles.create(None, **GOOD, return_layout=returns()["asu"])


def test_all_faults_are_told_at_once():
    assert set(wrong(code="-", name="", minimum=-1, system="other", tell=["nobody"])) == {
        "code", "name", "minimum", "system_name", "tell"
    }  # fmt: skip


def test_what_cannot_be_chosen():
    assert set(wrong(way="other way", system="abacus")) == {"way", "system"}


def test_a_change_is_recorded_with_what_was_before(alice):
    made = profiles.create(None, **GOOD)
    profiles.amend(made, alice, minimum=20)
    told = audit.as_data(Event.objects.get(kind="bursar.profile_changed"))
    assert told["changed_fields"] == [["minimum", None, 20]]
    assert words.particulars(told) == [("changed", "minimum: nothing → 20"), ("profile", "LIB1")]


def test_a_change_of_nothing_is_no_event(alice):
    made = profiles.create(None, **GOOD)
    profiles.amend(made, alice, name="Library fees ")
    assert not Event.objects.filter(kind="bursar.profile_changed").exists()


def test_a_wrong_change_changes_nothing(alice):
    made = profiles.create(None, **GOOD)
    with pytest.raises(UserError):
        profiles.amend(made, alice, minimum=-1, name="Other")
    made.refresh_from_db()
    assert (made.minimum, made.name) == (None, "Library fees")


def test_item_types_of_the_profile_go_before_the_layout_s_and_special_ones_first():
    special, plain = Item("OVERDUEFINE", "LAW", "+", "2", "Law"), Item("OVERDUEFINE", "", "", "1", "Overdue")
    made = profiles.create(None, **GOOD | {"layout": shipped()["asu"]}, item_types=[plain, special])
    layout = profiles.layout(made)
    assert layout.items[:2] == (special, plain)
    assert layout.item("overduefine", "LAW", "+") == special
    assert layout.item("OVERDUEFINE", "MAIN", "-") == plain
    assert layout.item("LOSTITEMREPLACEMENTFEE", "MAIN", "+").item_type == "531000000001"


def test_item_types_and_terms_are_checked():
    twice = [Item("A", "", "", "1"), Item("a", "", "", "2")]
    with pytest.raises(UserError, match="is there twice"):
        profiles.create(None, **GOOD, item_types=twice)
    overlapping = [Term("F", date(2025, 8, 1), date(2025, 12, 31)), Term("W", date(2025, 12, 1), date(2026, 1, 31))]
    with pytest.raises(UserError, match="both hold on 01/12/2025"):
        profiles.create(None, **GOOD, calendar=overlapping)


def test_tables_that_are_not_given_stay(alice):
    term = Term("1254", date(2025, 8, 1), date(2025, 12, 31))
    made = profiles.create(None, **GOOD, item_types=[Item("A", "", "", "1")], calendar=[term])
    made = profiles.amend(made, alice, name="Other")
    assert (len(profiles.items(made)), profiles.dated_terms(made)) == (1, [term])
    made = profiles.amend(made, alice, calendar=[])
    assert (len(profiles.items(made)), profiles.dated_terms(made)) == (1, [])
    told = audit.as_data(Event.objects.filter(kind="bursar.profile_changed").last())
    assert told["changed_fields"] == [["terms", ["1254 2025-08-01 – 2025-12-31"], []]]
