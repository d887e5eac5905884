"""Pages: practice. What is due, a question, its answer with the article beside it, the end of a run; a unit's weak articles."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exams import must_know, practice, weakness
from exams.content import CHOICES
from exams.models import ItemKind, PracticeRun
from exams.views.bank import cited_articles
from training import access
from training.errors import BadInput
from training.scope import chosen_unit


@require_safe
def home(request):
    """What is due today, the notebook, the lists of one's post, every law and topic, the weakest articles."""
    now, person = timezone.now(), request.user
    context = {
        "due": practice.due_cards(person, now=now).count(),
        "wrong": practice.notebook(person, now=now).count(),
        "running": list(person.practice_runs.filter(finished_at=None).order_by("-pk")[:3]),
        "laws": practice.by_law(person, now=now),
        "topics": practice.by_topic(person, now=now),
        "weakest": weakness.with_words(weakness.of_person(person, now=now), now=now),
        "lists": must_know.progress(person, now=now),
    }
    return render(request, "exams/practice/home.html", context)


@require_POST
def begin(request):
    given = request.POST
    count = given.get("count", "")
    try:
        run = practice.begin(
            person=request.user,
            by=given.get("by", ""),
            value=given.get("value", "")[:200],
            ref=given.get("ref", "")[:12],
            count=int(count) if count.isascii() and count.isdigit() and len(count) < 4 else practice.COUNT,
            now=timezone.now(),
        )
    except practice.NothingToPractise as error:
        messages.warning(request, str(error))
        return redirect("exams:practice")
    return redirect("exams:practice_run", run.pk)


def _run(request, pk) -> PracticeRun:
    return get_object_or_404(request.user.practice_runs, pk=pk)


@require_safe
def run(request, pk):
    """The first question that is open, the one the address names, or the end."""
    found = _run(request, pk)
    places = practice.places(found)
    at = request.GET.get("at", "")
    if at:
        if not (at.isascii() and at.isdigit() and len(at) < 5 and int(at) < len(places)):
            raise Http404
        return _question(request, found, places, int(at))
    position = next((p.position for p in places if p.answer is None), None)
    if found.finished_at is None and position is not None:
        return _question(request, found, places, position)
    rows = [(p, practice.is_right(p.answer) if p.answer else False) for p in places]
    context = {
        "run": found,
        "rows": rows,
        "right": sum(1 for _place, was_right in rows if was_right),
        "waiting": sum(1 for _place, was_right in rows if was_right is None),
        "wrong": sum(1 for _place, was_right in rows if was_right is False),
    }
    return render(request, "exams/practice/result.html", context)


def _question(request, found: PracticeRun, places, position: int, *, problem: str = "", status: int = 200):
    place = places[position]
    answer = place.answer
    context = {
        "run": found,
        "place": place,
        "number": position + 1,
        "total": len(places),
        "answered": sum(1 for p in places if p.answer is not None),
        "next": next((p.position for p in [*places[position + 1 :], *places] if p.answer is None), None),
        "problem": problem,
    }
    if answer is not None:
        context |= {
            "answer": answer,
            "is_right": practice.is_right(answer),
            "earned": practice.earned_in(found, answer),
            "given": given_text(place.version.kind, place.version.body, answer.response),
            "points": practice.points(place.version),
            "truths": (("A", True), ("B", False)),
            "is_choice": place.version.kind in CHOICES,
            "cited": cited_articles(place.version),
        }
    template = "exams/practice/_question.html" if request.htmx else "exams/practice/question.html"
    return render(request, template, context, status=status)


@require_POST
def answer(request, pk, position):
    found = _run(request, pk)
    places = practice.places(found)
    if position >= len(places):
        raise Http404
    place = places[position]
    response = read_response(place.version.kind, place.body, request.POST)
    if response is None and place.answer is None and not request.POST.get("unknown"):
        problem = _("Choose or write an answer first, or say that you do not know.")
        return _question(request, found, places, position, problem=problem, status=422)
    rating = "hard" if request.POST.get("unsure") else ""
    try:
        practice.answer(run=found, position=position, response=response, rating=rating, now=timezone.now())
    except BadInput as error:
        return _question(request, found, places, position, problem=str(error), status=error.status)
    return _answered(request, found, position)


def _answered(request, found: PracticeRun, position: int):
    if request.htmx:
        return _question(request, found, practice.places(found), position)
    return redirect(reverse("exams:practice_run", args=[found.pk]) + f"?at={position}")


@require_POST
def judge(request, pk, position):
    found = _run(request, pk)
    given = get_object_or_404(found.answers, position=position)
    practice.judge(answer=given, met=request.POST.getlist("met"), now=timezone.now())
    return _answered(request, found, position)


@require_POST
def finish(request, pk):
    practice.finish(run=_run(request, pk), now=timezone.now())
    return redirect("exams:practice_run", pk)


def read_response(kind: str, body: dict, given, prefix: str = ""):
    """What a form says, as a response of its kind; None where it says nothing."""
    if kind in CHOICES:
        return given.getlist(f"{prefix}r") or None
    if kind == ItemKind.TRUE_FALSE:
        return {"true": True, "false": False}.get(given.get(f"{prefix}r", ""))
    if kind == ItemKind.FILL_BLANK:
        texts = [given.get(f"{prefix}b{number}", "").strip() for number in range(1, body["blanks"] + 1)]
        return texts if any(texts) else None
    if kind == ItemKind.MATCHING:
        pairs = {one["id"]: given.get(f"{prefix}m{one['id']}", "") for one in body["left"]}
        return {left: right for left, right in pairs.items() if right} or None
    if kind == ItemKind.CASE_ANALYSIS:
        parts = {q["id"]: read_response(q["kind"], q["body"], given, f"q{q['id']}_") for q in body["questions"]}
        return {part: said for part, said in parts.items() if said is not None} or None
    return given.get(f"{prefix}t", "").strip() or None


def given_text(kind: str, body: dict, response) -> list[str]:
    """A response in words, line by line; of a choice nothing, it is shown at the options."""
    if response is None:
        return [_("No answer")]
    if kind in CHOICES or kind == ItemKind.TRUE_FALSE:
        return []
    if kind == ItemKind.FILL_BLANK:
        return ["；".join(text or "—" for text in response)]
    if kind == ItemKind.MATCHING:
        return [f"{left} → {right}" for left, right in response.items()]
    if kind == ItemKind.CASE_ANALYSIS:
        return [f"（{q['id']}）{_said_to(q, response.get(q['id']))}" for q in body["questions"]]
    return response.splitlines()


def _said_to(question: dict, response) -> str:
    if response is None:
        return _("No answer")
    if question["kind"] in CHOICES:
        return "".join(sorted(response))
    if question["kind"] == ItemKind.TRUE_FALSE:
        return _("right") if response else _("wrong")
    return " ".join(given_text(question["kind"], question["body"], response))


@require_safe
def weak_articles(request):
    """What the people of a unit get wrong most: the proposed agenda of its next study."""
    access.require(request.user, "see_weakest_articles")
    now = timezone.now()
    units, unit = chosen_unit(request, "see_weakest_articles")
    unit = unit or units.first()
    context = {
        "unit": unit,
        "units": units,
        "rows": weakness.with_words(weakness.of_unit(unit, now=now), now=now),
        "least": weakness.LEAST_PEOPLE,
        "today": timezone.localdate(now),
    }
    return render(request, "exams/practice/weak_articles.html", context)


urlpatterns = [
    path("practice/", home, name="practice"),
    path("practice/begin/", begin, name="begin_practice"),
    path("practice/<int:pk>/", run, name="practice_run"),
    path("practice/<int:pk>/<int:position>/", answer, name="answer_practice"),
    path("practice/<int:pk>/<int:position>/judge/", judge, name="judge_practice"),
    path("practice/<int:pk>/finish/", finish, name="finish_practice"),
    path("weak-articles/", weak_articles, name="weak_articles"),
]
