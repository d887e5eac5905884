"""Pages: a workbook on its way in: uploaded, shown as what it would change, taken over once."""

import hashlib

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training import access, audit, rosters, study_imports
from training.errors import BadInput, DomainError, WrongState
from training.imports.marked import mark_errors
from training.imports.records import read_study_records
from training.imports.roster import read_roster
from training.models import Category, ImportRun, Person, StaffCategory, Unit
from training.periods import day_of

KINDS = ((ImportRun.Kind.ROSTER, _("roster of people")), (ImportRun.Kind.RECORDS, _("training records")))
SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What the file holds"), choices=KINDS)
    file = forms.FileField(label=_("Workbook (.xlsx, .xls) or CSV"))
    unit = forms.ModelChoiceField(
        label=_("Unit of rows that name none"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None
    )
    staff_category = forms.ChoiceField(
        label=_("Staff category of rows that name none"), choices=[("", _("none")), *StaffCategory.choices], required=False
    )
    started_on = forms.DateField(
        label=_("In the unit since, where the file says nothing"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    category = forms.ChoiceField(
        label=_("Category of study that names none"), choices=[("", _("none")), *Category.choices], required=False
    )
    organiser = forms.CharField(label=_("Organiser where the file names none"), max_length=120, required=False)
    year = forms.IntegerField(label=_("Year of dates without one"), min_value=2000, max_value=2100, required=False)
    partial = forms.BooleanField(label=_("Take over the good rows even if others are refused"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = access.reachable_units(user, Unit.objects.all(), "import").order_by("path")

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB.") % {"limit": settings.UPLOAD_LIMIT // 1024 // 1024}
            )
        return file


def _runs(user):
    return ImportRun.objects.filter(created_by=user)


@require_http_methods(["GET", "POST"])
def imports(request):
    access.require(request.user, "import")
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                run = _uploaded(form.cleaned_data, request.user, timezone.now())
            except DomainError as error:
                form.add_error("file", str(error))
            else:
                return redirect("training:import_run", run.pk)
    runs = _runs(request.user).select_related("unit").order_by("-pk")[:20]
    return render(request, "training/imports/imports.html", {"form": form, "runs": runs}, status=status)


def _uploaded(said: dict, by, now) -> ImportRun:
    """Keep the file only when it can be read; the preview is made from it each time it is shown."""
    content = said["file"].read()
    options = {
        "staff_category": said["staff_category"],
        "started_on": said["started_on"].isoformat() if said["started_on"] else "",
        "category": said["category"],
        "organiser": said["organiser"],
        "year": said["year"],
        "partial": said["partial"],
    }
    run = ImportRun(
        kind=said["kind"],
        unit=said["unit"],
        name=said["file"].name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        options=options,
        created_by=by,
        created_at=now,
    )
    plan = _plan(run, content, by, now)
    run.preview = {name: value for name, value in plan.as_dict().items() if isinstance(value, int)}
    run.state = ImportRun.State.PREVIEWED
    run.file.save(f"{run.sha256[:32]}.bin", ContentFile(content), save=False)
    run.save()
    return run


def _plan(run: ImportRun, content: bytes, by, now):
    from_day = run.options["started_on"]
    if run.kind == ImportRun.Kind.ROSTER:
        options = rosters.Options(
            unit=run.unit,
            staff_category=run.options["staff_category"],
            started_on=forms.DateField().clean(from_day) if from_day else None,
            partial=run.options["partial"],
        )
        return rosters.plan(content=content, filename=run.name, options=options, by=by, now=now)
    options = study_imports.Options(
        category=run.options["category"],
        organiser=run.options["organiser"],
        unit=run.unit,
        year=run.options["year"],
        partial=run.options["partial"],
    )
    return study_imports.plan(content=content, filename=run.name, options=options, by=by, now=now)


def _content(run: ImportRun) -> bytes:
    with run.file.open("rb") as file:
        return file.read()


@require_safe
def import_run(request, pk):
    run = get_object_or_404(_runs(request.user).select_related("unit"), pk=pk)
    context = {"run": run, "shown": SHOWN}
    if run.state == ImportRun.State.PREVIEWED:
        plan = _plan(run, _content(run), request.user, timezone.now())
        context |= {"plan": plan, "counts": plan.as_dict(), "errors": plan.errors[:SHOWN], "warnings": plan.warnings[:SHOWN]}
        if run.kind == ImportRun.Kind.ROSTER:
            context["changed"] = [c for c in plan.changes if c.kind == "changed"][:SHOWN]
            context["created"] = [c for c in plan.changes if c.kind == "created"][:SHOWN]
            context["requested"] = [c for c in plan.changes if c.kind == "requested"][:SHOWN]
            context |= {"missing": plan.missing[:SHOWN], "resolve_form": ResolveForm()}
    return render(request, "training/imports/import_run.html", context)


@require_safe
def marked(request, pk):
    """The same workbook with what was found marked in it."""
    run = get_object_or_404(_runs(request.user), pk=pk)
    now = timezone.now()
    content = _content(run)
    plan = _plan(run, content, request.user, now)
    read = read_roster if run.kind == ImportRun.Kind.ROSTER else read_study_records
    understanding = read(content, run.name, today=day_of(now)).understanding
    audit.record(actor=request.user, act="export_marked", subject=f"import:{run.pk}", unit=run.unit, now=now)
    body = mark_errors(content, run.name, [*plan.errors, *plan.warnings], understanding)
    response = HttpResponse(body, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{run.name.rsplit('.', 1)[0]}（标注）.xlsx")
    return response


@require_POST
@transaction.atomic
def apply(request, pk):
    """Take the file over, once: a double click finds it applied."""
    run = get_object_or_404(_runs(request.user).select_for_update(of=["self"]), pk=pk)
    if run.state != ImportRun.State.PREVIEWED:
        raise WrongState(_("This file was taken over already."))
    now = timezone.now()
    plan = _plan(run, _content(run), request.user, now)
    apply_plan = rosters.apply if run.kind == ImportRun.Kind.ROSTER else study_imports.apply
    outcome = apply_plan(plan=plan, by=request.user, now=now)
    run.outcome = {name: value for name, value in outcome.items() if isinstance(value, int)}
    run.state, run.applied_at = ImportRun.State.APPLIED, now
    run.save(update_fields=["outcome", "state", "applied_at"])
    return redirect("training:import_run", run.pk)


class ResolveForm(forms.Form):
    resolution = forms.ChoiceField(
        label=_("What became of the chosen people"),
        choices=[
            ("here", _("still here")),
            ("left", _("left")),
            ("seconded", _("seconded")),
            ("wrong_file", _("wrong file")),
        ],
    )
    on = forms.DateField(label=_("Since or last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@require_POST
def resolve(request, pk):
    """Say in bulk what became of people the roster does not name."""
    run = get_object_or_404(_runs(request.user), pk=pk, kind=ImportRun.Kind.ROSTER)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        raise BadInput(" ".join(message for messages in form.errors.values() for message in messages))
    chosen = [int(value) for value in request.POST.getlist("line") if value.isascii() and value.isdigit() and len(value) < 16]
    people = Person.objects.visible_to(request.user).filter(pk__in=chosen)
    rosters.resolve_missing(people=people, by=request.user, now=timezone.now(), **form.cleaned_data)
    return redirect("training:import_run", run.pk)


urlpatterns = [
    path("imports/<int:pk>/missing/", resolve, name="import_missing"),
    path("imports/", imports, name="imports"),
    path("imports/<int:pk>/", import_run, name="import_run"),
    path("imports/<int:pk>/marked/", marked, name="import_marked"),
    path("imports/<int:pk>/apply/", apply, name="import_apply"),
]
