"""Pages: people another unit has asked for, and those one's own unit waits for."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from training import access, people
from training.models import TransferRequest, Unit


def _visible(user):
    """Requests that leave or enter a unit in reach."""
    units = access.reachable_units(user, Unit.objects.all(), "release_transfer")
    return TransferRequest.objects.filter(Q(from_unit__in=units) | Q(to_unit__in=units))


@require_safe
def transfers(request):
    access.require(request.user, "release_transfer")
    rows = list(_visible(request.user).select_related("person", "from_unit", "to_unit").order_by("-pk")[:200])
    shown = [(row, access.may(request.user, "release_transfer", row.from_unit)) for row in rows]
    context = {"rows": shown, "may_import": access.may(request.user, "import")}
    return render(request, "training/transfers/transfers.html", context)


@require_POST
def release(request, pk):
    people.release_transfer(request=get_object_or_404(_visible(request.user), pk=pk), by=request.user, now=timezone.now())
    return redirect("training:transfers")


@require_POST
def refuse(request, pk):
    found = get_object_or_404(_visible(request.user), pk=pk)
    people.refuse_transfer(request=found, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
    return redirect("training:transfers")


urlpatterns = [
    path("transfers/", transfers, name="transfers"),
    path("transfers/<int:pk>/release/", release, name="release_transfer"),
    path("transfers/<int:pk>/refuse/", refuse, name="refuse_transfer"),
]
