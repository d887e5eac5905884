"""Pages: the annual plan of a body with its scoreboard, and one session on its way from the plan to the file."""

from django import forms
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import sessions
from courses.models import Lecturer, Offering, PlannedSession, SessionState
from training import access, audit, evidence
from training.bodies import assess_bodies
from training.errors import DomainError
from training.models import SessionKind, Unit
from training.scope import scope_of, years_to_choose
from training.tables import Column, Table
from training.views.registrations import LateFields
from training.views.sessions import refusal_words

DAY = {"type": "date"}
# what each state offers next, the likeliest act first
NEXT = {
    SessionState.PLANNED: ("material", "hold"),
    SessionState.MATERIAL: ("review", "hold"),
    SessionState.REVIEWED: ("hold",),
    SessionState.HELD: ("file", "hold"),
}


def topics_of(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", "、").split("、") if part.strip()]


class PlanForm(forms.Form):
    unit = forms.ModelChoiceField(label=_("Body"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in sessions.PLANNABLE])
    planned_on = forms.DateField(label=_("Planned on"), widget=forms.DateInput(attrs=DAY))
    title = forms.CharField(label=_("Title"), max_length=200)
    topics = forms.CharField(label=_("Topics, separated by 、"), max_length=300, required=False)
    lecturer = forms.ModelChoiceField(label=_("Lecturer"), queryset=Lecturer.objects.none(), required=False)
    offering = forms.ModelChoiceField(
        label=_("Held as the class"),
        queryset=Offering.objects.none(),
        required=False,
        help_text=_("The class then registers the session when it is closed: it counts once."),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        units = access.reachable_units(user, Unit.objects.all(), "plan_sessions").order_by("path")
        self.fields["unit"].queryset = units
        self.fields["lecturer"].queryset = Lecturer.objects.filter(retired_at=None)
        classes = Offering.objects.filter(unit__in=units, state__in=["planned", "approved"])
        self.fields["offering"].queryset = classes.filter(counted_as__in=sessions.PLANNABLE)


class MaterialForm(forms.Form):
    file = forms.FileField(label=_("Material: PDF, picture or office document"))


class ReviewForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
    planned_on = forms.DateField(label=_("New day"), widget=forms.DateInput(attrs=DAY), required=False)


class HoldForm(forms.Form):
    held_on = forms.DateField(label=_("Held on"), widget=forms.DateInput(attrs=DAY))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440, required=False)
    participants = forms.IntegerField(label=_("Number of participants"), min_value=1, max_value=100000, required=False)
    reference = forms.CharField(label=_("Minutes reference"), max_length=120, required=False)
    topics = forms.CharField(label=_("Topics, separated by 、"), max_length=300, required=False)
    lecturer = forms.ModelChoiceField(label=_("Lecturer"), queryset=Lecturer.objects.none(), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lecturer"].queryset = Lecturer.objects.filter(retired_at=None)


PLAN = Table(
    "session_plan",
    (
        Column("planned_on", _("Planned on"), order=("planned_on",), cell=lambda row: row.planned_on, keeps_line=True),
        Column("title", _("Title"), order=("title",), cell=lambda row: row.title),
        Column("unit", _("Unit"), order=("unit__path",), cell=lambda row: row.unit.name),
        Column("kind", _("Kind"), order=("kind",), cell=lambda row: row.get_kind_display()),
        Column("lecturer", _("Lecturer"), order=("lecturer__name",), cell=lambda row: row.lecturer or ""),
        Column("held_on", _("Held on"), order=("held_on",), cell=lambda row: row.held_on or "", keeps_line=True),
        Column("state", _("State"), order=("state",), cell=lambda row: row.get_state_display(), leads=True),
    ),
)


@require_safe
def plan(request):
    scope = scope_of(request)
    rows = PlannedSession.objects.visible_to(request.user).filter(
        planned_on__year=scope.year, unit__path__startswith=scope.unit.path
    )
    rows = rows.select_related("unit", "lecturer", "submission")
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    narrowed = rows.filter(**({"kind": kind} if kind else {}), **({"state": state} if state else {}))
    units = list(scope.units.order_by("path").only("code", "name", "path"))
    filters = [
        ("unit", _("Unit"), scope.unit.name if scope.unit != units[0] else ""),
        ("kind", _("Kind"), dict(SessionKind.choices).get(kind, kind)),
        ("state", _("State"), dict(SessionState.choices).get(state, state)),
    ]
    listing = PLAN.listing(request, narrowed.order_by("planned_on", "pk"), filters=filters)
    if listing.is_taken_out:
        return listing.csv(unit=scope.unit)
    own = list(rows.filter(unit=scope.unit))
    board = sessions.scoreboard(unit=scope.unit, found=assess_bodies(scope.assessment()), planned=own)
    context = {
        "scope": scope,
        "board": board,
        "not_counted": [(row, refusal_words(row.refusals)) for row in board.not_counted],
        "listing": listing,
        "units": units,
        "years": years_to_choose(scope.year),
        "kinds": [(one.value, one.label) for one in sessions.PLANNABLE],
        "kind": kind,
        "states": SessionState.choices,
        "state": state,
        "may_plan": access.may(request.user, "plan_sessions"),
    }
    return render(request, "courses/sessions/plan.html", context)


@require_http_methods(["GET", "POST"])
def plan_session(request):
    access.require(request.user, "plan_sessions")
    form = PlanForm(request.POST or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data | {"topics": topics_of(form.cleaned_data["topics"])}
            try:
                session = sessions.plan(**said, by=request.user, now=timezone.now())
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("courses:session", session.pk)
    return render(request, "courses/sessions/plan_session.html", {"form": form}, status=status)


def _found(request, pk: int) -> PlannedSession:
    rows = PlannedSession.objects.visible_to(request.user).select_related("unit", "lecturer", "offering", "submission")
    return get_object_or_404(rows, pk=pk)


@require_safe
def session(request, pk):
    return _page(request, _found(request, pk))


def _page(request, found: PlannedSession, failed: forms.Form | None = None, act: str = ""):
    """The session with the forms of what comes next; `failed` is the form of `act` as it was sent."""
    blank = {
        "material": MaterialForm(),
        "review": ReviewForm(),
        "hold": HoldForm(
            initial={
                "held_on": found.held_on,
                "minutes": found.minutes,
                "participants": found.participants,
                "reference": found.reference,
                "topics": "、".join(found.topics),
                "lecturer": found.lecturer_id,
            }
        ),
        "file": LateFields(),
        "move": ReasonForm(),
        "cancel": ReasonForm(),
    }
    if failed is not None:
        blank[act] = failed
    may_plan = access.may(request.user, "plan_sessions", found.unit)
    may_review = access.may(request.user, "review_sessions", found.unit)
    is_sent_back = found.state == SessionState.FILED and found.submission.state in sessions.NOT_TAKEN
    offered = ("file", "hold") if is_sent_back else NEXT.get(found.state, ())
    if found.offering_id:
        offered = [name for name in offered if name not in ("hold", "file")]
    context = {
        "session": found,
        "steps": found.steps.select_related("by"),
        "acts": [(name, blank[name]) for name in offered if (may_review if name == "review" else may_plan)],
        "is_sent_back": is_sent_back,
        "is_ahead": found.state in sessions.AHEAD and may_plan,
        "move_form": blank["move"],
        "cancel_form": blank["cancel"],
        "lacks": [refusal_words([{"code": code}]) for code in sessions.lacking([found]).get(found.pk, [])],
    }
    return render(request, "courses/sessions/session.html", context, status=200 if failed is None else 422)


@require_POST
def act(request, pk, name):
    found = _found(request, pk)
    forms_of = {
        "material": MaterialForm,
        "review": ReviewForm,
        "hold": HoldForm,
        "file": LateFields,
        "move": ReasonForm,
        "cancel": ReasonForm,
    }
    if name not in forms_of:
        raise Http404
    form = forms_of[name](request.POST, request.FILES)
    if form.is_valid():
        try:
            _do(name, form, found, request)
        except DomainError as error:
            if error.status == 403:
                raise
            form.add_error(None, str(error))
        else:
            return redirect("courses:session", pk)
    return _page(request, found, form, name)


def _do(name: str, form: forms.Form, found: PlannedSession, request) -> None:
    said, who = form.cleaned_data, {"session": found, "by": request.user, "now": timezone.now()}
    if name == "material":
        sessions.hand_in(name=said["file"].name, content=said["file"].read(evidence.LARGEST + 1), **who)
    elif name == "review":
        sessions.review(is_approved=request.POST.get("decision") == "approve", note=said["note"], **who)
    elif name == "hold":
        sessions.hold(**said | {"topics": topics_of(said["topics"])}, **who)
    elif name == "file":
        sessions.file(proof=form.proof(), late=form.late(), **who)
    elif name == "move":
        sessions.move(planned_on=said["planned_on"] or found.planned_on, reason=said["reason"], **who)
    else:
        sessions.cancel(reason=said["reason"], **who)


@require_safe
def material(request, pk):
    found = _found(request, pk)
    if not found.material:
        raise Http404
    audit.record(actor=request.user, act="see_material", subject=f"session:{found.pk}", unit=found.unit, now=timezone.now())
    return FileResponse(found.material.open("rb"), as_attachment=True, filename=found.material_name)


urlpatterns = [
    path("plan/", plan, name="plan"),
    path("plan/new/", plan_session, name="plan_session"),
    path("plan/<int:pk>/", session, name="session"),
    path("plan/<int:pk>/material/", material, name="session_material"),
    path("plan/<int:pk>/act/<slug:name>/", act, name="session_act"),
]
