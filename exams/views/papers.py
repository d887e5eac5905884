"""Pages: blueprints and whether the bank can fill them, papers drawn under them, a paper as a candidate sees it."""

import secrets

from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from exams import blueprint_editor, blueprints, papers
from exams.blueprints import BlueprintRefused
from exams.content import AUDIENCES
from exams.models import Blueprint, Classification, Item, ItemKind, ItemVersion, Paper, PaperSet, Policy
from laws.models import LegalDocument
from training import access
from training.errors import BadInput, DomainError
from training.models import Person, Posting, Unit
from training.periods import day_of

ROWS = 50


# --- blueprints


@require_safe
def blueprint_list(request):
    access.require(request.user, "make_papers")
    found = (
        Blueprint.objects.annotate(sets=Count("paper_sets")).prefetch_related("sections__cells").order_by("-created_at", "-pk")
    )
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    for blueprint in page.object_list:
        sections = blueprint.sections.all()
        counts = [sum(cell.count for cell in section.cells.all()) for section in sections]
        blueprint.count = sum(counts)
        blueprint.total = sum(count * section.marks_each for count, section in zip(counts, sections, strict=True))
    return render(request, "exams/papers/blueprints.html", {"page": page})


def _found(pk) -> Blueprint:
    return get_object_or_404(Blueprint, pk=pk)


def _editor(request, *, head: dict, rows: list[dict], blueprint=None, problem: str = "", status: int = 200):
    context = {
        "blueprint": blueprint,
        "is_drawn": blueprint is not None and blueprint.paper_sets.exists(),
        "head": head,
        "classifications": Classification.choices,
        "problem": problem,
        **_choices(rows),
    }
    return render(request, "exams/papers/blueprint_editor.html", context, status=status)


def _choices(rows: list[dict]) -> dict:
    """The rows of the editor and what may be chosen in them: laws and topics that questions have."""
    known = ItemVersion.objects.filter(pk__in=Item.objects.values("current"))
    return {
        "rows": rows,
        "kinds": ItemKind.choices,
        "policies": Policy.choices,
        "audiences": AUDIENCES.items(),
        "laws": LegalDocument.objects.filter(pk__in=known.values("citations__law")).order_by("short_title", "title"),
        "topics": known.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct(),
    }


def _new_section() -> dict:
    kind = ItemKind.SINGLE_CHOICE
    return {"title": "", "kind": kind, "marks_each": "1", "policy": "", "floor": "", "cells": [dict(blueprint_editor.EMPTY_CELL)]}


@require_http_methods(["GET", "POST"])
def write_blueprint(request):
    access.require(request.user, "make_papers")
    if request.method == "GET":
        head = {"pass_mark": "60", "minutes": "60", "classification": ""}
        return _editor(request, head=head, rows=[_new_section()])
    return _save(request, None)


@require_http_methods(["GET", "POST"])
def edit_blueprint(request, pk):
    access.require(request.user, "make_papers")
    blueprint = _found(pk)
    if request.method == "POST":
        return _save(request, blueprint)
    plan = blueprints.plan_of(blueprint)
    return _editor(request, head=blueprint_editor.head_for(plan), rows=blueprint_editor.rows_for(plan), blueprint=blueprint)


def _save(request, blueprint):
    now = timezone.now()
    try:
        plan = blueprint_editor.plan_from(request.POST)
        if blueprint is None:
            saved = blueprints.make(plan, by=request.user, now=now)
        else:
            saved = blueprints.change(blueprint, plan, by=request.user, now=now)
    except BlueprintRefused as error:
        rows = blueprint_editor.rows_of(request.POST)
        return _editor(request, head=request.POST, rows=rows, blueprint=blueprint, problem=str(error), status=error.status)
    return redirect("exams:blueprint", saved.pk)


@require_POST
def blueprint_rows(request):
    """The rows of the editor after one was added or taken away; what was typed stays."""
    access.require(request.user, "make_papers")
    rows = blueprint_editor.rows_of(request.POST)
    given = request.POST
    if "add_section" in given:
        rows.append(_new_section())
    elif (at := _place(given.get("drop_section"), rows)) is not None:
        del rows[at]
    elif (at := _place(given.get("add_cell"), rows)) is not None:
        rows[at]["cells"].append(dict(blueprint_editor.EMPTY_CELL))
    elif "drop_cell" in given:
        section, _dash, cell = given["drop_cell"].partition("-")
        at = _place(section, rows)
        if at is not None and (nth := _place(cell, rows[at]["cells"])) is not None:
            del rows[at]["cells"][nth]
    answer = render(request, "exams/papers/_blueprint_rows.html", _choices(rows))
    return trigger_client_event(answer, "rowsChanged", after="settle")


def _place(text: str | None, rows: list) -> int | None:
    is_number = bool(text) and text.isascii() and text.isdigit() and len(text) < 4
    return int(text) if is_number and int(text) < len(rows) else None


@require_POST
def check_blueprint(request):
    """Whether the bank can fill what is being written, cell by cell; what is still wrong with it."""
    access.require(request.user, "make_papers")
    plan, states, problem = None, [], ""
    try:
        plan = blueprint_editor.plan_from(request.POST)
        blueprints.check(plan)
    except BlueprintRefused as error:
        problem = str(error)
    if plan is not None and _can_be_asked(plan):
        states = papers.states_of(plan, now=timezone.now())
    return render(request, "exams/papers/_fill.html", {"plan": plan, "states": states, "problem": problem})


def _can_be_asked(plan) -> bool:
    """Whether the cells make sense so far, whatever the head still lacks."""
    return plan.count <= blueprints.MOST_ITEMS and all(
        section.kind in ItemKind.values and section.marks_each > 0 for section in plan.sections
    )


def _units(request):
    return access.reachable_units(request.user, Unit.objects.all(), "make_papers").order_by("path")


def _blueprint_page(request, blueprint: Blueprint, *, given: dict, problem: str = "", status: int = 200):
    plan = blueprints.plan_of(blueprint)
    states = papers.states_of(plan, now=timezone.now())
    context = {
        "blueprint": blueprint,
        "plan": plan,
        "states": states,
        "is_short": any(state.is_short for state in states),
        "sets": blueprint.paper_sets.annotate(count=Count("papers")).select_related("created_by").order_by("-pk")[:ROWS],
        "strategies": PaperSet.Strategy.choices,
        "units": _units(request),
        "given": given,
        "problem": problem,
        "most": papers.MOST_PAPERS,
    }
    return render(request, "exams/papers/blueprint.html", context, status=status)


@require_safe
def blueprint(request, pk):
    access.require(request.user, "make_papers")
    given = {"strategy": PaperSet.Strategy.AB, "seed": _seed(), "is_shuffled": "1"}
    return _blueprint_page(request, _found(pk), given=given)


def _seed() -> str:
    """A proposal that nobody can foresee, and that a person can write down."""
    return f"{day_of(timezone.now()):%Y%m%d}-{secrets.token_hex(4)}"


@require_POST
def draw_papers(request, pk):
    access.require(request.user, "make_papers")
    found = _found(pk)
    given = request.POST
    try:
        drawn = papers.draw(
            blueprint=found,
            strategy=given.get("strategy", ""),
            seed=given.get("seed", "").strip(),
            by=request.user,
            now=timezone.now(),
            people=_people(request),
            count=_count(given.get("count", "")),
            is_shuffled=bool(given.get("is_shuffled")),
        )
    except DomainError as error:
        if error.status == 403:
            raise
        return _blueprint_page(request, found, given=given, problem=str(error), status=error.status)
    return redirect("exams:paper_set", drawn.pk)


def _count(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _people(request) -> list[Person]:
    """Who serves in the unit chosen and below, in the order of their staff numbers."""
    code = request.POST.get("unit", "")
    if not code or request.POST.get("strategy") != PaperSet.Strategy.DRAWN:
        return []
    unit = _units(request).filter(code=code).first()
    if unit is None:
        raise BadInput(_("There is no such unit in your reach."))
    serving = Posting.objects.current().filter(is_main=True, unit__path__startswith=unit.path)
    return list(Person.objects.active().filter(pk__in=serving.values("person")).order_by("staff_no", "pk"))


# --- papers


@require_safe
def paper_sets(request):
    access.require(request.user, "make_papers")
    found = PaperSet.objects.select_related("blueprint", "created_by").annotate(count=Count("papers")).order_by("-pk")
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    return render(request, "exams/papers/papers.html", {"page": page})


@require_safe
def paper_set(request, pk):
    access.require(request.user, "make_papers")
    found = get_object_or_404(PaperSet.objects.select_related("blueprint", "created_by"), pk=pk)
    fits = {fit.label: fit for fit in papers.fit_of(found)}
    page = Paginator(found.papers.defer("layout").order_by("pk"), ROWS).get_page(request.GET.get("page"))
    context = {
        "set": found,
        "page": page,
        "rows": [(paper, fits.get(paper.label)) for paper in page.object_list],
        "fit": found.fit,
        "lowest": min((fit.mean for fit in fits.values()), default=None),
        "highest": max((fit.mean for fit in fits.values()), default=None),
        "forms": (("paper", _("Paper")), ("sheet", _("Answer sheet")), ("key", _("Key"))),
    }
    return render(request, "exams/papers/paper_set.html", context)


@require_safe
def paper(request, pk, label):
    """One paper as a candidate sees it; with `?key=1` its right answers. Each look is an event of the trail."""
    access.require(request.user, "make_papers")
    found = get_object_or_404(Paper.objects.select_related("paper_set__blueprint"), paper_set=pk, label=label)
    with_key = request.GET.get("key") == "1"
    sections = papers.sections_of(found)
    papers.see(found, by=request.user, now=timezone.now(), **({"form": "key"} if with_key else {}))
    context = {
        "paper": found,
        "set": found.paper_set,
        "blueprint": found.paper_set.blueprint,
        "sections": sections,
        "with_key": with_key,
    }
    return render(request, "exams/papers/paper.html", context)


urlpatterns = [
    path("papers/", paper_sets, name="papers"),
    path("papers/blueprints/", blueprint_list, name="blueprints"),
    path("papers/blueprints/new/", write_blueprint, name="write_blueprint"),
    path("papers/blueprints/rows/", blueprint_rows, name="blueprint_rows"),
    path("papers/blueprints/check/", check_blueprint, name="check_blueprint"),
    path("papers/blueprints/<int:pk>/", blueprint, name="blueprint"),
    path("papers/blueprints/<int:pk>/edit/", edit_blueprint, name="edit_blueprint"),
    path("papers/blueprints/<int:pk>/draw/", draw_papers, name="draw_papers"),
    path("papers/<int:pk>/", paper_set, name="paper_set"),
    path("papers/<int:pk>/<str:label>/", paper, name="paper"),
]
