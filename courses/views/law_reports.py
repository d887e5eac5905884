"""Pages: year-end reports on law and duty reports of town heads: who owes one, what was handed in, what was said."""

from django import forms
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from courses import law_reports
from courses.models import LawReport
from training import access, audit, evidence
from training.bodies import assess_bodies
from training.errors import DomainError
from training.models import Unit
from training.scope import scope_of, years_to_choose
from training.tables import Column, Table
from training.views.registrations import LateFields

KINDS = [(kind.value, kind.label) for kind in law_reports.OFFICES]


class ReportForm(LateFields):
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    office = forms.ChoiceField(label=_("Office"), choices=LawReport.Office.choices)
    reporter = forms.CharField(label=_("Reported by"), max_length=80)
    form = forms.ChoiceField(label=_("Form"), choices=LawReport.Form.choices)
    reported_on = forms.DateField(label=_("Reported on"), widget=forms.DateInput(attrs={"type": "date"}))
    kind_of_evidence = None
    file = forms.FileField(label=_("The report as a file"))
    field_order = ("unit", "year", "kind", "office", "reporter", "form", "reported_on", "file")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = access.reachable_units(user, Unit.objects.all(), "plan_sessions").order_by("path")


class CommentForm(forms.Form):
    comments = forms.CharField(label=_("Comments"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)


OWED = Table(
    "law_reports",
    (
        Column("unit", _("Unit"), key=lambda row: row.unit.path, cell=lambda row: row.unit.name),
        Column("kind", _("Kind"), key=lambda row: row.kind, cell=lambda row: row.kind_label),
        Column("office", _("Office"), key=lambda row: row.office, cell=lambda row: row.office_label),
        Column("reporter", _("Reported by"), cell=lambda row: row.report.reporter if row.report else ""),
        Column(
            "reported_on",
            _("Reported on"),
            key=lambda row: str(row.report.reported_on) if row.report else "",
            cell=lambda row: row.report.reported_on if row.report else "",
            keeps_line=True,
        ),
        Column("state", _("State"), cell=lambda row: _("handed in") if row.report else _("missing"), leads=True),
    ),
)


@require_safe
def reports(request):
    scope = scope_of(request)
    handed = LawReport.objects.visible_to(request.user).filter(year=scope.year, unit__path__startswith=scope.unit.path)
    rows = law_reports.owed(found=assess_bodies(scope.assessment()), reports=handed.select_related("unit"))
    kind = request.GET.get("kind", "")
    rows = [row for row in rows if not kind or row.kind == kind]
    units = list(scope.units.order_by("path").only("code", "name", "path"))
    filters = [
        ("unit", _("Unit"), scope.unit.name if scope.unit != units[0] else ""),
        ("kind", _("Kind"), dict(KINDS).get(kind, kind)),
    ]
    listing = OWED.listing(request, rows, filters=filters)
    if listing.is_taken_out:
        return listing.csv(unit=scope.unit)
    context = {
        "scope": scope,
        "listing": listing,
        "handed": sum(row.report is not None for row in rows),
        "total": len(rows),
        "units": units,
        "years": years_to_choose(scope.year),
        "kinds": KINDS,
        "kind": kind,
        "may_hand_in": access.may(request.user, "plan_sessions"),
    }
    return render(request, "courses/law_reports/reports.html", context)


@require_http_methods(["GET", "POST"])
def hand_in(request):
    access.require(request.user, "plan_sessions")
    now = timezone.now()
    given = {name: request.GET.get(name, "") for name in ("unit", "kind", "office")}
    initial = given | {"year": request.GET.get("year") or timezone.localdate(now).year}
    form = ReportForm(request.POST or None, request.FILES or None, user=request.user, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = {
                name: form.cleaned_data[name] for name in ("unit", "year", "kind", "office", "reporter", "form", "reported_on")
            }
            file = form.cleaned_data["file"]
            try:
                report = law_reports.hand_in(
                    **said,
                    name=file.name,
                    content=file.read(evidence.LARGEST + 1),
                    late=form.late(),
                    by=request.user,
                    now=now,
                )
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("courses:law_report", report.pk)
    return render(request, "courses/law_reports/hand_in.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def report(request, pk):
    rows = LawReport.objects.visible_to(request.user).select_related("unit", "handed_in_by", "commented_by", "submission")
    found = get_object_or_404(rows, pk=pk)
    may_comment = access.may(request.user, "review_sessions", found.unit)
    form = CommentForm(request.POST if request.method == "POST" else None, initial={"comments": found.comments})
    if request.method == "POST":
        access.require(request.user, "review_sessions", found.unit)
        if form.is_valid():
            law_reports.comment(report=found, comments=form.cleaned_data["comments"], by=request.user, now=timezone.now())
            return redirect("courses:law_report", pk)
    status = 422 if form.errors else 200
    return render(
        request, "courses/law_reports/report.html", {"report": found, "form": form, "may_comment": may_comment}, status=status
    )


@require_safe
def report_file(request, pk):
    found = get_object_or_404(LawReport.objects.visible_to(request.user).select_related("unit"), pk=pk)
    audit.record(actor=request.user, act="see_material", subject=f"law_report:{found.pk}", unit=found.unit, now=timezone.now())
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.file_name)


urlpatterns = [
    path("law-reports/", reports, name="law_reports"),
    path("law-reports/new/", hand_in, name="hand_in_law_report"),
    path("law-reports/<int:pk>/", report, name="law_report"),
    path("law-reports/<int:pk>/file/", report_file, name="law_report_file"),
]
