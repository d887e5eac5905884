"""`manage.py report`: workbook and official document of every unit, and the district summary."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.bundles import write_bundle
from reports.lifecycle import reporting_units
from training import audit
from training.errors import DomainError
from training.models import Unit
from training.periods import Period, parse_as_of
from training.plans import no_progress


class Command(BaseCommand):
    help = "Write workbook and official document per unit, and the district summary."

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--unit", default="")
        parser.add_argument("--as-of", default="")
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, **options):
        now = timezone.now()
        district = Unit.objects.filter(parent=None).first()
        if district is None:
            raise CommandError("There are no units: run `manage.py setup` first.", returncode=1)
        try:
            units = [Unit.objects.get(code=options["unit"])] if options["unit"] else [district, *reporting_units(district)]
            as_of = parse_as_of(options["as_of"]) if options["as_of"] else None
            period = Period(options["year"])
            options["out"].mkdir(parents=True, exist_ok=True)
            write_bundle(
                options["out"],
                units=units,
                period=period,
                now=now,
                as_of=as_of,
                district=None if options["unit"] else district,
                progress=no_progress,
            )
        except Unit.DoesNotExist as error:
            raise CommandError(f"There is no unit {options['unit']}.", returncode=1) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}", returncode=1) from error
        audit.record(actor=None, act="export_reports", subject=f"year:{options['year']}", now=now, facts={"units": len(units)})
        self.stdout.write(f"{len(units)} units written to {options['out']}")
