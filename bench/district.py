"""A district of the design size for the benchmarks: 20,000 people and 1,000,000 records, written straight into the tables."""

import os
import sys
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
ZONE = ZoneInfo("Asia/Shanghai")
YEAR = 2025
PAST = datetime(YEAR, 11, 30, 12, tzinfo=ZONE)
NOW = datetime(YEAR + 1, 2, 1, 12, tzinfo=ZONE)


def prepare() -> None:
    """Migrated, with the shipped fixtures."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("setup", verbosity=0)


@contextmanager
def hundredth():
    """Inside, the database is another one beside the first: the same people and postings, and a hundredth of the records."""
    from django.core.management import call_command
    from django.db import connection

    full = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        beside = f"{full}.hundredth"
    else:
        beside = f"{full}_hundredth"
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [beside])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(beside)}")
    _open(beside)
    try:
        call_command("setup", verbosity=0)
        fill(records=10_000)
        yield
    finally:
        _open(full)


def _open(name) -> None:
    from django.db import connection

    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
    connection.settings_dict["NAME"] = name


def fill(people: int = 20_000, records: int = 1_000_000) -> None:
    """Fill once; a filled database is left as it is. Record after record falls to the next person, round and round."""
    from django.db import connection, transaction

    from training.models import CategoryHolding, Person, Posting, Unit

    if Person.objects.count() >= people:
        return
    early = datetime(YEAR - 1, 1, 1, tzinfo=ZONE)
    units = list(Unit.objects.exclude(parent=None).order_by("path"))
    with transaction.atomic():
        made = Person.objects.bulk_create(
            [Person(username=f"b{i}", staff_no=f"B{i:06d}", name=f"人员{i}", password="!") for i in range(people)],
            batch_size=1000,
        )
        Posting.objects.bulk_create(
            [
                Posting(person=p, unit=units[i % len(units)], started_on=date(YEAR - 3, 1, 1), entered_at=early)
                for i, p in enumerate(made)
            ],
            batch_size=1000,
        )
        CategoryHolding.objects.bulk_create(
            [
                CategoryHolding(person=p, category="enforcement_officer", started_on=date(YEAR - 3, 1, 1), entered_at=early)
                for p in made
            ],
            batch_size=1000,
        )
        _fill_ledger([p.pk for p in made], records)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _fill_ledger(people: list[int], records: int) -> None:
    """The records and their totals; whoever has no record has no total."""
    from django.db import connection

    from training.models import HourRuleSet, StudyRecord, YearTotal

    fields = [field for field in StudyRecord._meta.concrete_fields if not field.primary_key]
    at = {field.attname: place for place, field in enumerate(fields)}
    alike = StudyRecord(year=YEAR, title="课程", organiser="区司法局", rule_set=HourRuleSet.objects.first(), link="")
    alike = [field.get_db_prep_save(getattr(alike, field.attname), connection) for field in fields]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    insert = f"INSERT INTO {StudyRecord._meta.db_table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"
    categories = ("LAW", "PROFESSIONAL", "LAW", "PROFESSIONAL", "POLITICAL_THEORY")
    modes = ("CLASS", "ONLINE", "LECTURE")
    rounds = -(-records // len(people))
    sums, serial = {}, 0
    for number in range(rounds):
        day = date(YEAR, 1, 2) + timedelta(days=number * 360 // rounds)
        instant = connection.ops.adapt_datetimefield_value(datetime(day.year, day.month, day.day, 18, tzinfo=ZONE))
        rows = []
        for pk in people[: records - serial]:
            serial += 1
            category, mode, credit = categories[(serial + number) % 5], modes[serial % 3], 50 + 25 * (serial % 5)
            row = alike.copy()
            row[at["person_id"]], row[at["studied_on"]] = pk, connection.ops.adapt_datefield_value(day)
            row[at["category"]], row[at["mode"]], row[at["origin"]] = category, mode, f"b{number}"
            row[at["stated"]] = row[at["credit"]] = credit
            row[at["entered_at"]] = row[at["certified_at"]] = instant
            row[at["sequence"]] = serial
            rows.append(row)
            total = sums.setdefault(pk, dict.fromkeys(("law", "professional", "political_theory", "online"), 0))
            total[category.lower()] += credit
            if mode == "ONLINE" and category != "POLITICAL_THEORY":
                total["online"] += credit
        with connection.cursor() as cursor:
            cursor.executemany(insert, rows)
    totals = [YearTotal(person_id=pk, year=YEAR, **values) for pk, values in sums.items()]
    YearTotal.objects.bulk_create(totals, batch_size=1000)
