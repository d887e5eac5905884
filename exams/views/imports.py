"""Pages: a file of questions: dropped, understood item by item, taken over."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import item_imports
from exams.models import Classification, ItemImport
from training import access
from training.errors import DomainError

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
LIMIT = 30 * 1024 * 1024
FILTERS = {
    "refused": lambda row: row["outcome"] == "refused",
    "noted": lambda row: bool(row["notes"]) and row["outcome"] != "refused",
    "taken": lambda row: row["outcome"] in ("created", "changed"),
    "unchanged": lambda row: row["outcome"] == "unchanged",
}


class ImportForm(forms.Form):
    file = forms.FileField(label=_("File of questions"), help_text=_("Excel, Word, CSV, JSON, GIFT, Aiken, Moodle XML or QTI"))
    format = forms.ChoiceField(label=_("Format"), choices=[("auto", _("as the file shows")), *FORMATS])
    classification = forms.ChoiceField(
        label=_("Classification where the file says none"), choices=Classification.choices, initial=Classification.EXAM
    )
    written_on = forms.DateField(
        label=_("When the bank was written"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Questions that name a law amended since are flagged for review."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LIMIT:
            raise forms.ValidationError(_("The file is larger than 30 MB"))
        return file


def _options(said: dict) -> dict:
    return {"classification": said["classification"], "written_on": said["written_on"].isoformat() if said["written_on"] else ""}


@require_http_methods(["GET", "POST"])
def imports(request):
    access.require(request.user, "write_items")
    form = ImportForm(request.POST or None, request.FILES or None, initial={"format": "auto"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            run = item_imports.receive(
                name=said["file"].name,
                content=said["file"].read(),
                by=request.user,
                now=timezone.now(),
                options=_options(said),
                format=said["format"],
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("exams:item_import", run.pk)
    runs = ItemImport.objects.filter(created_by=request.user).defer("report").order_by("-pk")
    page = Paginator(runs, ROWS).get_page(request.GET.get("page"))
    return render(
        request, "exams/bank/imports.html", {"form": form, "page": page}, status=422 if request.method == "POST" else 200
    )


def _found(request, pk) -> ItemImport:
    access.require(request.user, "write_items")
    return get_object_or_404(ItemImport.objects.filter(created_by=request.user), pk=pk)


def _page(request, run: ItemImport, *, problem: str = "", status: int = 200):
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
        "problem": problem,
    }
    return render(request, "exams/bank/import_run.html", context, status=status)


@require_safe
def item_import(request, pk):
    return _page(request, _found(request, pk))


@require_POST
def act(request, pk, act):
    run = _found(request, pk)
    try:
        if act == "apply":
            report = item_imports.apply(run=run, now=timezone.now())
            messages.success(
                request, _("%(created)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s left out.") % report
            )
        else:
            item_imports.discard(run=run)
    except DomainError as error:
        run.refresh_from_db()
        return _page(request, run, problem=str(error), status=error.status)
    return redirect("exams:item_import", run.pk)


urlpatterns = [
    path("bank/imports/", imports, name="item_imports"),
    path("bank/imports/<int:pk>/", item_import, name="item_import"),
    path("bank/imports/<int:pk>/<str:act>/", act, name="item_import_act"),
]
