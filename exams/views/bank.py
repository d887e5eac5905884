"""Pages: the item bank, an item as a candidate sees it, its editor, its review."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, TextField
from django.db.models.functions import Cast
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import amendments, decisions, duplicates, editor, items, markup, tallies
from exams.content import AUDIENCES, CHOICES, LETTERS, Content, ItemRefused, check
from exams.models import (
    Classification,
    Item,
    ItemKind,
    ItemState,
    ItemVersion,
    MediaFile,
    Policy,
    ResponseTally,
)
from laws.models import Article, LegalDocument
from training import access
from training.errors import DomainError

ROWS = 50
EXPORTS = ("xlsx", "docx", "csv", "json", "gift", "aiken", "moodlexml", "qti")  # the addresses are the top floor's
REASONS = (
    _("The key is doubtful"),
    _("The citation does not decide it"),
    _("The wording is unclear"),
    _("It repeats another question"),
)
ACTS = {
    "submit": ("write_items", items.submit, False),
    "approve": ("review_items", items.approve, False),
    "return": ("review_items", items.send_back, True),
    "retire": ("review_items", items.retire, True),
    "restore": ("review_items", items.restore, True),
}


# --- the list


def narrowed(request, found):
    """`found` as the filters of the address narrow it."""
    given = request.GET
    exact = {"kind": "current__kind", "topic": "current__topic", "state": "state", "classification": "classification"}
    for name, column in exact.items():
        if given.get(name):
            found = found.filter(**{column: given[name]})
    if given.get("difficulty", "").isascii() and given.get("difficulty", "").isdigit():
        found = found.filter(current__difficulty=int(given["difficulty"][:2]))
    if given.get("law"):
        found = found.filter(current__citations__law__code=given["law"])
    if given.get("alert") == "quarantine":
        found = found.quarantined_on(timezone.localdate())
    elif given.get("alert") == "any":
        found = found.filter(pk__in=amendments.waiting().order_by().values("item"))
    if given.get("measured") in tallies.TROUBLES:
        found = found.filter(current__in=tallies.in_trouble(given["measured"]))
    if given.get("mine"):
        found = found.filter(author=request.user)
    if text := given.get("q", "").strip():
        found = found.filter(
            Q(current__stem_text__icontains=text) | Q(code__iexact=text) | Q(current__knowledge_point__icontains=text)
        )
    return found.distinct() if given.get("law") else found


@require_http_methods(["GET", "HEAD"])
def bank(request):
    access.require(request.user, "see_bank")
    found = narrowed(request, Item.objects.visible_to(request.user))
    found = found.select_related("current", "author").prefetch_related("current__citations__law").order_by("-pk")
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    items.see(page.object_list, by=request.user, now=timezone.now())
    figures = tallies.measured_versions([one.current_id for one in page.object_list])
    for one in page.object_list:
        one.measured = figures.get(one.current_id)
    known = ItemVersion.objects.filter(pk__in=Item.objects.values("current"))
    context = {
        "page": page,
        "given": request.GET,
        "kinds": ItemKind.choices,
        "states": ItemState.choices,
        "classifications": Classification.choices,
        "topics": known.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct(),
        "laws": LegalDocument.objects.filter(pk__in=known.values("citations__law")).order_by("short_title"),
        "today_quarantined": set(Item.objects.quarantined_on(timezone.localdate()).values_list("pk", flat=True)),
        "may_write": access.may(request.user, "write_items"),
        "may_review": access.may(request.user, "review_items"),
        "formats": EXPORTS,
        "troubles": list(tallies.TROUBLES),
    }
    return render(request, "exams/bank/bank.html", context)


# --- one item


def _found(request, pk) -> Item:
    return get_object_or_404(Item.objects.visible_to(request.user).select_related("current", "author"), pk=pk)


def _waiting(request):
    """What the user may review: handed in by somebody else, not touched by them."""
    found = _narrowed_queue(request, Item.objects.visible_to(request.user).filter(state=ItemState.REVIEW))
    own = ItemVersion.objects.filter(created_by=request.user).values("pk")
    return found.exclude(author=request.user).exclude(current__in=own)


def _narrowed_queue(request, found):
    """The queue keeps to the topic or the law it was opened for."""
    if request.GET.get("topic"):
        found = found.filter(current__topic=request.GET["topic"])
    if request.GET.get("law"):
        found = found.filter(current__citations__law__code=request.GET["law"]).distinct()
    return found


def _query(request) -> str:
    kept = {name: request.GET[name] for name in ("topic", "law") if request.GET.get(name)}
    return "?" + "&".join(f"{name}={value}" for name, value in kept.items()) if kept else ""


def cited_articles(version: ItemVersion) -> list[tuple]:
    """(citation, its article or None) of a version. Two queries."""
    citations = list(version.citations.select_related("law", "law_version").order_by("pk"))
    found = Article.objects.filter(version__in={c.law_version_id for c in citations}, ref__in={c.ref for c in citations})
    by_place = {(article.version_id, article.ref): article for article in found}
    return [(citation, by_place.get((citation.law_version_id, citation.ref))) for citation in citations]


def figures_of(versions: list[ItemVersion]) -> list[tuple]:
    """(version, population, what was measured, its options as (letter, text, how many chose it, whether it is right)), for
    every wording that anybody met, the newest first."""
    return [
        (version, tally.population, (found := tallies.measured([tally])), _options_chosen(version, found.choices))
        for version in versions
        for tally in version.tallies.all()
    ]


def _options_chosen(version: ItemVersion, choices: dict[str, int]) -> list[tuple]:
    body = version.body
    if version.kind in CHOICES:
        return [(o["id"], o["html"], choices.get(o["id"], 0), o["id"] in body["key"]) for o in body["options"]]
    if version.kind == ItemKind.TRUE_FALSE:
        words = ((True, pgettext("answer", "True")), (False, pgettext("answer", "False")))
        return [("", word, choices.get(str(truth).lower(), 0), truth is body["key"]) for truth, word in words]
    return []


def item_page(request, item: Item, *, problem: str = "", status: int = 200):
    version = item.current
    if number := request.GET.get("version", ""):
        version = get_object_or_404(item.versions, number=int(number) if number.isdigit() and len(number) < 5 else 0)
    items.see([item], by=request.user, now=timezone.now())
    is_own = item.author_id == request.user.pk or bool(decisions.written_by(request.user, [item.current_id]))
    may_review = access.may(request.user, "review_items")
    following = _waiting(request).filter(pk__gt=item.pk).order_by("pk").first() if may_review else None
    answered = Prefetch("tallies", ResponseTally.objects.order_by("-answered", "population"))
    versions = list(item.versions.order_by("-number").prefetch_related(answered))
    context = {
        "item": item,
        "version": version,
        "cited": cited_articles(version),
        "versions": versions,
        "figures": figures_of(versions),
        "enough": (tallies.FACILITY_FROM, tallies.DISCRIMINATION_FROM),
        "decisions": item.decisions.select_related("by", "version"),
        "alerts": amendments.waiting().filter(item=item),
        "near": duplicates.near(version, leave_out=item.pk),
        "may_write": access.may(request.user, "write_items"),
        "may_review": may_review,
        "is_own": is_own,
        "decides": may_review and not is_own and item.state == ItemState.REVIEW,
        "reasons": REASONS,
        "problem": problem,
        "next": following,
        "query": _query(request),
        "waiting": _waiting(request).count() if may_review else 0,
    }
    return render(request, "exams/bank/item.html", context, status=status)


@require_safe
def item(request, pk):
    access.require(request.user, "see_bank")
    return item_page(request, _found(request, pk))


@require_safe
def review(request):
    """The queue: the first question that waits for this reviewer."""
    access.require(request.user, "review_items")
    first = _waiting(request).order_by("pk").first()
    if first is None:
        return render(request, "exams/bank/review_done.html")
    return redirect(reverse("exams:item", args=[first.pk]) + _query(request))


@require_POST
def decide(request, pk, act):
    """One act on an item; after a review the next comes by itself."""
    found = _found(request, pk)
    if act == "reclassify":
        return _reclassify(request, found)
    if act not in ACTS:
        raise Http404
    allowed, does, needs_reason = ACTS[act]
    access.require(request.user, allowed)
    facts = {"reason": request.POST.get("preset") or request.POST.get("reason", "")} if needs_reason else {}
    try:
        does(items=[found], by=request.user, now=timezone.now(), **facts)
    except DomainError as error:
        if error.status == 403:
            raise
        return item_page(request, found, problem=str(error), status=error.status)
    if act not in ("approve", "return"):
        return redirect("exams:item", found.pk)
    found.refresh_from_db()
    messages.success(request, f"{found.code}：{found.get_state_display()}")
    waiting = _waiting(request).order_by("pk")
    following = waiting.filter(pk__gt=found.pk).first() or waiting.first()
    address = reverse("exams:item", args=[following.pk]) if following else reverse("exams:review")
    return redirect(address + _query(request))


def _reclassify(request, found):
    access.require(request.user, "review_items")
    try:
        items.reclassify(
            items=[found],
            classification=request.POST.get("classification", ""),
            by=request.user,
            now=timezone.now(),
            reason=request.POST.get("reason", ""),
        )
    except DomainError as error:
        return item_page(request, found, problem=str(error), status=error.status)
    return redirect("exams:item", found.pk)


@require_POST
def decide_many(request, act):
    """One act on all items chosen in the list: all of them or none."""
    if act not in ("submit", "approve"):
        raise Http404
    allowed, does, _needs_reason = ACTS[act]
    access.require(request.user, allowed)
    chosen = [int(value) for value in request.POST.getlist("item") if value.isascii() and value.isdigit() and len(value) < 16]
    found = list(Item.objects.visible_to(request.user).filter(pk__in=chosen))
    back = redirect(reverse("exams:bank") + (f"?{request.GET.urlencode()}" if request.GET else ""))
    if not found:
        messages.info(request, _("Nothing was chosen."))
        return back
    try:
        done = does(items=found, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
        return back
    messages.success(request, _("%(count)s questions: %(state)s") % {"count": len(done), "state": done[0].get_state_display()})
    return back


# --- writing


def _editor(request, *, kind: str, fields, item: Item | None = None, problem: str = "", status: int = 200):
    context = {
        "item": item,
        "kind": kind,
        "kinds": ItemKind.choices,
        "part_kinds": [one for one in ItemKind.choices if one[0] != ItemKind.CASE_ANALYSIS],
        "fields": fields,
        "letters": LETTERS[: editor.OPTIONS],
        "numbers": range(1, editor.QUESTIONS + 1),
        "policies": Policy.choices,
        "audiences": AUDIENCES.items(),
        "classifications": Classification.choices,
        "topics": ItemVersion.objects.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct(),
        "problem": problem,
    }
    return render(request, "exams/bank/editor.html", context, status=status)


def _typed(request) -> dict:
    given = request.POST
    fields = {name: given.get(name) for name in given}
    lists = {name: given.getlist(name) for name in given if name.endswith("key") or name == "audience"}
    return fields | lists


def _images(request) -> dict[str, bytes]:
    """Pictures sent along, by their names; the author writes <img src="name">."""
    return {file.name: file.read(markup.IMAGE_LIMIT + 1) for file in request.FILES.getlist("images")}


@require_http_methods(["GET", "POST"])
def write(request):
    access.require(request.user, "write_items")
    if request.method == "GET":
        kind = request.GET.get("kind", ItemKind.SINGLE_CHOICE)
        if kind not in ItemKind.values:
            raise Http404
        return _editor(request, kind=kind, fields={"difficulty": "3", "marks": "1", "classification": Classification.EXAM})
    kind = request.POST.get("kind", "")
    try:
        written = items.write(
            content=_with_images(editor.content_from(kind, request.POST), request),
            by=request.user,
            now=timezone.now(),
            code=request.POST.get("code", "").strip()[:60],
            classification=_classification(request),
            images=_images(request),
        )
    except DomainError as error:
        return _editor(request, kind=kind, fields=_typed(request), problem=str(error), status=error.status)
    return redirect("exams:item", written.pk)


def _classification(request) -> str:
    said = request.POST.get("classification", "")
    return said if said in Classification.values else Classification.EXAM


def _with_images(content: Content, request) -> Content:
    """Pictures that no text names stand below the stem."""
    for file in request.FILES.getlist("images"):
        if file.name not in content.stem:
            content.stem += f'<p><img src="{file.name}" alt=""></p>'
    return content


@require_http_methods(["GET", "POST"])
def edit(request, pk):
    access.require(request.user, "write_items")
    found = _found(request, pk)
    kind = found.current.kind
    if request.method == "GET":
        items.see([found], by=request.user, now=timezone.now())
        return _editor(request, kind=kind, fields=editor.fields_for(found.current), item=found)
    decisive = {(c.law.name, c.ref): c.decisive for c in found.current.citations.select_related("law")}
    try:
        content = editor.content_from(kind, request.POST, found.current.body, decisive)
        content = _with_images(content, request)
        items.revise(item=found, content=content, by=request.user, now=timezone.now(), images=_images(request))
    except DomainError as error:
        return _editor(request, kind=kind, fields=_typed(request), item=found, problem=str(error), status=error.status)
    return redirect("exams:item", found.pk)


@require_POST
def preview(request):
    """The question as a candidate will see it, while it is being written; what is still missing, and what is nearly the same."""
    access.require(request.user, "write_items")
    content, problem, near = None, "", []
    given = request.POST.get("item", "")
    leave_out = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
    try:
        content = editor.content_from(request.POST.get("kind", ""), request.POST)
        content = markup.clean_content(content)
        check(content)
        near = duplicates.near(content, leave_out=leave_out)
    except ItemRefused as error:
        problem = str(error)
    shows = content is not None and content.body is not None
    return render(request, "exams/bank/_preview.html", {"content": content if shows else None, "problem": problem, "near": near})


@require_POST
def part_fields(request, number):
    """The fields of one question of a case after another kind was chosen for it."""
    access.require(request.user, "write_items")
    prefix = f"q{number}_"
    kind = request.POST.get(f"{prefix}kind", "")
    if kind not in ItemKind.values or kind == ItemKind.CASE_ANALYSIS or not 1 <= number <= editor.QUESTIONS:
        raise Http404
    context = {"kind": kind, "prefix": prefix, "fields": _typed(request), "letters": LETTERS[: editor.OPTIONS]}
    return render(request, "exams/bank/_answer.html", context)


@require_safe
@cache_control(private=True, max_age=3600)
def media(request, sha256):
    """An image of an item: for whoever sees the bank, and for everybody where an open question shows it."""
    found = get_object_or_404(MediaFile, sha256=sha256)
    if not access.may(request.user, "see_bank") and not _is_shown_openly(sha256):
        raise Http404
    response = FileResponse(found.file.open("rb"), content_type=found.content_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _is_shown_openly(sha256: str) -> bool:
    name = f"media:{sha256}"
    open_items = Item.objects.practicable().annotate(body=Cast("current__body", TextField()))
    shows = Q(current__stem__contains=name) | Q(current__explanation__contains=name) | Q(body__contains=name)
    return open_items.filter(shows).exists()


urlpatterns = [
    path("bank/", bank, name="bank"),
    path("bank/review/", review, name="review"),
    path("bank/new/", write, name="write_item"),
    path("bank/preview/", preview, name="preview_item"),
    path("bank/parts/<int:number>/", part_fields, name="part_fields"),
    path("bank/many/<str:act>/", decide_many, name="decide_items"),
    path("bank/items/<int:pk>/", item, name="item"),
    path("bank/items/<int:pk>/edit/", edit, name="edit_item"),
    path("bank/items/<int:pk>/<str:act>/", decide, name="decide_item"),
    path("bank/media/<str:sha256>/", media, name="media"),
]
