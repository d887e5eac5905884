"""Pages: people another unit has asked for, and those one's own unit waits for."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from training import access, people
from training.models import TransferRequest, Unit
from training.tables import ByName, Column, Table


def from_unit_text(row) -> str:
    """Where the person serves is not told before the release, but to who may release."""
    request, may_release = row
    is_open = may_release or request.state == TransferRequest.State.RELEASED
    return request.from_unit.name if is_open else str(_("shown after the release"))


# rows are (request, whether the reader may release it)
TRANSFERS = Table(
    "transfers",
    (
        Column("name", _("Name"), order=(ByName("person__name"),), cell=lambda row: row[0].person.name),
        Column("from_unit", _("from unit"), cell=from_unit_text),
        Column("to_unit", _("to unit"), order=("to_unit__path",), cell=lambda row: row[0].to_unit.name),
        Column("on", _("Effective on"), order=("effective_on",), cell=lambda row: row[0].effective_on, keeps_line=True),
        Column("state", _("State"), order=("state",), cell=lambda row: row[0].get_state_display(), leads=True),
        Column("acts", ""),
    ),
)


def _visible(user):
    """Requests that leave or enter a unit in reach."""
    units = access.reachable_units(user, Unit.objects.all(), "release_transfer")
    return TransferRequest.objects.filter(Q(from_unit__in=units) | Q(to_unit__in=units))


@require_safe
def transfers(request):
    access.require(request.user, "release_transfer")
    rows = _visible(request.user).select_related("person", "from_unit", "to_unit").order_by("-pk")

    def prepare(shown):
        return [(row, access.may(request.user, "release_transfer", row.from_unit)) for row in shown]

    listing = TRANSFERS.listing(request, rows, prepare=prepare)
    if listing.is_taken_out:
        return listing.csv()
    context = {"listing": listing, "rows": listing.page.object_list, "may_import": access.may(request.user, "import")}
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
