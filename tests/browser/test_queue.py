"""The queue in a real browser: worked to nil by the keyboard alone and by the mouse alone; two people at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.jobs import NullProgress
from reconcile.models import Group, Run, Step
from reconcile.services import deciding, steps

from . import hundred
from .settled import settled, shown

pytestmark = pytest.mark.browser

MISMATCHES = "/months/2025-03/mismatches/"
# Looks every few milliseconds: a hundred waits of `expect`, which looks ever more rarely, take a minute by themselves.
ITEMS_LEFT = """left => new Promise((done, fail) => {
    const since = Date.now();
    const look = () => {
        const counted = document.querySelector("caption").textContent.startsWith(`${left} group`);
        const settled = !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling");
        if (counted && settled && document.activeElement.closest("tr[aria-current=true]")) done();
        else if (Date.now() - since > 20000) fail(`there are not ${left} items left, the next one chosen`);
        else setTimeout(look, 10);
    };
    look();
})"""


@pytest.fixture
def run(transactional_db: None, tmp_path: Path) -> Run:
    """Reconcile the month with a hundred open items, without a browser."""
    from reconcile.services import intake

    staged = intake.receive([(path.name, path.open("rb")) for path in hundred.write(tmp_path)], None)
    frames = {file.pk: frame for file, frame in intake.read_all(staged, NullProgress()) if frame is not None}
    return intake.take_in(staged, "2025-03", None, NullProgress(), frames=frames)


def waiting(run: Run) -> dict[str, int]:
    run.refresh_from_db()
    return {name: one["groups"] for name, one in run.counters["person"]["reasons"].items()}


def keep_few(run: Run, user: Any, *wanted: str) -> None:
    """Settle all that waits but these, so that a test begins near the end."""
    rest = Group.objects.filter(run=run, needs_person=True).exclude(alma_number__in=wanted)
    rest = rest.exclude(oracle_number__in=wanted)
    for outcome in ("only_in_alma", "only_in_oracle"):
        some = list(rest.filter(outcome=outcome).values_list("number", flat=True))
        deciding.alone(run, some, user, cause="timing", comment="For the test.")
    some = list(rest.filter(outcome__in=("suggested", "differs")).values_list("number", flat=True))
    deciding.accept(run, some, user, cause="unexplained", comment="For the test.")


def go_to(page: Page, number: str) -> None:
    """Move down the list, from its top, to an item."""
    for row in page.locator("a[data-row]").all_inner_texts():
        shown(page, row.split(" / ")[0])
        if number in row:
            return
        page.keyboard.press("j")
    raise AssertionError(f"{number} is not in the list")


def test_the_month_begins_with_a_hundred_open_items(run):
    assert waiting(run) == {"suggested": 25, "differs": 25, "missing_in_oracle": 25, "missing_in_alma": 25}


@pytest.mark.slow
def test_a_hundred_items_are_worked_to_nil_with_the_keyboard_alone(alice, page_of, run):
    page = page_of(alice, viewport={"width": 1280, "height": 900})
    page.goto(MISMATCHES)
    numbers = page.locator("a[data-row]").all_inner_texts()
    for key, number in (("j", numbers[1]), ("k", numbers[0])):
        page.keyboard.press(key)
        shown(page, number.split(" / ")[0])
    for left in range(100, 0, -1):
        page.evaluate(ITEMS_LEFT, left)
        why = page.locator(".pair details.ask").count()
        page.keyboard.press("Enter")
        if why:
            page.keyboard.type("Seen.")
            page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing in March 2025 needs a person")).to_be_visible()
    expect(page.locator("[data-say]")).to_contain_text("Nothing waits any more.")
    assert waiting(run) == {}
    assert Step.objects.filter(by=alice).count() == 100


@pytest.mark.slow
def test_a_hundred_items_are_worked_to_nil_with_the_mouse_alone(alice, page_of, run):
    page = page_of(alice, viewport={"width": 1280, "height": 900})
    page.goto(MISMATCHES)

    page.locator("a[data-row]").last.click()
    page.locator(".counts a", has_text="To confirm").click()
    for left in range(25, 20, -1):
        expect(page.locator("a[data-row]")).to_have_count(left)
        page.locator("#pair").get_by_role("button", name="Same invoice").click()
    expect(page.locator("a[data-row]")).to_have_count(20)
    page.get_by_role("link", name="All 20 of this list at once").click()
    page.get_by_role("button", name="Accept 20 items as the same invoices").click()
    expect(page.locator(".said")).to_contain_text("and 19 more: accepted.")
    page.locator("nav[aria-label='March 2025'] a", has_text="Mismatches").click()
    expect(page.locator("caption").first).to_contain_text("75 groups need a person")
    for reason in ("Differs", "Missing in Oracle", "Missing in Alma"):
        page.locator(".counts a", has_text=reason).click()
        page.get_by_role("link", name="All 25 of this list at once").click()
        page.wait_for_url(re.compile("/bulk/"))
        page.locator("select[name=cause]").select_option(index=1)
        page.locator("textarea").click()
        page.evaluate("document.activeElement.value = 'Spoken of with finance.'")  # dictated
        page.locator("form[aria-label=Decide] button").click()
        expect(page.locator(".said")).to_contain_text("and 24 more")
        page.locator("nav[aria-label='March 2025'] a", has_text="Mismatches").click()
    expect(page.get_by_text("Nothing in March 2025 needs a person")).to_be_visible()
    assert waiting(run) == {}


def test_what_is_ticked_is_added_up_and_put_together(alice, page_of, run):
    keep_few(run, alice, "ALMA-3000", "ALMA-3001", "ORA-4000", "DIFF-2000")
    page = page_of(alice, viewport={"width": 1280, "height": 900})
    page.goto(MISMATCHES)
    for number in page.locator("a[data-row]").all_inner_texts():
        shown(page, number)
        if not number.startswith("DIFF"):
            page.keyboard.press("Space")
        page.keyboard.press("j")
    expect(page.locator("[data-count]")).to_have_text("3 ticked")
    expect(page.locator("[data-sum=alma]")).to_have_text("£803.20")
    expect(page.locator("[data-sum=oracle]")).to_have_text("£600.20")
    expect(page.locator("[data-sum=difference]")).to_have_text("−£203.00")
    expect(page).to_have_url(re.compile("(tick=.*){3}"))
    settled(page)
    page.keyboard.press("m")
    page.locator("#ticked-cause").select_option("discount")
    page.locator("#ticked-comment").fill("A rebate for both.")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("put together")
    settled(page)
    group = Group.objects.get(run=run, alma_number="ALMA-3000")
    assert (group.outcome, group.documents_alma, group.difference) == ("explained", 2, -20300)
    page.keyboard.press("u")
    expect(page.locator(".said")).to_contain_text("put together, and undone")
    expect(page.locator("a[data-row]")).to_have_count(4)


def test_what_is_refused_stands_beside_the_form_with_what_was_typed(alice, page_of, run):
    keep_few(run, alice, "ALMA-3000")
    page = page_of(alice, viewport={"width": 1280, "height": 900})
    page.goto(MISMATCHES)
    page.keyboard.press("Enter")
    page.locator("#decide-expires").fill("2020-01-31")
    page.locator("#decide-comment").fill("Paid by card.")
    page.keyboard.press("Enter")
    expect(page.locator("#decide-error")).to_contain_text("That day is over")
    expect(page.locator("#decide-comment")).to_have_value("Paid by card.")
    page.locator("#decide-expires").fill("")
    page.locator("#decide-comment").press("Enter")
    expect(page.get_by_text("Nothing in March 2025 needs a person")).to_be_visible()


def test_of_two_people_the_second_is_told_and_loses_nothing_typed(alice, bob, page_of, run):
    keep_few(run, alice, "DIFF-2000", "ALMA-3000")
    one, two = (page_of(who, viewport={"width": 1280, "height": 900}) for who in (alice, bob))
    for page in (one, two):
        page.goto(MISMATCHES)
        go_to(page, "DIFF-2000")
        page.keyboard.press("Enter")
        page.locator("#decide-comment").fill(f"What {'one' if page is one else 'the other'} knows.")
    one.keyboard.press("Enter")
    expect(one.locator(".said")).to_contain_text("DIFF-2000: accepted.")
    two.keyboard.press("Enter")
    expect(two.locator("#decide-error")).to_contain_text("alice accepted group")
    expect(two.locator("#decide-error")).to_contain_text("What the other knows.")
    assert Step.objects.filter(by=bob).count() == 0
    assert waiting(run) == {"missing_in_oracle": 1}


def test_a_comment_that_was_not_sent_is_there_again(alice, page_of, run):
    page = page_of(alice, viewport={"width": 1280, "height": 900})
    page.goto(MISMATCHES)
    page.keyboard.press("Enter")
    page.locator("#decide-comment").fill("Half a thought")
    page.goto("/glossary/")
    page.goto(MISMATCHES)
    page.keyboard.press("Enter")
    expect(page.locator("#decide-comment")).to_have_value("Half a thought")


def test_it_is_decided_without_scripts_too(alice, page_of, run):
    keep_few(run, alice, "DIFF-2000", "SAME-1000A", "ALMA-3000", "ORA-4000")
    page = page_of(alice, java_script_enabled=False)
    page.goto(f"{MISMATCHES}?outcome=suggested")
    page.get_by_role("button", name="Same invoice").click()
    expect(page.locator(".said")).to_contain_text("SAME-1000A / SAME-1000Z: accepted.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".said")).to_contain_text("accepted, and undone")
    page.goto(MISMATCHES)
    page.get_by_label("Tick ALMA-3000").check()
    page.get_by_label("Tick ORA-4000").check()
    page.get_by_role("button", name="Add up").click()
    expect(page.locator("[data-sum=difference]")).to_have_text("+200.10")
    page.get_by_role("button", name="Match", exact=False).first.click()
    expect(page.locator("#ticked-error")).to_contain_text("A difference of +£200.10 stays")
    expect(page.get_by_label("Tick ALMA-3000")).to_be_checked()


def test_an_old_address_tells_where_the_rows_stand_now(alice, page_of, run):
    number = Group.objects.get(run=run, alma_number="SAME-1000A").number
    deciding.accept(run, [number], alice)
    page = page_of(alice)
    page.goto(f"/months/2025-03/groups/{number}/")
    expect(page.get_by_text(re.compile(f"You accepted group {number} at"))).to_be_visible()
    page.get_by_role("link", name="SAME-1000A").click()
    expect(page).to_have_url(re.compile(f"/groups/{steps.standing_now(run, number)[0].number}/"))
    page.get_by_role("button", name="Take apart").click()
    expect(page.get_by_text("SAME-1000A / SAME-1000Z: taken apart.")).to_be_visible()


def test_steps_are_undone_from_their_page(alice, bob, page_of, run):
    deciding.accept(run, [Group.objects.get(run=run, alma_number="SAME-1000A").number], alice)
    page = page_of(bob)
    page.goto("/months/2025-03/steps/")
    page.get_by_role("button", name="Undo: SAME-1000A / SAME-1000Z: accepted.").click()
    expect(page.get_by_text("You undid it")).to_be_visible()
    assert waiting(run)["suggested"] == 25
