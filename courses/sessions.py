"""Sessions of bodies: planned for the year, prepared, reviewed, held, filed; and what a body has done of what it owes.

Filing registers the session with the ledger's own way in: the bureau certifies it, and the counting conditions decide.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.models import PlannedSession, SessionState, SessionStep
from training import access, audit, bodies, evidence, registrations, sessions
from training.bodies import Bodies
from training.errors import BadInput, OwnDecision, WrongState
from training.models import CountedSession, LineState, SessionKind, SessionLine, Submission, SubmissionState, Unit
from training.periods import day_of

# kinds that are planned as sessions; a class counts when it is closed, a report when it is handed in
PLANNABLE = (
    SessionKind.PRE_MEETING,
    SessionKind.LECTURE,
    SessionKind.SPECIAL_CLASS,
    SessionKind.LEADER_TEACH,
    SessionKind.HEARING,
    SessionKind.CENTRE_GROUP,
)
NOT_TAKEN = (SubmissionState.RETURNED, SubmissionState.REVOKED)
AHEAD = (SessionState.PLANNED, SessionState.MATERIAL, SessionState.REVIEWED)


def _locked(session: PlannedSession, *states: str) -> PlannedSession:
    found = (
        PlannedSession.objects.select_for_update(of=["self"]).select_related("unit", "lecturer", "submission").get(pk=session.pk)
    )
    if found.state not in states:
        raise WrongState()
    return found


def _step(session: PlannedSession, act: str, by, now: datetime, note: str = "") -> None:
    SessionStep.objects.create(session=session, act=act, by=by, at=now, note=note.strip()[:300])
    audit.record(actor=by, act=f"session_{act}", subject=f"session:{session.pk}", unit=session.unit, now=now)


@transaction.atomic
def plan(
    *,
    unit: Unit,
    kind: str,
    planned_on: date,
    title: str,
    by,
    now: datetime,
    topics: Sequence[str] = (),
    lecturer=None,
    offering=None,
) -> PlannedSession:
    """Put a session into the annual plan of a body; its board then shows one more planned.

    Raises NotAllowed, BadInput for a kind that is not planned this way, an empty title, or a class of another body.
    """
    access.require(by, "plan_sessions", unit)
    if kind not in PLANNABLE:
        raise BadInput(_("Sessions of this kind are not planned here."))
    if not title.strip():
        raise BadInput(_("The session has no title."))
    if offering is not None and offering.unit_id != unit.pk:
        raise BadInput(_("The class is held by another unit."))
    if offering is not None and offering.counted_as != kind:
        raise BadInput(_("The class does not count as a session of this kind."))
    session = PlannedSession.objects.create(
        unit=unit,
        kind=kind,
        planned_on=planned_on,
        title=title.strip()[:200],
        topics=[topic.strip() for topic in topics if topic.strip()],
        lecturer=lecturer,
        offering=offering,
    )
    _step(session, "plan", by, now)
    _count_plan(unit, planned_on.year, kind)
    return session


def _count_plan(unit: Unit, year: int, kind: str) -> None:
    """The number a body plans is that of its plan's rows."""
    rows = PlannedSession.objects.filter(unit=unit, kind=kind, planned_on__year=year)
    bodies.set_plan(unit=unit, year=year, kind=kind, planned=rows.exclude(state=SessionState.CANCELLED).count())


@transaction.atomic
def move(*, session: PlannedSession, planned_on: date, reason: str, by, now: datetime) -> PlannedSession:
    """Another day for what is not held yet, with the reason. Raises NotAllowed, WrongState, BadInput."""
    session = _locked(session, *AHEAD)
    access.require(by, "plan_sessions", session.unit)
    if not reason.strip():
        raise BadInput(_("State why the session is moved."))
    old = session.planned_on
    session.planned_on = planned_on
    session.save(update_fields=["planned_on"])
    _step(session, "move", by, now, f"{old.isoformat()} → {planned_on.isoformat()}：{reason}")
    for year in {old.year, planned_on.year}:
        _count_plan(session.unit, year, session.kind)
    return session


@transaction.atomic
def cancel(*, session: PlannedSession, reason: str, by, now: datetime) -> PlannedSession:
    """What is not held yet leaves the plan, with the reason. Raises NotAllowed, WrongState, BadInput."""
    session = _locked(session, *AHEAD)
    access.require(by, "plan_sessions", session.unit)
    if not reason.strip():
        raise BadInput(_("State why the session is cancelled."))
    session.state = SessionState.CANCELLED
    session.save(update_fields=["state"])
    _step(session, "cancel", by, now, reason)
    _count_plan(session.unit, session.planned_on.year, session.kind)
    return session


@transaction.atomic
def hand_in(*, session: PlannedSession, name: str, content: bytes, by, now: datetime) -> PlannedSession:
    """The material to be studied, for review; a newer file takes the place of one that is not reviewed yet.

    Raises NotAllowed, WrongState, BadInput for a file that is no PDF, picture or office document.
    """
    session = _locked(session, SessionState.PLANNED, SessionState.MATERIAL)
    access.require(by, "plan_sessions", session.unit)
    _media_type, suffix = evidence.accepted(content)
    session.material.save(f"{hashlib.sha256(content).hexdigest()[:32]}{suffix}", ContentFile(content), save=False)
    session.material_name = evidence.plain_name(name, suffix)
    session.state = SessionState.MATERIAL
    session.save(update_fields=["material", "material_name", "state"])
    _step(session, "material", by, now, session.material_name)
    return session


@transaction.atomic
def review(*, session: PlannedSession, is_approved: bool, note: str, by, now: datetime) -> PlannedSession:
    """Somebody else than who handed it in looks at the material: reviewed, or back with a note.

    Raises NotAllowed, OwnDecision, WrongState, BadInput for a return without a note.
    """
    session = _locked(session, SessionState.MATERIAL)
    access.require(by, "review_sessions", session.unit)
    if session.steps.filter(act="material").last().by_id == by.pk:
        raise OwnDecision()
    if not is_approved and not note.strip():
        raise BadInput(_("State what has to be changed."))
    session.state = SessionState.REVIEWED if is_approved else SessionState.PLANNED
    session.save(update_fields=["state"])
    _step(session, "review" if is_approved else "return", by, now, note)
    return session


@transaction.atomic
def hold(
    *,
    session: PlannedSession,
    held_on: date,
    minutes: int | None,
    participants: int | None,
    reference: str,
    by,
    now: datetime,
    topics: Sequence[str] | None = None,
    lecturer=None,
) -> PlannedSession:
    """What took place. A session may be held before its material was reviewed: its steps show that it was not.

    Raises NotAllowed, WrongState, BadInput for a day in the future.
    """
    session = _locked(session, *AHEAD, SessionState.HELD, SessionState.FILED)
    access.require(by, "plan_sessions", session.unit)
    _refuse_class(session)
    if session.state == SessionState.FILED and session.submission.state not in NOT_TAKEN:
        raise WrongState(_("This session is filed already."))
    if held_on > day_of(now):
        raise BadInput(_("%(date)s lies in the future."), date=held_on.isoformat())
    session.held_on, session.minutes, session.participants = held_on, minutes, participants
    session.reference = reference.strip()[:120]
    if topics is not None:
        session.topics = [topic.strip() for topic in topics if topic.strip()]
    if lecturer is not None:
        session.lecturer = lecturer
    session.state = SessionState.HELD
    session.save()
    _step(session, "hold", by, now)
    return session


@transaction.atomic
def file(
    *, session: PlannedSession, proof: tuple[str, str, bytes], late: registrations.Late, by, now: datetime
) -> PlannedSession:
    """Hand the session in for certification with its evidence: (kind, file name, content).

    It goes in whatever it lacks: the ledger says why it does not count. What was returned or revoked can be filed again.
    Raises NotAllowed, WrongState, BadInput, PeriodLocked.
    """
    session = _locked(session, SessionState.HELD, SessionState.FILED)
    _refuse_class(session)
    if session.state == SessionState.FILED and session.submission.state not in NOT_TAKEN:
        raise WrongState(_("This session is filed already."))
    session.submission = registrations.enter(
        lines=[_line_of(session)],
        unit=session.unit,
        subject=Submission.Subject.SESSIONS,
        title=session.title,
        proof=proof,
        late=late,
        by=by,
        now=now,
    )
    session.state = SessionState.FILED
    session.save(update_fields=["state", "submission"])
    _step(session, "file", by, now)
    return session


def file_by_class(*, line: SessionLine, batch: Submission, offering, by, now: datetime) -> None:
    """What was planned as this class is held and filed with it: one event, registered once, by the class."""
    for session in offering.planned_sessions.select_for_update(of=["self"]).filter(state__in=AHEAD):
        session.held_on, session.minutes, session.participants = line.held_on, line.minutes, line.participants
        session.reference, session.state, session.submission = line.reference, SessionState.FILED, batch
        session.save()
        _step(session, "file", by, now)


def _refuse_class(session: PlannedSession) -> None:
    if session.offering_id:
        raise WrongState(_("The class registers this session when it is closed."))


def _line_of(session: PlannedSession) -> SessionLine:
    return SessionLine(
        unit=session.unit,
        kind=session.kind,
        held_on=session.held_on,
        title=session.title,
        reference=session.reference,
        topics=list(session.topics),
        lecturer=session.lecturer.name if session.lecturer else "",
        minutes=session.minutes,
        participants=session.participants,
        origin=session.origin,
    )


def lacking(planned: Sequence[PlannedSession]) -> dict[int, list[str]]:
    """By key: what each session held or filed would lack to count, as it is registered where it is. Three queries."""
    rows = [session for session in planned if session.held_on is not None]
    waiting = SessionLine.objects.filter(state=LineState.PENDING, origin__in=[session.origin for session in rows])
    registered = {line.origin: line for line in waiting.select_related("unit")}
    lines = []
    for session in rows:
        line = registered.get(session.origin) or _line_of(session)
        line.pk = session.pk
        lines.append(line)
    return sessions.foretell(lines)


@dataclass(frozen=True, slots=True)
class Score:
    """One kind of session of a body in a year. `forecast`: counted, what waits and would count, and what is still planned."""

    kind: str
    label: str
    target: int | None
    planned: int
    held: int
    counted: int
    waiting: int
    ahead: int
    requirement: object = None

    @property
    def forecast(self) -> int:
        return self.counted + self.waiting + self.ahead

    @property
    def remaining(self) -> int | None:
        return None if self.target is None else max(self.target - self.counted, 0)

    @property
    def short(self) -> int:
        """How many more must be planned to reach the target."""
        return max((self.target or 0) - self.forecast, 0)

    @property
    def is_enough(self) -> bool:
        return self.short == 0


@dataclass(frozen=True, slots=True)
class Scoreboard:
    scores: list[Score]
    not_counted: list[CountedSession]


def _is_over(session: PlannedSession, posted: set[str]) -> bool:
    """Whether the ledger has it, or the bureau sent it back."""
    sent_back = session.submission is not None and session.submission.state in NOT_TAKEN
    return sent_back or session.origin in posted


def scoreboard(*, unit: Unit, found: Bodies, planned: Sequence[PlannedSession]) -> Scoreboard:
    """What the body planned, held, and has counted, of its own; and which session did not count.

    `found` is the assessment of bodies for the year, `planned` the body's plan of that year with batches. Two queries.
    """
    own = [session for session in planned if session.unit_id == unit.pk]
    lacks = lacking([session for session in own if session.state in (SessionState.HELD, SessionState.FILED)])
    posted = {session.origin for session in found.sessions}
    rows = {row["kind"]: row for row in bodies.sessions_by_kind(found, unit)}
    scores = []
    for kind in PLANNABLE:
        of_kind = [session for session in own if session.kind == kind and session.state != SessionState.CANCELLED]
        row = rows.get(kind)
        if row is None and not of_kind:
            continue
        pending = [s for s in of_kind if s.pk in lacks and not _is_over(s, posted)]
        held = (row["held"] if row else 0) + len(pending)
        scores.append(
            Score(
                kind=kind.value,
                label=kind.label,
                target=row["target"] if row else None,
                planned=max(len(of_kind), (row["planned"] or 0) if row else 0),
                held=held,
                counted=row["counted"] if row else 0,
                waiting=sum(not lacks[s.pk] for s in pending),
                ahead=sum(s.state in AHEAD for s in of_kind),
                requirement=row["requirement"] if row else None,
            )
        )
    not_counted = [s for s in found.sessions if s.unit_id == unit.pk and s.counts != 1]
    return Scoreboard(scores, not_counted)
