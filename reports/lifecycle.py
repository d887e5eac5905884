"""A report's way: draft, submitted (which locks the period), accepted or returned; afterwards only amendments."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from reports.figures import SPELL, digest_of, report_data
from reports.models import Report, ReportVersion
from training import access, audit, ledger, periods
from training.errors import BadInput, OwnDecision, WrongState, YearNotOpened
from training.evidence import accepted, plain_name
from training.models import AuditEvent, UnitKind
from training.models.ledger import Category
from training.periods import Period

REPORTING = (UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.SUBDISTRICT, UnitKind.VERTICAL)


def reporting_units(district):
    """The units that report on their own, each with everything below it."""
    return district.children.filter(kind__in=REPORTING).order_by("path")


def reports_on_its_own(unit) -> bool:
    return unit.kind in REPORTING and unit.parent is not None and unit.parent.parent_id is None


def report_of(*, unit, period: Period) -> Report:
    """The report of a unit and period, made as a draft at first sight."""
    found, _created = Report.objects.get_or_create(unit=unit, year=period.year, kind=period.kind, number=period.number)
    return found


@transaction.atomic
def submit(*, report: Report, by, now: datetime, scan: bytes = b"", scan_name: str = "") -> ReportVersion:
    """Lock the period and keep its rows as version 1 (or the next, after a return).

    Raises WrongState when it is submitted or accepted already, YearNotOpened, BadInput for a missing or unusable scan.
    Source: part three of the opinion of 2022 (periodic reports).
    """
    access.require(by, "submit_report", report.unit)
    if not reports_on_its_own(report.unit):
        raise BadInput(_("This unit does not report on its own: the unit above it does."))
    found = _locked(report, Report.State.DRAFT, Report.State.RETURNED)
    version = _keep(found, by=by, now=now, scan=scan, scan_name=scan_name, amends="")
    periods.lock(unit=found.unit, period=found.period, origin=f"reports.report:{found.pk}", now=now)
    _audit("submit_report", found, version, by, now)
    return version


@transaction.atomic
def accept(*, report: Report, by, now: datetime) -> Report:
    """The district accepts what was submitted. Raises OwnDecision for one's own submission."""
    found, version = _decide(report, by, now, Report.State.ACCEPTED, "")
    _audit("accept_report", found, version, by, now)
    return found


@transaction.atomic
def return_(*, report: Report, reason: str, by, now: datetime) -> Report:
    """Send the report back; the period is open again until the next submission.

    A returned amendment leaves the accepted version in force and the period locked.
    """
    if not reason.strip():
        raise BadInput(_("State the reason of the return."))
    found, version = _decide(report, by, now, Report.State.RETURNED, reason)
    if found.versions.filter(decision=Report.State.ACCEPTED).exists():
        found.state = Report.State.ACCEPTED
        found.save(update_fields=["state"])
    else:
        periods.lift(unit=found.unit, period=found.period, now=now)
    _audit("return_report", found, version, by, now)
    return found


@transaction.atomic
def amend(*, report: Report, reason: str, by, now: datetime, scan: bytes = b"", scan_name: str = "") -> ReportVersion:
    """After late entries: the next numbered version. The versions before it stay as they are.

    Raises WrongState when the report was not accepted, or when nothing differs from the last version.
    """
    access.require(by, "submit_report", report.unit)
    if not reason.strip():
        raise BadInput(_("State the reason of the amendment."))
    found = _locked(report, Report.State.ACCEPTED)
    if not difference(report=found, now=now):
        raise WrongState(_("Nothing differs from the last version."))
    version = _keep(found, by=by, now=now, scan=scan, scan_name=scan_name, amends=reason)
    _audit("amend_report", found, version, by, now)
    return version


COMPARED = {
    "obliged": _("Obliged"),
    "trained": _("Trained"),
    "met": _("Met"),
    "unmet": _("Not met"),
    "met_adjusted": _("Met after adjustment"),
    "adjusted_base": _("Obliged after adjustment"),
    "attained": _("Counted hours"),
}
ROWS = {"people": _("Rows of people"), "records": _("Rows of study records"), "sessions": _("Rows of sessions")}
FIGURES = COMPARED | dict(Category.choices) | ROWS | {"changed_rows": _("Rows that changed")}
IN_HOURS = {"attained", *Category.values}


def difference(*, report: Report, now: datetime) -> list[tuple[str, int, int]]:
    """(figure, locked, present) where the present ledger says something else than the last version that stands.

    Totals, hours by category, and the number of rows; rows that changed within equal totals show as `changed_rows`.
    """
    last = report.versions.exclude(decision=Report.State.RETURNED).order_by("-version").first()
    if last is None:
        return []
    present, locked = report_data(unit=report.unit, period=report.period, now=now), last.data
    pairs = [(name, locked["total"][name], present["total"][name]) for name in COMPARED]
    pairs += [(name, locked["total"]["credits"][name], present["total"]["credits"][name]) for name in present["total"]["credits"]]
    pairs += [(name, len(locked[name]), len(present[name])) for name in ROWS]
    found = [pair for pair in pairs if pair[1] != pair[2]]
    if not found:
        changed = sum(_changed(locked[name], present[name]) for name in ROWS)
        if changed:
            found = [("changed_rows", 0, changed)]
    return found


def _changed(locked, present) -> int:
    """Rows of now that the locked ones do not have. By their spelling: row against row would be the square of the ledger."""
    first = next(iter(locked), None)
    fields = list(first) if isinstance(first, dict) else None  # a field that reports have gained since is no change
    known = {SPELL(row) for row in locked}
    return sum(SPELL({name: row[name] for name in fields} if fields else row) not in known for row in present)


def _locked(report: Report, *states: str) -> Report:
    found = Report.objects.select_for_update(of=["self"]).select_related("unit").get(pk=report.pk)
    if found.state not in states:
        raise WrongState()
    return found


def _keep(report: Report, *, by, now, scan: bytes, scan_name: str, amends: str) -> ReportVersion:
    ledger.hold_still()  # hours certified beside us are in these figures, or find the period locked: never between
    data = report_data(unit=report.unit, period=report.period, now=now)
    if not data["is_open"]:
        raise YearNotOpened(year=report.year)
    number = report.versions.count() + 1
    data |= {"version": number, "amends": amends, "people": list(data["people"])}
    version = ReportVersion(
        report=report, version=number, amends=amends[:300], data=data, digest=digest_of(data), submitted_at=now, submitted_by=by
    )
    if not scan:
        raise BadInput(_("Attach the stamped scan of the report."))
    version.scan_media_type, suffix = accepted(scan)
    version.scan_name = plain_name(scan_name, suffix)
    version.scan.save(f"{hashlib.sha256(scan).hexdigest()[:32]}{suffix}", ContentFile(scan), save=False)
    version.save()
    report.state = Report.State.SUBMITTED
    report.save(update_fields=["state"])
    return version


def _decide(report: Report, by, now, state: str, reason: str):
    access.require(by, "decide_report", report.unit)
    found = _locked(report, Report.State.SUBMITTED)
    version = found.versions.defer("data").order_by("-version").first()
    if version.submitted_by_id == by.pk:
        raise OwnDecision()
    version.decision, version.decided_at, version.decided_by, version.reason = state, now, by, reason[:300]
    version.save(update_fields=["decision", "decided_at", "decided_by", "reason"])
    found.state = state
    found.save(update_fields=["state"])
    return found, version


def _audit(act: str, report: Report, version: ReportVersion, by, now) -> None:
    facts = {"version": version.version, "digest": version.digest}
    audit.record(actor=by, act=act, subject=f"report:{report.pk}", unit=report.unit, now=now, facts=facts)


def first_altered_version() -> str | None:
    """The first version whose rows or digest are no longer those that were locked; None when all are.

    The digest of each is in the chain of the audit trail since the day it was handed in.
    """
    handed_in = AuditEvent.objects.filter(act__in=("submit_report", "amend_report")).values_list("subject", "facts")
    digests = {(subject, facts["version"]): facts["digest"] for subject, facts in handed_in.iterator()}
    versions = ReportVersion.objects.order_by("report", "version")
    for version in versions.iterator(chunk_size=1):
        known = digests.pop((f"report:{version.report_id}", version.version), None)
        if version.digest != known or digest_of(version.data) != known:
            return f"report {version.report_id} version {version.version}"
    return next((f"{subject.replace(':', ' ')} version {number}" for subject, number in digests), None)
