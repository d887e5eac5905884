"""Pages: the audit trail, and the check that nothing in the ledger was altered."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from training import access, ledger
from training import audit as trail
from training.models import AuditEvent

ROWS = 50


@require_safe
def audit(request):
    access.require(request.user, "see_audit")
    events = AuditEvent.objects.select_related("actor").order_by("-sequence")
    given = request.GET
    if given.get("act", "").strip():
        events = events.filter(act=given["act"].strip())
    if given.get("subject", "").strip():
        events = events.filter(subject=given["subject"].strip())
    page = Paginator(events, ROWS).get_page(given.get("page"))
    return render(request, "training/supervision/audit.html", {"page": page, "given": given})


@require_http_methods(["GET", "POST"])
def ledger_check(request):
    access.require(request.user, "verify_ledger")
    context = {"digest": ledger.head_digest()}
    if request.method == "POST":
        verdict = ledger.verify()
        broken = verdict.broken or trail.first_broken()
        now = timezone.now()
        trail.record(actor=request.user, act="verify_ledger", subject="ledger", now=now, facts={"broken": broken or ""})
        context |= {"verdict": verdict, "broken": broken, "at": now}
    return render(request, "training/supervision/ledger_check.html", context)


urlpatterns = [
    path("audit/", audit, name="audit"),
    path("audit/ledger/", ledger_check, name="ledger_check"),
]
