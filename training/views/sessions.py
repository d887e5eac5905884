"""Pages: what bodies held, what counted and why not; entering a session with its evidence."""

from django import forms
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from training import access, registrations
from training.errors import DomainError
from training.models import CountedSession, SessionKind, SessionLine, Submission, Unit
from training.scope import scope_of, years_to_choose
from training.tables import Column, Table
from training.views.registrations import LateFields

REFUSALS = {
    "no_minutes_reference": _("no minutes reference"),
    "no_lecturer": _("no lecturer"),
    "no_topic": _("no topic"),
    "no_attendee_list": _("no attendee list"),
    "too_short": _("too short"),
    "event_already_counted": _("the same event is counted already"),
}


class SessionForm(LateFields):
    unit = forms.ModelChoiceField(label=_("Body"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=SessionKind.choices)
    held_on = forms.DateField(label=_("Held on"), widget=forms.DateInput(attrs={"type": "date"}))
    title = forms.CharField(label=_("Title"), max_length=200)
    reference = forms.CharField(label=_("Minutes reference"), max_length=120, required=False)
    topics = forms.CharField(label=_("Topics, separated by 、"), max_length=300, required=False)
    lecturer = forms.CharField(label=_("Lecturer"), max_length=120, required=False)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440, required=False)
    participants = forms.IntegerField(label=_("Number of participants"), min_value=1, max_value=100000, required=False)
    is_special_training = forms.BooleanField(label=_("Special training on administration by law"), required=False)
    has_emergency_course = forms.BooleanField(label=_("Has an emergency-law course"), required=False)
    field_order = ("unit", "kind", "held_on", "title", "reference", "topics", "lecturer", "minutes", "participants")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = access.reachable_units(user, Unit.objects.all(), "register").order_by("path")


def refusal_words(refusals: list[dict]) -> str:
    """What a session lacked to count, in words."""
    return "、".join(str(REFUSALS.get(refusal["code"], refusal["code"])) for refusal in refusals)


def _with_reasons(rows: list[CountedSession]) -> list[CountedSession]:
    """Sessions that say in words what they lacked to count."""
    for row in rows:
        row.why_not = refusal_words(row.refusals)
    return rows


SESSIONS = Table(
    "sessions",
    (
        Column("title", _("Title"), order=("title",), cell=lambda row: row.title),
        Column("topics", _("Topics"), cell=lambda row: "、".join(row.topics)),
        Column("unit", _("Unit"), order=("unit__path",), cell=lambda row: row.unit.name),
        Column("kind", _("Kind"), order=("kind",), cell=lambda row: row.get_kind_display()),
        Column("held_on", _("Held on"), order=("held_on",), cell=lambda row: row.held_on, keeps_line=True),
        Column("reference", _("Minutes reference"), order=("reference",), cell=lambda row: row.reference),
        Column(
            "counted",
            _("Counted"),
            order=("counts",),
            cell=lambda row: _("counted") if row.counts else row.why_not,
            leads=True,
        ),
    ),
)


@require_safe
def sessions(request):
    scope = scope_of(request)
    rows = CountedSession.objects.visible_to(request.user).filter(year=scope.year, unit__path__startswith=scope.unit.path)
    rows = rows.filter(reverses=None, reversal=None).select_related("unit").order_by("-held_on", "-pk")
    kind = request.GET.get("kind", "")
    if kind:
        rows = rows.filter(kind=kind)
    units = list(scope.units.order_by("path").only("code", "name", "path"))
    filters = [
        ("unit", _("Unit"), scope.unit.name if scope.unit != units[0] else ""),
        ("kind", _("Kind"), dict(SessionKind.choices).get(kind, kind)),
    ]
    listing = SESSIONS.listing(request, rows, filters=filters, prepare=_with_reasons)
    if listing.is_taken_out:
        return listing.csv(unit=scope.unit)
    context = {
        "scope": scope,
        "listing": listing,
        "kind": kind,
        "kinds": SessionKind.choices,
        "units": units,
        "years": years_to_choose(scope.year),
        "may_register": access.may(request.user, "register"),
    }
    return render(request, "training/sessions/sessions.html", context)


@require_http_methods(["GET", "POST"])
def register_session(request):
    access.require(request.user, "register")
    form = SessionForm(request.POST or None, request.FILES or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                batch = _registered(form, request.user, timezone.now())
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("training:submission", batch.pk)
    return render(request, "training/sessions/register_session.html", {"form": form}, status=status)


def _registered(form: SessionForm, by, now) -> Submission:
    said = {name: form.cleaned_data[name] for name in (*SessionForm.field_order, "is_special_training", "has_emergency_course")}
    topics = [part.strip() for part in said.pop("topics").replace("，", "、").split("、") if part.strip()]
    line = SessionLine(**said, topics=topics, origin=f"form:{said['kind']}:{said['held_on']:%Y%m%d}:{said['title']}"[:120])
    return registrations.enter(
        lines=[line],
        unit=said["unit"],
        subject=Submission.Subject.SESSIONS,
        title=said["title"],
        proof=form.proof(),
        late=form.late(),
        by=by,
        now=now,
    )


urlpatterns = [
    path("sessions/", sessions, name="sessions"),
    path("sessions/new/", register_session, name="register_session"),
]
