"""Pages: the first page of each role."""

from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_safe

from training import access

# the first of these that a role opens is where its holder begins
FIRST = (
    ("see_board", "training:board"),
    ("verify_ledger", "training:ledger_check"),
    ("manage_accounts", "training:accounts"),
    ("grant_roles", "training:roles"),
)


@require_safe
def home(request):
    for act, name in FIRST:
        if access.may(request.user, act):
            try:
                return redirect(reverse(name))
            except NoReverseMatch:
                continue
    try:
        return redirect(reverse("training:my_statement"))
    except NoReverseMatch:
        return render(request, "training/home.html")


urlpatterns = [path("", home, name="home")]
