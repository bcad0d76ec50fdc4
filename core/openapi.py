"""The live tables described in OpenAPI 3.1, made from their own descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from core.live import Column, Parameter, Table
from core.live_kinds import CELLS, PARAMETERS

ABOUT = (
    "Read-only tables for Excel Power Query, Power BI and other programs. Give a personal token as a bearer token, or "
    "as the password of Basic sign-in with any user name; never in the address. Amounts are decimal texts. In CSV a "
    "text that a spreadsheet would run as a formula begins with an apostrophe."
)
# Why an answer may be a sentence instead of a table.
REFUSALS = {
    "400": ("Asked", "A parameter is unknown, missing or malformed; the sentence names it and says what is allowed."),
    "401": ("Unknown", "No token that is in force, and nobody signed in."),
    "403": ("NotAllowed", "The token's owner may not read this table."),
    "404": ("NotThere", "There is no such table."),
    "429": ("TooOften", "This token was given wrongly too often; Retry-After says for how many seconds to wait."),
}


def document(tables: Iterable[Table], base: str) -> dict[str, Any]:
    """Return the description of some tables; `base` is Libra's own address without a slash at its end."""
    some = list(tables)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Libra: live tables", "version": settings.VERSION, "description": ABOUT},
        "servers": [{"url": base}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": {
            reverse(f"live-{form}", args=[table.name]): {"get": _operation(table, form)}
            for table in some
            for form in ("csv", "json")
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A personal token."},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "Any user name, with a personal token as the password.",
                },
            },
            "schemas": {
                **{_schema_name(table): _row(table) for table in some},
                "Refusal": {
                    "type": "object",
                    "properties": {"error": {"type": "string", "description": "What is wrong, in a sentence."}},
                    "required": ["error"],
                },
            },
            "responses": {name: _refusal(what) for name, what in REFUSALS.values()},
        },
    }


def _operation(table: Table, form: str) -> dict[str, Any]:
    schema = _answer(table) if form == "json" else {"type": "string", "description": _csv_columns(table)}
    kind = "application/json" if form == "json" else "text/csv"
    refusals = {status: {"$ref": f"#/components/responses/{name}"} for status, (name, _) in REFUSALS.items()}
    return {
        "operationId": f"{table.name}-{form}",
        "summary": f"{table.title}, as {form.upper()}",
        "description": table.description,
        "parameters": [_parameter(one) for one in table.parameters],
        "responses": {"200": {"description": table.title, "content": {kind: {"schema": schema}}}, **refusals},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(parameter.choices)} if parameter.choices else None
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.required,
        "schema": schema or dict(PARAMETERS[parameter.kind].schema),
    }


def _answer(table: Table) -> dict[str, Any]:
    row = {"$ref": f"#/components/schemas/{_schema_name(table)}"}
    text = {"type": "string"}
    names = ("name", "kind", "description", "unit")
    column = {"type": "object", "properties": dict.fromkeys(names, text), "required": list(names)}
    fields = {
        "table": {"const": table.name},
        "title": text,
        "columns": {"type": "array", "items": column},
        "rows": {"type": "array", "items": row},
    }
    return {"type": "object", "properties": fields, "required": list(fields)}


def _row(table: Table) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    properties = {column.name: _cell(column) for column in table.columns}
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _cell(column: Column) -> dict[str, Any]:
    schema = dict(CELLS[column.kind].schema)
    if column.optional:
        schema["type"] = [schema["type"], "null"]
    unit = f" Unit: {column.unit}." if column.unit else ""
    return schema | {"description": column.description + unit}


def _csv_columns(table: Table) -> str:
    return (
        f"A heading row, then rows of: {', '.join(column.name for column in table.columns)}. UTF-8 with its mark, CRLF."
    )


def _refusal(what: str) -> dict[str, Any]:
    content = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}},
        "text/plain": {"schema": {"type": "string"}},
    }
    return {"description": what, "content": content}


def _schema_name(table: Table) -> str:
    """Return what a table's rows are called: 'order-entries' is OrderEntriesRow."""
    return "".join(word.capitalize() for word in table.name.split("-")) + "Row"
