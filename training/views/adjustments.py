"""Pages: what a person owes less of in a year, proposed by the unit, confirmed by the bureau."""

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from training import access
from training import adjustments as rules
from training.errors import DomainError
from training.models import Adjustment, AdjustmentReason, Person

ROWS = 50


class AdjustmentForm(forms.Form):
    staff_no = forms.CharField(label=_("Staff number"), max_length=40)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    reason = forms.ChoiceField(label=_("Reason"), choices=AdjustmentReason.choices)
    hours = forms.DecimalField(
        label=_("Hours still owed (0 exempts)"), min_value=0, max_value=1000, max_digits=6, decimal_places=2
    )
    document = forms.CharField(label=_("Document"), max_length=200)
    approver = forms.CharField(label=_("Approver"), max_length=80)


@require_http_methods(["GET", "POST"])
def adjustments(request):
    access.require(request.user, "see_people")
    may_register = access.may(request.user, "register_adjustment")
    now = timezone.now()
    form = AdjustmentForm(request.POST or None, initial={"year": timezone.localtime(now).year})
    status = 200
    if request.method == "POST":
        access.require(request.user, "register_adjustment")
        status = 422
        if form.is_valid():
            try:
                _propose(form.cleaned_data, request.user, now)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("training:adjustments")
    rows = Adjustment.objects.visible_to(request.user).filter(superseded_at=None).select_related("person", "entered_by")
    page = Paginator(rows.order_by("confirmed_at", "-year", "-pk"), ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form if may_register else None,
        "page": page,
        "may_confirm": access.may(request.user, "confirm_adjustment"),
    }
    return render(request, "training/adjustments/adjustments.html", context, status=status)


def _propose(said: dict, by, now) -> None:
    said = dict(said)
    person = Person.objects.visible_to(by).filter(staff_no=said.pop("staff_no")).first()
    if person is None:
        raise rules.BadInput(_("Nobody with this staff number serves in a unit of yours."))
    said["hours"] = int(said["hours"] * 100)
    rules.adjust(person=person, by=by, now=now, **said)


@require_POST
def confirm(request, pk):
    found = get_object_or_404(Adjustment.objects.visible_to(request.user), pk=pk)
    rules.confirm(adjustment=found, by=request.user, now=timezone.now())
    return redirect("training:adjustments")


@require_POST
def withdraw(request, pk):
    found = get_object_or_404(Adjustment.objects.visible_to(request.user), pk=pk)
    rules.withdraw(adjustment=found, by=request.user, now=timezone.now())
    return redirect("training:adjustments")


urlpatterns = [
    path("adjustments/", adjustments, name="adjustments"),
    path("adjustments/<int:pk>/confirm/", confirm, name="confirm_adjustment"),
    path("adjustments/<int:pk>/withdraw/", withdraw, name="withdraw_adjustment"),
]
