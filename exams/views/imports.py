"""Pages: a file of questions: dropped, understood item by item, taken over."""

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import item_imports, tasks
from exams.models import Classification, ItemImport
from training import access, jobs
from training.errors import BadInput, DomainError
from training.models import Job

ROWS = 50
FORMATS = (
    ("xlsx", "Excel"),
    ("docx", "Word"),
    ("csv", "CSV"),
    ("txt", _("plain text")),
    ("json", "JSON"),
    ("gift", "GIFT"),
    ("aiken", "Aiken"),
    ("moodlexml", "Moodle XML"),
    ("qti", "QTI"),
)
FILTERS = {
    "refused": lambda row: row["outcome"] == "refused",
    "noted": lambda row: bool(row["notes"]) and row["outcome"] != "refused",
    "taken": lambda row: row["outcome"] in ("created", "changed"),
    "unchanged": lambda row: row["outcome"] == "unchanged",
}


class Answers(forms.Form):
    """What the file does not say."""

    format = forms.ChoiceField(label=_("Format"), choices=[("auto", _("as the file shows")), *FORMATS], initial="auto")
    classification = forms.ChoiceField(
        label=_("Classification where the file says none"), choices=Classification.choices, initial=Classification.EXAM
    )
    written_on = forms.DateField(
        label=_("When the bank was written"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Questions that name a law amended since are flagged for review."),
    )

    def options(self) -> dict:
        """The answers as they are kept with the run."""
        said = self.cleaned_data
        return {
            "classification": said["classification"],
            "written_on": said["written_on"].isoformat() if said["written_on"] else "",
        }


class ImportForm(Answers):
    file = forms.FileField(label=_("File of questions"), help_text=_("Excel, Word, CSV, JSON, GIFT, Aiken, Moodle XML or QTI"))
    field_order = ("file",)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB.") % {"limit": settings.UPLOAD_LIMIT // 1024 // 1024}
            )
        return file


def _runs(user):
    return ItemImport.objects.filter(created_by=user).select_related("created_by", "job")


@require_http_methods(["GET", "POST"])
def imports(request):
    access.require(request.user, "write_items")
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                run = item_imports.keep(
                    name=file.name,
                    content=file.read(),
                    by=request.user,
                    now=timezone.now(),
                    options=form.options(),
                    format=form.cleaned_data["format"],
                )
            except DomainError as error:
                form.add_error("file", str(error))
            else:
                return _begin(run, tasks.read_items, lambda now: item_imports.read(run=run, now=now))
    runs = _runs(request.user).annotate(read_as=F("report__format")).defer("report").order_by("-pk")
    page = Paginator(runs, ROWS).get_page(request.GET.get("page"))
    return render(request, "exams/bank/imports.html", {"form": form, "page": page}, status=status)


def _begin(run: ItemImport, background, at_once):
    """Do it now where the file is small; else queue it and show how far it is."""
    now, address = timezone.now(), reverse("exams:item_import", args=[run.pk])
    if not item_imports.is_large(run):
        at_once(now)
        return redirect(address)
    job = jobs.begin(kind="import_items", title=run.name, owner=run.created_by, now=now, address=address)
    ItemImport.objects.filter(pk=run.pk).update(job=job)
    background.enqueue(job.pk, run.pk, translation.get_language())
    return redirect("training:job", job.pk)


def _found(request, pk) -> ItemImport:
    access.require(request.user, "write_items")
    return get_object_or_404(_runs(request.user), pk=pk)


@require_safe
def item_import(request, pk):
    run = _found(request, pk)
    if run.job is not None and not run.job.is_over and not jobs.is_silent(run.job, timezone.now()):
        return redirect("training:job", run.job.pk)
    rows = run.report.get("rows", [])
    only = request.GET.get("only", "")
    shown = [row for row in rows if only not in FILTERS or FILTERS[only](row)]
    context = {
        "run": run,
        "page": Paginator(shown, ROWS).get_page(request.GET.get("page")),
        "only": only,
        "filters": [
            ("", _("all"), len(rows)),
            ("taken", _("to be taken"), sum(map(FILTERS["taken"], rows))),
            ("noted", _("taken with a remark"), sum(map(FILTERS["noted"], rows))),
            ("unchanged", _("in the bank already"), sum(map(FILTERS["unchanged"], rows))),
            ("refused", _("left out"), sum(map(FILTERS["refused"], rows))),
        ],
        "takes": sum(map(FILTERS["taken"], rows)),
        "is_open": run.state in item_imports.OPEN,
        "form": Answers(initial=run.options | {"format": run.format}),
        "failure": run.job.error if run.job is not None and run.job.state == Job.State.FAILED else "",
    }
    return render(request, "exams/bank/import_run.html", context)


@require_POST
def correct(request, pk):
    """Other answers; the file is read again."""
    run = _found(request, pk)
    form = Answers(request.POST)
    if not form.is_valid():
        raise BadInput(" ".join(message for messages in form.errors.values() for message in messages))
    item_imports.correct(run=run, options=form.options(), format=form.cleaned_data["format"])
    return _begin(run, tasks.read_items, lambda now: item_imports.read(run=run, now=now))


@require_POST
def apply(request, pk):
    """Take the file over, once: a double click finds it applied."""
    run = _found(request, pk)
    return _begin(run, tasks.take_over_items, lambda now: item_imports.take_over(run_id=run.pk, now=now))


@require_POST
def discard(request, pk):
    run = _found(request, pk)
    item_imports.discard(run=run)
    return redirect("exams:item_import", run.pk)


urlpatterns = [
    path("bank/imports/", imports, name="item_imports"),
    path("bank/imports/<int:pk>/", item_import, name="item_import"),
    path("bank/imports/<int:pk>/correct/", correct, name="item_import_correct"),
    path("bank/imports/<int:pk>/apply/", apply, name="item_import_apply"),
    path("bank/imports/<int:pk>/discard/", discard, name="item_import_discard"),
]
