"""Pages: the library, a law to read, one article, two versions side by side, search. Open to everybody who signed in."""

from collections import defaultdict

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from laws import comparison, search
from laws.models import Article, DocumentKind, LawVersion, LegalDocument, Passage
from laws.numerals import refs_in

ROWS = 20
SHOWN_AROUND = 60  # characters of an article around the first word found


def _library():
    return LegalDocument.objects.of_the_library()


@require_safe
def library(request):
    """Every law by kind, with the version in force today; narrowed by a few letters of the title."""
    today = timezone.localdate()
    text = request.GET.get("q", "").strip()[:60]
    state = request.GET.get("state", "")
    versions = LawVersion.objects.order_by("effective_on", "promulgated_on", "pk")
    documents = _library().prefetch_related(Prefetch("versions", versions)).order_by("kind", "title")
    wanted = {law.pk for law in search.laws_named(text, limit=50)} if text else None
    in_force = dict(LawVersion.objects.in_force_on(today).values_list("document_id", "pk"))
    groups = defaultdict(list)
    for document in documents:
        row = _row(document, in_force.get(document.pk), today)
        if (wanted is None or document.pk in wanted) and (not state or row["state"] == state):
            groups[document.kind].append(row)
    order = list(DocumentKind.values)
    context = {
        "text": text,
        "state": state,
        "groups": [(DocumentKind(kind).label, groups[kind]) for kind in sorted(groups, key=order.index)],
        "count": sum(map(len, groups.values())),
    }
    return render(request, "laws/library.html", context)


def _row(document: LegalDocument, version_id: int | None, today) -> dict:
    versions = list(document.versions.all())
    version = next((v for v in versions if v.pk == version_id), None)
    if document.repealed_on and document.repealed_on <= today:
        state = "repealed"
    elif version is not None:
        state = "in_force"
    else:
        state = "coming" if any(v.effective_on and v.effective_on > today for v in versions) else "unknown"
    shown = version or (versions[-1] if versions else None)
    return {"law": document, "version": shown, "state": state, "versions": versions}


def _version(code: str, label: str | None) -> LawVersion:
    """The version an address names; without a label the one in force today, else the last. Raises Http404."""
    document = get_object_or_404(_library().select_related("repealed_by"), code=code)
    versions = LawVersion.objects.filter(document=document)
    if label is not None:
        version = get_object_or_404(versions, label=label)
    else:
        version = versions.in_force_on(timezone.localdate()).first() or versions.order_by("-effective_on", "-pk").first()
        if version is None:
            raise Http404
    version.document = document
    return version


def _facts(version: LawVersion) -> dict:
    """What stands at the head of every page about a version."""
    today = timezone.localdate()
    versions = list(version.document.versions.order_by("-effective_on", "-pk"))
    in_force = LawVersion.objects.filter(document=version.document).in_force_on(today).first()
    if version.document.repealed_on and version.document.repealed_on <= today:
        state = "repealed"
    elif version == in_force:
        state = "in_force"
    else:
        state = "coming" if version.effective_on and version.effective_on > today else "superseded"
    return {"version": version, "law": version.document, "versions": versions, "in_force": in_force, "state": state}


@require_safe
def law(request, code, label=None):
    """A law to read: contents at the side, every article with its address. Six queries."""
    version = _version(code, label)
    divisions = list(version.divisions.order_by("position"))
    articles = version.articles.order_by("position").prefetch_related(_passages())
    under = defaultdict(list)
    for article in articles:
        under[article.division_id].append(article)
    parts = [(division, under[division.pk]) for division in divisions]
    context = _facts(version) | {"loose": under[None], "parts": parts, "has_articles": bool(under)}
    return render(request, "laws/law.html", context)


def _passages() -> Prefetch:
    return Prefetch("passages", Passage.objects.order_by("position"))


@require_safe
def article(request, code, ref, label=None):
    """One article with the one before and the one after; its place in the law and in the other versions."""
    version = _version(code, label)
    found = get_object_or_404(version.articles.select_related("division__parent").prefetch_related(_passages()), ref=ref)
    around = version.articles.only("ref", "number", "branch", "position")
    elsewhere = Article.objects.filter(version__document=version.document, ref=ref).exclude(version=version)
    context = _facts(version) | {
        "article": found,
        "before": around.filter(position__lt=found.position).order_by("-position").first(),
        "after": around.filter(position__gt=found.position).order_by("position").first(),
        "elsewhere": elsewhere.select_related("version").order_by("-version__effective_on"),
        "named": [one for one in refs_in(found.text) if one != ref],
    }
    return render(request, "laws/article.html", context)


@require_safe
def compare(request, code):
    """Two versions article by article; the last two with text unless the address names others."""
    document = get_object_or_404(_library(), code=code)
    versions = list(document.versions.filter(has_text=True).order_by("effective_on", "pk"))
    by_label = {version.label: version for version in versions}
    new = by_label.get(request.GET.get("new", "")) or (versions[-1] if versions else None)
    older = [version for version in versions if new is not None and version.pk != new.pk]
    old = by_label.get(request.GET.get("old", "")) or (older[-1] if older else None)
    changes = comparison.compare(old, new) if old is not None and new is not None else []
    kind = request.GET.get("kind", "")
    context = {
        "law": document,
        "versions": versions,
        "old": old,
        "new": new,
        "kind": kind,
        "counts": [(name, sum(change.kind == name for change in changes)) for name in comparison.KINDS],
        "changes": [c for c in changes if (c.kind == kind if kind in comparison.KINDS else c.kind != comparison.UNCHANGED)],
    }
    return render(request, "laws/compare.html", context)


@require_safe
def find(request):
    """Words in articles, titles with a slip of the pen, and straight to 行政处罚法第三十三条."""
    text = request.GET.get("q", "").strip()[:60]
    is_every_version = request.GET.get("all") == "1"
    if text and (target := search.jump(text)) is not None:
        version = LawVersion.objects.filter(document=target.law).in_force_on(timezone.localdate()).first()
        version = version or target.law.versions.order_by("-effective_on").first()
        if target.ref and version is not None and version.articles.filter(ref=target.ref).exists():
            return redirect(reverse("laws:article", args=[target.law.code, target.ref]))
        if not target.ref and version is not None:
            return redirect(reverse("laws:law", args=[target.law.code]))
    found = search.articles(text, day=None if is_every_version else timezone.localdate()) if text else search.Found([])
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "text": text,
        "is_every_version": is_every_version,
        "laws": search.laws_named(text) if text else [],
        "page": page,
        "rows": [(one, search.excerpt(one.text, text, SHOWN_AROUND)) for one in found.page(page.start_index() - 1, ROWS)]
        if found
        else [],
    }
    return render(request, "laws/find.html", context)
