"""Pages: the audit trail, its export, and the check that nothing in the ledger was altered."""

from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from training import access, ledger, proofs
from training import audit as trail
from training.errors import BadInput
from training.exports import csv_lines
from training.models import AuditEvent, AuditHead
from training.scope import chosen_day, chosen_unit
from training.tables import Column, Table

IN_CHUNK = 2000
# every event has a number, so that sorting by it walks an index however long the trail is
TRAIL = Table(
    "audit",
    (
        Column("number", _("Number"), order=("sequence",)),
        Column("at", _("At"), order=("at",), keeps_line=True),
        Column("by", _("By"), leads=True, keeps_line=True),
        Column("act", _("Act")),
        Column("subject", _("Subject")),
        Column("facts", _("Facts")),
        Column("unit", _("Unit")),
        Column("from", _("From")),
    ),
)
FILTERS = ("actor", "act", "unit", "subject", "from", "to")


def _found(request):
    """(events as the address narrows them, units to choose from, the one chosen)."""
    access.require(request.user, "see_audit")
    units, unit = chosen_unit(request, "see_audit")
    given = request.GET
    first, last = chosen_day(given, "from"), chosen_day(given, "to")
    if first and last and last < first:
        raise BadInput(_("The last day lies before the first."))
    words = {name: given.get(name, "") for name in ("actor", "act", "subject")}
    if any("\x00" in word for word in words.values()):
        raise BadInput()
    events = trail.find(AuditEvent.objects.visible_to(request.user), unit=unit, first=first, last=last, **words)
    return events.select_related("actor").order_by("-sequence"), units, unit


@require_safe
def audit(request):
    events, units, unit = _found(request)
    given = request.GET
    filters = [
        ("actor", _("Person who acted"), given.get("actor", "")),
        ("act", _("Act"), trail.ACTS.get(given.get("act", ""), given.get("act", ""))),
        ("unit", _("Unit"), unit),
        ("from", _("From day"), given.get("from", "")),
        ("to", _("To day"), given.get("to", "")),
        ("subject", _("Subject"), given.get("subject", "")),
    ]
    listing = TRAIL.listing(request, events, filters=filters, prepare=lambda rows: trail.shown_to(request.user, rows))
    context = {
        "listing": listing,
        "page": listing.page,
        "given": given,
        "first": request.GET.get("from", ""),
        "acts": trail.ACTS.items(),
        "units": units,
        "unit": unit,
        "query": request.GET.urlencode(),
        "digest": ledger.head_digest(),
        "head": AuditHead.objects.first(),
        "last_check": AuditEvent.objects.filter(act="verify_ledger").select_related("actor").order_by("-sequence").first(),
    }
    return render(request, "training/supervision/audit.html", context)


@require_GET
def export(request):
    """The same rows as CSV, row by row. That they were taken out is itself an event, and the last one of the trail by then."""
    events, _units, _unit = _found(request)
    filters = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    facts = {"rows": events.count(), **({"filters": filters} if filters else {})}
    taken = trail.record(actor=request.user, act="export_audit", subject="audit", now=timezone.now(), facts=facts)
    header = (_("Number"), _("At"), _("By"), _("Account"), _("Act"), _("Subject"), _("Unit"), _("From"), _("Facts"))
    rows = _rows(request.user, TRAIL.listing(request, events.filter(sequence__lt=taken.sequence)).rows)
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate():%Y%m%d}.csv"'
    return response


def _rows(viewer, events):
    chunk = []
    for event in events.iterator(chunk_size=IN_CHUNK):
        chunk.append(event)
        if len(chunk) == IN_CHUNK:
            yield from _cells(viewer, chunk)
            chunk = []
    yield from _cells(viewer, chunk)


def _cells(viewer, events):
    for row in trail.shown_to(viewer, events):
        event, actor = row.event, row.event.actor
        at = timezone.localtime(event.at).isoformat(sep=" ", timespec="seconds")
        by = (actor.name, actor.username) if actor else ("", "")
        yield (event.sequence, at, *by, row.act, row.subject, event.unit_code, event.address, row.facts)


@require_http_methods(["GET", "POST"])
def ledger_check(request):
    access.require(request.user, "verify_ledger")
    context = {"digest": ledger.head_digest()}
    if request.method == "POST":
        verdict = proofs.verify()
        broken = verdict.broken
        now = timezone.now()
        trail.record(actor=request.user, act="verify_ledger", subject="ledger", now=now, facts={"broken": broken or ""})
        context |= {"verdict": verdict, "broken": broken, "at": now}
    return render(request, "training/supervision/ledger_check.html", context)


urlpatterns = [
    path("audit/", audit, name="audit"),
    path("audit/export/", export, name="export_audit"),
    path("audit/ledger/", ledger_check, name="ledger_check"),
]
