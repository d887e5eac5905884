"""Pages: what a year asks for, by which clause, and its opening by the district."""

from django import forms
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from training import access
from training import requirements as rules
from training.errors import DomainError
from training.models import HourRuleSet, Requirement, YearOpening
from training.scope import period_of


class OpenYearForm(forms.Form):
    year = forms.IntegerField(label=_("Year to open"), min_value=2000, max_value=2100)
    copy_from = forms.IntegerField(label=_("Copy the rows of"), min_value=2000, max_value=2100)
    document = forms.CharField(
        label=_("Deciding document"),
        max_length=200,
        required=False,
        help_text=_("Without one the rows are printed as carried over, basis to be confirmed."),
    )
    claims_close_on = forms.DateField(label=_("Claims close on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    certification_closes_on = forms.DateField(
        label=_("Certification closes on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@require_safe
def requirements(request):
    access.require(request.user, "see_requirements")
    year = period_of(request.GET, timezone.now()).year
    rows = list(Requirement.objects.of_year(year).known_at(None).select_related("document"))
    context = {
        "year": year,
        "opening": YearOpening.objects.filter(year=year).first(),
        "rows": rows,
        "rule_sets": HourRuleSet.objects.order_by("-valid_from"),
        "years": sorted({*YearOpening.objects.values_list("year", flat=True), year}, reverse=True),
        "may_open": access.may(request.user, "open_year"),
    }
    return render(request, "training/requirements/requirements.html", context)


@require_http_methods(["GET", "POST"])
def open_year(request):
    access.require(request.user, "open_year")
    last = YearOpening.objects.order_by("-year").values_list("year", flat=True).first()
    first = {"year": last + 1, "copy_from": last} if last else {}
    form = OpenYearForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                rules.open_year(by=request.user, now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect(f"/requirements/?year={form.cleaned_data['year']}")
    return render(request, "training/requirements/open_year.html", {"form": form}, status=status)


urlpatterns = [
    path("requirements/", requirements, name="requirements"),
    path("requirements/open/", open_year, name="open_year"),
]
