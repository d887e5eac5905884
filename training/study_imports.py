"""Training records become a batch of hours: planned and shown first, then registered as a whole or not at all."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, certification, ledger, periods, plans, registrations
from training.errors import BadInput, ConflictingAward, PeriodLocked
from training.findings import Findings
from training.hours import spread
from training.imports.problems import REASONS
from training.imports.records import StudyRow, read_study_records
from training.matching import People
from training.models import Category, HoursLine, Mode, Person, Submission
from training.plans import Listing, no_progress
from training.wording import hours_text

HELD = _("The file states no result: a person has to decide")


@dataclass(slots=True, kw_only=True)
class Options(plans.Options):
    """`category` where the file has no category column; `unit` that reports."""

    category: str = ""
    organiser: str = ""
    year: int | None = None


@dataclass(kw_only=True)
class Plan(plans.BatchPlan):
    """A row may make several lines, one a day: `created` and `unchanged` count rows."""

    created: int = 0
    people: dict[int, Person] = field(default_factory=dict)

    def listings(self) -> list[Listing]:
        columns = [_("Name"), _("Date"), _("Training"), _("Category"), _("Form"), _("Minutes"), _("Hours")]
        rows = [
            [
                self.people[line.person_id].name,
                line.studied_on.isoformat(),
                line.title,
                str(line.get_category_display()),
                str(line.get_mode_display()),
                "" if line.minutes is None else str(line.minutes),
                "" if line.stated is None else hours_text(line.stated),
            ]
            for line in self.lines[: Listing.SHOWN]
        ]
        return [Listing(_("New"), columns, rows, len(self.lines))]


def origin_of(row: StudyRow, category: str) -> str:
    """One completion keeps one name, however often its file comes in."""
    facts = (row.title, row.organiser, str(row.start), str(row.end), row.certificate_no, category)
    return "import:" + hashlib.sha256("|".join(facts).encode()).hexdigest()[:40]


def plan(
    *, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None, progress=no_progress
) -> Plan:
    """Read training records and say what they would add; nothing is written. Raises a FileRefused, or BadInput for an option."""
    if options.category and options.category not in Category.values:
        raise BadInput(_("There is no category “%(category)s”."), category=options.category)
    source = {"content": content, "filename": filename, "now": now, "overrides": overrides, "progress": progress}
    reading, findings = plans.read(read_study_records, **source, year=options.year)
    progress(40, 100, _("Finding the people"))
    found = People(reading.rows)
    planner = _Planner(options, by, found, reading.has_results, findings)
    progress(55, 100, _("Going through the rows"))
    planned = [(row, lines) for row in reading.rows if (lines := planner.lines_of(row)) is not None]
    progress(75, 100, _("Comparing with what is known"))
    known = registrations.registered(origins={lines[0].origin for _row, lines in planned})
    planner.refuse_locked(planned, known)
    planner.refuse_conflicting(planned, known)
    kept, created, unchanged = [], 0, 0
    refused_rows = findings.refused_rows
    seen = {}
    for row, lines in planned:
        if (row.sheet, row.row) in refused_rows:
            continue
        key = (lines[0].person_id, lines[0].origin, 1)
        first = seen.setdefault(key, row.row)
        if first != row.row:
            message = _("The same study stands already in row %(first_row)s: it counts once")
            findings.warn(row, "record_repeated", message, row.title, ("title",), first_row=first)
        if key in known or first != row.row:
            unchanged += 1
        else:
            created += 1
            kept += lines
    return Plan(
        title=plans.title_of(filename),
        unit=options.unit or found.common_unit([line.person_id for line in kept]),
        lines=kept,
        created=created,
        unchanged=unchanged,
        is_partial=options.partial,
        people=found.by_key,
        **plans.found_in(reading, findings),
    )


_ROLES = {
    "title": ("title",),
    "date": ("dates", "start", "end"),
    "period": ("dates", "start"),
    "hours": ("hours", "minutes", "days"),
    "conflicting": ("hours", "minutes", "days"),
    "result": ("result",),
    "category": ("category",),
}


def _roles_of(code: str) -> tuple[str, ...]:
    """The columns a code is about, by its first word."""
    return _ROLES.get(code.split("_", 1)[0], ())


class _Planner:
    def __init__(self, options: Options, by, people: People, has_results: bool, findings: Findings):
        self.options, self.people, self.has_results, self.findings = options, people, has_results, findings
        self.reach = None if by is None else access.paths_for(by, "import")

    def _refuse(self, row: StudyRow, code: str, message, value="", **facts) -> None:
        self.findings.refuse(row, code, message, value, _roles_of(code), **facts)

    def lines_of(self, row: StudyRow) -> list[HoursLine] | None:
        """The lines of one row, one a day, or None with the reason noted: the first that applies."""
        person = self.people.meant_by(row, self.findings, self.reach)
        if person is None:
            return None
        category = row.category or self.options.category
        codes = row.codes()
        if not row.title:
            return self._refuse(row, "title_missing", _("The training has no title"))
        if not row.has_full_dates:
            code = next((c for c in codes if c.startswith("date_")), "date_invalid")
            message = _("The date is missing or not a full day") if code == "date_invalid" else REASONS[code]
            issue = next((issue for issue in row.issues if issue.code == code), None)
            return self._refuse(row, code, message, **(issue.facts if issue else {}))
        if row.hours is None and row.minutes is None:
            code = "hours_missing" if "hours_missing" in codes else "hours_invalid"
            return self._refuse(row, code, _("The hours are missing or cannot be used"))
        if self.has_results and row.passed is False:
            return self._refuse(row, "result_not_passed", _("The training was not passed: it earns no hours"))
        if not category:
            return self._refuse(row, "category_missing", _("The row names no category, and none was chosen"))
        return self._spread(row, person, category)

    def _spread(self, row: StudyRow, person: Person, category: str) -> list[HoursLine]:
        amount = row.minutes if row.minutes is not None else row.hours
        days = spread(amount=amount, starts_on=row.start.first_day, ends_on=row.end.last_day)
        held = str(HELD) if self.has_results and row.passed is None else ""
        return [
            HoursLine(
                person_id=person.pk,
                studied_on=day,
                year=day.year,
                category=category,
                mode=row.mode or Mode.CLASS,
                arrangement=row.arrangement,
                title=row.title[:200],
                organiser=(row.organiser or self.options.organiser)[:120],
                minutes=share if row.minutes is not None else None,
                stated=share if row.minutes is None else None,
                half_day=row.half_day if len(days) == 1 else "",
                origin=origin_of(row, category),
                part=part,
                held_reason=held,
            )
            for part, (day, share) in enumerate(days, 1)
        ]

    def refuse_conflicting(self, planned, known) -> None:
        """The same completion with other figures is never taken for the one registered."""
        seen = dict(known)
        for row, lines in planned:
            for line in lines:
                key, facts = (line.person_id, line.origin, line.part), registrations.facts_of(line)
                if seen.setdefault(key, facts) != facts:
                    self._refuse(row, ConflictingAward.code, ConflictingAward.message)
                    break

    def refuse_locked(self, planned, known) -> None:
        """Rows of a reported period are refused, each named."""
        fresh = [(row, lines) for row, lines in planned if (lines[0].person_id, lines[0].origin, 1) not in known]
        locked = periods.locked_days({(line.person_id, line.studied_on) for _row, lines in fresh for line in lines})
        for row, lines in fresh:
            lock = next((locked[pair] for line in lines if (pair := (line.person_id, line.studied_on)) in locked), None)
            if lock is not None:
                error = PeriodLocked(unit=lock.unit.name, period=lock.label)
                self._refuse(row, error.code, str(error))


@transaction.atomic
def apply(*, plan: Plan, by, now: datetime, proof: tuple[str, bytes] | None = None, certify: bool = False) -> dict:
    """Register the plan's lines as one batch and hand it in; `certify` posts it at once, by the operator alone.

    `proof` is (file name, content) of the evidence. Raises BadInput for refused rows, EvidenceMissing, PeriodLocked.
    """
    if certify:
        ledger.hold_still()  # before the heads that handing in takes: else two imports could wait for each other
    plan.traces = registrations.enter_import(plan=plan, subject=Submission.Subject.HOURS, by=by, now=now, proof=proof)
    if certify and any(not line.held_reason for line in plan.lines):
        certification.certify(submission=Submission.objects.get(pk=plan.traces["submission"]), by=None, now=now)
    return plan.as_dict()
