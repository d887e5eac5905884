"""The files of many units at once: workbook and official document of each, and the district's summary."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from reports.documents import document
from reports.figures import digest_of, report_data
from reports.models import Report
from reports.summaries import write_summary
from reports.workbooks import workbook
from training.errors import YearNotOpened
from training.periods import Period

FORMS = (("xlsx", workbook), ("docx", document))


def write_bundle(
    folder: Path, *, units: list, period: Period, now: datetime, as_of: datetime | None = None, district=None, progress: Callable
) -> None:
    """Write the files of `units` into `folder`, and with `district` its summary too.

    A unit that has reported is printed from its last version; another, and any as of a day, from the figures of then.
    `progress` is called with (done, total, what). Raises YearNotOpened.
    """
    for done, unit in enumerate(units):
        progress(done, len(units), unit.name)
        data, digest = _figures(unit, period, now, as_of)
        stem = f"{unit.code} {unit.name}{period.label}培训情况"
        for form, write in FORMS:
            with (folder / f"{stem}.{form}").open("wb") as file:
                write(file, data=data, digest=digest)
    if district is not None:
        with (folder / f"{period.label}全区汇总.xlsx").open("wb") as file:
            write_summary(file, district=district, period=period)
    progress(len(units), len(units), _("Packing the files"))


def _figures(unit, period: Period, now: datetime, as_of: datetime | None) -> tuple[dict, str]:
    report = Report.objects.filter(unit=unit, year=period.year, kind=period.kind, number=period.number).first()
    standing = report.versions.exclude(decision=Report.State.RETURNED) if report and as_of is None else None
    locked = standing.order_by("-version").first() if standing is not None else None
    if locked is not None:
        return locked.data, locked.digest
    data = report_data(unit=unit, period=period, now=now, as_of=as_of)
    if not data["is_open"]:
        raise YearNotOpened(year=period.year)
    return data, digest_of(data)
