"""Pages: a workbook on its way in: uploaded, understood, shown as what it would change, taken over once, undone."""

import re
from collections import Counter

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from training import access, accounts, audit, import_runs, jobs, tasks
from training.errors import BadInput, DomainError
from training.import_runs import IMPORTERS, Kind, State
from training.models import AttainmentKind, Category, ImportRun, Job, Person, SessionKind, StaffCategory, Unit
from training.tables import Column, Table
from training.wording import minute_text

ROWS = 20
SHOWN = 200
COLUMN = re.compile(r"column_(?:([0-9]{1,4})_)?([0-9]{1,4})")
OPEN = (State.PREVIEWED, State.REFUSED)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Answers(forms.Form):
    """What the file does not say, asked once. Each kind of file asks only what matters to it."""

    unit = forms.ModelChoiceField(
        label=_("Unit of rows that name none"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None
    )
    partial = forms.BooleanField(label=_("Take over the good rows even if others are refused"), required=False)

    def __init__(self, *args, user, kind, **kwargs):
        super().__init__(*args, **kwargs)
        reach = access.reachable_units(user, Unit.objects.all(), IMPORTERS[kind].act)
        self.fields["unit"].queryset = reach.order_by("path")
        for name, field in self.asked(kind).items():
            self.fields[name] = field
        self.order_fields(["file", "unit"])

    def asked(self, kind) -> dict[str, forms.Field]:
        year = forms.IntegerField(label=_("Year of dates without one"), min_value=2000, max_value=2100, required=False)
        if kind == Kind.ROSTER:
            return {
                "staff_category": _choice(_("Staff category of rows that name none"), StaffCategory.choices),
                "started_on": forms.DateField(
                    label=_("In the unit since, where the file says nothing"),
                    required=False,
                    widget=forms.DateInput(attrs={"type": "date"}),
                ),
            }
        if kind == Kind.RECORDS:
            organiser = forms.CharField(label=_("Organiser where the file names none"), max_length=120, required=False)
            category = _choice(_("Category of study that names none"), Category.choices)
            return {"category": category, "organiser": organiser, "year": year}
        if kind == Kind.SESSIONS:
            return {"kind": _choice(_("Kind of sessions that name none"), SessionKind.choices), "year": year}
        if kind == Kind.ATTAINMENTS:
            kinds = AttainmentKind.objects.order_by("pk").values_list("code", "name")
            return {"kind": _choice(_("Kind of attainments that name none"), list(kinds))}
        year.label = _("Year of adjustments that name none")
        return {"year": year}

    def options(self) -> dict:
        """The answers as they are kept with the run."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in ("file", "unit") and value}
        if "started_on" in said:
            said["started_on"] = said["started_on"].isoformat()
        return said


def _choice(label, choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", _("none")), *choices], required=False)


class UploadForm(Answers):
    file = forms.FileField(label=_("Workbook (.xlsx, .xls) or CSV"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB.") % {"limit": settings.UPLOAD_LIMIT // 1024 // 1024}
            )
        return file


def _runs(user):
    return ImportRun.objects.filter(created_by=user).select_related("unit", "created_by", "job")


def _kinds(user) -> list[tuple[str, str]]:
    return [(kind, kind.label) for kind in Kind if access.may(user, IMPORTERS[kind].act)]


RUNS = Table(
    "imports",
    (
        Column("file", _("File"), order=("name",), cell=lambda row: row.name),
        Column("kind", _("Kind"), order=("kind",), cell=lambda row: row.get_kind_display()),
        Column("unit", _("Unit"), order=("unit__path",), cell=lambda row: row.unit.name),
        Column("at", _("Uploaded"), order=("created_at",), cell=lambda row: minute_text(row.created_at), keeps_line=True),
        Column("state", _("State"), order=("state",), cell=lambda row: row.get_state_display(), leads=True),
    ),
)


@require_http_methods(["GET", "POST"])
def imports(request):
    kinds = _kinds(request.user)
    access.require(request.user, "import")
    kind = request.GET.get("kind") or kinds[0][0]
    if kind not in dict(kinds):
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user, kind=kind)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                run = import_runs.keep(
                    kind=kind,
                    unit=form.cleaned_data["unit"],
                    name=file.name,
                    content=file.read(),
                    options=form.options(),
                    by=request.user,
                    now=timezone.now(),
                )
            except DomainError as error:
                form.add_error("file", str(error))
            else:
                return _begin(run, tasks.read_import, lambda now: import_runs.read(run=run, now=now))
    listing = RUNS.listing(request, _runs(request.user).order_by("-pk"), per_page=ROWS)
    if listing.is_taken_out:
        return listing.csv()
    context = {"form": form, "listing": listing, "kinds": kinds, "kind": kind}
    return render(request, "training/imports/imports.html", context, status=status)


def _begin(run: ImportRun, background, at_once):
    """Do it now where the file is small; else queue it and show how far it is."""
    now = timezone.now()
    if not import_runs.is_large(run):
        at_once(now)
        return redirect("training:import_run", run.pk)
    address = reverse("training:import_run", args=[run.pk])
    job = jobs.begin(kind=f"import_{run.kind}", title=run.name, owner=run.created_by, now=now, address=address)
    ImportRun.objects.filter(pk=run.pk).update(job=job)
    background.enqueue(job.pk, run.pk, translation.get_language())
    return redirect("training:job", job.pk)


@require_safe
def import_run(request, pk):
    run = get_object_or_404(_runs(request.user), pk=pk)
    if run.job is not None and not run.job.is_over and not jobs.is_silent(run.job, timezone.now()):
        return redirect("training:job", run.job.pk)
    missing = None
    if run.preview.get("missing"):
        missing = Paginator(import_runs.still_missing(run, Person.objects.visible_to(request.user)), SHOWN)
    chosen = run.options.get("overrides", {})
    for sheet in run.preview.get("understanding", {}).get("sheets", ()):
        columns = chosen.get("columns", {}) | chosen.get("in_sheets", {}).get(sheet["name"] or "", {})
        for column in sheet["columns"]:
            column["chosen"] = columns.get(str(column["index"]), "as_found")
    context = {
        "run": run,
        "preview": run.preview,
        "figures": _figures(run, missing),
        "listings": [
            listing | {"rows": [list(zip(listing["columns"], row, strict=True)) for row in listing["rows"]]}
            for listing in run.preview.get("listings", ())
        ],
        "said": _said(run),
        "is_shown": run.state in OPEN,
        "form": Answers(user=request.user, kind=run.kind, initial=run.options | {"unit": run.unit.code}),
        "missing": missing and missing.get_page(request.GET.get("page")),
        "resolve_form": ResolveForm(),
        "is_wrong": request.GET.get("wrong") == "1" and run.state in (*OPEN, State.APPLIED),
        "failure": run.job.error if run.job is not None and run.job.state == Job.State.FAILED else "",
    }
    if run.state == State.APPLIED and run.kind == Kind.ROSTER:
        context["waiting"] = import_runs.waiting_for_code(run).count()
    return render(request, "training/imports/import_run.html", context)


def _figures(run: ImportRun, missing: Paginator | None) -> list[tuple]:
    """What the file would do, in numbers: those its kind can have."""
    counts = run.preview.get("counts")
    if counts is None:
        return []
    is_whole = not run.preview["is_refused"]
    figures = [
        (_("New"), counts["created"], is_whole),
        (_("Changed"), counts["changed"], is_whole and run.kind in (Kind.ROSTER, Kind.ADJUSTMENTS)),
        (_("Unchanged"), counts["unchanged"], True),
        (_("To be released elsewhere"), counts["requested"], run.kind == Kind.ROSTER),
        (_("Refused"), counts["refused"], True),
        (_("Not in the file"), missing.count if missing else 0, bool(missing and missing.count)),
    ]
    return [(label, value) for label, value, is_asked in figures if is_asked]


def _said(run: ImportRun) -> list[tuple]:
    """What was said of people the roster does not name: resolution and how many."""
    found = Counter()
    for event in run.preview.get("resolved", ()):
        found[event["resolution"]] += len(event["people"])
    words = dict(ResolveForm.base_fields["resolution"].choices)
    return [(words[resolution], count) for resolution, count in found.items()]


@require_POST
def correct(request, pk):
    """Other answers, or another sheet, header row or meaning of a column; the file is read again."""
    run = get_object_or_404(_runs(request.user), pk=pk)
    form = Answers(request.POST, user=request.user, kind=run.kind)
    if not form.is_valid():
        raise BadInput(" ".join(message for messages in form.errors.values() for message in messages))
    run.unit = form.cleaned_data["unit"]
    run.save(update_fields=["unit"])
    overrides = _overrides(
        request.POST, [sheet["name"] or "" for sheet in run.preview.get("understanding", {}).get("sheets", ())]
    )
    import_runs.correct(run=run, options=form.options() | ({"overrides": overrides} if overrides else {}))
    return _begin(run, tasks.read_import, lambda now: import_runs.read(run=run, now=now))


def _overrides(given, sheets: list[str]) -> dict:
    """Sheet, header rows and columns as chosen on the page; what was left alone is not named.

    `column_0` is the first column of every sheet, `column_1_0` that of the second of `sheets`.
    """
    first, depth = given.get("header_row", ""), given.get("header_depth", "") or "1"
    rows = []
    if first.isdigit() and depth.isdigit() and len(first) < 7 and len(depth) < 2:
        rows = [int(first), int(first) + max(int(depth), 1) - 1]
    columns, in_sheets = {}, {}
    for name, value in given.items():
        found = COLUMN.fullmatch(name)
        if found is None or value == "as_found":
            continue
        place, index = found.groups()
        if place is None:
            columns[index] = value
        elif int(place) < len(sheets):
            in_sheets.setdefault(sheets[int(place)], {})[index] = value
    found = {"sheet": given.get("sheet", ""), "header_rows": rows, "columns": columns, "in_sheets": in_sheets}
    return {name: value for name, value in found.items() if value}


@require_safe
def marked(request, pk):
    """The same workbook with what was found marked in it."""
    run = get_object_or_404(_runs(request.user), pk=pk)
    now = timezone.now()
    body = import_runs.marked_copy(run, now=now)
    audit.record(actor=request.user, act="export_marked", subject=f"import:{run.pk}", unit=run.unit, now=now)
    response = HttpResponse(body, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{run.name.rsplit('.', 1)[0]}（标注）.xlsx")
    return response


@require_POST
def apply(request, pk):
    """Take the file over, once: a double click finds it applied."""
    run = get_object_or_404(_runs(request.user), pk=pk)
    return _begin(run, tasks.take_over_import, lambda now: import_runs.take_over(run_id=run.pk, now=now))


@require_POST
def undo(request, pk):
    run = get_object_or_404(_runs(request.user), pk=pk)
    import_runs.undo(run=run, by=request.user, now=timezone.now())
    return redirect("training:import_run", run.pk)


@require_POST
def discard(request, pk):
    run = get_object_or_404(_runs(request.user), pk=pk)
    import_runs.discard(run=run, by=request.user, now=timezone.now())
    return redirect("training:imports")


class ResolveForm(forms.Form):
    resolution = forms.ChoiceField(
        label=_("What became of the chosen people"),
        choices=[
            ("here", _("still here")),
            ("left", _("left")),
            ("seconded", _("seconded: they stay in this unit and in its count")),
            ("wrong_file", _("wrong file: the whole import is taken back")),
        ],
    )
    on = forms.DateField(label=_("Last day, or seconded since"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    seconded_to = forms.CharField(label=_("Seconded to"), max_length=120, required=False)


@require_POST
def resolve(request, pk):
    """Say in bulk what became of people the roster does not name."""
    run = get_object_or_404(_runs(request.user), pk=pk, kind=Kind.ROSTER)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        raise BadInput(" ".join(message for messages in form.errors.values() for message in messages))
    page = redirect("training:import_run", run.pk)
    if form.cleaned_data["resolution"] == "wrong_file":  # not about the chosen people: asked once more, by the file's name
        page["Location"] += "?wrong=1"
        return page
    missing = import_runs.still_missing(run, Person.objects.visible_to(request.user))
    if request.POST.get("everyone") != "1":
        chosen = [int(v) for v in request.POST.getlist("line") if v.isascii() and v.isdigit() and len(v) < 16]
        missing = missing.filter(pk__in=chosen)
    if not missing:
        raise BadInput(_("Choose at least one person."))
    import_runs.resolve_missing(run=run, people=missing, by=request.user, now=timezone.now(), **form.cleaned_data)
    return page


@require_POST
@never_cache
def codes(request, pk):
    """Fresh activation codes for the people this roster entered, shown once, to be printed and handed out."""
    run = get_object_or_404(_runs(request.user), pk=pk, kind=Kind.ROSTER, state=State.APPLIED)
    people = list(import_runs.waiting_for_code(run))
    issued = accounts.issue_codes_to(people=people, by=request.user, now=timezone.now())
    return render(request, "training/imports/codes.html", {"run": run, "issued": issued})


urlpatterns = [
    path("imports/", imports, name="imports"),
    path("imports/<int:pk>/", import_run, name="import_run"),
    path("imports/<int:pk>/correct/", correct, name="import_correct"),
    path("imports/<int:pk>/marked/", marked, name="import_marked"),
    path("imports/<int:pk>/apply/", apply, name="import_apply"),
    path("imports/<int:pk>/undo/", undo, name="import_undo"),
    path("imports/<int:pk>/discard/", discard, name="import_discard"),
    path("imports/<int:pk>/missing/", resolve, name="import_missing"),
    path("imports/<int:pk>/codes/", codes, name="import_codes"),
]
