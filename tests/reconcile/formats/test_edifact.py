"""Bills as EDIFACT INVOIC D.96A: what is read from a whole interchange, and what is said about a broken one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile.formats import Options, bills
from reconcile.formats.bill import Bill
from reconcile.formats.canonical import Unreadable
from tests.reconcile.formats.edifact_bills import SUPPLIER, Interchange, Invoic, Line, Marks, invoice

Take = Callable[..., Bill]
TWO = [invoice("K-1", 10_00, 2_50), invoice("K-2", 7_40)]


def quick(examples: int) -> Callable[..., object]:
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bills")


@pytest.fixture
def take(folder: Path) -> Take:
    """Read an interchange, whole or with other segments."""

    def read(interchange: Interchange, segments: list[str] | None = None) -> Bill:
        return bills.read(interchange.write(folder / "bill.edi", segments), "bill.edi")

    return read


@pytest.fixture
def refusal(folder: Path) -> Callable[..., list[str]]:
    """The messages with which a file is refused."""

    def read(content: Interchange | bytes, segments: list[str] | None = None) -> list[str]:
        path = folder / "bill.edi"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.write(path, segments)
        with pytest.raises(Unreadable) as refused:
            bills.read(path, "bill.edi")
        return [problem.message for problem in refused.value.problems]

    return read


Refusal = Callable[..., list[str]]


def changed(interchange: Interchange, pattern: str, into: str) -> list[str]:
    """The segments with a pattern replaced everywhere."""
    segments = [re.sub(pattern, into, segment) for segment in interchange.segments()]
    assert segments != interchange.segments()
    return segments


# --- One bill of several messages -------------------------------------------------------------------------------------


def test_an_interchange_of_several_invoices_is_one_bill_whose_lines_are_the_messages(take: Take) -> None:
    first = Invoic("K-1", (Line(10_00, title="Kalona's fall"), Line(2_50)), vat=50, order="70010001")
    read = take(Interchange([first, invoice("K-2", 7_40, day=date(2025, 3, 20))]))
    assert (read.kind, read.supplier_number, read.supplier_name) == ("invoice", SUPPLIER, "Kortext Ltd")
    assert (read.number, read.date, read.currency, read.total, read.amount) == (
        "", date(2025, 4, 1), "GBP", None, 20_40,
    )  # fmt: skip
    line = read.lines.iloc[0]
    assert (line["number"], line["order"], line["net"], line["vat"], line["gross"], line["credit"]) == (
        "K-1", "70010001", 12_50, 50, 13_00, False,
    )  # fmt: skip
    assert (line["row"], line["date"], line["description"]) == (
        2, pd.Timestamp(2025, 3, 14), "Kalona's fall and 1 more",
    )  # fmt: skip
    assert read.lines["number"].tolist() == ["K-1", "K-2"]


def test_a_credit_note_takes_away_whatever_the_sign_of_its_amounts_and_says_what_it_takes_back(take: Take) -> None:
    written_above = invoice("C-1", 2_00, kind="381", of="K-1")
    written_below = invoice("C-2", -3_00, kind="381")
    lines = take(Interchange([*TWO, written_above, written_below])).lines
    assert lines["gross"].tolist() == [12_50, 7_40, -2_00, -3_00]
    assert lines["credit"].tolist() == [False, False, True, True]
    assert lines["cancels"].tolist() == ["", "", "K-1", ""]


def test_carriage_is_part_of_an_invoice_and_vat_may_stand_in_its_lines(take: Take) -> None:
    lines = (Line(10_00, vat=2_00), Line(5_00, vat=0))
    read = take(Interchange([Invoic("K-1", lines, vat=None, charge=3_00, total=20_00)]))
    assert read.lines[["net", "vat", "gross"]].to_numpy().tolist() == [[18_00, 2_00, 20_00]]


def test_what_a_message_does_not_say_is_unknown_and_not_nil(take: Take) -> None:
    read = take(Interchange([invoice("K-1", 10_00, vat=None)]))
    assert read.lines[["net", "vat"]].isna().all(axis=None)
    assert read.lines["gross"].tolist() == [10_00]


def test_provisional_invoices_ask_for_nothing_yet(take: Take) -> None:
    read = take(Interchange([invoice("K-1", 10_00, function="46"), invoice("K-2", 10_00, function="46")]))
    assert read.kind == "statement"
    assert [problem.severity for problem in read.problems] == ["note"]
    assert "2 invoices (K-1, K-2) are marked as provisional" in read.problems[0].message


def test_groups_of_messages_are_read_like_messages(take: Take) -> None:
    assert take(Interchange(TWO, grouped=True)).lines["number"].tolist() == ["K-1", "K-2"]


def test_a_date_with_its_time_is_a_date(take: Take) -> None:
    interchange = Interchange(TWO)
    segments = changed(interchange, r"DTM\+137:(\d+):102", r"DTM+137:\g<1>0930:203")
    assert take(interchange, segments).lines["date"].tolist() == [pd.Timestamp(2025, 3, 14)] * 2


@pytest.mark.parametrize("code", ["86", "39", "9"])
def test_the_total_may_stand_under_another_code(take: Take, code: str) -> None:
    interchange = Interchange(TWO)
    assert take(interchange, changed(interchange, r"MOA\+77", f"MOA+{code}")).amount == 19_90


def test_amounts_may_have_more_noughts_than_pence(take: Take) -> None:
    interchange = Interchange([invoice("K-1", 3_98)])
    assert take(interchange, changed(interchange, r"3\.98", "3.980")).amount == 3_98


# --- One consolidated message -----------------------------------------------------------------------------------------

CONSOLIDATED = Invoic(
    "C-77",
    (
        Line(10_00, vat=2_00, invoice="K-1", order="70010001", dated=date(2025, 3, 2), title="Broken monsters"),
        Line(5_00, vat=0, invoice="K-1", order="70010001", title="The postcard"),
        Line(-3_00, vat=0, credit="N-1", invoice="K-1"),
        Line(7_00, vat=0, invoice="K-2"),
    ),
    kind="385",
    vat=2_00,
    day=date(2025, 3, 31),
)


@pytest.mark.parametrize("kind", ["380", "385", "393"])
def test_a_consolidated_invoice_lists_the_invoices_that_its_lines_refer_to(take: Take, kind: str) -> None:
    read = take(Interchange([Invoic("C-77", CONSOLIDATED.lines, kind=kind, vat=2_00, day=date(2025, 3, 31))]))
    assert (read.number, read.date, read.total, read.amount) == ("C-77", date(2025, 3, 31), 21_00, 21_00)
    lines = read.lines.set_index("number")
    assert lines.index.tolist() == ["K-1", "N-1", "K-2"]
    assert lines.loc["K-1", ["net", "vat", "gross", "order"]].tolist() == [15_00, 2_00, 17_00, "70010001"]
    assert lines.loc["K-1", "date"] == pd.Timestamp(2025, 3, 2)
    assert lines.loc["K-1", "description"] == "Broken monsters and 1 more"
    assert lines.loc["N-1", ["gross", "credit", "cancels"]].tolist() == [-3_00, True, "K-1"]


def test_a_line_below_nothing_lessens_the_invoice_that_it_refers_to(take: Take) -> None:
    message = Invoic("C-77", (Line(10_00, invoice="K-1"), Line(-1_00, invoice="K-1")))
    assert take(Interchange([message])).lines[["number", "gross"]].to_numpy().tolist() == [["K-1", 9_00]]


def test_a_line_of_a_consolidated_invoice_that_refers_to_nothing_is_an_error(refusal: Refusal) -> None:
    message = Invoic("C-77", (Line(10_00, invoice="K-1"), Line(5_00)), kind="380")
    assert refusal(Interchange([message])) == [
        "Message 1, segment 12 (LIN): The line names no individual invoice (RFF+IV)."
    ]


def test_vat_that_belongs_to_no_line_of_a_consolidated_invoice_is_an_error(refusal: Refusal) -> None:
    message = Invoic("C-77", (Line(10_00, invoice="K-1"), Line(5_00, invoice="K-2")), vat=3_00)
    assert "states VAT in total but not for each line" in refusal(Interchange([message]))[0]


def test_carriage_that_belongs_to_no_invoice_is_an_error_with_both_figures(refusal: Refusal) -> None:
    message = Invoic("C-77", (Line(10_00, invoice="K-1"), Line(5_00, invoice="K-2")), charge=4_00)
    assert refusal(Interchange([message])) == [
        "The bill states a total of £19.00, but its lines add up to £15.00: £4.00 is missing or too much."
    ]


def test_a_consolidated_invoice_among_others_is_an_error(refusal: Refusal) -> None:
    assert "consolidates others, and the file holds more messages" in refusal(Interchange([*TWO, CONSOLIDATED]))[0]


def test_a_credit_note_is_no_consolidated_invoice_though_its_lines_refer_to_one(take: Take) -> None:
    read = take(Interchange([Invoic("N-1", (Line(3_00, invoice="K-1"),), kind="381")]))
    assert read.lines[["number", "gross", "cancels"]].to_numpy().tolist() == [["N-1", -3_00, "K-1"]]


# --- What is wrong is said, by message and segment --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "into", "told"),
    [
        (r"UNT\+(\d+)\+M2", "UNT+99+M2", "Message 2, segment 16 (UNT): It says “99” segments, but their number is 16."),
        (r"UNT\+(\d+)\+M2", r"UNT+\1+M3", "It carries the reference “M3”, but UNH carries “M2”."),
        (r"UNZ\+2", "UNZ+3", "(UNZ): It says “3” messages, but their number is 2."),
        (r"UNZ\+2\+REF7", "UNZ+2+REF8", "It carries the reference “REF8”, but UNB carries “REF7”."),
        (r"UNH\+M2", "UNH+M1", "The message has the reference M1, and so has message 1."),
        (r"CNT\+2:2", "CNT+2:3", "Message 1, segment 16 (CNT): It says “3” lines, but their number is 2."),
        (r"CNT\+2:2", "CNT+1:5", "It says “5” copies, but the lines have 2."),
        (r"CNT\+2:2", "CNT+3:1", "It says “1” lines, but their number is 2."),
        (r"BGM\+380\+K-2", "BGM+380+", "Message 2, segment 1 (UNH): The message has no invoice number (BGM)."),
        (r"BGM\+380\+K-2", "BGM+325+K-2", "Invoice K-2 is of the kind “325” (BGM)"),
        (r"BGM\+380\+K-2\+9", "BGM+380+K-2+1", "Invoice K-2 is cancelled by this message"),
        (r"BGM\+380\+K-2", "BGM+380+k1", "Message 2, segment 1: invoice k1 stands in message 1, segment 1 already"),
        (r"DTM\+137:(\d+):102", r"DTM+137:\1:999", "The date has the format “999”"),
        (r"DTM\+137:(\d+):102", r"DTM+137:20250231:102", "“20250231” is a date that does not exist."),
        (r"DTM\+137:(\d+):102", r"DTM+137:250231:102", "“250231” is no date of the format 102."),
        (r"DTM\+137", "DTM+131", "The message has no date (DTM+137)."),
        (r"NAD\+SU", "NAD+DP", "The message names no supplier (NAD+SU)."),
        (r"CUX\+2:GBP", "CUX+2:GBX", "“GBX” is no currency that Libra knows"),
        (r"MOA\+77:12.50", "MOA+77:12.50:EUR", "The amount is in EUR, but the message is in GBP."),
        (r"MOA\+77:12.50", "MOA+77:12,50", "“12,50” is no amount; the decimal mark of this file is “.”."),
        (r"MOA\+77:12.50", "MOA+77:1E3", "“1E3” is no amount"),
        (r"MOA\+77:12.50", "MOA+77", "The amount is missing."),
        (r"MOA\+77:12.50", "MOA+77:12.505", "“12.505” has more decimals than GBP"),
        (r"MOA\+77:12.50", "MOA+77:13.50", "states a total of £13.50, but its lines (£12.50), charges (£0.00) and VAT"),
        (r"MOA\+77:12.50'", "MOA+77:12.50'MOA+86:13.50'", "Invoice K-1 states two amounts as its total"),
        (r"MOA\+77:12.50'", "MOA+77:12.50'MOA+79:13.50'", "Invoice K-1 states £13.50 for its lines, but they add"),
        (r"MOA\+77:12.50'", "MOA+77:12.50'MOA+176:3.00'", "Invoice K-1 states two amounts as its VAT"),
        (r"MOA\+77", "MOA+1", "The message states no total (MOA with 77, 86, 39 or 9)."),
        (r"UNS\+S'", "", "The message has no summary (UNS)."),
        (r"96A", "01B", "The message is INVOIC:D:01B:UN; Libra reads INVOIC:D:96A:UN."),
        (r"INVOIC:D", "ORDERS:D", "The message is ORDERS:D:96A:UN"),
        (r"250401", "259901", "“259901” is no date of an interchange (YYMMDD)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_message_and_segment(refusal: Refusal, pattern: str, into: str, told: str) -> None:
    interchange = Interchange(TWO)
    messages = refusal(interchange, changed(interchange, pattern, into))
    assert any(told in message for message in messages), messages


def test_everything_that_is_wrong_is_said_at_once(refusal: Refusal) -> None:
    interchange = Interchange(TWO)
    segments = [re.sub(r"UNZ\+2|DTM\+137:\d+", "UNZ+7", segment) for segment in interchange.segments()]
    assert len(refusal(interchange, segments)) >= 3


def test_counts_of_groups_are_held_against_their_messages(refusal: Refusal) -> None:
    interchange = Interchange(TWO, grouped=True)
    assert "“3” messages, but their number is 2" in refusal(interchange, changed(interchange, r"UNE\+2", "UNE+3"))[0]
    assert "“2” groups, but their number is 1" in refusal(interchange, changed(interchange, r"UNZ\+1", "UNZ+2"))[0]


def test_a_bill_is_of_one_supplier_and_in_one_currency(refusal: Refusal) -> None:
    told = refusal(Interchange([*TWO, invoice("K-3", 1_00, supplier="1", name="Gobi", currency="EUR")]))
    assert any("The supplier is Gobi, but earlier messages are of Kortext Ltd." in message for message in told)
    assert any("The message is in EUR, but earlier ones are in GBP." in message for message in told)


def test_a_file_without_a_currency_is_read_in_the_ledgers_own_and_says_so(take: Take, folder: Path) -> None:
    read = take(Interchange([invoice("K-1", 10_00, currency="")]))
    assert [problem.severity for problem in read.problems] == ["warning"]
    assert "names no currency" in read.problems[0].message
    other = bills.read(folder / "bill.edi", "bill.edi", Options(currency="EUR"))
    assert other.currency == "EUR"


def test_a_test_interchange_is_no_bill(refusal: Refusal) -> None:
    assert "marked as a test" in refusal(Interchange(TWO, test=True))[0]


def test_a_second_interchange_behind_the_first_is_an_error(refusal: Refusal) -> None:
    interchange = Interchange(TWO)
    assert "behind the end of the interchange" in refusal(interchange, interchange.segments() * 2)[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"UNA:+", "ends within its first segment"),
        (b"UNA::.? 'UNB", "cannot be told apart"),
        (b"UNA:+;? 'UNB", "cannot be told apart"),
        (b"UNA:+.? AUNBA", "cannot be told apart"),
        (b"UNB+UNOC:3+A", "breaks off in segment 1"),
        (b"UNB+UNOC:3'UNH+1?'", "breaks off in segment 2"),
        (b"UNB+UNOX:3+A'", "the character set “UNOX”; Libra reads UNOA, UNOB, UNOC, UNOW, UNOY"),
        (b"UNB+UNOA:3+\xe9'", "Segment 1 holds a character (byte E9) that UNOA does not have"),
        (b"UNB+UNOY:3+A'UNH+\xe9'", "Segment 2 holds a character (byte E9) that UNOY does not have"),
        (b"UNB+UNOC:3+A\0'", "Segment 1 holds a control character"),
        (b"UNB+UNOC:3'+'", "Segment 2 begins with “”"),
        (b"UNH+1+INVOIC:D:96A:UN'", "has no beginning (UNB)"),
        (b"UNB+UNOC:3+A+B+250401:0000+1'UNZ+0+1'", "holds no message"),
        (b"UNB+UNOC:3" + b"+" * 500 + b"'", "too long to be true"),
        (b"", "The file is empty."),
    ],
)
def test_what_is_no_interchange_is_refused(refusal: Refusal, content: bytes, told: str) -> None:
    messages = refusal(content)
    assert any(told in message for message in messages), messages


# --- Service characters and character sets ----------------------------------------------------------------------------

UNPRINTED = Marks("\x1f", "\x1d", ".", "", "\x1c")


@pytest.mark.parametrize(
    "interchange",
    [
        Interchange(TWO, una=False),
        Interchange(TWO, ends="\r\n"),
        Interchange(TWO, marks=Marks("|", "^", ",", "\\", "~")),
        Interchange(TWO, marks=Marks(terminator="\n")),
        Interchange(TWO, marks=Marks(release="")),
        Interchange(TWO, marks=UNPRINTED, charset="UNOB", una=False),
        Interchange(TWO, marks=UNPRINTED, charset="UNOB"),
        Interchange(TWO, charset="UNOA", encoding="ascii"),
        Interchange(TWO, charset="UNOY", encoding="utf-8"),
        Interchange(TWO, charset="UNOC", encoding="utf-8-sig"),
    ],
)
def test_service_characters_and_line_ends_change_nothing(take: Take, interchange: Interchange) -> None:
    assert take(interchange).lines["gross"].tolist() == [12_50, 7_40]


def test_letters_are_read_by_the_declared_character_set(take: Take) -> None:
    for charset, encoding, title in (("UNOC", "latin-1", "Días + años: ¿qué?"), ("UNOY", "utf-8", "日本 'テスト'")):
        message = Invoic("K-1", (Line(1_00, title=title),), name=title)
        read = take(Interchange([message], charset=charset, encoding=encoding))
        assert (read.supplier_name, read.lines["description"].tolist()) == (title, [title])


def test_without_una_an_amount_may_hold_a_comma(take: Take) -> None:
    assert take(Interchange(TWO, marks=Marks(decimal=","), una=False)).amount == 19_90


# --- Whatever comes in ------------------------------------------------------------------------------------------------

SERVICE = "!\"#$%&()*/;<=>@[]^_`{|}~:+?'"
LETTERS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc", "Zs"]), min_size=1, max_size=12)


@st.composite
def marks(draw: st.DrawFn) -> Marks:
    component, element, release, terminator = draw(st.permutations(SERVICE))[:4]
    return Marks(component, element, draw(st.sampled_from(".,")), release, terminator)


@st.composite
def interchanges(draw: st.DrawFn) -> Interchange:
    """Individual invoices and credit notes with any texts, between any service characters."""
    messages = []
    for place in range(draw(st.integers(1, 4))):
        amounts = draw(st.lists(st.integers(0, 10**9), min_size=1, max_size=3))
        lines = tuple(
            Line(amount, title=draw(LETTERS), order=draw(st.sampled_from(["", "7001"]))) for amount in amounts
        )
        more = {"charge": draw(st.integers(0, 500)), "vat": draw(st.integers(0, 500)), "order": draw(LETTERS)}
        kind = draw(st.sampled_from(["380", "381"]))
        messages.append(Invoic(f"{draw(LETTERS)}-{place}Z", lines, kind=kind, name="Kortext", **more))  # type: ignore[arg-type]
    return Interchange(messages, draw(marks()), grouped=draw(st.booleans()), ends=draw(st.sampled_from(["", "\r\n"])))


def _said(interchange: Interchange) -> list[list[object]]:
    """What the messages say, as the bill's lines should have it."""
    return [
        [m.number, (-1 if m.kind == "381" else 1) * m.gross, (-1 if m.kind == "381" else 1) * (m.vat or 0)]
        for m in interchange.messages
    ]


@quick(60)
@given(interchange=interchanges())
def test_whatever_is_written_is_read_back(folder: Path, interchange: Interchange) -> None:
    read = bills.read(interchange.write(folder / "any.edi"), "any.edi")
    assert read.lines[["number", "gross", "vat"]].to_numpy().tolist() == _said(interchange)
    assert read.amount == sum(row[1] for row in _said(interchange))  # type: ignore[misc]


def recounted(segments: list[str]) -> list[str]:
    """The segments with the counts of what is there now, as a careless program would send them."""
    counted, start = [], 0
    for place, segment in enumerate(segments):
        if segment.startswith("UNH"):
            start = place
        if segment.startswith("UNT"):
            segment = re.sub(r"UNT\+\d+", f"UNT+{place - start + 1}", segment)
        counted.append(segment)
    return [re.sub(r"UNZ\+\d+", f"UNZ+{sum(s.startswith('UNH') for s in counted)}", s) for s in counted]


def _truth(read: Bill) -> dict[str, tuple[object, ...]]:
    columns = ["number", "net", "vat", "gross", "date", "order", "cancels"]
    return {row[0]: tuple(row) for row in read.lines[columns].astype(object).to_numpy().tolist()}


WHOLE = [
    Interchange([
        Invoic("K-1", (Line(10_00, vat=2_00, order="7001"), Line(5_00, vat=0)), vat=2_00, charge=1_00),
        invoice("N-1", 3_00, kind="381", of="K-1", order="7002"),
        invoice("K-2", 7_40, 1_10),
    ]),
    Interchange([
        Invoic("C-77", (*CONSOLIDATED.lines[:2], Line(3_00, vat=0, credit="N-1")), kind="385", vat=2_00, total=14_00)
    ]),
]  # fmt: skip


@pytest.mark.parametrize("count_again", [False, True])
@pytest.mark.parametrize("interchange", WHOLE)
def test_a_file_without_one_of_its_segments_says_less_or_is_refused(
    take: Take, interchange: Interchange, count_again: bool
) -> None:
    segments = interchange.segments()
    truth = _truth(take(interchange))
    taken = 0
    for place in range(len(segments)):
        left = [*segments[:place], *segments[place + 1 :]]
        try:
            found = take(interchange, recounted(left) if count_again else left)
        except Unreadable as refused:
            assert refused.problems
            continue
        taken += 1
        assert set(_truth(found)) == set(truth), segments[place]
        for number, row in _truth(found).items():
            for said, true in zip(row, truth[number], strict=True):
                assert pd.isna(said) or said in ("", true), segments[place]
    assert bool(taken) == count_again  # counts that are not mended always tell


@quick(200)
@given(data=st.data(), interchange=st.sampled_from(WHOLE))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    folder: Path, data: st.DataObject, interchange: Interchange
) -> None:
    content = bytearray(interchange.text().encode("latin-1"))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        piece = data.draw(st.binary(max_size=3) | st.sampled_from([b"'", b"+", b":", b"?", b"-", b"9", b"UNT+1'"]))
        content[place : place + data.draw(st.integers(0, 20))] = piece
    path = folder / "damaged.edi"
    path.write_bytes(bytes(content) or b"'")
    try:
        bills.read(path, "damaged.edi")
    except Unreadable as refused:
        assert all(problem.message for problem in refused.problems)


@pytest.mark.parametrize(
    "content",
    [
        b"UNB+UNOC:3+A+B+250401:0000+1'" + b"UNH+1+INVOIC:D:96A:UN'" * 100_000,
        b"UNB+UNOC:3+" + b"?" * 3_000_000,
        b"UNB+UNOC:3+" + b"?'" * 1_500_000,
        b"UNB+UNOC:3+A+B+250401:0000+1'" + b"XXX'" * 200_000,
        b"UNB+UNOC:3+A+B+250401:0000+1'UNH+1+INVOIC:D:96A:UN'BGM+380+1'" + b"LIN'MOA+203:1'RFF+IV:1'" * 100_000,
        b"UNB+UNOC:3+" + b"9" * 17 * (1 << 20),
    ],
    ids=["messages without end", "releases", "released terminators", "strays", "lines without end", "too large"],
)
def test_a_hostile_file_is_refused_soon(refusal: Refusal, content: bytes) -> None:
    start = perf_counter()
    assert len(refusal(content)) <= 102
    assert perf_counter() - start < 60
