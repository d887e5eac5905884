"""Pages: the people of a unit, what each owes, and one person's facts."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from training import access, compliance
from training import people as serving
from training.models import Adjustment, Attainment, CategoryHolding, Person, Posting, StaffCategory, YearOpening
from training.scope import scope_of
from training.standing import BEHIND, ON_TRACK, STATUSES, UNMET
from training.templatetags.ui import STATUS

ROWS = 50
OWES = (BEHIND, ON_TRACK, UNMET, "base_missing")


def find(people, text: str):
    """People whose name, staff number, sign-in name or certificate contains `text`."""
    text = text.strip()
    if not text:
        return people
    return people.filter(
        Q(name__icontains=text) | Q(staff_no__icontains=text) | Q(username__icontains=text) | Q(certificate_no__icontains=text)
    )


def _listed(scope, given) -> list[tuple[int, object | None, int]]:
    """(person, standing or None, unit) of everybody listed: who serves here, narrowed by status and category."""
    assessment = scope.assessment()
    standings = {row.person_id: row for row in assessment.main_rows()}
    status, category = given.get("status", ""), given.get("category", "")
    if status and status != "seconded":
        wanted = set(OWES) if status == "owes" else {status}
        is_strict = status == "met_strict"
        rows = [
            (pk, row, row.unit_id)
            for pk, row in standings.items()
            if (row.is_met_strictly if is_strict else row.status in wanted)
        ]
        rows.sort(key=lambda item: (-(item[1].remaining or 0), item[0]))
    else:
        postings = Posting.objects.deciding_on(assessment.day, assessment.known).filter(unit__path__startswith=scope.unit.path)
        if status == "seconded":
            postings = postings.filter(seconded_on__lte=assessment.day)
        served = dict(postings.order_by("started_on", "pk").values_list("person_id", "unit_id"))
        rows = [(pk, standings.get(pk), unit_id) for pk, unit_id in served.items()]
    if category in StaffCategory.values:
        held = CategoryHolding.objects.known_at(assessment.known).valid_on(assessment.day).filter(category=category)
        held = set(held.values_list("person_id", flat=True))
        rows = [row for row in rows if row[0] in held]
    return rows


LEFT = {"left": _("left"), "moved": _("moved to another unit"), "category_ended": _("no longer of the category")}


def _leavers(request, scope):
    """Those listed apart: obliged here during the period, and not counted here at its end. Nobody's present facts are shown."""
    found = compliance.leavers(scope.assessment()) if scope.assessment().hour_requirements else []
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    keys = [leaver.person_id for leaver in page.object_list]
    names = dict(Person.objects.filter(pk__in=keys).values_list("pk", "name"))
    seen = set(Person.objects.visible_to(request.user).filter(pk__in=keys).values_list("pk", flat=True))
    units = scope.assessment().units
    page.object_list = [
        (one, names[one.person_id], one.person_id in seen, units[one.unit_id], LEFT[one.reason]) for one in page.object_list
    ]
    return page


@require_safe
def people(request):
    scope = scope_of(request, "see_people")
    given = request.GET
    if given.get("status") == "left":
        return _listing(request, scope, _leavers(request, scope))
    rows = _listed(scope, given)
    visible = Person.objects.visible_to(request.user)
    if given.get("q", "").strip():
        found = set(find(visible, given["q"]).values_list("pk", flat=True))
        rows = [row for row in rows if row[0] in found]
    if not scope.assessment().is_current or scope.assessment().is_over:
        # whoever has moved out of sight since is not listed, so that the count is that of the rows
        seen = set(visible.values_list("pk", flat=True))
        rows = [row for row in rows if row[0] in seen]
    page = Paginator(rows, ROWS).get_page(given.get("page"))
    shown = visible.in_bulk([pk for pk, _row, _unit in page.object_list])
    units = scope.assessment().units
    page.object_list = [(shown[pk], row, units[unit_id]) for pk, row, unit_id in page.object_list if pk in shown]
    return _listing(request, scope, page)


def _listing(request, scope, page):
    context = {
        "scope": scope,
        "page": page,
        "given": request.GET,
        "is_left": request.GET.get("status") == "left",
        "statuses": [
            ("owes", _("still owes hours")),
            *((code, STATUS[code][0]) for code in STATUSES),
            ("met_strict", _("met without adjustment")),
            ("seconded", _("seconded elsewhere, counted here")),
            ("left", _("left or moved, listed apart")),
        ],
        "categories": StaffCategory.choices,
        "units": list(scope.units.order_by("path").only("code", "name", "path")),
        "years": sorted({*YearOpening.objects.values_list("year", flat=True), scope.year}, reverse=True),
        "is_open": scope.assessment().is_open,
    }
    template = "training/people/_people.html" if request.htmx and not request.htmx.boosted else "training/people/people.html"
    return render(request, template, context)


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
    path("people/<int:pk>/", person, name="person"),
    path("people/<int:pk>/recall/", recall, name="recall"),
]
