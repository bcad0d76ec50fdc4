"""Live tables: what they answer, in both forms, what they refuse, what is recorded, and how they are described."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.timezone import now as clock
from openapi_spec_validator import OpenAPIV31SpecValidator

from core import audit, live, openapi, power_query, tokens
from core.jobs import UserError
from core.live import Column, Parameter, Table
from core.models import Event, User
from core.roles import CAN_DOWNLOAD, CAN_KEEP_ORDERS

COLUMNS = (
    Column("number", "text", "The order's number."),
    Column("value", "amount", "What it was raised for.", "GBP"),
    Column("entries", "count", "How many entries it has.", optional=True),
    Column("used", "share", "What of it is used.", "0 to 1"),
    Column("day", "date", "When it was raised."),
    Column("at", "time", "When it was changed."),
    Column("period", "month", "Its month."),
    Column("open", "yes_no", "Whether it is open."),
)
AT = datetime(2025, 7, 1, 8, 30, tzinfo=UTC)
ROW: tuple[Any, ...] = ("70012345", "-1234.50", 3, 0.5, date(2025, 3, 31), AT, "2025-03", True)
PARAMETERS = (
    Parameter("from", "The first month.", "month"),
    Parameter("on", "The day.", "date"),
    Parameter("fund", "The fund's code."),
    Parameter("side", "Whose figures.", choices=("alma", "oracle")),
)


def rows(user: User, given: Mapping[str, str]) -> list[Any]:
    if given.get("fund") == "none":
        raise UserError("There is no fund “none”.")
    return [ROW, dict(zip([column.name for column in COLUMNS], (given.get("fund", ""), *ROW[1:]), strict=True))]


ORDERS = Table("test-orders", "Orders", "All orders.", CAN_DOWNLOAD, PARAMETERS, COLUMNS, rows)
Serve = Callable[..., Table]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Put a table on the list for one test, with whatever is otherwise with it."""

    def served(**changes: Any) -> Table:
        table = replace(ORDERS, **changes)
        monkeypatch.setattr(live, "_tables", {name: one for name, one in live.tables().items() if name != table.name})
        live.add(table)
        return table

    served()
    return served


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def lines(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))


def always(*some: tuple[Any, ...]) -> Callable[..., list[tuple[Any, ...]]]:
    return lambda user, given: list(some)


def read(client: Client, form: str = "json", /, **query: Any) -> Any:
    return client.get(f"/live/test-orders.{form}", query)


# ---- Both forms ----


def test_csv_is_as_excel_wants_it(alice_client: Client, serve: Serve) -> None:
    answer = read(alice_client, "csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="libra-test-orders.csv"'
    assert (
        body(answer)
        == (
            "\ufeffnumber,value,entries,used,day,at,period,open\r\n"
            "70012345,-1234.50,3,0.5,2025-03-31,2025-07-01T09:30:00+01:00,2025-03,true\r\n"
            ",-1234.50,3,0.5,2025-03-31,2025-07-01T09:30:00+01:00,2025-03,true\r\n"
        ).encode()
    )


def test_json_has_the_columns_and_the_rows(alice_client: Client, serve: Serve) -> None:
    answer = read(alice_client)
    assert answer["Content-Type"] == "application/json"
    told = json.loads(body(answer))
    assert (told["table"], told["title"]) == ("test-orders", "Orders")
    assert told["columns"][1] == {
        "name": "value", "kind": "amount", "description": "What it was raised for.", "unit": "GBP"
    }  # fmt: skip
    assert told["rows"][0] == {
        "number": "70012345", "value": "-1234.50", "entries": 3, "used": 0.5, "day": "2025-03-31",
        "at": "2025-07-01T09:30:00+01:00", "period": "2025-03", "open": True,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_no_text_runs_as_a_formula(alice_client: Client, serve: Serve, text: str) -> None:
    serve(rows=always((text, *ROW[1:])))
    assert lines(read(alice_client, "csv"))[1][:2] == [f"'{text}", "-1234.50"]
    assert json.loads(body(read(alice_client)))["rows"][0]["number"] == text


def test_what_is_empty_is_nothing(alice_client: Client, serve: Serve) -> None:
    serve(rows=always((*ROW[:2], None, *ROW[3:])))
    assert lines(read(alice_client, "csv"))[1][2] == ""
    assert json.loads(body(read(alice_client)))["rows"][0]["entries"] is None


def test_text_comes_through_whole(alice_client: Client, serve: Serve) -> None:
    text = 'Bücher, „neu“ "alt"\r\nund 本 </script>'
    serve(rows=always((text, *ROW[1:])))
    assert lines(read(alice_client, "csv"))[1][0] == text
    assert json.loads(body(read(alice_client)))["rows"][0]["number"] == text


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1501])
def test_every_row_comes_once_however_many(alice_client: Client, serve: Serve, count: int) -> None:
    serve(rows=always(*((str(n), *ROW[1:]) for n in range(count))))
    expected = [str(n) for n in range(count)]
    assert [line[0] for line in lines(read(alice_client, "csv"))[1:]] == expected
    assert [row["number"] for row in json.loads(body(read(alice_client)))["rows"]] == expected


@pytest.mark.parametrize("form", ["csv", "json"])
def test_rows_are_made_while_they_are_sent(alice_client: Client, serve: Serve, form: str) -> None:
    made = []

    def endless(user: User, given: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
        while True:
            made.append(1)
            yield ROW

    serve(rows=endless)
    answer = read(alice_client, form)
    next(iter(answer.streaming_content))
    assert len(made) <= 1000
    answer.close()


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 5), (0, None), (1, "1,234.50"), (1, 5), (1, "=1"), (2, True), (2, "3"), (3, float("nan")), (4, AT),
     (4, "2025-03-31"), (5, AT.replace(tzinfo=None)), (6, "2025-13"), (7, 1)],
    ids=str,
)  # fmt: skip
def test_a_cell_that_is_not_what_is_described_is_handed_to_nobody(
    alice_client: Client, serve: Serve, place: int, value: Any
) -> None:
    row = [*ROW]
    row[place] = value
    serve(rows=always(tuple(row)))
    with pytest.raises(ValueError, match=r"stands in a column of the kind|is empty"):
        read(alice_client)
    assert not Event.objects.filter(kind="downloaded").exists()


@pytest.mark.parametrize("row", [ROW[:-1], (*ROW, 1)], ids=["short", "long"])
def test_nor_is_a_row_of_another_length(alice_client: Client, serve: Serve, row: tuple[Any, ...]) -> None:
    serve(rows=always(row))
    with pytest.raises(ValueError, match=r"shorter|longer"):
        read(alice_client, "csv")


# ---- Parameters and refusals ----


def test_parameters_reach_the_table(alice_client: Client, serve: Serve) -> None:
    query = {"fund": "ELEC & co", "from": "2025-03", "on": "2025-02-28", "side": "alma"}
    told = json.loads(body(read(alice_client, **query)))
    assert told["rows"][1]["number"] == "ELEC & co"


def test_one_that_is_empty_is_not_given(alice_client: Client, serve: Serve) -> None:
    assert json.loads(body(read(alice_client, **{"fund": "", "from": ""})))["rows"][1]["number"] == ""


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"form": "2025"}, "Orders has no parameter “form”. It takes: from, on, fund, side."),
        ({"from": "March"}, "The parameter “from” must be a month, such as 2025-03."),
        ({"from": "2025-13"}, "The parameter “from” must be a month, such as 2025-03."),
        ({"from": "２０２５-03"}, "The parameter “from” must be a month, such as 2025-03."),
        ({"on": "2025-02-29"}, "The parameter “on” must be a day, such as 2025-03-31."),
        ({"on": "20250228"}, "The parameter “on” must be a day, such as 2025-03-31."),
        ({"fund": "x" * 201}, "The parameter “fund” must be a text of at most 200 characters."),
        ({"fund": "a\x00b"}, "The parameter “fund” must be a text of at most 200 characters."),
        ({"side": "both"}, "The parameter “side” must be one of: alma, oracle."),
        ({"side": ["alma", "oracle"]}, "The parameter “side” is given 2 times. Give it once."),
        ({"fund": "none"}, "There is no fund “none”."),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_named(alice_client: Client, serve: Serve, query: Any, sentence: str) -> None:
    answer = read(alice_client, **query)
    assert answer.status_code == 400 and answer.json() == {"error": sentence}
    answer = read(alice_client, "csv", **query)
    assert answer.status_code == 400 and answer.content.decode() == f"{sentence}\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert not Event.objects.filter(kind="downloaded").exists()


def test_one_that_is_needed_is_asked_for(alice_client: Client, serve: Serve) -> None:
    serve(parameters=(Parameter("order", "Its number.", required=True),))
    answer = read(alice_client)
    assert answer.json() == {"error": "The parameter “order” is missing. Give a text of at most 200 characters."}
    serve(parameters=())
    assert read(alice_client, order="1").json()["error"] == "Orders has no parameter “order”. It takes none."


def test_a_table_that_is_not_there_says_where_they_are_listed(alice_client: Client, db: None) -> None:
    answer = alice_client.get("/live/nothing.json")
    assert answer.status_code == 404
    assert answer.json()["error"] == "There is no live table “nothing”. They are listed at http://testserver/live/."
    assert Client().get("/live/nothing.json").status_code == 401  # strangers learn nothing of what there is


def test_each_table_has_a_permission_of_its_own(bob_client: Client, manager_client: Client, serve: Serve) -> None:
    serve(permission=CAN_KEEP_ORDERS)
    assert read(bob_client).status_code == 200
    answer = read(manager_client)
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("You are signed in as manager, who may not keep the ledger of orders.")
    assert "test-orders" not in manager_client.get(reverse("live")).content.decode()
    assert "/live/test-orders.csv" not in manager_client.get(reverse("live-openapi")).json()["paths"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "is there already"),
        ({"name": "openapi"}, "needs another name"),
        ({"name": "Two Words"}, "needs another name"),
        ({"name": "new", "permission": "core.fly"}, "'core.fly', which does not exist"),
        ({"name": "new", "columns": ()}, "has no column"),
        ({"name": "new", "columns": (COLUMNS[0], COLUMNS[0])}, "has a column twice"),
        ({"name": "new", "columns": (Column("a", "float", ""),)}, "'a' of kind 'float', which cannot be"),
        ({"name": "new", "parameters": (Parameter("A b", ""),)}, "'A b' of kind 'text', which cannot be"),
    ],
    ids=str,
)
def test_a_description_that_cannot_be_served_stops_libra(serve: Serve, changes: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        live.add(replace(ORDERS, **changes))


# ---- The record ----


def downloads(subject: str = "live:test-orders") -> list[dict[str, Any]]:
    return [audit.as_data(event) for event in audit.about(subject).filter(kind="downloaded")]


def test_each_download_by_a_person_is_recorded(alice_client: Client, alice: User, serve: Serve) -> None:
    read(alice_client, "csv")
    read(alice_client, fund="ELEC", side="alma")
    assert [one["what"] for one in downloads()] == [
        "the live table Orders", "the live table Orders (fund ELEC, side alma)"
    ]  # fmt: skip
    assert Event.objects.filter(kind="downloaded")[0].actor == alice


def test_a_token_s_readings_are_recorded_once_an_hour_for_each_table(
    alice: User, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, text = tokens.make(alice, "Budget", localdate())
    other, other_text = tokens.make(alice, "Other", localdate())
    for _ in range(3):
        for form in ("csv", "json"):
            Client().get(f"/live/test-orders.{form}", headers={"Authorization": f"Bearer {text}"})
    assert downloads() == [{"what": "the live table Orders, by the token “Budget”"}]
    Client().get("/live/months.csv", headers={"Authorization": f"Bearer {text}"})
    assert len(downloads(f"token:{token.public}")) == 2
    Client().get("/live/test-orders.csv", headers={"Authorization": f"Bearer {other_text}"})
    assert len(downloads(f"token:{other.public}")) == 1
    monkeypatch.setattr(live, "now", lambda: clock() + timedelta(minutes=61))
    Client().get("/live/test-orders.csv", headers={"Authorization": f"Bearer {text}"})
    assert len(downloads(f"token:{token.public}")) == 3


def test_asking_for_the_head_alone_takes_nothing(alice_client: Client, serve: Serve) -> None:
    asked = []
    serve(rows=lambda user, given: asked.append(1))
    answer = alice_client.head("/live/test-orders.csv")
    assert (answer.status_code, body(answer)) == (200, b"")
    assert "Content-Length" not in answer.headers  # a table's length is not known before it is sent
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert not asked and not downloads()
    assert alice_client.head("/live/test-orders.csv?form=1").status_code == 400


# ---- What describes them ----


def test_the_description_is_openapi(alice_client: Client, serve: Serve) -> None:
    told = alice_client.get(reverse("live-openapi")).json()
    assert list(OpenAPIV31SpecValidator(told).iter_errors()) == []
    assert told["servers"] == [{"url": "http://testserver"}]
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert told["components"]["securitySchemes"]["basic"]["scheme"] == "basic"
    assert {"/live/test-orders.csv", "/live/test-orders.json"} <= set(told["paths"])
    told = told["paths"]["/live/test-orders.csv"]["get"]
    assert [one["name"] for one in told["parameters"]] == ["from", "on", "fund", "side"]
    assert told["parameters"][3]["schema"] == {"type": "string", "enum": ["alma", "oracle"]}
    assert list(told["responses"]) == ["200", "400", "401", "403", "404", "429"]


def test_programs_read_the_description_with_a_token(alice: User) -> None:
    text = tokens.make(alice, "Budget", localdate())[1]
    answer = Client().get(reverse("live-openapi"), headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"


def test_the_page_says_how_to_use_each_table(alice_client: Client, serve: Serve) -> None:
    page = alice_client.get(reverse("live")).content.decode()
    assert "http://testserver/live/test-orders.json" in page and "http://testserver/live/test-orders.csv" in page
    assert "Whose figures." in page and "one of: alma, oracle" in page
    assert "What it was raised for." in page
    assert 'href="/tokens/"' in page and 'href="http://testserver/live/openapi.json"' in page


def test_a_query_names_each_parameter_and_sets_each_type() -> None:
    assert power_query.query(replace(ORDERS, columns=COLUMNS[:2]), "https://libra.example/live/x.json") == (
        "let\n"
        "    Types = {\n"
        '        {"number", type text},\n'
        '        {"value", Currency.Type}\n'
        "    },\n"
        '    Answer = Json.Document(Web.Contents("https://libra.example/live/x.json", '
        '[Query = [from = "", on = "", fund = "", side = ""]]), TextEncoding.Utf8),\n'
        "    Rows = Table.FromRecords(Answer[rows], List.Transform(Types, each _{0})),\n"
        '    Typed = Table.TransformColumnTypes(Rows, Types, "en-GB")\n'
        "in\n"
        "    Typed\n"
    )
    assert "Query" not in power_query.query(replace(ORDERS, parameters=()), "https://libra.example/live/x.json")


def test_an_empty_list_is_described_too() -> None:
    assert list(OpenAPIV31SpecValidator(openapi.document([], "https://libra.example")).iter_errors()) == []
