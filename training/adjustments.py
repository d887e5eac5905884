"""Approved changes of what one person owes in one year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.bodies import obliges
from training.errors import BadInput, NotAllowed, OwnDecision, WrongState
from training.models import (
    Adjustment,
    AdjustmentOutcome,
    AdjustmentReason,
    CategoryHolding,
    Measure,
    Person,
    Posting,
    Requirement,
)
from training.periods import Period, day_of


@dataclass(frozen=True, slots=True)
class Effect:
    """What a person owes in the year without an adjustment and with it, hundredths; None: nothing obliges them."""

    before: int | None
    after: int | None


def find(rows, *, year: int | None = None, unit=None, reason: str = "", state: str = ""):
    """`rows` narrowed by year, by where the person serves now (with everything below), by reason and by state."""
    rows = rows.in_state(state)
    if year is not None:
        rows = rows.filter(year=year)
    if unit is not None:
        serving = Posting.objects.current().filter(is_main=True, unit__path__startswith=unit.path)
        rows = rows.filter(person__in=serving.values("person"))
    return rows.filter(reason=reason) if reason in AdjustmentReason.values else rows


def acts_open_to(adjustment: Adjustment, by) -> set[str]:
    """What `by` can do with an adjustment now: `confirm`, `refuse`, `withdraw`."""
    if adjustment.superseded_at is not None:
        return set()
    decides = access.may(by, "confirm_adjustment") and by.pk != adjustment.person_id
    if adjustment.confirmed_at is not None:
        return {"withdraw"} if decides else set()
    if by.pk == adjustment.entered_by_id:
        return {"withdraw"}
    return {"confirm", "refuse"} if decides else set()


def effects(rows: Sequence[Adjustment], *, now: datetime) -> dict[int, Effect]:
    """What each of `rows` changes, by key: what was owed without it, what is owed with it. Four queries."""
    in_full = _owed_in_full(rows, now)
    waiting = [row.person_id for row in rows if row.state == row.state.WAITING]
    in_force = {(row.person_id, row.year): row.hours for row in Adjustment.objects.known_at(None).filter(person__in=waiting)}
    found = {}
    for row in rows:
        full = before = in_full.get((row.person_id, row.year))
        if full is not None and row.state == row.state.WAITING:
            before = min(full, in_force.get((row.person_id, row.year), full))
        found[row.pk] = Effect(before, None if full is None else min(full, row.hours))
    return found


def _owed_in_full(rows: Sequence[Adjustment], now: datetime) -> dict[tuple[int, int], int]:
    """(person, year) -> what the first hours requirement that obliges them asks, on the day the year is assessed."""
    people = {row.person_id for row in rows}
    asked = defaultdict(list)
    hours = Requirement.objects.known_at(None).filter(year__in={row.year for row in rows}, measure=Measure.HOURS)
    for requirement in hours.order_by("code"):
        asked[requirement.year].append(requirement)
    held = CategoryHolding.objects.known_at(None).filter(person__in=people).order_by("started_on", "pk")
    served = Posting.objects.known_at(None).filter(person__in=people, is_main=True).select_related("unit")
    of_person = defaultdict(lambda: ([], []))
    for holding in held:
        of_person[holding.person_id][0].append(holding)
    for posting in served.order_by("started_on", "pk"):
        of_person[posting.person_id][1].append(posting)
    found = {}
    for row in rows:
        day = min(Period(row.year).ends_on, day_of(now))
        holdings, postings = ([one for one in dated if _is_valid(one, day)] for dated in of_person[row.person_id])
        categories = {holding.category for holding in holdings}
        for requirement in asked[row.year]:
            is_held = not requirement.staff_category or requirement.staff_category in categories
            if not is_held or not postings or requirement.post_level not in ("", postings[-1].post_level):
                continue
            if obliges(requirement, postings[-1].unit):
                found[row.person_id, row.year] = requirement.target
                break
    return found


def _is_valid(dated, day) -> bool:
    return dated.started_on <= day and (dated.ended_on is None or day <= dated.ended_on)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person shall owe in a year: `hours` in hundredths, 0 exempts."""

    person: Person
    year: int
    reason: str
    hours: int
    document: str
    approver: str


def facts_of(row: Proposal | Adjustment) -> tuple:
    return (row.reason, row.hours, row.document.strip(), row.approver.strip())


def adjust(*, person, year: int, reason: str, hours: int, document: str, approver: str, by, now: datetime) -> Adjustment:
    """Record that `person` owes `hours` (hundredths; 0 exempts) in `year`; see `adjust_many`."""
    proposal = Proposal(person=person, year=year, reason=reason, hours=hours, document=document, approver=approver)
    return adjust_many(proposals=[proposal], by=by, now=now)[0]


@transaction.atomic
def adjust_many(*, proposals: Sequence[Proposal], by, now: datetime) -> list[Adjustment]:
    """Record what people owe, superseding what was there: all or none, at a constant number of queries.

    What a unit's HR enters waits for the district's confirmation; the district's own entry counts at once, unless it is
    about the one who enters it. The same facts again change nothing. Raises BadInput, NotAllowed.
    """
    people = [p.person.pk for p in proposals]
    if by is not None:
        _refuse_out_of_reach(people, by)
    decides = by is None or access.may(by, "confirm_adjustment")
    _in_line(people)
    known = defaultdict(list)
    for found in Adjustment.objects.select_for_update().filter(person__in=people, superseded_at=None):
        known[found.person_id, found.year].append(found)
    rows, fresh, replaced = [], [], []
    for proposal in proposals:
        _refuse_unusable(proposal)
        counts = decides and (by is None or proposal.person.pk != by.pk)
        there = known[proposal.person.pk, proposal.year]
        same = next((a for a in there if facts_of(a) == facts_of(proposal) and (a.confirmed_at or not counts)), None)
        if same is not None:
            rows.append(same)
            continue
        # what a unit proposes takes the place of its own earlier proposal only; what is in force stays until confirmation
        replaced += [a.pk for a in there if counts or a.confirmed_at is None]
        reason, hours, document, approver = facts_of(proposal)
        fresh.append(
            Adjustment(
                person=proposal.person,
                year=proposal.year,
                reason=reason,
                hours=hours,
                document=document,
                approver=approver,
                entered_at=now,
                entered_by=by,
                confirmed_at=now if counts else None,
                confirmed_by=by if counts else None,
            )
        )
    Adjustment.objects.filter(pk__in=replaced).update(superseded_at=now, outcome=AdjustmentOutcome.REPLACED)
    Adjustment.objects.bulk_create(fresh, batch_size=1000)
    if fresh:
        facts = [{"person": row.person_id, "year": row.year, "reason": row.reason, "hours": row.hours} for row in fresh]
        subject = f"person:{fresh[0].person_id}" if len(fresh) == 1 else "people"
        audit.record(actor=by, act="adjust", subject=subject, now=now, facts={"adjustments": facts})
    return rows + fresh


def _refuse_out_of_reach(people: list[int], by) -> None:
    units = dict(Posting.objects.current().filter(is_main=True, person__in=people).values_list("person_id", "unit__path"))
    reach = access.paths_for(by, "register_adjustment")
    if not reach or not all(any(path.startswith(above) for above in reach) for path in units.values()):
        raise NotAllowed()  # who serves nowhere any more (retired, dead) is in everybody's reach


def _refuse_unusable(proposal: Proposal) -> None:
    if proposal.reason not in AdjustmentReason.values:
        raise BadInput(_("The reason is not one of those the rules name."))
    if proposal.hours < 0:
        raise BadInput(_("Hours cannot be negative."))
    if not proposal.document.strip() or not proposal.approver.strip():
        raise BadInput(_("An adjustment needs a document and an approver."))


def _in_line(people: list[int]) -> None:
    """One decision at a time about a person: there is no row to lock while the first adjustment is being made."""
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))


@transaction.atomic
def confirm(*, adjustment: Adjustment, by, now: datetime) -> Adjustment:
    """The district confirms what a unit entered. Raises OwnDecision for one's own matter or entry."""
    access.require(by, "confirm_adjustment")
    _in_line([adjustment.person_id])
    found = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    if found.confirmed_at is not None or found.superseded_at is not None:
        raise WrongState()
    if by.pk in (found.entered_by_id, found.person_id):
        raise OwnDecision()
    in_force = Adjustment.objects.filter(person_id=found.person_id, year=found.year, superseded_at=None)
    in_force.exclude(pk=found.pk).update(superseded_at=now, outcome=AdjustmentOutcome.REPLACED)
    found.confirmed_at, found.confirmed_by = now, by
    found.save(update_fields=["confirmed_at", "confirmed_by"])
    audit.record(actor=by, act="confirm_adjustment", subject=f"person:{found.person_id}", now=now, facts={"year": found.year})
    return found


@transaction.atomic
def refuse(*, adjustment: Adjustment, reason: str, by, now: datetime) -> Adjustment:
    """The district refuses what a unit entered, with a reason; what was in force stays. Raises OwnDecision, BadInput."""
    access.require(by, "confirm_adjustment")
    if not reason.strip():
        raise BadInput(_("State the reason of the refusal."))
    found = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    if found.confirmed_at is not None or found.superseded_at is not None:
        raise WrongState()
    if by.pk in (found.entered_by_id, found.person_id):
        raise OwnDecision()
    return _end(found, AdjustmentOutcome.REFUSED, reason, "refuse_adjustment", by, now)


@transaction.atomic
def withdraw(*, adjustment: Adjustment, by, now: datetime, reason: str = "") -> Adjustment:
    """End an adjustment: from now on the requirement holds in full again. The bureau, or whoever proposed it while it waits."""
    found = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    if by is not None and (found.confirmed_at is not None or found.entered_by_id != by.pk):
        access.require(by, "confirm_adjustment")
        if found.person_id == by.pk:
            raise OwnDecision()
    if found.superseded_at is not None:
        raise WrongState()
    return _end(found, AdjustmentOutcome.WITHDRAWN, reason, "withdraw_adjustment", by, now)


def _end(found: Adjustment, outcome: str, reason: str, act: str, by, now: datetime) -> Adjustment:
    found.superseded_at, found.outcome, found.outcome_reason = now, outcome, reason.strip()[:300]
    found.save(update_fields=["superseded_at", "outcome", "outcome_reason"])
    # the reason may speak of an illness: it can be erased later, the chain keeps its commitment
    personal = {"reason": found.outcome_reason} if found.outcome_reason else None
    audit.record(actor=by, act=act, subject=f"person:{found.person_id}", now=now, facts={"year": found.year}, personal=personal)
    return found
