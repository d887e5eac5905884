"""The district's summary of what its units reported: the version each figure comes from, or that nothing came."""

from reports.figures import digest_of
from reports.lifecycle import reporting_units
from reports.models import Report, ReportVersion
from reports.workbooks import summary

STATES = {"draft": "未报", "submitted": "待审核", "accepted": "已接收", "returned": "已退回"}


def rows_of(*, district, period) -> list[dict]:
    """One row a reporting unit, from its last version that was not returned. Three queries."""
    reports = Report.objects.filter(year=period.year, kind=period.kind, number=period.number)
    states = dict(reports.values_list("unit_id", "state"))
    last = {}
    versions = ReportVersion.objects.filter(report__in=reports).exclude(decision=Report.State.RETURNED)
    for version in versions.select_related("report").order_by("version"):
        last[version.report.unit_id] = version
    rows = []
    for unit in reporting_units(district):
        version = last.get(unit.pk)
        rows.append(
            {
                "unit": unit.code,
                "name": unit.name,
                "version": version.version if version else None,
                "state": STATES[states.get(unit.pk, "draft")],
                "total": version.data["total"] if version else None,
                "digest": version.digest if version else "",
            }
        )
    return rows


def summary_of(*, district, period) -> bytes:
    """The summary as a workbook."""
    rows = rows_of(district=district, period=period)
    named = {"name": district.name, "code": district.code}
    return summary(period_label=period.label, district=named, rows=rows, digest=digest_of({"rows": rows}))
