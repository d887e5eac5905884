"""A person's statement: every record of a year in order, what it credited and why not more, and what is missing."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from training import compliance
from training.models import HoursLine, LineState, Posting, StudyRecord
from training.models.ledger import Category
from training.periods import Period, day_of

REFUSALS = {
    "half_day_cap": _("above the half-day cap"),
    "day_cap": _("above the day cap"),
    "annual_cap": _("above the cap of the year for this form"),
    "rounded_down": _("rounded down to the step of the rule"),
    "repeated_course": _("the same course was credited before this year"),
    "mode_switched_off": _("this form earns nothing under the rule"),
}


def refusal_text(refusal: dict) -> str:
    """One refused part in words, by the code the rule set names."""
    return str(REFUSALS.get(refusal["code"], refusal["code"]))


@dataclass(slots=True)
class Entry:
    """One ledger entry: whether it counts toward the hours required, and their sum after it (hundredths)."""

    record: StudyRecord
    is_counted: bool
    running: int
    refusals: list[tuple[str, int | None, int]]
    is_reversed: bool


@dataclass(slots=True)
class Statement:
    """`rows` is one standing per requirement; `base` pairs a base requirement with the hours attained."""

    person: object
    year: int
    is_open: bool
    rows: list
    base: list[tuple[object, int]]
    entries: list[Entry]
    pending: list[HoursLine]
    held: list[HoursLine]
    sums: list[tuple[str, str, int, bool]] = field(default_factory=list)

    @property
    def main(self):
        return self.rows[0] if self.rows else None

    @property
    def pending_counted(self) -> int:
        return self.main.pending if self.main else 0


def statement(*, person, year: int, viewer, now: datetime, as_of: datetime | None = None) -> Statement:
    """The statement of `person` for `year` as `viewer` may see it. Ten queries or so, whatever the number of records."""
    period = Period(year)
    is_past = as_of is not None and as_of < now
    instant = as_of if is_past else now
    day = min(period.ends_on, day_of(instant))
    served = Posting.objects.known_at(as_of if is_past else None).filter(person=person, is_main=True, started_on__lte=day)
    served = served.select_related("unit").order_by("-started_on", "-pk")
    # where the person serves on the day assessed, else where they served last
    posting = served.valid_on(day).first() or served.first()
    rows, assessment = [], None
    if posting is not None:
        assessment = compliance.assess(unit=posting.unit, period=period, now=now, as_of=as_of)
        rows = assessment.standings_of([person.pk])
    counted = set(rows[0].requirement.counted) if rows else {Category.PROFESSIONAL, Category.LAW}
    records = StudyRecord.objects.visible_to(viewer).filter(person=person, year=year).select_related("rule_set", "submission")
    if as_of is not None:
        records = records.filter(certified_at__lte=as_of)
    records = list(records.order_by("studied_on", "pk"))
    reversed_keys = {r.reverses_id for r in records if r.reverses_id}
    entries, running, sums = [], 0, dict.fromkeys(Category.values, 0)
    for record in records:
        is_counted = record.category in counted
        sums[record.category] += record.credit
        if is_counted and not record.restricted:  # what is restricted enters no total until its kind is opened
            running += record.credit
        reasons = [(refusal_text(r), r.get("minutes"), r.get("credit")) for r in record.refusals]
        entries.append(Entry(record, is_counted, running, reasons, record.pk in reversed_keys))
    lines = HoursLine.objects.filter(person=person, year=year, state=LineState.PENDING).select_related("submission")
    if is_past:
        lines = lines.filter(submission__created_at__lte=as_of)
    lines = list(lines.order_by("studied_on", "pk"))
    base = []
    if rows:
        for requirement in assessment.base_requirements:
            if requirement.staff_category == rows[0].requirement.staff_category:
                base.append((requirement, sum(sums[c] for c in requirement.counted)))
    return Statement(
        person=person,
        year=year,
        is_open=assessment is not None and assessment.is_open,
        rows=rows,
        base=base,
        entries=entries,
        pending=[line for line in lines if not line.held_reason],
        held=[line for line in lines if line.held_reason],
        sums=[(code, str(Category(code).label), sums[code], code in counted) for code in Category.values],
    )
