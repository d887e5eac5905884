"""Pages: reports of units, from draft to accepted, with every version to download."""

import tempfile

from django import forms
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from reports import lifecycle, summaries, tasks
from reports.documents import document
from reports.figures import digest_of, report_data
from reports.models import Report, ReportVersion
from reports.workbooks import workbook
from training import access, audit, compliance, evidence, jobs
from training.errors import DomainError, YearNotOpened
from training.models import Unit, YearOpening
from training.periods import day_of
from training.scope import PERIODS, period_of, scope_of, years_to_choose
from training.tables import Column, Table
from training.views.boards import period_word
from training.wording import hours_text, percent_text

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
PRINTED = {"xlsx": workbook, "docx": document}
DECISIONS = {"accept": "decide_report", "return": "decide_report", "amend": "submit_report"}


class SubmitForm(forms.Form):
    scan = forms.FileField(label=_("Scan of the signed and stamped report"))


class AmendForm(SubmitForm):
    reason = forms.CharField(label=_("Reason of the amendment"), max_length=300)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)


def _total(name: str):
    return lambda row: row["total"][name] if row["total"] else None


def _rate(row) -> int | None:
    total = row["total"]
    return total["met"] * 1_000_000 // total["obliged"] if total and total["obliged"] else None


def _rate_text(row) -> str:
    return percent_text(row["total"]["met"], row["total"]["obliged"]) if row["total"] else "—"


REPORTS = Table(
    "reports",
    (
        Column("unit", _("Unit"), key=lambda row: row["place"], cell=lambda row: row["name"]),
        Column("version", _("Version"), key=lambda row: row["version"], cell=lambda row: row["version"] or ""),
        Column("state", _("State"), key=lambda row: row["state"].value, cell=lambda row: row["state"].label, leads=True),
        Column("obliged", _("Obliged"), key=_total("obliged"), cell=_total("obliged"), is_number=True),
        Column("met", _("Met"), key=_total("met"), cell=_total("met"), is_number=True),
        Column("rate", _("Rate (strict)"), key=_rate, cell=_rate_text, is_number=True, leads=True),
    ),
)
MOST_UNITS = 1000  # the reporting units of a district stand on one page


@require_safe
def reports(request):
    scope = scope_of(request, "see_reports")
    district = Unit.objects.filter(parent=None).first()
    reachable = set(scope.units.values_list("code", flat=True))
    rows = [row for row in summaries.rows_of(district=district, period=scope.period) if row["unit"] in reachable]
    handed = sum(1 for row in rows if row["version"])
    rows = [row | {"place": place} for place, row in enumerate(rows)]
    listing = REPORTS.listing(request, rows, per_page=MOST_UNITS)
    if listing.is_taken_out:
        return listing.csv(unit=scope.unit)
    context = {
        "scope": scope,
        "listing": listing,
        "rows": rows,
        "handed": handed,
        "periods": [(code, period_word(code)) for code in PERIODS],
        "years": years_to_choose(scope.year),
        "is_district": district.code in reachable,
    }
    return render(request, "reports/reports.html", context)


@require_safe
def of_unit(request, code):
    """The report of a unit and the period of the address."""
    unit = get_object_or_404(access.reachable_units(request.user, Unit.objects.all(), "see_reports"), code=code)
    period = period_of(request.GET, timezone.now())
    report = Report.objects.filter(unit=unit, year=period.year, kind=period.kind, number=period.number).first()
    return _page(request, report or Report(unit=unit, year=period.year, kind=period.kind, number=period.number))


def _page(request, report, *, form=None, status=200):
    now = timezone.now()
    versions = []
    if report.pk:
        versions = list(report.versions.select_related("submitted_by", "decided_by").defer("data").order_by("-version"))
    changes = lifecycle.difference(report=report, now=now) if versions else []
    may_submit = access.may(request.user, "submit_report", report.unit)
    is_open = YearOpening.objects.filter(year=report.year).exists()
    draft = None
    if is_open and report.state in ("draft", "returned"):
        draft = compliance.assess(unit=report.unit, period=report.period, now=now).total()
    context = {
        "report": report,
        "versions": versions,
        "changes": [
            (lifecycle.FIGURES[name], *(_figure(name, value) for value in (before, after, after - before)), after > before)
            for name, before, after in changes
        ],
        "draft": draft,
        "is_open": is_open,
        "runs_on": day_of(now) <= report.period.ends_on,
        "period_code": next(code for code, pair in PERIODS.items() if pair == (report.kind, report.number)),
        "may_submit": may_submit and is_open and report.state in ("draft", "returned"),
        "may_amend": may_submit and report.state == "accepted" and bool(changes),
        "may_decide": access.may(request.user, "decide_report", report.unit) and report.state == "submitted",
        "submit_form": form if isinstance(form, SubmitForm) and not isinstance(form, AmendForm) else SubmitForm(),
        "amend_form": form if isinstance(form, AmendForm) else AmendForm(),
        "reason_form": form if isinstance(form, ReasonForm) else ReasonForm(),
    }
    return render(request, "reports/report.html", context, status=status)


def _figure(name: str, value: int) -> str:
    return hours_text(value) if name in lifecycle.IN_HOURS else str(value)


def _address(report) -> str:
    code = next(code for code, pair in PERIODS.items() if pair == (report.kind, report.number))
    return f"/reports/{report.unit.code}/?year={report.year}&period={code}"


def _scan(form) -> dict:
    file = form.cleaned_data["scan"]
    return {"scan": file.read(evidence.LARGEST + 1), "scan_name": file.name}


@require_POST
def submit(request, code):
    unit = get_object_or_404(access.reachable_units(request.user, Unit.objects.all(), "see_reports"), code=code)
    access.require(request.user, "submit_report", unit)
    report = lifecycle.report_of(unit=unit, period=period_of(request.GET, timezone.now()))
    form = SubmitForm(request.POST, request.FILES)
    return _done(
        request, report, form, lambda: lifecycle.submit(report=report, by=request.user, now=timezone.now(), **_scan(form))
    )


def _done(request, report, form, act):
    """Do `act` with what the form holds; what is refused is said in its place, and the page stays."""
    if not form.is_valid():
        return _page(request, report, form=form, status=422)
    try:
        act()
    except DomainError as error:
        if error.status == 403:
            raise
        form.add_error(None, str(error))
        report.refresh_from_db()
        return _page(request, report, form=form, status=error.status)
    return redirect(_address(report))


@require_POST
def decide(request, pk, act):
    report = get_object_or_404(Report.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if act not in DECISIONS:
        raise Http404
    access.require(request.user, DECISIONS[act], report.unit)
    now = timezone.now()
    if act == "accept":
        lifecycle.accept(report=report, by=request.user, now=now)
        return redirect(_address(report))
    if act == "return":
        form = ReasonForm(request.POST)
        facts = {"report": report, "by": request.user, "now": now}
        return _done(request, report, form, lambda: lifecycle.return_(reason=form.cleaned_data["reason"], **facts))
    form = AmendForm(request.POST, request.FILES)
    facts = {"report": report, "by": request.user, "now": now}
    return _done(request, report, form, lambda: lifecycle.amend(reason=form.cleaned_data["reason"], **_scan(form), **facts))


def _file(make, form: str, name: str, **facts) -> FileResponse:
    """What `make` writes, sent from disk: a large workbook is never in memory as a whole."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it when it has been sent
    make(file, **facts)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.{form}", content_type=MEDIA[form])


@require_safe
def draft(request, code, form):
    """Workbook or document of the figures as they are now; not a reported version."""
    if form not in PRINTED:
        raise Http404
    unit = get_object_or_404(access.reachable_units(request.user, Unit.objects.all(), "see_reports"), code=code)
    scope = scope_of(request, "see_reports")
    data = report_data(unit=unit, period=scope.period, now=scope.now, as_of=scope.as_of)
    audit.record(
        actor=request.user,
        act="export_draft",
        subject=f"unit:{unit.code}",
        unit=unit,
        now=scope.now,
        facts={"period": scope.period.label},
    )
    return _file(PRINTED[form], form, f"{unit.name}{scope.period.label}（草稿）", data=data, digest=digest_of(data))


@require_safe
def version(request, pk, number, form):
    """The workbook or document of the locked rows, or the stamped scan."""
    if form not in (*PRINTED, "scan"):
        raise Http404
    found = get_object_or_404(
        ReportVersion.objects.select_related("report__unit").filter(report__in=Report.objects.visible_to(request.user)),
        report_id=pk,
        version=number,
    )
    unit = found.report.unit
    facts = {"version": found.version, "form": form}
    audit.record(actor=request.user, act="export_report", subject=f"report:{pk}", unit=unit, now=timezone.now(), facts=facts)
    if form == "scan":
        return FileResponse(
            found.scan.open("rb"), as_attachment=True, filename=found.scan_name, content_type=found.scan_media_type
        )
    name = f"{unit.name}{found.report.period.label}（第{found.version}版）"
    return _file(PRINTED[form], form, name, data=found.data, digest=found.digest)


@require_safe
def summary(request):
    district = get_object_or_404(access.reachable_units(request.user, Unit.objects.filter(parent=None), "see_reports"))
    now = timezone.now()
    period = period_of(request.GET, now)
    audit.record(
        actor=request.user,
        act="export_summary",
        subject=f"unit:{district.code}",
        unit=district,
        now=now,
        facts={"period": period.label},
    )
    return _file(summaries.write_summary, "xlsx", f"{district.name}{period.label}汇总", district=district, period=period)


@require_POST
def write_all(request):
    """Every unit's files of a period, made in the background; the job's page shows how far it is and hands them out."""
    district = get_object_or_404(access.reachable_units(request.user, Unit.objects.filter(parent=None), "see_reports"))
    now = timezone.now()
    period = period_of(request.GET, now)
    if not YearOpening.objects.filter(year=period.year).exists():
        raise YearNotOpened(year=period.year)
    job = jobs.begin(kind="reports", title=f"{district.name}{period.label}", owner=request.user, now=now)
    tasks.write_all_reports.enqueue(job.pk, period.year, period.kind, period.number, translation.get_language())
    return redirect("training:job", job.pk)
