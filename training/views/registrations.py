"""Pages: what HR enters by hand: a class that several people attended, an attainment on paper; late entries too."""

from django import forms
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from training import access, registrations
from training import evidence as proofs
from training.errors import DomainError
from training.models import (
    Arrangement,
    Attainment,
    AttainmentKind,
    AttainmentLine,
    Category,
    Evidence,
    Mode,
    Person,
    Posting,
    Submission,
    Unit,
)
from training.scope import chosen_unit
from training.tables import ByName, Column, Table
from training.views.people import find
from training.wording import hours_text

MOST_PEOPLE = 500
DAY = {"type": "date"}


class LateFields(forms.Form):
    """An entry for a period that is reported already: why, by which document, approved by whom."""

    kind_of_evidence = forms.ChoiceField(label=_("Kind of evidence"), choices=Evidence.Kind.choices, required=False)
    file = forms.FileField(label=_("Evidence: notice, sign-in sheet or certificate"))
    late_reason = forms.CharField(
        label=_("Late entry: reason"),
        max_length=300,
        required=False,
        help_text=_("Only for a period that is reported already; then all three are needed."),
    )
    late_document = forms.CharField(label=_("Late entry: document"), max_length=200, required=False)
    late_approver = forms.CharField(label=_("Late entry: approver"), max_length=80, required=False)

    def late(self) -> registrations.Late:
        said = self.cleaned_data
        return registrations.Late(said["late_reason"], said["late_document"], said["late_approver"])

    def proof(self) -> tuple[str, str, bytes]:
        file = self.cleaned_data["file"]
        return self.cleaned_data["kind_of_evidence"] or Evidence.Kind.NOTICE, file.name, file.read(proofs.LARGEST + 1)


class ClassForm(LateFields):
    title = forms.CharField(label=_("Training"), max_length=200)
    starts_on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs=DAY))
    ends_on = forms.DateField(label=_("Until, where it took several days"), widget=forms.DateInput(attrs=DAY), required=False)
    half_day = forms.ChoiceField(
        label=_("Half-day"), choices=[("", _("whole day")), ("AM", _("morning")), ("PM", _("afternoon"))], required=False
    )
    category = forms.ChoiceField(label=_("Category"), choices=[("", _("Choose…")), *Category.choices])  # it decides what counts
    mode = forms.ChoiceField(label=_("Form"), choices=Mode.choices)
    arrangement = forms.ChoiceField(label=_("Arrangement"), choices=[("", _("none")), *Arrangement.choices], required=False)
    organiser = forms.CharField(label=_("Organiser"), max_length=120)
    minutes = forms.IntegerField(label=_("Minutes, where they are known"), min_value=1, max_value=100_000, required=False)
    stated = forms.DecimalField(
        label=_("Hours, where the notice states them"),
        min_value=0,
        max_value=1000,
        max_digits=6,
        decimal_places=2,
        required=False,
    )
    field_order = (
        "title",
        "starts_on",
        "ends_on",
        "half_day",
        "minutes",
        "stated",
        "category",
        "mode",
        "arrangement",
        "organiser",
    )

    def facts(self) -> dict:
        said = {name: self.cleaned_data[name] for name in self.field_order}
        return said | {"stated": None if said["stated"] is None else int(said["stated"] * 100)}


def _unit(request, act: str):
    """(units to choose from, the one of the address or the first)."""
    units, unit = chosen_unit(request, act)
    return units, unit or (units[0] if units else None)


def _people(user, unit):
    serving = Posting.objects.current().filter(is_main=True, unit__path__startswith=unit.path)
    return Person.objects.visible_to(user).filter(pk__in=serving.values("person")).order_by("name", "pk")


@require_http_methods(["GET", "POST"])
def register_class(request):
    """One class, several people: enter it once, choose who attended."""
    access.require(request.user, "register")
    units, unit = _unit(request, "register")
    people = find(_people(request.user, unit), request.GET.get("q", ""))
    form = ClassForm(request.POST or None, request.FILES or None)
    chosen = {int(v) for v in request.POST.getlist("line") if v.isascii() and v.isdigit() and len(v) < 16}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                lines = registrations.lines_of_class(people=_people(request.user, unit).filter(pk__in=chosen), **form.facts())
                batch = _entered(form, lines, unit, Submission.Subject.HOURS, form.cleaned_data["title"], request.user)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("training:submission", batch.pk)
    context = {"form": form, "units": units, "unit": unit, "people": people[:MOST_PEOPLE], "chosen": chosen, "given": request.GET}
    return render(request, "training/registrations/register_class.html", context, status=status)


def _entered(form: LateFields, lines, unit, subject, title, by):
    return registrations.enter(
        lines=lines, unit=unit, subject=subject, title=title, proof=form.proof(), late=form.late(), by=by, now=timezone.now()
    )


class AttainmentForm(LateFields):
    staff_no = forms.CharField(label=_("Staff number"), max_length=40)
    kind = forms.ModelChoiceField(label=_("Kind"), queryset=AttainmentKind.objects.none(), to_field_name="code", empty_label=None)
    document_no = forms.CharField(label=_("Document number"), max_length=60, required=False)
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs=DAY))
    valid_to = forms.DateField(label=_("Valid to"), widget=forms.DateInput(attrs=DAY), required=False)
    score = forms.DecimalField(label=_("Score"), min_value=0, max_value=1000, max_digits=6, decimal_places=2, required=False)
    is_passed = forms.BooleanField(label=_("passed"), initial=True, required=False)
    field_order = ("staff_no", "kind", "document_no", "valid_from", "valid_to", "score", "is_passed")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        kinds = AttainmentKind.objects.order_by("pk")
        open_kinds = kinds.filter(is_restricted=False) | kinds.filter(code__in=access.readable_kinds(user))
        self.fields["kind"].queryset = open_kinds
        for name in ("late_reason", "late_document", "late_approver"):  # no period locks an attainment
            del self.fields[name]

    def late(self) -> registrations.Late:
        return registrations.Late()

    def clean(self):
        said = super().clean()
        if said.get("staff_no"):
            said["person"] = Person.objects.visible_to(self.user).filter(staff_no=said["staff_no"]).first()
            if said["person"] is None:
                self.add_error("staff_no", _("There is nobody with this staff number in a unit of yours."))
        if said.get("valid_to") and said.get("valid_from") and said["valid_to"] < said["valid_from"]:
            self.add_error("valid_to", _("The end date lies before the start date"))
        return said

    def line(self) -> AttainmentLine:
        said = self.cleaned_data
        kind, number = said["kind"], said["document_no"]
        return AttainmentLine(
            person=said["person"],
            kind=kind,
            title=kind.name,
            document_no=number,
            score=None if said["score"] is None else int(said["score"] * 100),
            is_passed=said["is_passed"],
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
            origin=f"form:{kind.code}:{number or said['valid_from'].isoformat()}"[:120],
        )


ATTAINMENTS = Table(
    "attainments",
    (
        Column("name", _("Name"), order=(ByName("person__name"),), cell=lambda row: row.person.name),
        Column("kind", _("Kind"), order=("kind_id",), cell=lambda row: row.kind.name),
        Column("document_no", _("Document number"), order=("document_no",), cell=lambda row: row.document_no),
        Column("valid_from", _("Valid from"), order=("valid_from",), cell=lambda row: row.valid_from, keeps_line=True),
        Column("valid_to", _("Valid to"), order=("valid_to",), cell=lambda row: row.valid_to or "", keeps_line=True),
        Column(
            "score",
            _("Score"),
            order=("score",),
            cell=lambda row: "" if row.score is None else hours_text(row.score),
            is_number=True,
        ),
        Column(
            "result",
            _("Result"),
            order=("is_passed",),
            cell=lambda row: _("passed") if row.is_passed else _("not passed"),
            leads=True,
        ),
    ),
)


@require_safe
def attainments(request):
    """What people passed, hold or were awarded: found by kind and unit; restricted kinds only for their readers."""
    access.require(request.user, "see_people")
    units, unit = chosen_unit(request, "see_people")
    given = request.GET
    rows = Attainment.objects.visible_to(request.user).filter(reverses=None, reversal=None).select_related("person", "kind")
    if unit is not None:
        serving = Posting.objects.current().filter(is_main=True, unit__path__startswith=unit.path)
        rows = rows.filter(person__in=serving.values("person"))
    kind = given.get("kind", "")
    if kind:
        rows = rows.filter(kind__code=kind)
    kinds = list(AttainmentKind.objects.order_by("pk").values_list("code", "name"))
    filters = [("unit", _("Unit"), unit), ("kind", _("Kind"), dict(kinds).get(kind, kind))]
    listing = ATTAINMENTS.listing(request, rows.order_by("-valid_from", "-pk"), filters=filters)
    if listing.is_taken_out:
        return listing.csv(unit=unit)
    context = {
        "listing": listing,
        "page": listing.page,
        "given": given,
        "units": units,
        "unit": unit,
        "kinds": kinds,
        "may_register": access.may(request.user, "register"),
    }
    return render(request, "training/registrations/attainments.html", context)


@require_http_methods(["GET", "POST"])
def register_attainment(request):
    access.require(request.user, "register")
    form = AttainmentForm(request.POST or None, request.FILES or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            person = form.cleaned_data["person"]
            try:
                line = form.line()
                unit = Unit.objects.get(postings__person=person, postings__ended_on=None, postings__superseded_at=None,
                                        postings__is_main=True)  # fmt: skip
                title = f"{person.name} {line.title}"
                batch = _entered(form, [line], unit, Submission.Subject.ATTAINMENTS, title, request.user)
            except Unit.DoesNotExist:
                form.add_error("staff_no", _("This person serves in no unit now."))
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("training:submission", batch.pk)
    return render(request, "training/registrations/register_attainment.html", {"form": form}, status=status)


urlpatterns = [
    path("hours/new/", register_class, name="register_class"),
    path("attainments/", attainments, name="attainments"),
    path("attainments/new/", register_attainment, name="register_attainment"),
]
