"""The database itself refuses to change or delete what is append-only, whoever asks.

Append-only is every model that says which of its columns may still change: `changeable_columns`, mostly none. A model
whose rows are free at first says in `guarded_once` from when on they are not: SQL about OLD.
"""

from django.apps import apps
from django.db import connection, transaction

ACTS = ("update", "delete", "truncate")


def append_only() -> dict[str, tuple[str, ...]]:
    """table -> columns that may still change after the row was written."""
    models = (m for m in apps.get_models() if hasattr(m, "changeable_columns"))
    return {m._meta.db_table: m.changeable_columns for m in models}


def _conditions() -> dict[str, str]:
    """table -> from when on its rows are guarded."""
    return {m._meta.db_table: m.guarded_once for m in apps.get_models() if hasattr(m, "guarded_once")}


def install() -> None:
    """Put the triggers in place; again is harmless, and covers columns that came since. A table is never without them."""
    if connection.vendor == "sqlite":
        with transaction.atomic():
            remove()
            _execute(_sqlite())
    else:
        _execute(_postgresql())


def _execute(statements) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove() -> None:
    """Take the triggers away: for migrations, and for tests that play the intruder."""
    with connection.cursor() as cursor:
        for table in append_only():
            for act in ACTS:
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only_{act}{on}")


def _guarded_columns(table: str, changeable: tuple[str, ...]) -> str:
    with connection.cursor() as cursor:
        columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
    return ", ".join(f'"{c}"' for c in columns if c not in changeable)


def _sqlite():
    once = _conditions()
    for table, changeable in append_only().items():
        when = f"WHEN {once[table]} " if table in once else ""
        for act, on in (("update", f"UPDATE OF {_guarded_columns(table, changeable)}"), ("delete", "DELETE")):
            yield (
                f"CREATE TRIGGER {table}_append_only_{act} BEFORE {on} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _postgresql():
    yield (
        "CREATE OR REPLACE FUNCTION training_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    once = _conditions()
    for table, changeable in append_only().items():
        for act, on, each in (
            ("update", f"UPDATE OF {_guarded_columns(table, changeable)}", "ROW"),
            ("delete", "DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        ):
            when = f"WHEN ({once[table]}) " if table in once and each == "ROW" else ""
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_append_only_{act} BEFORE {on} ON {table} "
                f"FOR EACH {each} {when}EXECUTE FUNCTION training_append_only()"
            )
