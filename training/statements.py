"""A person's statement: every record of a year in order, what was refused in its place, what is missing by kind of hours."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from training import compliance
from training.models import Decision, HoursLine, LineState, Posting, StudyRecord
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
class Row:
    """One line of the statement: a ledger entry, or a line that was returned and credits nothing.

    `running` is the sum of what counts toward the hours required, after this line (hundredths).
    """

    fact: StudyRecord | HoursLine
    credit: int
    is_counted: bool
    running: int
    refusals: list[tuple[str, int | None, int]]
    is_reversed: bool = False
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Hours of one kind: what was credited and, where a requirement stands, what it asks (None: not set)."""

    title: str
    credit: int
    asked: int | None = None
    is_required: bool = False

    @property
    def missing(self) -> int | None:
        return None if self.asked is None else max(self.asked - self.credit, 0)


@dataclass(slots=True)
class Statement:
    """`standings` is one per requirement; `inside` the categories that count, `beside` the hours that never do."""

    person: object
    year: int
    is_open: bool
    standings: list
    inside: list[Part]
    beside: list[Part]
    rows: list[Row]
    pending: list[HoursLine]
    held: list[HoursLine]

    @property
    def main(self):
        return self.standings[0] if self.standings else None

    @property
    def pending_counted(self) -> int:
        return self.main.pending if self.main else 0

    @property
    def base_missing(self) -> list[Part]:
        """The base requirements that are set and not reached."""
        return [part for part in self.beside if part.missing]


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
    standings, assessment = [], None
    if posting is not None:
        assessment = compliance.assess(unit=posting.unit, period=period, now=now, as_of=as_of)
        standings = assessment.standings_of([person.pk])
    counted = set(standings[0].requirement.counted) if standings else {Category.PROFESSIONAL, Category.LAW}
    records = StudyRecord.objects.visible_to(viewer).filter(person=person, year=year).select_related("rule_set", "submission")
    if as_of is not None:
        records = records.filter(certified_at__lte=as_of)
    lines = _lines(person, year, instant if is_past else None)
    rows, sums = _in_order(list(records), [line for line in lines if line.state == LineState.RETURNED], counted)
    waiting = [line for line in lines if line.state == LineState.PENDING]
    inside, beside = _parts(sums, counted, assessment, standings)
    return Statement(
        person=person,
        year=year,
        is_open=assessment is not None and assessment.is_open,
        standings=standings,
        inside=inside,
        beside=beside,
        rows=rows,
        pending=[line for line in waiting if not line.held_reason],
        held=[line for line in waiting if line.held_reason],
    )


def _lines(person, year: int, instant: datetime | None) -> list[HoursLine]:
    """What waits, and what was returned; of a past day what had been entered, or returned, by then."""
    lines = HoursLine.objects.filter(person=person, year=year, state__in=[LineState.PENDING, LineState.RETURNED])
    if instant is not None:
        of_batch = Decision.objects.filter(submission=OuterRef("submission"), at__lte=instant)
        returned = Exists(of_batch.filter(act__in=[Decision.Act.RETURN, Decision.Act.EXCEPT]))
        lines = lines.filter(submission__created_at__lte=instant).filter(Q(state=LineState.PENDING) | returned)
    return list(lines.select_related("submission").order_by("studied_on", "pk"))


def _in_order(records: list[StudyRecord], returned: list[HoursLine], counted: set[str]) -> tuple[list[Row], dict[str, int]]:
    """Entries and returned lines by day, with the running total, and the sums by category.

    What is restricted is shown to whom it is open and enters no total until its kind is opened.
    """
    reversed_keys = {record.reverses_id for record in records if record.reverses_id}
    facts = [*records, *returned]
    facts.sort(key=lambda fact: (fact.studied_on, isinstance(fact, HoursLine), fact.pk))
    rows, running, sums = [], 0, dict.fromkeys(Category.values, 0)
    for fact in facts:
        is_counted = fact.category in counted
        if isinstance(fact, HoursLine):
            rows.append(Row(fact, 0, is_counted, running, [], is_returned=True))
            continue
        if not fact.restricted:
            sums[fact.category] += fact.credit
            running += fact.credit if is_counted else 0
        refusals = [(refusal_text(r), r.get("minutes"), r.get("credit")) for r in fact.refusals]
        rows.append(Row(fact, fact.credit, is_counted, running, refusals, is_reversed=fact.pk in reversed_keys))
    return rows, sums


def _parts(sums: dict[str, int], counted: set[str], assessment, standings) -> tuple[list[Part], list[Part]]:
    """Inside: one part a category that counts. Beside: the base requirements, then every category that none of them names."""
    inside = [Part(str(Category(code).label), sums[code]) for code in Category.values if code in counted]
    beside, named = [], set()
    for asked in assessment.base_requirements if standings else ():
        if asked.staff_category == standings[0].requirement.staff_category:
            named |= set(asked.counted)
            beside.append(Part(asked.title, sum(sums[code] for code in asked.counted), asked.target, is_required=True))
    left = [code for code in Category.values if code not in counted and code not in named]
    return inside, [*beside, *(Part(str(Category(code).label), sums[code]) for code in left)]
