"""Pages: the queue of batches, and a batch with its lines, its evidence and the acts on it."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from training import access, audit, certification, readings, registrations, submissions
from training import evidence as proofs
from training.errors import BadInput, DomainError
from training.models import Evidence, LineState, Submission, SubmissionState
from training.scope import chosen_unit, chosen_year, years_to_choose
from training.tables import Column, Table
from training.views.sessions import REFUSALS
from training.wording import minute_text

ROWS = 30
LINES = 200
SHOWN_IN_PLACE = ("application/pdf", "image/jpeg", "image/png")
DECIDES = ("approve", "certify", "return")


class EvidenceForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of evidence"), choices=Evidence.Kind.choices)
    file = forms.FileField(label=_("File (PDF, photo, Word, Excel)"))


def _narrowed(request, batches, state: str):
    """`batches` as the filters of the address narrow them; (batches, units to choose from, the one chosen, year)."""
    given = request.GET
    units, unit = chosen_unit(request, "see_submissions")
    year = chosen_year(given)
    words = {name: given.get(name, "") for name in ("subject", "source")}
    return submissions.find(batches, state=state, unit=unit, year=year, **words), units, unit, year


def _state(request) -> str:
    """The state the queue shows: what waits for this user, unless the address asks for another."""
    waits = SubmissionState.UNIT_APPROVED if access.may(request.user, "certify") else SubmissionState.SUBMITTED
    return request.GET.get("state") or waits


def _query(request) -> str:
    """The filters of the queue, without the page: they go along from batch to batch."""
    given = request.GET.copy()
    given.pop("page", None)
    return given.urlencode()


QUEUE = Table(
    "submissions",
    (
        Column("title", _("Title"), order=("title",), cell=lambda row: row.title),
        Column("unit", _("Unit"), order=("unit__path",), cell=lambda row: row.unit.name),
        Column(
            "subject",
            _("Subject"),
            order=("subject", "source"),
            cell=lambda row: f"{row.get_subject_display()} · {row.get_source_display()}",
        ),
        Column("by", _("Entered by"), cell=lambda row: row.created_by.name if row.created_by else "", keeps_line=True),
        Column("at", _("Submitted at"), order=("submitted_at",), cell=lambda row: minute_text(row.submitted_at)),
        Column("state", _("State"), order=("state",), cell=lambda row: row.get_state_display(), leads=True),
    ),
)


@require_safe
def queue(request):
    """What waits for the user first: claims for the unit, batches for the bureau."""
    access.require(request.user, "see_submissions")
    given, state = request.GET, _state(request)
    found, units, unit, year = _narrowed(request, Submission.objects.visible_to(request.user), state)
    # drafts, never handed in, stand last on every engine
    found = found.select_related("unit", "created_by").order_by(F("submitted_at").asc(nulls_last=True), "pk")
    states = {"all": _("all"), **dict(SubmissionState.choices)}
    filters = [
        ("state", _("State"), states.get(state, "") if given.get("state") else ""),
        ("unit", _("Unit"), unit),
        ("subject", _("Subject"), dict(Submission.Subject.choices).get(given.get("subject"), "")),
        ("source", _("Source"), dict(Submission.Source.choices).get(given.get("source"), "")),
        ("year", _("Year"), year),
    ]
    listing = QUEUE.listing(request, found, filters=filters, per_page=ROWS)
    if listing.is_taken_out:
        return listing.csv(unit=unit)
    context = {
        "listing": listing,
        "page": listing.page,
        "state": state,
        "states": states.items(),
        "given": given,
        "units": units,
        "unit": unit,
        "year": year,
        "years": years_to_choose(year),
        "subjects": Submission.Subject.choices,
        "sources": Submission.Source.choices,
        "query": _query(request),
        "may_import": access.may(request.user, "import"),
    }
    return render(request, "training/submissions/submissions.html", context)


def _found(request, pk) -> Submission:
    return get_object_or_404(Submission.objects.visible_to(request.user).select_related("unit", "created_by"), pk=pk)


def _next(request, after: Submission) -> Submission | None:
    """The next batch the user may decide, inside the filters of the queue they came from."""
    waiting, *_rest = _narrowed(request, Submission.objects.decidable_by(request.user), _state(request))
    return submissions.next_in_line(waiting, after=after)


def _page(request, submission, *, form=None, problem="", status=200):
    lines = submissions.lines_of(submission).all()
    if submission.subject == Submission.Subject.HOURS:
        lines = lines.select_related("person")
    elif submission.subject == Submission.Subject.ATTAINMENTS:
        lines = lines.select_related("person", "kind")
    else:
        lines = lines.select_related("unit")
    page = Paginator(lines.order_by("pk"), LINES).get_page(request.GET.get("page"))
    shown, asked, read = list(page.object_list), [], {}
    is_hours = submission.subject == Submission.Subject.HOURS
    if is_hours:
        asked = readings.hour_requirements(shown)
        read = readings.of_lines(submission, shown, asked)
    elif submission.subject == Submission.Subject.SESSIONS:
        lacking = readings.of_sessions(shown)
        read = {key: [REFUSALS.get(code, code) for code in codes] for key, codes in lacking.items()}
    page.object_list = [(line, read.get(line.pk)) for line in shown]
    is_own = submission.created_by_id == request.user.pk
    state = submission.state
    may_decide = access.may(request.user, "approve_claim") or access.may(request.user, "certify")
    context = {
        "submission": submission,
        "page": page,
        "asked": asked,
        "rule_sets": list(dict.fromkeys(found.rule_set for found in read.values() if found.rule_set)) if is_hours else [],
        "credited": sum(found.credit for found in read.values() if found.is_counted) if is_hours and read else None,
        "evidence": submission.evidence.order_by("pk"),
        "in_place": SHOWN_IN_PLACE,
        "decisions": submission.decisions.select_related("by"),
        "evidence_form": form or EvidenceForm(),
        "problem": problem,
        "reasons": certification.REASONS,
        "query": _query(request),
        "next": _next(request, submission) if may_decide else None,
        "is_hours": is_hours,
        "has_held": any(line.held_reason and line.state == LineState.PENDING for line in shown),
        "is_sessions": submission.subject == Submission.Subject.SESSIONS,
        "may_attach": state
        in (SubmissionState.DRAFT, SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED, SubmissionState.RETURNED)
        and (is_own or access.may(request.user, "register", submission.unit)),
        "may_submit": is_own and state in (SubmissionState.DRAFT, SubmissionState.RETURNED),
        "may_approve": not is_own
        and state == SubmissionState.SUBMITTED
        and access.may(request.user, "approve_claim", submission.unit),
        "may_certify": not is_own
        and state == SubmissionState.UNIT_APPROVED
        and access.may(request.user, "certify", submission.unit),
        "may_revoke": state == SubmissionState.CERTIFIED and access.may(request.user, "reverse", submission.unit),
    }
    return render(request, "training/submissions/submission.html", context, status=status)


@require_safe
def submission(request, pk):
    return _page(request, _found(request, pk))


@require_POST
def attach(request, pk):
    found = _found(request, pk)
    if found.created_by_id != request.user.pk:
        access.require(request.user, "register", found.unit)
    if found.state in (SubmissionState.CERTIFIED, SubmissionState.REVOKED):
        raise BadInput(_("The batch is decided: evidence is no longer added."))
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    file = form.cleaned_data["file"]
    proofs.attach(
        submission=found,
        kind=form.cleaned_data["kind"],
        name=file.name,
        content=file.read(proofs.LARGEST + 1),
        by=request.user,
        now=timezone.now(),
    )
    return redirect("training:submission", found.pk)


@require_POST
def decide(request, pk, act):
    """One act on a batch: submit, approve, certify (with exceptions), settle held lines, return, revoke."""
    found = _found(request, pk)
    now, by = timezone.now(), request.user
    reason = request.POST.get("preset") or request.POST.get("reason", "")
    chosen = [int(value) for value in request.POST.getlist("line") if value.isascii() and value.isdigit() and len(value) < 16]
    try:
        if act == "submit" and found.created_by_id == by.pk:
            registrations.submit(submission=found, by=by, now=now)
        elif act == "approve":
            certification.approve_for_unit(submission=found, by=by, now=now)
        elif act == "certify":
            certification.certify(submission=found, by=by, now=now, except_lines=chosen, reason=reason)
        elif act in ("release", "refuse"):
            certification.settle_held(submission=found, lines=chosen, accept=act == "release", reason=reason, by=by, now=now)
        elif act == "return":
            certification.return_(submission=found, reason=reason, by=by, now=now)
        elif act == "revoke":
            late = {name: request.POST.get(name, "")[:200] for name in ("late_document", "late_approver")}
            certification.revoke(submission=found, reason=reason, by=by, now=now, **late)
        else:
            raise Http404
    except DomainError as error:
        if error.status == 403:
            raise
        return _page(request, _found(request, pk), problem=str(error), status=error.status)
    return _after(request, found, act)


def _after(request, decided: Submission, act: str):
    """After a decision the next batch comes by itself; one that still waits for the same user stays on the screen."""
    query = _query(request)
    decided.refresh_from_db()
    goes_on = act in DECIDES and not Submission.objects.decidable_by(request.user).filter(pk=decided.pk).exists()
    if not goes_on:
        return _redirect(reverse("training:submission", args=[decided.pk]), query)
    messages.success(request, f"{decided.title}：{decided.get_state_display()}")
    following = _next(request, decided)
    if following is None:
        return _redirect(reverse("training:submissions"), query)
    return _redirect(reverse("training:submission", args=[following.pk]), query)


def _redirect(address: str, query: str):
    return redirect(f"{address}?{query}" if query else address)


@require_safe
def evidence_file(request, pk):
    found = get_object_or_404(Evidence.objects.filter(submission__in=Submission.objects.visible_to(request.user)), pk=pk)
    audit.record(actor=request.user, act="see_evidence", subject=f"submission:{found.submission_id}", now=timezone.now())
    # what was checked to be a picture or a PDF may open in the browser; everything else is only ever saved
    is_shown = "show" in request.GET and found.media_type in SHOWN_IN_PLACE
    return FileResponse(found.file.open("rb"), as_attachment=not is_shown, filename=found.name, content_type=found.media_type)


urlpatterns = [
    path("submissions/", queue, name="submissions"),
    path("submissions/<int:pk>/", submission, name="submission"),
    path("submissions/<int:pk>/evidence/", attach, name="attach_evidence"),
    path("submissions/<int:pk>/<str:act>/", decide, name="decide_submission"),
    path("evidence/<int:pk>/", evidence_file, name="evidence"),
]
