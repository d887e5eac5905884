"""`manage.py report`: workbook and official document of every unit, and the district summary."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.documents import document
from reports.figures import digest_of, report_data
from reports.lifecycle import reporting_units
from reports.models import Report
from reports.summaries import write_summary
from reports.workbooks import workbook
from training import audit
from training.errors import DomainError
from training.models import Unit
from training.periods import Period, parse_as_of


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
            for unit in units:
                self._write(unit, period, now, as_of, options["out"])
            if not options["unit"]:
                with (options["out"] / f"{period.label}全区汇总.xlsx").open("wb") as file:
                    write_summary(file, district=district, period=period)
        except Unit.DoesNotExist as error:
            raise CommandError(f"There is no unit {options['unit']}.", returncode=1) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}", returncode=1) from error
        audit.record(actor=None, act="export_reports", subject=f"year:{options['year']}", now=now, facts={"units": len(units)})
        self.stdout.write(f"{len(units)} units written to {options['out']}")

    def _write(self, unit, period, now, as_of, folder):
        report = Report.objects.filter(unit=unit, year=period.year, kind=period.kind, number=period.number).first()
        locked = report.versions.order_by("-version").first() if report and as_of is None else None
        if locked is not None:
            data, digest = locked.data, locked.digest
        else:
            data = report_data(unit=unit, period=period, now=now, as_of=as_of)
            if not data["is_open"]:
                raise CommandError(f"The district has not opened {period.year}.", returncode=1)
            digest = digest_of(data)
        stem = f"{unit.code} {unit.name}{period.label}培训情况"
        for form, write in (("xlsx", workbook), ("docx", document)):
            with (folder / f"{stem}.{form}").open("wb") as file:
                write(file, data=data, digest=digest)
