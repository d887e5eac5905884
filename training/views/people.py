"""Pages: the people of a unit, what each owes, and one person's facts."""

from dataclasses import dataclass

from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from training import access, accounts, compliance
from training import people as serving
from training.errors import BadInput
from training.models import Adjustment, Attainment, CategoryHolding, Person, Posting, StaffCategory, Unit
from training.scope import scope_of, years_to_choose
from training.standing import BEHIND, MET, ON_TRACK, STATUSES, UNMET, PersonStanding
from training.tables import Column, Table, by_name
from training.templatetags.ui import STATUS
from training.wording import hours_text

OWES = (BEHIND, ON_TRACK, UNMET, "base_missing")
# what the address may ask for beside one standing -> (word, whether a standing is meant)
GROUPS = {
    "owes": (_("still owes hours"), lambda row: row.status in OWES),
    "obliged": (_("obliged"), lambda row: True),
    "studied": (_("has studied"), lambda row: any(row.credits)),
    "met_strict": (_("met without adjustment"), lambda row: row.is_met_strictly),
    "met_if_pending": (_("met if what is pending is certified"), lambda row: row.status_if_pending == MET),
    "on_course": (_("met or on track"), lambda row: row.status in (MET, ON_TRACK)),
}
READ = ("name", "staff_no", "is_active", "last_login", "password")  # of a person, for a row
LEFT_APART = _("left or moved, listed apart")
SECONDED = "seconded"
# who needs help first
URGENCY = {code: place for place, code in enumerate((UNMET, BEHIND, "base_missing", "no_target", ON_TRACK, MET, "exempt"))}


def find(people, text: str):
    """People whose name, staff number, sign-in name or certificate contains `text`."""
    text = text.strip()
    if not text:
        return people
    return people.filter(
        Q(name__icontains=text) | Q(staff_no__icontains=text) | Q(username__icontains=text) | Q(certificate_no__icontains=text)
    )


@dataclass(slots=True)
class Listed:
    """One row of the list; the person is read for the rows that are shown."""

    person_id: int
    standing: PersonStanding | None
    unit: Unit
    person: Person | None = None
    may_get_code: bool = False


def _of_standing(name: str):
    return lambda row: getattr(row.standing, name) if row.standing else None


def _hours(name: str):
    return lambda row: hours_text(getattr(row.standing, name)) if row.standing else ""


def standing_word(row: Listed):
    return STATUS[row.standing.status][0] if row.standing else _("not obliged")


PEOPLE = Table(
    "people",
    (
        Column("name", _("Name"), key=lambda row: by_name(row.person.name), cell=lambda row: row.person.name),
        Column(
            "staff_no",
            _("Staff number"),
            key=lambda row: row.person.staff_no,
            cell=lambda row: row.person.staff_no or "",
            keeps_line=True,
        ),
        Column("unit", _("Unit"), key=lambda row: row.unit.path, cell=lambda row: row.unit.name),
        Column(
            "standing",
            _("Standing"),
            key=lambda row: URGENCY[row.standing.status] if row.standing else None,
            cell=lambda row: str(standing_word(row)),
            leads=True,
        ),
        Column("attained", _("Attained"), key=_of_standing("attained"), cell=_hours("attained"), is_number=True),
        Column("required", _("Required"), key=_of_standing("required"), cell=_hours("required"), is_number=True),
        Column("remaining", _("Remaining"), key=_of_standing("remaining"), cell=_hours("remaining"), is_number=True, leads=True),
        Column("progress", _("Progress")),
    ),
)


def _listed(scope, given) -> list[Listed]:
    """Everybody listed: who serves here, narrowed by status and staff category."""
    assessment = scope.assessment()
    standings = {row.person_id: row for row in assessment.main_rows()}
    status = given.get("status", "")
    if status and status != SECONDED:
        wanted = GROUPS[status][1] if status in GROUPS else lambda row: row.status == status
        rows = [Listed(pk, row, assessment.units[row.unit_id]) for pk, row in standings.items() if wanted(row)]
        rows.sort(key=lambda row: (-(row.standing.remaining or 0), row.person_id))
    else:
        postings = assessment.of_category(Posting.objects.deciding_on(assessment.day, assessment.known))
        postings = postings.filter(unit__path__startswith=scope.unit.path)
        if status == SECONDED:
            postings = postings.filter(seconded_on__lte=assessment.day)
        served = dict(postings.order_by("started_on", "pk").values_list("person_id", "unit_id"))
        rows = [Listed(pk, standings.get(pk), assessment.units[unit_id]) for pk, unit_id in served.items()]
    return rows


LEFT = {"left": _("left"), "moved": _("moved to another unit"), "category_ended": _("no longer of the category")}


@dataclass(slots=True)
class Gone:
    """One row of those listed apart. Nobody's present facts are shown."""

    leaver: compliance.Leaver
    unit: Unit
    name: str
    is_seen: bool

    @property
    def why(self):
        return LEFT[self.leaver.reason]


LEAVERS = Table(
    "leavers",
    (
        Column("name", _("Name"), key=lambda row: by_name(row.name), cell=lambda row: row.name),
        Column("unit", _("Unit"), key=lambda row: row.unit.path, cell=lambda row: row.unit.name),
        Column(
            "left_on",
            _("Last day"),
            key=lambda row: row.leaver.left_on,
            cell=lambda row: row.leaver.left_on or "",
            keeps_line=True,
        ),
        Column("why", _("Situation"), key=lambda row: row.leaver.reason, cell=lambda row: str(row.why), leads=True),
        Column(
            "to_unit",
            _("Serves now in"),
            key=lambda row: row.leaver.to_unit.path if row.leaver.to_unit else None,
            cell=lambda row: row.leaver.to_unit.name if row.leaver.to_unit else "",
        ),
    ),
)


def _leavers(request, scope) -> list[Gone]:
    """Those listed apart: obliged here during the period, and not counted here at its end."""
    found = compliance.leavers(scope.assessment()) if scope.assessment().hour_requirements else []
    known = Person.objects.filter(pk__in=[leaver.person_id for leaver in found])
    names = dict(known.values_list("pk", "name"))
    seen = set(Person.objects.visible_to(request.user).filter(pk__in=known.values("pk")).values_list("pk", flat=True))
    units = scope.assessment().units
    return [Gone(one, units[one.unit_id], names[one.person_id], one.person_id in seen) for one in found]


def _people(request, scope) -> list[Listed]:
    rows = _listed(scope, request.GET)
    visible = Person.objects.visible_to(request.user)
    if request.GET.get("q", "").strip():
        found = set(find(visible, request.GET["q"]).values_list("pk", flat=True))
        rows = [row for row in rows if row.person_id in found]
    if not scope.assessment().is_current or scope.assessment().is_over:
        # whoever has moved out of sight since is not listed, so that the count is that of the rows
        served = Posting.objects.filter(unit__in=list(scope.assessment().units)).values("person")
        seen = set(visible.filter(pk__in=served).values_list("pk", flat=True))
        rows = [row for row in rows if row.person_id in seen]
    column, _is_down = PEOPLE.sorting(request)
    if column is not None and column.name in ("name", "staff_no"):
        rows = _with_people(request, rows, list(visible.only(*READ)))
    return rows


def _offer_codes(request, rows: list[Listed]) -> bool:
    """Mark who may be given a code now, wherever they served in the period; whether there is anybody. One query."""
    waiting = [row.person_id for row in rows if row.person.waits_for_code]
    units = access.reachable_units(request.user, Unit.objects.all(), "import")
    serving = Posting.objects.current().filter(is_main=True, person__in=waiting, unit__in=units)
    reached = set(serving.values_list("person_id", flat=True)) if waiting else set()
    for row in rows:
        row.may_get_code = row.person_id in reached
    return bool(reached)


def _with_people(request, rows: list[Listed], people=None) -> list[Listed]:
    """Rows with their people read, without those out of sight. One query for a page, none for rows that are read already."""
    waiting = [row.person_id for row in rows if row.person is None]
    if people is None:
        people = Person.objects.visible_to(request.user).filter(pk__in=waiting).only(*READ) if waiting else []
    people = {person.pk: person for person in people}
    for row in rows:
        row.person = row.person or people.get(row.person_id)
    return [row for row in rows if row.person is not None]


@require_safe
def people(request):
    scope = scope_of(request, "see_people")
    given = request.GET
    is_left = given.get("status") == "left"
    statuses = [
        ("owes", GROUPS["owes"][0]),
        *((code, STATUS[code][0]) for code in STATUSES),
        *((code, word) for code, (word, _is_meant) in GROUPS.items() if code != "owes"),
        (SECONDED, _("seconded elsewhere, counted here")),
        ("left", LEFT_APART),
    ]
    units = list(scope.units.order_by("path").only("code", "name", "path"))
    filters = [
        ("q", _("Name or number"), given.get("q", "").strip()),
        ("unit", _("Unit"), scope.unit.name if scope.unit != units[0] else ""),
        ("status", _("Standing"), dict(statuses).get(given.get("status"), "")),
        ("category", _("Staff category"), dict(StaffCategory.choices).get(given.get("category"), "")),
        ("as_of", _("As of"), scope.as_of_day),
    ]
    if is_left:
        listing = LEAVERS.listing(request, _leavers(request, scope), filters=filters)
    else:
        listing = PEOPLE.listing(
            request, _people(request, scope), filters=filters, prepare=lambda rows: _with_people(request, rows)
        )
    if listing.is_taken_out:
        return listing.csv(unit=scope.unit)
    context = {
        "scope": scope,
        "listing": listing,
        "page": listing.page,
        "given": given,
        "is_left": is_left,
        "may_issue": not is_left and _offer_codes(request, listing.page.object_list),
        "statuses": statuses,
        "categories": StaffCategory.choices,
        "units": units,
        "years": years_to_choose(scope.year),
        "is_open": scope.assessment().is_open,
    }
    template = "training/people/_people.html" if request.htmx and not request.htmx.boosted else "training/people/people.html"
    return render(request, template, context)


@require_POST
@never_cache
def issue_codes(request):
    """Activation codes for the people chosen in the list who never opened their account, shown once, to be handed out."""
    chosen = [int(v) for v in request.POST.getlist("person") if v.isascii() and v.isdigit() and len(v) < 16]
    found = Person.objects.visible_to(request.user).filter(pk__in=chosen, is_active=True).order_by("name", "pk")
    if not found:
        raise BadInput(_("Choose at least one person."))
    issued = accounts.issue_codes_to(people=found, by=request.user, now=timezone.now())
    return render(request, "training/imports/codes.html", {"issued": issued})


@require_safe
def person(request, pk):
    found = get_object_or_404(Person.objects.visible_to(request.user), pk=pk)
    postings = list(Posting.objects.known_at(None).filter(person=found).select_related("unit").order_by("-started_on", "-pk"))
    seconded = next((p for p in postings if p.is_main and p.ended_on is None and p.seconded_on), None)
    context = {
        "person": found,
        "postings": postings,
        "may_recall": seconded is not None and access.may(request.user, "import", seconded.unit),
        "holdings": CategoryHolding.objects.known_at(None).filter(person=found).order_by("-started_on"),
        "adjustments": Adjustment.objects.visible_to(request.user).filter(person=found, superseded_at=None).order_by("-year"),
        "attainments": Attainment.objects.visible_to(request.user)
        .filter(person=found, reverses=None, reversal=None)
        .select_related("kind")
        .order_by("-valid_from"),
        "roles": found.roles.current().select_related("unit"),
    }
    return render(request, "training/people/person.html", context)


@require_POST
def recall(request, pk):
    """Somebody seconded is back."""
    found = get_object_or_404(Person.objects.visible_to(request.user), pk=pk)
    serving.recall(person=found, by=request.user, now=timezone.now())
    return redirect("training:person", found.pk)


urlpatterns = [
    path("people/", people, name="people"),
    path("people/codes/", issue_codes, name="issue_codes"),
    path("people/<int:pk>/", person, name="person"),
    path("people/<int:pk>/recall/", recall, name="recall"),
]
