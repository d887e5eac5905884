"""Pages: questions that ask nearly the same."""

from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from exams import duplicates as rules
from exams import items
from exams.models import Item, ItemEnmity, ItemState
from training import access

ROWS = 25


@require_safe
def duplicates(request):
    """Pairs the most alike first; those a person marked stay in the list, and say so."""
    access.require(request.user, "see_bank")
    seen = Item.objects.visible_to(request.user)
    found = ItemEnmity.objects.filter(first__in=seen, second__in=seen).exclude(first__state=ItemState.RETIRED)
    found = found.exclude(second__state=ItemState.RETIRED).select_related("first__current", "second__current")
    if request.GET.get("only") == "found":
        found = found.filter(is_marked=False)
    page = Paginator(found.order_by(F("is_marked").asc(), "-similarity", "pk"), ROWS).get_page(request.GET.get("page"))
    items.see({item for pair in page.object_list for item in (pair.first, pair.second)}, by=request.user, now=timezone.now())
    context = {"page": page, "given": request.GET, "may_review": access.may(request.user, "review_items")}
    return render(request, "exams/bank/duplicates.html", context)


@require_POST
def decide(request, pk, other, act):
    """Two questions are different, or give each other away."""
    access.require(request.user, "review_items")
    seen = Item.objects.visible_to(request.user).select_related("current")
    first, second = get_object_or_404(seen, pk=pk), get_object_or_404(seen, pk=other)
    acts = {"apart": rules.tell_apart, "mark": rules.mark}
    if act not in acts:
        raise Http404
    acts[act](first, second, by=request.user, now=timezone.now())
    return redirect("exams:item", pk) if request.POST.get("back") == "item" else redirect("exams:duplicates")


urlpatterns = [
    path("bank/duplicates/", duplicates, name="duplicates"),
    path("bank/duplicates/<int:pk>/<int:other>/<str:act>/", decide, name="decide_duplicates"),
]
