"""The database itself refuses to change or delete what is append-only, whoever asks."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Guard:
    """`may_change`: columns that may still change. `once`: SQL about OLD; a row of which it is not true yet is free."""

    may_change: tuple[str, ...] = ()
    once: str = ""


# table -> its guard (a lawful erasure empties what is personal)
APPEND_ONLY = {
    "training_studyrecord": Guard(),
    "training_countedsession": Guard(),
    "training_attainment": Guard(),
    "training_decision": Guard(),
    "training_auditevent": Guard(may_change=("personal",)),
}


def protect(table: str, *, may_change: tuple[str, ...] = (), once: str = "") -> None:
    """Guard a table of a floor above, which says so when its application is ready."""
    APPEND_ONLY[table] = Guard(may_change, once)


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
    return [c for c in columns if c not in APPEND_ONLY[table].may_change]


def _sqlite():
    for table, guard in APPEND_ONLY.items():
        when = f"WHEN {guard.once} " if guard.once else ""
        columns = ", ".join(f'"{c}"' for c in _guarded_columns(table))
        for act, on in (("update", f"UPDATE OF {columns}"), ("delete", "DELETE")):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_append_only_{act} BEFORE {on} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _postgresql():
    yield (
        "CREATE OR REPLACE FUNCTION training_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table, guard in APPEND_ONLY.items():
        when = f"WHEN ({guard.once}) " if guard.once else ""
        columns = ", ".join(f'"{c}"' for c in _guarded_columns(table))
        for act, on in (("update", f"UPDATE OF {columns}"), ("delete", "DELETE")):
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_append_only_{act} BEFORE {on} ON {table} "
                f"FOR EACH ROW {when}EXECUTE FUNCTION training_append_only()"
            )
