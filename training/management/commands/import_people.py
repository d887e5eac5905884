"""`manage.py import_people FILE`: a roster becomes people; what was done, or would be, is printed as one JSON object."""

from datetime import date

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from training import roster_changes, rosters
from training.management.importing import ImportCommand
from training.models import StaffCategory, Unit


def unit_of(code: str) -> Unit | None:
    """The unit of a code given as an option. Raises CommandError."""
    if not code:
        return None
    try:
        return Unit.objects.get(code=code)
    except Unit.DoesNotExist as error:
        raise CommandError(_("There is no unit %(code)s.") % {"code": code}, returncode=1) from error


class Command(ImportCommand):
    help = "Import a roster of people."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--create-units", default="", metavar="UNDER")
        parser.add_argument("--unit", default="")
        parser.add_argument("--staff-category", default="", choices=["", *StaffCategory.values])
        parser.add_argument("--from", dest="started_on", type=date.fromisoformat)

    def plan(self, *, content, filename, now, options):
        chosen = rosters.Options(
            unit=unit_of(options["unit"]),
            create_units=unit_of(options["create_units"]),
            staff_category=options["staff_category"],
            started_on=options["started_on"],
            partial=options["partial"],
        )
        return rosters.plan(content=content, filename=filename, options=chosen, by=None, now=now)

    def apply(self, *, plan, now, options):
        return roster_changes.apply(plan=plan, by=None, now=now)
