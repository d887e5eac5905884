"""Registration before certification: a batch is submitted, approved, certified with exceptions, returned or revoked.

Every step is a `Decision` row. Nobody decides on their own: not on a batch they entered, not on a line about themselves.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from training import access, audit, evidence, ledger, periods
from training.errors import AlreadyRegistered, BadInput, EvidenceMissing, NotAllowed, OwnDecision, PeriodClosed, WrongState
from training.hours import Raw, Rules, credit_for, spread
from training.models import (
    Attainment,
    AttainmentLine,
    Decision,
    Evidence,
    HourRuleSet,
    HoursLine,
    LineState,
    Measure,
    Requirement,
    SessionKind,
    SessionLine,
    StudyRecord,
    Submission,
    SubmissionState,
    YearOpening,
)
from training.sessions import SessionFacts
from training.sessions import foretell as foretell_sessions
from training.statements import refusal_text

# one event registered as two kinds is counted as the earlier of these, in whatever order a batch lists them
_COUNTED_FIRST = list(SessionKind.values)
LINES = {
    Submission.Subject.HOURS: "hours_lines",
    Submission.Subject.SESSIONS: "session_lines",
    Submission.Subject.ATTAINMENTS: "attainment_lines",
}


def lines_of(submission: Submission):
    """The lines of a batch, whatever its subject."""
    return getattr(submission, LINES[submission.subject])


# why batches are mostly returned: one key each
REASONS = (
    _("The evidence is missing or cannot be read."),
    _("Names differ from those of the evidence."),
    _("Figures or dates differ from the evidence."),
    _("This was registered before."),
)


def find(batches, *, state: str = "", unit=None, subject: str = "", source: str = "", year: int | None = None):
    """`batches` narrowed; `unit` includes everything below it, `year` is that of what the lines are about."""
    if state in SubmissionState.values:
        batches = batches.filter(state=state)
    if unit is not None:
        batches = batches.filter(unit__path__startswith=unit.path)
    if subject in Submission.Subject.values:
        batches = batches.filter(subject=subject)
    if source in Submission.Source.values:
        batches = batches.filter(source=source)
    if year is not None:
        of_batch = {"submission": OuterRef("pk")}
        batches = batches.filter(
            Exists(HoursLine.objects.filter(year=year, **of_batch))
            | Exists(SessionLine.objects.filter(held_on__year=year, **of_batch))
            | Exists(AttainmentLine.objects.filter(valid_from__year=year, **of_batch))
        )
    return batches


def next_in_line(queue, *, after: Submission) -> Submission | None:
    """The batch of `queue` that was handed in next after one just decided; at the end of the line its beginning again."""
    queue = queue.exclude(pk=after.pk).order_by("submitted_at", "pk")
    if after.submitted_at is None:
        return queue.first()
    later = Q(submitted_at__gt=after.submitted_at) | Q(submitted_at=after.submitted_at, pk__gt=after.pk)
    return queue.filter(later).first() or queue.first()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line of hours credits or credited, by which rule, and what it does not and why.

    `is_foretold`: not posted yet. `known` as in `ledger.Foretold`. `refusals`: (why, minutes or None, hundredths).
    """

    rule_set: HourRuleSet | None
    credit: int
    refusals: tuple[tuple[str, int | None, int], ...]
    is_counted: bool
    is_foretold: bool
    known: str = ""


def hour_requirements(lines: Iterable[HoursLine]) -> list[Requirement]:
    """The requirements that say which categories count in the years of `lines`."""
    rows = Requirement.objects.known_at(None).filter(measure=Measure.HOURS, year__in={line.year for line in lines})
    return list(rows.select_related("document").order_by("year", "pk"))


def readings(submission: Submission, lines: Sequence[HoursLine], asked: Sequence[Requirement]) -> dict[int, Reading]:
    """What each of `lines` would credit now, or did, by key. Seven queries or so, whatever the number of lines.

    Foretold with all that waits in the batch for the same people, since lines of one day share its caps. Held lines come
    last: they are certified after the others.
    """
    people = {line.person_id for line in lines}
    counted = {(requirement.year, category) for requirement in asked for category in requirement.counted}
    waiting = lines_of(submission).filter(state=LineState.PENDING, person__in=people).order_by("pk")
    waiting = sorted(waiting, key=lambda line: bool(line.held_reason))
    found = {}
    for line, told in zip(waiting, ledger.foretell(studies=[study_of(line, submission) for line in waiting]), strict=True):
        refusals = tuple((refusal_text(r.as_dict()), r.minutes, r.credit) for r in told.refusals)
        is_counted = (line.year, line.category) in counted
        found[line.pk] = Reading(told.rule_set, told.credit, refusals, is_counted, True, told.known)
    posted = submission.records.filter(person__in=people, reverses=None).select_related("rule_set").order_by("revision")
    posted = {(record.person_id, record.origin, record.part): record for record in posted}
    for line in lines:
        record = posted.get((line.person_id, line.origin, line.part))
        if line.pk not in found and record is not None and line.state != LineState.RETURNED:
            refusals = tuple((refusal_text(r), r.get("minutes"), r.get("credit")) for r in record.refusals)
            found[line.pk] = Reading(record.rule_set, record.credit, refusals, (line.year, line.category) in counted, False)
    return found


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
    late = (late_reason.strip(), late_document.strip(), late_approver.strip())
    if any(late) and not all(late):
        raise BadInput(_("A late entry needs a reason, a document and an approver."))
    submission = Submission(
        unit=unit,
        subject=subject,
        source=source,
        title=title[:200],
        created_by=by,
        created_at=now,
        late_reason=late[0],
        late_document=late[1],
        late_approver=late[2],
    )
    if not submission.is_late:
        _refuse_locked(submission.subject, lines)
        if source == Submission.Source.CLAIM:
            _refuse_after_closing("claims_close_on", {day_of_line(line).year for line in lines}, now)
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


@transaction.atomic
def enter_import(*, plan, subject: str, by, now: datetime, proof: tuple[str, bytes] | None = None) -> dict:
    """Register the lines of an import as one batch and hand it in; what it made is returned, for the undoing.

    `plan` is a BatchPlan; `proof` is (file name, content) of the evidence. Raises BadInput
    for refused rows, PeriodLocked.
    """
    plan.require_usable()
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
    submission = _locked(submission, SubmissionState.DRAFT, SubmissionState.RETURNED)
    own_unit = submission.source != Submission.Source.CLAIM
    submission.state = SubmissionState.UNIT_APPROVED if own_unit else SubmissionState.SUBMITTED
    submission.submitted_at = now
    submission.save(update_fields=["state", "submitted_at"])
    lines_of(submission).filter(state=LineState.RETURNED).update(state=LineState.PENDING)
    _decide(submission, Decision.Act.SUBMIT, by, now)
    return submission


@transaction.atomic
def approve_for_unit(*, submission: Submission, by, now: datetime) -> Submission:
    """The unit's HR approves a claim. Raises OwnDecision for one's own."""
    access.require(by, "approve_claim", submission.unit)
    submission = _locked(submission, SubmissionState.SUBMITTED)
    _refuse_own(submission, by)
    submission.state = SubmissionState.UNIT_APPROVED
    submission.save(update_fields=["state"])
    _decide(submission, Decision.Act.UNIT_APPROVE, by, now)
    return submission


@transaction.atomic
def certify(*, submission: Submission, by, now: datetime, except_lines: Iterable[int] = (), reason: str = "") -> ledger.Posted:
    """Post a batch to the ledger, but for the lines excepted, which are returned with `reason`.

    `by` None is the operator at the command line. Raises EvidenceMissing, OwnDecision, WrongState, PeriodLocked,
    PeriodClosed, and what the ledger raises; then nothing is posted.
    """
    if by is not None:
        access.require(by, "certify", submission.unit)
        _refuse_own(submission, by)
    submission = _locked(submission, SubmissionState.UNIT_APPROVED)
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
        _refuse_after_closing("certification_closes_on", years, now)
    posted = _post(submission, taken, by, now)
    _mark(submission, taken, LineState.CERTIFIED)
    _mark(submission, refused, LineState.RETURNED, note=reason)
    if refused:
        _decide(submission, Decision.Act.EXCEPT, by, now, reason=reason, lines=len(refused))
    if not held and not own:
        is_posted = lines_of(submission).filter(state=LineState.CERTIFIED).exists()
        submission.state = SubmissionState.CERTIFIED if is_posted else SubmissionState.RETURNED
        submission.save(update_fields=["state"])
    elif not taken and not refused:
        raise OwnDecision() if own else WrongState(_("All lines are held: settle them first."))
    _decide(submission, Decision.Act.CERTIFY, by, now, lines=len(taken))
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
    submission = _locked(submission, SubmissionState.UNIT_APPROVED, SubmissionState.SUBMITTED)
    lines = list(lines)
    _refuse_own_line(submission, lines, by)
    held = lines_of(submission).filter(pk__in=lines, state=LineState.PENDING).exclude(held_reason="")
    if accept:
        settled = held.update(held_reason="", note=reason[:300])
    elif not reason.strip():
        raise BadInput(_("State the reason of the return."))
    else:
        settled = held.update(state=LineState.RETURNED, note=reason[:300])
        _decide(submission, Decision.Act.EXCEPT, by, now, reason=reason, lines=settled)
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
    submission = _locked(submission, SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED)
    act = "certify" if submission.state == SubmissionState.UNIT_APPROVED else "approve_claim"
    access.require(by, act, submission.unit)
    _refuse_own(submission, by)
    if lines_of(submission).filter(state=LineState.CERTIFIED).exists():
        raise WrongState(_("A part of the batch is certified: return the rest as exceptions, or revoke the batch."))
    submission.state = SubmissionState.RETURNED
    submission.save(update_fields=["state"])
    _mark(submission, list(lines_of(submission).filter(state=LineState.PENDING)), LineState.RETURNED, note=reason)
    _decide(submission, Decision.Act.RETURN, by, now, reason=reason)
    return submission


@transaction.atomic
def revoke(*, submission: Submission, reason: str, by, now: datetime) -> Submission:
    """Take a whole batch back: every standing entry it posted is reversed. The lines show it."""
    if by is not None:
        access.require(by, "reverse", submission.unit)
        _refuse_own(submission, by)
    submission = _locked(submission, SubmissionState.CERTIFIED, SubmissionState.UNIT_APPROVED)
    if not reason.strip():
        raise BadInput(_("State the reason of the reversal."))
    late = submission.is_late
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
    _decide(submission, Decision.Act.REVOKE, by, now, reason=reason)
    audit.record(
        actor=by, act="revoke", subject=f"submission:{submission.pk}", unit=submission.unit, now=now, facts={"reason": reason}
    )
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by, now: datetime) -> Submission:
    """Whoever entered a batch takes it back while nobody has decided on it. The lines stay, marked as revoked.

    Raises NotAllowed for anybody else's batch, WrongState once a line is certified or returned.
    """
    submission = _locked(submission, SubmissionState.DRAFT, SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED)
    if by is not None and submission.created_by_id != by.pk:
        raise NotAllowed()
    if lines_of(submission).exclude(state=LineState.PENDING).exists():
        raise WrongState(_("A part of this batch was decided already: ask the bureau to revoke it."))
    submission.state = SubmissionState.REVOKED
    submission.save(update_fields=["state"])
    lines_of(submission).update(state=LineState.REVOKED)
    _decide(submission, Decision.Act.WITHDRAW, by, now)
    audit.record(actor=by, act="withdraw_batch", subject=f"submission:{submission.pk}", unit=submission.unit, now=now)
    return submission


FACTS = ("studied_on", "category", "mode", "minutes", "stated")


def registered(*, origins: Iterable[str]) -> dict[tuple[int, str, int], tuple]:
    """(person, origin, part) -> FACTS of the study that waits for certification or is credited."""
    known, origins = {}, list(origins)
    for start in range(0, len(origins), 5000):
        chunk = origins[start : start + 5000]
        for found in (HoursLine.objects.filter(state=LineState.PENDING), StudyRecord.objects.standing()):
            rows = found.filter(origin__in=chunk).values_list("person_id", "origin", "part", *FACTS)
            known.update({tuple(row[:3]): tuple(row[3:]) for row in rows})
    return known


def facts_of(line: HoursLine) -> tuple:
    return tuple(getattr(line, name) for name in FACTS)


def day_of_line(line):
    return getattr(line, "studied_on", None) or getattr(line, "held_on", None) or line.valid_from


def _locked(submission: Submission, *states: str) -> Submission:
    found = Submission.objects.select_for_update(of=["self"]).select_related("unit").get(pk=submission.pk)
    if found.state not in states:
        raise WrongState()
    return found


def _decide(submission, act, by, now, *, reason="", lines=0) -> None:
    ledger.post_decision(submission=submission, act=act, by=by, at=now, reason=reason, lines=lines)


def _refuse_own(submission: Submission, by) -> None:
    if submission.created_by_id == by.pk:
        raise OwnDecision()


def _refuse_own_line(submission: Submission, lines: Iterable[int], by) -> None:
    _refuse_own(submission, by)
    if submission.subject != Submission.Subject.SESSIONS and lines_of(submission).filter(pk__in=list(lines), person=by).exists():
        raise OwnDecision()


def _refuse_locked(subject: str, lines: Sequence) -> None:
    if subject == Submission.Subject.HOURS:
        periods.refuse_locked(days={(line.person_id, line.studied_on) for line in lines})
    elif subject == Submission.Subject.SESSIONS:
        for line in lines:
            periods.refuse_locked_unit(unit=line.unit, day=line.held_on)


def _refuse_after_closing(name: str, years: set[int], now: datetime) -> None:
    what = {
        "claims_close_on": _("hours claims"),
        "certification_closes_on": _("certification"),
    }[name]
    for opening in YearOpening.objects.filter(year__in=years):
        closes_on = getattr(opening, name)
        if closes_on is not None and periods.day_of(now) > closes_on:
            raise PeriodClosed(date=closes_on.isoformat(), what=what)


def study_of(line: HoursLine, submission: Submission) -> ledger.Study:
    """A line as the ledger takes it."""
    return ledger.Study(
        person_id=line.person_id,
        studied_on=line.studied_on,
        category=line.category,
        mode=line.mode,
        arrangement=line.arrangement,
        title=line.title,
        organiser=line.organiser,
        course_key=line.course_key,
        minutes=line.minutes,
        stated=line.stated,
        half_day=line.half_day,
        origin=line.origin,
        part=line.part,
        submission_id=submission.pk,
        entered_at=submission.created_at,
    )


def _as_counted(lines: Iterable[SessionLine]) -> list[SessionLine]:
    return sorted(lines, key=lambda line: (line.held_on, _COUNTED_FIRST.index(line.kind), line.pk))


def session_readings(lines: Iterable[SessionLine]) -> dict[int, list[str]]:
    """By key of a line that waits: the codes of what it lacks to count, empty where it would count."""
    return foretell_sessions(_as_counted(line for line in lines if line.state == LineState.PENDING))


def _post(submission: Submission, lines: Sequence, by, now: datetime):
    if submission.subject == Submission.Subject.HOURS:
        studies = [study_of(line, submission) for line in lines]
        return ledger.post_hours(studies=studies, now=now, certified_by=by, late=submission.is_late)
    if submission.subject == Submission.Subject.SESSIONS:
        entries = [
            ledger.post_session(
                facts=SessionFacts.of(line), now=now, certified_by=by, submission=submission, late=submission.is_late
            )
            for line in _as_counted(lines)
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


@dataclass(frozen=True, slots=True)
class Late:
    """What lets an entry pass a locked period: why, by which document, approved by whom. All three or none."""

    reason: str = ""
    document: str = ""
    approver: str = ""

    def facts(self) -> dict[str, str]:
        return {"late_reason": self.reason, "late_document": self.document, "late_approver": self.approver}


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
