"""Pages: what a person has studied in a year, and why it counted as it did."""

from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from training import access, audit
from training.models import Person
from training.scope import as_of_of, period_of, years_to_choose
from training.statements import statement


def _page(request, person):
    now = timezone.now()
    year = period_of(request.GET, now).year
    found = statement(person=person, year=year, viewer=request.user, now=now, as_of=as_of_of(request.GET))
    years = years_to_choose(year)
    context = {
        "person": person,
        "statement": found,
        "years": years,
        "year": year,
        "is_own": person.pk == request.user.pk,
        "may_see_people": access.may(request.user, "see_people"),
    }
    return render(request, "training/statements/statement.html", context)


@require_safe
def my_statement(request):
    return _page(request, request.user)


@require_safe
def person_statement(request, pk):
    person = get_object_or_404(Person.objects.visible_to(request.user), pk=pk)
    if person.pk != request.user.pk:
        audit.record(actor=request.user, act="see_statement", subject=f"person:{person.pk}", now=timezone.now())
    return _page(request, person)


urlpatterns = [
    path("me/", my_statement, name="my_statement"),
    path("people/<int:pk>/statement/", person_statement, name="statement"),
]
