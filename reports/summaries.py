"""The district's summary of what its units reported: the version each figure comes from, or that nothing came."""

from reports import wording
from reports.figures import digest_of
from reports.lifecycle import reporting_units
from reports.models import Report, ReportVersion
from reports.workbooks import summary
from training.models import Measure, Requirement


def rows_of(*, district, period) -> list[dict]:
    """One row a reporting unit, from its last version that was not returned. Three queries; no locked rows are read."""
    reports = Report.objects.filter(year=period.year, kind=period.kind, number=period.number)
    states = dict(reports.values_list("unit_id", "state"))
    last = {}
    versions = ReportVersion.objects.filter(report__in=reports).exclude(decision=Report.State.RETURNED)
    for version in versions.order_by("version").values("report__unit", "version", "digest", "data__total"):
        last[version["report__unit"]] = version
    rows = []
    for unit in reporting_units(district):
        version = last.get(unit.pk)
        rows.append(
            {
                "unit": unit.code,
                "name": unit.name,
                "version": version["version"] if version else None,
                "state": Report.State(states.get(unit.pk, Report.State.DRAFT)),
                "total": version["data__total"] if version else None,
                "digest": version["digest"] if version else "",
            }
        )
    return rows


def write_summary(file, *, district, period) -> None:
    """Write the summary as a workbook to `file`."""
    rows = rows_of(district=district, period=period)
    named = {"name": district.name, "code": district.code}
    hours = (
        Requirement.objects.of_year(period.year).filter(superseded_at=None, measure=Measure.HOURS).values("measure", "counted")
    )
    counted = wording.counted_of({"requirements": hours})
    summary(file, period_label=period.label, district=named, rows=rows, digest=digest_of({"rows": rows}), counted=counted)
