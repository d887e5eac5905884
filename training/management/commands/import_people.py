"""`manage.py import_people FILE`: a roster becomes people; what was done, or would be, is printed as one JSON object."""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training import roster_changes, rosters
from training.errors import DomainError
from training.imports.files import read_file
from training.imports.marked import mark_errors
from training.imports.roster import read_roster
from training.models import StaffCategory, Unit
from training.periods import day_of


def unit_of(code: str) -> Unit | None:
    """The unit of a code given as an option. Raises CommandError."""
    if not code:
        return None
    try:
        return Unit.objects.get(code=code)
    except Unit.DoesNotExist as error:
        raise CommandError(f"There is no unit {code}.", returncode=1) from error


class Command(BaseCommand):
    help = "Import a roster of people."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--partial", action="store_true")
        parser.add_argument("--errors", type=Path)
        parser.add_argument("--create-units", default="", metavar="UNDER")
        parser.add_argument("--unit", default="")
        parser.add_argument("--staff-category", default="", choices=["", *StaffCategory.values])
        parser.add_argument("--from", dest="started_on", type=date.fromisoformat)

    def handle(self, **options):
        now = timezone.now()
        chosen = rosters.Options(
            unit=unit_of(options["unit"]),
            create_units=unit_of(options["create_units"]),
            staff_category=options["staff_category"],
            started_on=options["started_on"],
            partial=options["partial"],
        )
        try:
            content = read_file(options["file"])
            plan = rosters.plan(content=content, filename=options["file"].name, options=chosen, by=None, now=now)
            if options["errors"]:
                understanding = read_roster(content, options["file"].name, today=day_of(now)).understanding
                options["errors"].write_bytes(
                    mark_errors(content, options["file"].name, [*plan.errors, *plan.warnings], understanding)
                )
            outcome = plan.as_dict()
            if not plan.is_refused and not options["dry_run"]:
                outcome = roster_changes.apply(plan=plan, by=None, now=now)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(json.dumps(outcome, ensure_ascii=False))
        if plan.is_refused:
            lines = "\n".join(f"{p.sheet or ''} {p.row}: {p.reason}" for p in plan.errors)
            raise CommandError(lines, returncode=1)
