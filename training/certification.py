"""Deciding: a batch is approved, certified with exceptions, returned or revoked. Every step is a `Decision` row.

Nobody decides on their own: not on a batch they entered, not on a line about themselves.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit, ledger, submissions
from training.errors import BadInput, EvidenceMissing, NotAllowed, OwnDecision, WrongState
from training.models import Attainment, Decision, LineState, Submission, SubmissionState
from training.readings import as_counted, study_of
from training.sessions import SessionFacts
from training.submissions import day_of_line, lines_of

# why batches are mostly returned: one key each
REASONS = (
    _("The evidence is missing or cannot be read."),
    _("Names differ from those of the evidence."),
    _("Figures or dates differ from the evidence."),
    _("This was registered before."),
)


@transaction.atomic
def approve_for_unit(*, submission: Submission, by, now: datetime) -> Submission:
    """The unit's HR approves a claim. Raises OwnDecision for one's own."""
    access.require(by, "approve_claim", submission.unit)
    submission = submissions.locked(submission, SubmissionState.SUBMITTED)
    _refuse_own(submission, by)
    submission.state = SubmissionState.UNIT_APPROVED
    submission.save(update_fields=["state"])
    submissions.note(submission, Decision.Act.UNIT_APPROVE, by, now)
    return submission


@transaction.atomic
def certify(*, submission: Submission, by, now: datetime, except_lines: Iterable[int] = (), reason: str = "") -> ledger.Posted:
    """Post a batch to the ledger, but for the lines excepted, which are returned with `reason`.

    `by` None is the operator at the command line. Raises EvidenceMissing, OwnDecision, WrongState, PeriodLocked,
    PeriodClosed, and what the ledger raises; then nothing is posted.
    """
    if by is not None:
        access.require(by, "certify", submission.unit)
    submission = submissions.locked(submission, SubmissionState.UNIT_APPROVED)
    if by is not None:
        _refuse_own(submission, by)
    if not submission.evidence.exists():
        raise EvidenceMissing()
    except_lines = set(except_lines)
    lines = list(lines_of(submission).filter(state=LineState.PENDING).order_by("pk"))
    held = [line for line in lines if line.held_reason]
    taken = [line for line in lines if not line.held_reason and line.pk not in except_lines]
    refused = [line for line in lines if line.pk in except_lines]
    if refused and not reason.strip():
        raise BadInput(_("State why the excepted lines are returned."))
    own = [line for line in taken if by is not None and getattr(line, "person_id", None) == by.pk]
    taken = [line for line in taken if line not in own] if own else taken
    if not submission.is_late and taken:
        years = {day_of_line(line).year for line in taken}
        submissions.refuse_after_closing("certification_closes_on", years, now)
    posted = _post(submission, taken, by, now)
    _mark(submission, taken, LineState.CERTIFIED)
    _mark(submission, refused, LineState.RETURNED, note=reason)
    if refused:
        submissions.note(submission, Decision.Act.EXCEPT, by, now, reason=reason, lines=len(refused))
    if not held and not own:
        is_posted = lines_of(submission).filter(state=LineState.CERTIFIED).exists()
        submission.state = SubmissionState.CERTIFIED if is_posted else SubmissionState.RETURNED
        submission.save(update_fields=["state"])
    elif not taken and not refused:
        raise OwnDecision() if own else WrongState(_("All lines are held: settle them first."))
    submissions.note(submission, Decision.Act.CERTIFY, by, now, lines=len(taken))
    audit.record(
        actor=by,
        act="certify",
        subject=f"submission:{submission.pk}",
        unit=submission.unit,
        now=now,
        facts={"lines": len(taken), "returned": len(refused), "left": len(held) + len(own)},
    )
    return posted


@transaction.atomic
def settle_held(*, submission: Submission, lines: Iterable[int], accept: bool, reason: str, by, now: datetime) -> int:
    """Decide on lines held for review (a blank result): release them for certification, or return them with a reason."""
    access.require(by, "certify", submission.unit)
    submission = submissions.locked(submission, SubmissionState.UNIT_APPROVED, SubmissionState.SUBMITTED)
    lines = list(lines)
    _refuse_own_line(submission, lines, by)
    held = lines_of(submission).filter(pk__in=lines, state=LineState.PENDING).exclude(held_reason="")
    if accept:
        settled = held.update(held_reason="", note=reason[:300])
    elif not reason.strip():
        raise BadInput(_("State the reason of the return."))
    else:
        settled = held.update(state=LineState.RETURNED, note=reason[:300])
        submissions.note(submission, Decision.Act.EXCEPT, by, now, reason=reason, lines=settled)
    facts = {"lines": settled, "released": accept, "reason": reason}
    audit.record(actor=by, act="settle_held", subject=f"submission:{submission.pk}", unit=submission.unit, now=now, facts=facts)
    return settled


@transaction.atomic
def return_(*, submission: Submission, reason: str, by, now: datetime) -> Submission:
    """Send a batch back with a reason; it can be corrected and submitted again."""
    if not access.may(by, "approve_claim", submission.unit) and not access.may(by, "certify", submission.unit):
        raise NotAllowed()
    if not reason.strip():
        raise BadInput(_("State the reason of the return."))
    submission = submissions.locked(submission, SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED)
    act = "certify" if submission.state == SubmissionState.UNIT_APPROVED else "approve_claim"
    access.require(by, act, submission.unit)
    _refuse_own(submission, by)
    if lines_of(submission).filter(state=LineState.CERTIFIED).exists():
        raise WrongState(_("A part of the batch is certified: return the rest as exceptions, or revoke the batch."))
    submission.state = SubmissionState.RETURNED
    submission.save(update_fields=["state"])
    _mark(submission, list(lines_of(submission).filter(state=LineState.PENDING)), LineState.RETURNED, note=reason)
    submissions.note(submission, Decision.Act.RETURN, by, now, reason=reason)
    return submission


@transaction.atomic
def revoke(
    *, submission: Submission, reason: str, by, now: datetime, late_document: str = "", late_approver: str = ""
) -> Submission:
    """Take a whole batch back: every standing entry it posted is reversed. The lines show it.

    In a period that is reported already it takes a document and an approver beside the reason; what was reported stays,
    and shows the difference. Raises NotAllowed, OwnDecision, WrongState, BadInput, PeriodLocked.
    """
    if by is not None:
        access.require(by, "reverse", submission.unit)
        _refuse_own(submission, by)
    submission = submissions.locked(submission, SubmissionState.CERTIFIED, SubmissionState.UNIT_APPROVED)
    if not reason.strip():
        raise BadInput(_("State the reason of the reversal."))
    reason, late = submissions.said_late(reason, late_document, late_approver)
    if submission.subject == Submission.Subject.HOURS:
        ledger.reverse_all(records=list(submission.records.standing()), reason=reason, by=by, now=now, late=late)
    elif submission.subject == Submission.Subject.SESSIONS:
        for session in submission.sessions.standing().select_related("unit"):
            ledger.reverse_session(session=session, reason=reason, by=by, now=now, late=late)
    else:
        for attainment in submission.attainments.standing():
            ledger.reverse_attainment(attainment=attainment, reason=reason, by=by, now=now)
    submission.state = SubmissionState.REVOKED
    submission.save(update_fields=["state"])
    lines = lines_of(submission).filter(state__in=[LineState.CERTIFIED, LineState.PENDING])
    lines.update(state=LineState.REVOKED, note=reason[:300])
    submissions.note(submission, Decision.Act.REVOKE, by, now, reason=reason)
    audit.record(
        actor=by, act="revoke", subject=f"submission:{submission.pk}", unit=submission.unit, now=now, facts={"reason": reason}
    )
    return submission


def _refuse_own(submission: Submission, by) -> None:
    if submission.created_by_id == by.pk:
        raise OwnDecision()


def _refuse_own_line(submission: Submission, lines: Iterable[int], by) -> None:
    _refuse_own(submission, by)
    if submission.subject != Submission.Subject.SESSIONS and lines_of(submission).filter(pk__in=list(lines), person=by).exists():
        raise OwnDecision()


def _post(submission: Submission, lines: Sequence, by, now: datetime):
    if submission.subject == Submission.Subject.HOURS:
        studies = [study_of(line, submission) for line in lines]
        return ledger.post_hours(studies=studies, now=now, certified_by=by, late=submission.is_late)
    if submission.subject == Submission.Subject.SESSIONS:
        entries = [
            ledger.post_session(
                facts=SessionFacts.of(line), now=now, certified_by=by, submission=submission, late=submission.is_late
            )
            for line in as_counted(lines)
        ]
        return ledger.Posted(entries, 0)
    attainments = [
        Attainment(
            person_id=line.person_id,
            kind_id=line.kind_id,
            title=line.title,
            document_no=line.document_no,
            score=line.score,
            is_passed=line.is_passed,
            valid_from=line.valid_from,
            valid_to=line.valid_to,
            origin=line.origin,
            submission=submission,
        )
        for line in lines
    ]
    fresh, repeated = ledger.post_attainments(attainments=attainments, now=now, certified_by=by)
    return ledger.Posted(fresh, repeated)


def _mark(submission: Submission, lines: Sequence, state: str, *, note: str = "") -> None:
    model = lines_of(submission).model
    keys = [line.pk for line in lines]
    for start in range(0, len(keys), 5000):
        changes = {"state": state, **({"note": note[:300]} if note else {})}
        model.objects.filter(pk__in=keys[start : start + 5000]).update(**changes)
