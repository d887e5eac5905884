"""A district of the design size for the benchmarks: 20,000 people and 1,000,000 records, written straight into the tables."""

import os
import sys
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


def fill(people: int = 20_000, records: int = 1_000_000) -> None:
    """Fill once; a filled database is left as it is."""
    from django.db import connection, transaction

    from training.models import CategoryHolding, HourRuleSet, Person, Posting, StudyRecord, Unit, YearTotal

    if Person.objects.count() >= people:
        return
    early = datetime(YEAR - 1, 1, 1, tzinfo=ZONE)
    units = list(Unit.objects.exclude(parent=None).order_by("path"))
    rule_set = HourRuleSet.objects.first()
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
        each = records // people
        categories = ("LAW", "PROFESSIONAL", "LAW", "PROFESSIONAL", "POLITICAL_THEORY")
        modes = ("CLASS", "ONLINE", "LECTURE")
        batch, serial = [], 0
        sums = {p.pk: dict.fromkeys(("law", "professional", "political_theory", "online"), 0) for p in made}
        for number in range(each):
            day = date(YEAR, 1, 2) + timedelta(days=number * 360 // each)
            at = datetime(day.year, day.month, day.day, 18, tzinfo=ZONE)
            for p in made:
                serial += 1
                category, mode, credit = categories[(serial + number) % 5], modes[serial % 3], 50 + 25 * (serial % 5)
                batch.append(
                    StudyRecord(
                        person=p, year=YEAR, studied_on=day, category=category, mode=mode, title="课程", organiser="区司法局", stated=credit,
                        credit=credit, rule_set=rule_set, origin=f"b{number}", entered_at=at, certified_at=at, sequence=serial, link="",
                    )
                )  # fmt: skip
                sums[p.pk][category.lower()] += credit
                if mode == "ONLINE" and category != "POLITICAL_THEORY":
                    sums[p.pk]["online"] += credit
                if len(batch) == 5000:
                    StudyRecord.objects.bulk_create(batch, batch_size=2000)
                    batch = []
        StudyRecord.objects.bulk_create(batch, batch_size=2000)
        YearTotal.objects.bulk_create(
            [YearTotal(person_id=pk, year=YEAR, **values) for pk, values in sums.items()], batch_size=1000
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
