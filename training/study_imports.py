"""Training records become a batch of hours: planned and shown first, then registered as a whole or not at all."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit, crypto, evidence, periods, submissions
from training.errors import BadInput, ConflictingAward, PeriodLocked
from training.hours import spread
from training.imports.problems import REASONS, Problem
from training.imports.records import StudyRow, read_study_records
from training.models import Category, Evidence, HoursLine, Mode, Person, Posting, Submission, Unit
from training.periods import day_of
from training.rosters import problem_dict

_CHUNK = 5000
HELD = _("The file states no result: a person has to decide")


@dataclass(slots=True)
class Options:
    """What the file does not say and was asked once. `category` where it has no category column; `unit` that reports."""

    category: str = ""
    organiser: str = ""
    unit: Unit | None = None
    year: int | None = None
    partial: bool = False


@dataclass(slots=True)
class Plan:
    """`lines` are the new ones, not yet saved; `unchanged` counts rows that are registered or credited already."""

    title: str
    unit: Unit | None
    lines: list[HoursLine]
    created: int
    unchanged: int
    errors: list[Problem]
    warnings: list[Problem]
    is_partial: bool
    people: dict[int, Person] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        return bool(self.errors) and not self.is_partial

    def as_dict(self) -> dict:
        return {
            "created": 0 if self.is_refused else self.created,
            "changed": 0,
            "unchanged": self.unchanged,
            "requested": 0,
            "refused": len(self.errors),
            "errors": [problem_dict(p) for p in self.errors],
            "warnings": [problem_dict(p) for p in self.warnings],
        }


def origin_of(row: StudyRow, category: str) -> str:
    """One completion keeps one name, however often its file comes in."""
    facts = (row.title, row.organiser, str(row.start), str(row.end), row.certificate_no, category)
    return "import:" + hashlib.sha256("|".join(facts).encode()).hexdigest()[:40]


def plan(*, content: bytes, filename: str, options: Options, by, now: datetime, overrides: dict | None = None) -> Plan:
    """Read training records and say what they would add; nothing is written. Raises a FileRefused, or BadInput for an option."""
    if options.category and options.category not in Category.values:
        raise BadInput(_("There is no category “%(category)s”."), category=options.category)
    overrides = dict(overrides or {}) | ({"year": options.year} if options.year else {})
    reading = read_study_records(content, filename, today=day_of(now), overrides=overrides)
    found = _People(reading.rows)
    planner = _Planner(options, by, found, reading.has_results)
    planned = [(row, lines) for row in reading.rows if (lines := planner.lines_of(row)) is not None]
    known = submissions.registered(origins={lines[0].origin for _row, lines in planned})
    planner.refuse_locked(planned, known)
    planner.refuse_conflicting(planned, known)
    kept, created, unchanged = [], 0, 0
    refused_rows = {(p.sheet, p.row) for p in planner.errors}
    seen = set()
    for row, lines in planned:
        if (row.sheet, row.row) in refused_rows:
            continue
        key = (lines[0].person_id, lines[0].origin, 1)
        if key in known or key in seen:
            unchanged += 1
            continue
        seen.add(key)
        created += 1
        kept += lines
    errors = sorted([*reading.refused, *planner.errors], key=lambda p: (p.sheet or "", p.row))
    warnings = [issue for row in reading.rows for issue in row.issues if (row.sheet, row.row) not in refused_rows]
    unit = options.unit or found.common_unit([line.person_id for line in kept])
    return Plan(filename.rsplit(".", 1)[0][:200], unit, kept, created, unchanged, errors, warnings, options.partial, found.by_key)


class _People:
    """The people of the rows, by ID number, else by staff number, and where they serve."""

    def __init__(self, rows: list[StudyRow]):
        indexes = {crypto.blind_index(row.id_number): row.id_number for row in rows if row.id_number}
        numbers = {row.staff_no for row in rows if row.staff_no}
        self.by_id, self.by_staff, self.by_key, self.units = {}, {}, {}, {}
        for chunk in _chunks(list(indexes)):
            for person in Person.objects.filter(id_number_index__in=chunk):
                self.by_id[indexes[person.id_number_index]] = person
        for chunk in _chunks(list(numbers)):
            for person in Person.objects.filter(staff_no__in=chunk):
                self.by_staff[person.staff_no] = person
        for person in (*self.by_id.values(), *self.by_staff.values()):
            self.by_key[person.pk] = person
        for chunk in _chunks(list(self.by_key)):
            for posting in Posting.objects.current().filter(is_main=True, person__in=chunk).select_related("unit"):
                self.units[posting.person_id] = posting.unit

    def of(self, row: StudyRow) -> Person | None:
        return self.by_id.get(row.id_number) if row.id_number else self.by_staff.get(row.staff_no)

    def common_unit(self, keys: list[int]) -> Unit | None:
        """The lowest unit that has all of them below it."""
        paths = {self.units[key].path for key in keys if key in self.units}
        if not paths:
            return Unit.objects.filter(parent=None).first()
        shared = sorted(paths)[0]
        while shared and not all(path.startswith(shared) for path in paths):
            shared = shared.rstrip("/").rsplit("/", 1)[0] + "/"
        return Unit.objects.filter(path=shared).first() or Unit.objects.filter(parent=None).first()


def _chunks(values: list):
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


class _Planner:
    def __init__(self, options: Options, by, people: _People, has_results: bool):
        self.options, self.people, self.has_results = options, people, has_results
        self.reach = None if by is None else access.paths_for(by, "import")
        self.errors: list[Problem] = []

    def _refuse(self, row: StudyRow, code: str, message, value="", **facts):
        self.errors.append(Problem(code, row.sheet, row.row, None, None, str(value)[:200], facts, True, row.name, message))

    def lines_of(self, row: StudyRow) -> list[HoursLine] | None:
        """The lines of one row, one a day, or None with the reason noted: the first that applies."""
        person = self.people.of(row)
        category = row.category or self.options.category
        codes = row.codes()
        if person is None:
            return self._refuse(row, "person_unknown", _("This person is in no roster"))
        if row.name and row.name != person.name:
            return self._refuse(row, "name_mismatch", _("The number belongs to somebody of another name"), row.name)
        unit = self.people.units.get(person.pk)
        if self.reach is not None and (unit is None or not any(unit.path.startswith(path) for path in self.reach)):
            return self._refuse(row, "person_out_of_reach", _("This person does not serve in a unit of yours"))
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
                key, facts = (line.person_id, line.origin, line.part), submissions.facts_of(line)
                if seen.setdefault(key, facts) != facts:
                    self._refuse(row, ConflictingAward.code, ConflictingAward.message)
                    break

    def refuse_locked(self, planned, known) -> None:
        """Rows of a reported period are refused one by one, each named."""
        fresh = [(row, lines) for row, lines in planned if (lines[0].person_id, lines[0].origin, 1) not in known]
        days = {(line.person_id, line.studied_on) for _row, lines in fresh for line in lines}
        try:
            periods.refuse_locked(days=days)
        except PeriodLocked:
            pass
        else:
            return
        for row, lines in fresh:
            try:
                periods.refuse_locked(days={(line.person_id, line.studied_on) for line in lines})
            except PeriodLocked as error:
                self._refuse(row, error.code, str(error))


@transaction.atomic
def apply(*, plan: Plan, by, now: datetime, proof: tuple[str, bytes] | None = None, certify: bool = False) -> dict:
    """Register the plan's lines as one batch and hand it in; `certify` posts it at once, by the operator alone.

    `proof` is (file name, content) of the evidence. Raises BadInput for refused rows, EvidenceMissing, PeriodLocked.
    """
    if plan.is_refused:
        raise BadInput(_("Rows were refused: nothing was taken over. Correct them, or take the others over alone."))
    outcome = plan.as_dict()
    if plan.lines:
        batch = submissions.register(
            unit=plan.unit,
            subject=Submission.Subject.HOURS,
            source=Submission.Source.IMPORT,
            title=plan.title,
            lines=plan.lines,
            by=by,
            now=now,
        )
        if proof is not None:
            evidence.attach(submission=batch, kind=Evidence.Kind.SIGN_IN, name=proof[0], content=proof[1], by=by, now=now)
        submissions.submit(submission=batch, by=by, now=now)
        if certify and any(not line.held_reason for line in plan.lines):
            submissions.certify(submission=batch, by=None, now=now)
        outcome_id = batch.pk
    else:
        outcome_id = None
    counts = {name: outcome[name] for name in ("created", "unchanged", "refused")}
    audit.record(actor=by, act="import_study_records", subject=f"submission:{outcome_id}", unit=plan.unit, now=now, facts=counts)
    return outcome
