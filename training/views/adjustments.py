"""Pages: what a person owes less of in a year, proposed by the unit, confirmed by the bureau."""

from django import forms
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from training import access
from training import adjustments as rules
from training.errors import DomainError
from training.models import Adjustment, AdjustmentReason, AdjustmentState, Person
from training.scope import chosen_unit, chosen_year, years_to_choose
from training.tables import ByName, Column, Table
from training.wording import hours_text


class AdjustmentForm(forms.Form):
    staff_no = forms.CharField(label=_("Staff number"), max_length=40)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    reason = forms.ChoiceField(label=_("Reason"), choices=AdjustmentReason.choices)
    hours = forms.DecimalField(
        label=_("Hours still owed (0 exempts)"), min_value=0, max_value=1000, max_digits=6, decimal_places=2
    )
    document = forms.CharField(label=_("Deciding document"), max_length=200)
    approver = forms.CharField(label=_("Approver"), max_length=80)


def _effect_text(effect) -> str:
    if effect.after is None:
        return str(_("not obliged"))
    return f"{hours_text(effect.before)} → {hours_text(effect.after)}"


# rows are (adjustment, effect, acts open to the reader)
ADJUSTMENTS = Table(
    "adjustments",
    (
        Column("name", _("Name"), order=(ByName("person__name"),), cell=lambda row: row[0].person.name),
        Column("year", _("Year"), order=("year",), cell=lambda row: row[0].year),
        Column("reason", _("Reason"), order=("reason",), cell=lambda row: row[0].get_reason_display()),
        Column("effect", _("Effect"), cell=lambda row: _effect_text(row[1]), is_number=True),
        Column(
            "document", _("Deciding document"), order=("document",), cell=lambda row: f"{row[0].document} · {row[0].approver}"
        ),
        Column("by", _("Entered by"), cell=lambda row: row[0].entered_by.name if row[0].entered_by else "", keeps_line=True),
        Column("state", _("State"), cell=lambda row: row[0].state_label, leads=True),
        Column("acts", ""),
    ),
)


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
    units, unit = chosen_unit(request, "see_people")
    given, year = request.GET, chosen_year(request.GET)
    visible = Adjustment.objects.visible_to(request.user)
    rows = rules.find(visible, year=year, unit=unit, reason=given.get("reason", ""), state=given.get("state", ""))
    # what waits stands first, on every engine
    rows = rows.select_related("person", "entered_by").order_by(F("confirmed_at").desc(nulls_first=True), "-year", "-pk")
    filters = [
        ("state", _("State"), dict(AdjustmentState.choices).get(given.get("state"), "")),
        ("year", _("Year"), year),
        ("unit", _("Unit"), unit),
        ("reason", _("Reason"), dict(AdjustmentReason.choices).get(given.get("reason"), "")),
    ]

    def prepare(shown):
        effects = rules.effects(shown, now=now) if shown else {}
        return [(row, effects[row.pk], rules.acts_open_to(row, request.user)) for row in shown]

    listing = ADJUSTMENTS.listing(request, rows, filters=filters, prepare=prepare)
    if listing.is_taken_out:
        return listing.csv(unit=unit)
    context = {
        "form": form if may_register else None,
        "listing": listing,
        "page": listing.page,
        "given": given,
        "units": units,
        "unit": unit,
        "year": year,
        "years": years_to_choose(year),
        "reasons": AdjustmentReason.choices,
        "states": AdjustmentState.choices,
        "query": given.urlencode(),
    }
    return render(request, "training/adjustments/adjustments.html", context, status=status)


def _propose(said: dict, by, now) -> None:
    said = dict(said)
    person = Person.objects.visible_to(by).filter(staff_no=said.pop("staff_no")).first()
    if person is None:
        raise rules.BadInput(_("Nobody with this staff number serves in a unit of yours."))
    said["hours"] = int(said["hours"] * 100)
    rules.adjust(person=person, by=by, now=now, **said)


def _decided(request, act, pk, **facts):
    """Do one act on a visible adjustment and go back to the list as it was filtered."""
    found = get_object_or_404(Adjustment.objects.visible_to(request.user), pk=pk)
    act(adjustment=found, by=request.user, now=timezone.now(), **facts)
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{reverse('training:adjustments')}{'?' if query else ''}{query}")


@require_POST
def confirm(request, pk):
    return _decided(request, rules.confirm, pk)


@require_POST
def refuse(request, pk):
    return _decided(request, rules.refuse, pk, reason=request.POST.get("reason", ""))


@require_POST
def withdraw(request, pk):
    return _decided(request, rules.withdraw, pk, reason=request.POST.get("reason", ""))


urlpatterns = [
    path("adjustments/", adjustments, name="adjustments"),
    path("adjustments/<int:pk>/confirm/", confirm, name="confirm_adjustment"),
    path("adjustments/<int:pk>/refuse/", refuse, name="refuse_adjustment"),
    path("adjustments/<int:pk>/withdraw/", withdraw, name="withdraw_adjustment"),
]
