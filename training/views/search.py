"""Pages: finding a person or a unit by a few letters."""

from django.db.models import Q
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from training import access
from training.models import Person, Posting, Unit
from training.views.people import find

MOST = 30


@require_safe
def search(request):
    text = request.GET.get("q", "").strip()[:60]
    people, units = [], []
    if text:
        people = list(find(Person.objects.visible_to(request.user), text).order_by("name", "pk")[:MOST])
        units = list(
            access.reachable_units(request.user, Unit.objects.filter(Q(name__icontains=text) | Q(code=text))).order_by("path")[
                :MOST
            ]
        )
    current = Posting.objects.current().filter(is_main=True, person__in=people).select_related("unit")
    serves = {posting.person_id: posting.unit for posting in current}
    people = [(person, serves.get(person.pk)) for person in people]
    return render(request, "training/search/search.html", {"text": text, "people": people, "units": units, "most": MOST})


urlpatterns = [path("search/", search, name="search")]
