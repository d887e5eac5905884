"""A workbook of counted sessions becomes a batch: planned and shown first, then registered as a whole or not at all."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from training import access, periods, plans, registrations
from training.errors import BadInput, ConflictingAward, PeriodLocked
from training.findings import Findings
from training.imports.sessions import SessionRow, read_sessions
from training.matching import is_within, unit_names
from training.models import CountedSession, LineState, SessionKind, SessionLine, Submission, Unit
from training.periods import day_of
from training.plans import Listing, no_progress
from training.sessions import SessionFacts


@dataclass(slots=True, kw_only=True)
class Options(plans.Options):
    """`unit` is the body of rows that name none, `kind` that of sessions that name none."""

    kind: str = ""
    year: int | None = None


class Plan(plans.BatchPlan):
    """`lines` are the sessions not yet registered."""

    def listings(self) -> list[Listing]:
        columns = [_("Body"), _("Kind"), _("Held on"), _("Title"), _("Minutes reference"), _("Lecturer"), _("Participants")]
        rows = [
            [
                line.unit.name,
                str(line.get_kind_display()),
                line.held_on.isoformat(),
                line.title,
                line.reference,
                line.lecturer,
                "" if line.participants is None else str(line.participants),
            ]
            for line in self.lines[: Listing.SHOWN]
        ]
        return [Listing(_("New"), columns, rows, len(self.lines))]


def plan(
    *, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None, progress=no_progress
) -> Plan:
    """Read sessions and say what they would add; nothing is written. Raises a FileRefused, or BadInput for an option."""
    if options.kind and options.kind not in SessionKind.values:
        raise BadInput(_("There is no kind of session “%(kind)s”."), kind=options.kind)
    source = {"content": content, "filename": filename, "now": now, "overrides": overrides, "progress": progress}
    reading, findings = plans.read(read_sessions, **source, year=options.year)
    planner = _Planner(options, by, day_of(now), findings)
    planned = [(row, line) for row in reading.rows if (line := planner.line_of(row)) is not None]
    progress(70, 100, _("Comparing with what is known"))
    kept, unchanged = planner.new_ones(planned)
    return Plan(
        title=plans.title_of(filename),
        unit=options.unit or _highest([line.unit for line in kept]),
        lines=kept,
        unchanged=unchanged,
        is_partial=options.partial,
        **plans.found_in(reading, findings),
    )


def _highest(units: list[Unit]) -> Unit | None:
    """The one unit all sessions are of, else the district."""
    keys = {unit.pk for unit in units}
    return units[0] if len(keys) == 1 else Unit.objects.filter(parent=None).first()


class _Planner:
    def __init__(self, options: Options, by, today, findings: Findings):
        self.options, self.findings = options, findings
        self.names = unit_names(today)
        self.reach = None if by is None else access.paths_for(by, "register")

    def line_of(self, row: SessionRow) -> SessionLine | None:
        """The session as a line, or None with the reason noted: the first that applies."""
        unit = self._unit(row)
        if unit is None:
            return None
        kind = row.kind or self.options.kind
        if not kind:
            code = "kind_unknown" if row.kind_text else "kind_missing"
            message = _("The row names no kind of session, and none was chosen")
            self.findings.refuse(row, code, message, row.kind_text, ("kind", "title"))
            return None
        title, reference = (row.title or row.reference)[:200], row.reference[:120]
        facts = (unit.code, kind, row.held.first_day.isoformat(), reference or title)
        return SessionLine(
            unit=unit,
            kind=kind,
            held_on=row.held.first_day,
            ended_on=row.ended.last_day if row.ended else None,
            title=title,
            reference=reference,
            event=row.event[:120],
            topics=(row.laws or row.topics)[:50],
            lecturer=row.lecturer[:120],
            minutes=row.minutes,
            participants=row.participants,
            is_special_training=bool(row.is_special_training) or kind == SessionKind.SPECIAL_TRAINING,
            has_emergency_course=bool(row.has_emergency_course),
            origin="import:" + hashlib.sha256("|".join(facts).encode()).hexdigest()[:40],
        )

    def _unit(self, row: SessionRow) -> Unit | None:
        if not row.unit_text:
            if self.options.unit is None:
                message = _("The row names no unit, and none was chosen for such rows")
                self.findings.refuse(row, "unit_missing", message, "", ("unit",))
            unit = self.options.unit
        else:
            answer = self.names.resolve(row.unit_text)
            unit = answer.unit.id if answer.unit is not None else None
            if unit is None:
                self.findings.refuse(row, "department_unknown", _("This unit is not known"), row.unit_text, ("unit",))
        if unit is not None and not is_within(unit, self.reach):
            self.findings.refuse(row, "unit_out_of_reach", _("This unit is outside your responsibility"), unit.name, ("unit",))
            return None
        return unit

    def new_ones(self, planned) -> tuple[list[SessionLine], int]:
        """Lines not registered yet, and how many were; other facts under a known name, and locked periods, are refused."""
        locks = periods.locks_touching(line.held_on for _row, line in planned)

        def clash(row, line):
            message = _("This session is registered already with other facts")
            self.findings.refuse(row, ConflictingAward.code, message, line.title, ("title", "reference"))

        def is_locked(row, line) -> bool:
            lock = _lock_of(line, locks)
            if lock is not None:
                error = PeriodLocked(unit=lock.unit.name, period=lock.label)
                self.findings.refuse(row, error.code, str(error), line.held_on.isoformat(), ("held",))
            return lock is not None

        known = registered({line.origin for _row, line in planned})
        return plans.new_ones(planned, known, key=lambda line: line.origin, facts=_facts, clash=clash, stop=is_locked)


def _lock_of(line: SessionLine, locks):
    for lock in locks:
        if lock.starts_on <= line.held_on <= lock.ends_on and line.unit.path.startswith(lock.unit.path):
            return lock
    return None


def _facts(row) -> tuple:
    facts = SessionFacts.of(row)
    # the ledger keeps the name by which it recognised the event; the file states another, or none
    return (facts.unit.pk, facts.kind, facts.held_on, facts.ended_on, facts.title, facts.reference, facts.topics, facts.lecturer,
            facts.minutes, facts.participants, facts.is_special_training, facts.has_emergency_course)  # fmt: skip


def registered(origins) -> dict[str, tuple]:
    """origin -> facts of the sessions that wait or stand."""
    origins = sorted(origins)
    waiting = SessionLine.objects.filter(state=LineState.PENDING, origin__in=origins).select_related("unit")
    standing = CountedSession.objects.standing().filter(origin__in=origins).select_related("unit")
    return {row.origin: _facts(row) for rows in (waiting, standing) for row in rows}


def apply(*, plan: Plan, by, now: datetime, proof: tuple[str, bytes] | None = None) -> dict:
    """Register the plan's lines as one batch and hand it in. Raises BadInput for refused rows."""
    plan.traces = registrations.enter_import(plan=plan, subject=Submission.Subject.SESSIONS, by=by, now=now, proof=proof)
    return plan.as_dict()
