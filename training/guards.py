"""The database itself refuses to change or delete what is append-only, whoever asks."""

from django.db import connection

# table -> columns that may still change after the row was written (a lawful erasure empties what is personal)
APPEND_ONLY = {
    "training_studyrecord": (),
    "training_countedsession": (),
    "training_attainment": (),
    "training_decision": (),
    "training_auditevent": ("personal",),
}


def install() -> None:
    """Put the triggers in place; again is harmless."""
    statements = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove() -> None:
    """Take the triggers away: for tests that play the intruder."""
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            for act in ("update", "delete"):
                name = f"{table}_append_only_{act}"
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _guarded_columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
    return [c for c in columns if c not in APPEND_ONLY[table]]


def _sqlite():
    for table in APPEND_ONLY:
        columns = ", ".join(f'"{c}"' for c in _guarded_columns(table))
        for act, on in (("update", f"UPDATE OF {columns}"), ("delete", "DELETE")):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_append_only_{act} BEFORE {on} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _postgresql():
    yield (
        "CREATE OR REPLACE FUNCTION training_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in APPEND_ONLY:
        columns = ", ".join(f'"{c}"' for c in _guarded_columns(table))
        for act, on in (("update", f"UPDATE OF {columns}"), ("delete", "DELETE")):
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_append_only_{act} BEFORE {on} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION training_append_only()"
            )
