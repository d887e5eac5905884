"""`manage.py assess`: the standing of people and units, on standard output."""

import csv
import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import bodies, compliance
from training.errors import DomainError
from training.imports.cells import FORMULA_STARTS
from training.models import Person, Unit
from training.periods import Period, parse_as_of
from training.templatetags.ui import hours_text

PEOPLE = ("staff_no", "name", "unit", "requirement", "status", "required", "attained", "remaining")
# one table, so that one reader takes it: the last column says whether a row is about a person or a unit
COLUMNS = (*PEOPLE, "kind")


class Command(BaseCommand):
    help = "Print the standing of people and units."

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--unit", default="")
        parser.add_argument("--as-of", default="")
        parser.add_argument("--format", choices=["json", "csv"], default="json")

    def handle(self, **options):
        try:
            unit = Unit.objects.get(code=options["unit"]) if options["unit"] else Unit.objects.filter(parent=None).first()
        except Unit.DoesNotExist as error:
            raise CommandError(f"There is no unit {options['unit']}.", returncode=1) from error
        if unit is None:
            raise CommandError("There are no units: run `manage.py setup` first.", returncode=1)
        try:
            as_of = parse_as_of(options["as_of"]) if options["as_of"] else None
            assessment = compliance.assess(unit=unit, period=Period(options["year"]), now=timezone.now(), as_of=as_of)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if not assessment.is_open:
            raise CommandError(f"The district has not opened {options['year']}.", returncode=1)
        people, units = rows_of(assessment)
        if options["format"] == "json":
            answer = {
                "year": assessment.period.year,
                "as_of": timezone.localtime(assessment.instant).isoformat(timespec="seconds"),
                "people": people,
                "units": units,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            writer = csv.DictWriter(self.stdout, fieldnames=COLUMNS, lineterminator="\n")
            writer.writeheader()
            for kind, rows in (("person", people), ("unit", units)):
                writer.writerows({name: harmless(value) for name, value in row.items()} | {"kind": kind} for row in rows)


def harmless(value):
    """A cell that a spreadsheet would take for a formula, marked as text by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def rows_of(assessment) -> tuple[list[dict], list[dict]]:
    """The people and the units of an assessment, hours as text with two decimals. Constant queries."""
    names = {
        pk: rest for pk, *rest in Person.objects.filter(postings__isnull=False).distinct().values_list("pk", "staff_no", "name")
    }
    people = [
        {
            "staff_no": names[row.person_id][0],
            "name": names[row.person_id][1],
            "unit": assessment.units[row.unit_id].code,
            "requirement": row.requirement.code,
            "status": row.status,
            "required": None if row.required is None else hours_text(row.required),
            "attained": hours_text(row.attained),
            "remaining": None if row.remaining is None else hours_text(row.remaining),
        }
        for row in assessment.people
    ]
    units = [
        {
            "unit": standing.unit.code,
            "requirement": standing.requirement.code,
            "status": standing.status,
            "required": standing.required,
            "attained": standing.attained,
        }
        for standing in bodies.assess_bodies(assessment).standings
    ]
    return people, units
