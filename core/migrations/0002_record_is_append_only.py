"""The database itself refuses to change the record."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

REFUSAL = "The record is append-only: an event is never changed and never taken away."

# On PostgreSQL neither changing nor deleting. SQLite empties a whole table by deleting its rows, so there the chain
# alone tells of events that were taken away.
POSTGRESQL = f"""
CREATE FUNCTION refuse_to_change_the_record() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON core_event
FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_record();
"""
SQLITE = f"""
CREATE TRIGGER event_append_only BEFORE UPDATE ON core_event
BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END;
"""


def protect(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE)


def release(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute("DROP TRIGGER event_append_only" + (" ON core_event" if editor.connection.vendor == "postgresql" else ""))
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION refuse_to_change_the_record()")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(protect, release)]
