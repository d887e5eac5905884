"""Entering: lines become a batch with its evidence and are handed in, by form, claim or import; nobody has decided yet."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit, evidence, periods, submissions
from training.errors import AlreadyRegistered, BadInput, NotAllowed, WrongState
from training.hours import Raw, Rules, credit_for, spread
from training.models import (
    AttainmentLine,
    Decision,
    Evidence,
    HourRuleSet,
    HoursLine,
    LineState,
    Posting,
    SessionLine,
    StudyRecord,
    Submission,
    SubmissionState,
)
from training.submissions import Late, day_of_line, lines_of


@transaction.atomic
def register(
    *,
    unit,
    subject: str,
    source: str,
    title: str,
    lines: Sequence[HoursLine | SessionLine | AttainmentLine],
    by,
    now: datetime,
    late_reason: str = "",
    late_document: str = "",
    late_approver: str = "",
) -> Submission:
    """Enter a batch of unsaved lines as a draft.

    Raises BadInput when empty, AlreadyRegistered when a line waits for certification already, PeriodLocked, PeriodClosed.

    A late entry names its reason, its document and its approver, all three, and then passes the lock of a period.
    """
    if not lines:
        raise BadInput(_("There is nothing to register."))
    if subject != Submission.Subject.ATTAINMENTS:
        last = max(day_of_line(line) for line in lines)
        if last > periods.day_of(now):
            raise BadInput(_("%(date)s lies in the future."), date=last.isoformat())
    late = Late(late_reason.strip(), late_document.strip(), late_approver.strip())
    late.refuse_partial()
    submission = Submission(
        unit=unit,
        subject=subject,
        source=source,
        title=title[:200],
        created_by=by,
        created_at=now,
        **late.facts(),
    )
    if not submission.is_late:
        _refuse_locked(submission.subject, lines)
        if source == Submission.Source.CLAIM:
            submissions.refuse_after_closing("claims_close_on", {day_of_line(line).year for line in lines}, now)
    submission.save()
    for line in lines:
        line.submission = submission
    if subject == Submission.Subject.HOURS:
        estimate(lines)
    try:
        with transaction.atomic():
            type(lines[0]).objects.bulk_create(lines, batch_size=2000)
    except IntegrityError as error:
        # two files, two tabs or two people with the same fact: the database takes it once
        if "unique" not in str(error).lower():
            raise
        raise AlreadyRegistered() from error
    return submission


def _refuse_locked(subject: str, lines: Sequence) -> None:
    if subject == Submission.Subject.HOURS:
        periods.refuse_locked(days={(line.person_id, line.studied_on) for line in lines})
    elif subject == Submission.Subject.SESSIONS:
        for line in lines:
            periods.refuse_locked_unit(unit=line.unit, day=line.held_on)


def estimate(lines: Iterable[HoursLine]) -> None:
    """Fill in what each line would credit by the rules of its day, caps shared with other study aside."""
    sets = [(s, Rules.of(s)) for s in HourRuleSet.objects.order_by("-valid_from", "-version")]
    for line in lines:
        line.year = line.studied_on.year
        rules = next(
            (r for s, r in sets if s.valid_from <= line.studied_on and (s.valid_to is None or line.studied_on <= s.valid_to)),
            None,
        )
        raw = Raw(mode=line.mode, minutes=line.minutes, stated=line.stated, half_day=line.half_day)
        line.estimate = credit_for(raw=raw, rules=rules).credit if rules else 0


@transaction.atomic
def submit(*, submission: Submission, by, now: datetime) -> Submission:
    """Hand a draft in. What a unit's own HR enters needs no further approval of the unit."""
    submission = submissions.locked(submission, SubmissionState.DRAFT, SubmissionState.RETURNED)
    own_unit = submission.source != Submission.Source.CLAIM
    submission.state = SubmissionState.UNIT_APPROVED if own_unit else SubmissionState.SUBMITTED
    submission.submitted_at = now
    submission.save(update_fields=["state", "submitted_at"])
    lines_of(submission).filter(state=LineState.RETURNED).update(state=LineState.PENDING)
    submissions.note(submission, Decision.Act.SUBMIT, by, now)
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by, now: datetime) -> Submission:
    """Whoever entered a batch takes it back while nobody has decided on it. The lines stay, marked as revoked.

    Raises NotAllowed for anybody else's batch, WrongState once a line is certified or returned.
    """
    submission = submissions.locked(submission, SubmissionState.DRAFT, SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED)
    if by is not None and submission.created_by_id != by.pk:
        raise NotAllowed()
    if lines_of(submission).exclude(state=LineState.PENDING).exists():
        raise WrongState(_("A part of this batch was decided already: ask the bureau to revoke it."))
    submission.state = SubmissionState.REVOKED
    submission.save(update_fields=["state"])
    lines_of(submission).update(state=LineState.REVOKED)
    submissions.note(submission, Decision.Act.WITHDRAW, by, now)
    audit.record(actor=by, act="withdraw_batch", subject=f"submission:{submission.pk}", unit=submission.unit, now=now)
    return submission


@transaction.atomic
def enter(*, lines: Sequence, unit, subject: str, title: str, proof: tuple[str, str, bytes], late: Late, by, now) -> Submission:
    """Register lines from a form with their evidence and hand the batch in.

    `proof` is (kind, file name, content). Raises NotAllowed, BadInput for unusable evidence, and what `register` raises.
    """
    access.require(by, "register", unit)
    evidence.media_type(proof[2])
    source = Submission.Source.FORM
    batch = register(unit=unit, subject=subject, source=source, title=title, lines=lines, by=by, now=now, **late.facts())
    evidence.attach(submission=batch, kind=proof[0], name=proof[1], content=proof[2], by=by, now=now)
    return submit(submission=batch, by=by, now=now)


@transaction.atomic
def claim(
    *,
    person,
    title: str,
    studied_on: date,
    category: str,
    mode: str,
    organiser: str,
    minutes: int,
    proof: tuple[str, str, bytes],
    now: datetime,
) -> Submission:
    """A person's own training, handed in to the unit they serve in. `proof` is (kind, file name, content).

    Raises BadInput without a unit or for what waits already, for unusable evidence, and what `register` raises.
    """
    posting = Posting.objects.current().filter(person=person, is_main=True).select_related("unit").first()
    if posting is None:
        raise BadInput(_("You serve in no unit: HR has to enter you first."))
    evidence.media_type(proof[2])
    line = HoursLine(
        person=person,
        studied_on=studied_on,
        category=category,
        mode=mode,
        title=title,
        organiser=organiser,
        minutes=minutes,
        origin=f"claim:{studied_on:%Y%m%d}:{title}"[:120],
    )
    if HoursLine.objects.filter(person=person, origin=line.origin, state=LineState.PENDING).exists():
        raise BadInput(_("You claimed this training already; it waits for a decision."))
    subject, source = Submission.Subject.HOURS, Submission.Source.CLAIM
    batch = register(unit=posting.unit, subject=subject, source=source, title=title, lines=[line], by=person, now=now)
    evidence.attach(submission=batch, kind=proof[0], name=proof[1], content=proof[2], by=person, now=now)
    return submit(submission=batch, by=person, now=now)


@transaction.atomic
def enter_import(*, plan, subject: str, by, now: datetime, proof: tuple[str, bytes] | None = None) -> dict:
    """Register the lines of an import as one batch and hand it in; what it made is returned, for the undoing.

    `plan` has `title`, `unit`, `lines` and `counts()`; `proof` is (file name, content) of the evidence. Raises BadInput
    for refused rows, PeriodLocked.
    """
    if plan.is_refused:
        raise BadInput(_("Rows were refused: nothing was taken over. Correct them, or take the others over alone."))
    batch = None
    if plan.lines:
        batch = register(
            unit=plan.unit,
            subject=subject,
            source=Submission.Source.IMPORT,
            title=plan.title,
            lines=plan.lines,
            by=by,
            now=now,
        )
        if proof is not None:
            evidence.attach(submission=batch, kind=Evidence.Kind.SIGN_IN, name=proof[0], content=proof[1], by=by, now=now)
        batch = submit(submission=batch, by=by, now=now)
    key = batch.pk if batch else None
    audit.record(actor=by, act=f"import_{subject}", subject=f"submission:{key}", unit=plan.unit, now=now, facts=plan.counts())
    return {"submission": key}


FACTS = ("studied_on", "category", "mode", "minutes", "stated")


def facts_of(line: HoursLine) -> tuple:
    return tuple(getattr(line, name) for name in FACTS)


def registered(*, origins: Iterable[str]) -> dict[tuple[int, str, int], tuple]:
    """(person, origin, part) -> FACTS of the study that waits for certification or is credited."""
    known, origins = {}, list(origins)
    for start in range(0, len(origins), 5000):
        chunk = origins[start : start + 5000]
        for found in (HoursLine.objects.filter(state=LineState.PENDING), StudyRecord.objects.standing()):
            rows = found.filter(origin__in=chunk).values_list("person_id", "origin", "part", *FACTS)
            known.update({tuple(row[:3]): tuple(row[3:]) for row in rows})
    return known


def lines_of_class(
    *,
    people: Iterable,
    title: str,
    starts_on: date,
    ends_on: date | None,
    category: str,
    mode: str,
    arrangement: str = "",
    organiser: str = "",
    minutes: int | None = None,
    stated: int | None = None,
    half_day: str = "",
) -> list[HoursLine]:
    """One class attended by several people, as unsaved lines, one a person and day; a class over several days is spread evenly.

    Amount: `minutes`, or `stated` hundredths of a study hour, exactly one of them. Raises BadInput.
    """
    if (minutes is None) == (stated is None):
        raise BadInput(_("State either the minutes or the hours."))
    last = ends_on or starts_on
    if last < starts_on:
        raise BadInput(_("The end date lies before the start date"))
    days = spread(amount=minutes if minutes is not None else stated, starts_on=starts_on, ends_on=last)
    facts = "|".join((title, organiser, starts_on.isoformat(), last.isoformat(), category, half_day))
    origin = "form:" + hashlib.sha256(facts.encode()).hexdigest()[:40]
    return [
        HoursLine(
            person=person,
            studied_on=day,
            year=day.year,
            category=category,
            mode=mode,
            arrangement=arrangement,
            title=title,
            organiser=organiser,
            minutes=share if minutes is not None else None,
            stated=share if minutes is None else None,
            half_day=half_day if len(days) == 1 else "",
            origin=origin,
            part=part,
        )
        for person in people
        for part, (day, share) in enumerate(days, 1)
    ]
