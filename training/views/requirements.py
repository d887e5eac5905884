"""Pages: what a year asks for, by which clause; its opening by the district, and changes to its rows."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from training import access
from training import requirements as rules
from training.errors import DomainError
from training.models import HourRuleSet, Measure, Requirement, YearOpening
from training.scope import period_of, years_to_choose
from training.templatetags.ui import target_text

FIGURES = {
    Measure.HOURS: _("study hours, at most two decimal places; empty: not set"),
    Measure.BASE_HOURS: _("study hours, at most two decimal places; empty: not set"),
    Measure.STAFF_SHARE: _("percent of the staff, at most two decimal places; empty: not set"),
    Measure.COVERAGE: _("percent of the staff, at most two decimal places; empty: not set"),
    Measure.TAGGED_COURSE: _("no figure: every special training must contain the course"),
}
A_COUNT = _("a whole number; empty: not set")


def _day(label):
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _typed(row: Requirement) -> str:
    """The target as the field takes it back."""
    return "" if row.target is None else target_text(row.measure, row.target).removesuffix("%")


class TargetField(forms.CharField):
    """A target as text, so that it never passes through floating point; cleaned to what the row stores."""

    def __init__(self, row: Requirement, **facts):
        self.measure = row.measure
        facts = {"label": _("Target"), "help_text": FIGURES.get(row.measure, A_COUNT)} | facts
        super().__init__(initial=_typed(row), max_length=12, required=False, **facts)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value):
        try:
            return rules.parse_target(measure=self.measure, text=super().clean(value))
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error


class ClosingForm(forms.Form):
    claims_close_on = _day(_("Claims close on"))
    certification_closes_on = _day(_("Certification closes on"))


class ChangeForm(forms.Form):
    document = forms.CharField(label=_("Deciding document"), max_length=200)

    def __init__(self, *args, row: Requirement, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"] = TargetField(row, disabled=row.measure == Measure.TAGGED_COURSE)
        self.order_fields(["target", "document"])


class YearsForm(forms.Form):
    year = forms.IntegerField(label=_("Year to open"), min_value=2000, max_value=2100)
    copy_from = forms.IntegerField(label=_("Copy the rows of"), min_value=2000, max_value=2100)


class OpenYearForm(ClosingForm):
    """The rows of the copied year, each with its target and its deciding document, before one confirmation."""

    document = forms.CharField(
        label=_("Deciding document of every row that names none of its own"),
        max_length=200,
        required=False,
        help_text=_(
            "An unchanged row without a document is printed as carried over, basis to be confirmed; a changed one needs it."
        ),
    )

    def __init__(self, *args, rows: list[Requirement], **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self.fields[f"target_{row.code}"] = TargetField(row, disabled=row.measure == Measure.TAGGED_COURSE)
            self.fields[f"document_{row.code}"] = forms.CharField(label=_("Deciding document"), max_length=200, required=False)
        self.order_fields(["document"])

    def clean(self):
        said = super().clean()
        for row in self.rows:
            target, document = said.get(f"target_{row.code}", row.target), said.get(f"document_{row.code}")
            if target != row.target and not (document or said.get("document")):
                self.add_error(f"document_{row.code}", _("The target changed: name the document that decided it."))
        return said

    @property
    def common(self):
        return [self[name] for name in ("document", "claims_close_on", "certification_closes_on")]

    @property
    def by_row(self):
        return [(row, self[f"target_{row.code}"], self[f"document_{row.code}"]) for row in self.rows]

    def said(self) -> dict:
        found = self.cleaned_data
        documents = {row.code: found[f"document_{row.code}"] for row in self.rows if found[f"document_{row.code}"]}
        return {
            "targets": {row.code: found[f"target_{row.code}"] for row in self.rows},
            "documents": documents,
            **{name: found[name] for name in ("document", "claims_close_on", "certification_closes_on")},
        }


@require_safe
def requirements(request):
    access.require(request.user, "see_requirements")
    year = period_of(request.GET, timezone.now()).year
    return _page(request, year)


def _page(request, year: int, *, closing=None, status=200):
    opening = YearOpening.objects.filter(year=year).first()
    may_set = access.may(request.user, "set_requirements")
    if opening is not None and may_set and closing is None:
        names = ("claims_close_on", "certification_closes_on")
        closing = ClosingForm(initial={name: getattr(opening, name) for name in names})
    context = {
        "year": year,
        "opening": opening,
        "rows": rules.of_year_with_changes(year),
        "rule_sets": HourRuleSet.objects.order_by("-valid_from"),
        "years": years_to_choose(year),
        "may_open": access.may(request.user, "open_year"),
        "may_set": may_set,
        "closing": closing,
    }
    return render(request, "training/requirements/requirements.html", context, status=status)


def _of_year(year: int, row: Requirement | None = None):
    address = f"{reverse('training:requirements')}?year={year}"
    return redirect(f"{address}#{row.code}" if row else address)


@require_http_methods(["GET", "POST"])
def change_requirement(request, pk):
    access.require(request.user, "set_requirements")
    row = get_object_or_404(Requirement.objects.select_related("document"), pk=pk)
    form = ChangeForm(request.POST or None, row=row, initial={"document": row.deciding_document})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = rules.set_target(requirement=row, by=request.user, now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                facts = {"title": row.title, "before": target_text(row.measure, row.target)}
                facts["after"] = target_text(changed.measure, changed.target)
                messages.success(request, _("%(title)s: %(before)s → %(after)s") % facts)
                return _of_year(row.year, row)
    changes = next((past for now, past in rules.of_year_with_changes(row.year) if now.code == row.code), [])
    context = {"row": row, "form": form, "changes": changes, "is_present": row.superseded_at is None}
    return render(request, "training/requirements/change_requirement.html", context, status=status)


@require_http_methods(["POST"])
def closing_dates(request, year):
    access.require(request.user, "set_requirements")
    form = ClosingForm(request.POST)
    if form.is_valid():
        try:
            rules.set_closing_dates(year=year, by=request.user, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The closing dates are set."))
            return _of_year(year)
    return _page(request, year, closing=form, status=422)


@require_http_methods(["GET", "POST"])
def open_year(request):
    access.require(request.user, "open_year")
    opened = list(YearOpening.objects.order_by("-year").values_list("year", flat=True))
    first = {"year": opened[0] + 1, "copy_from": opened[0]} if opened else {}
    given = request.POST if request.method == "POST" else request.GET
    years = YearsForm(given if "year" in given else first or None)
    chosen = years.cleaned_data if years.is_valid() else {}
    is_open = chosen.get("year") in opened
    rows = []
    if chosen and not is_open:
        rows = list(Requirement.objects.of_year(chosen["copy_from"]).known_at(None).select_related("document"))
    form = OpenYearForm(request.POST if request.method == "POST" else None, rows=rows)
    status = 200
    if request.method == "POST":
        status = 409 if is_open else 422
        if rows and form.is_valid():
            try:
                rules.open_year(by=request.user, now=timezone.now(), **chosen, **form.said())
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return _of_year(chosen["year"])
    context = {"years": years, "form": form, "chosen": chosen, "is_open": is_open}
    return render(request, "training/requirements/open_year.html", context, status=status)


urlpatterns = [
    path("requirements/", requirements, name="requirements"),
    path("requirements/open/", open_year, name="open_year"),
    path("requirements/<int:pk>/", change_requirement, name="change_requirement"),
    path("requirements/<int:year>/closing/", closing_dates, name="closing_dates"),
]
