"""Approved changes of what one person owes in one year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.bodies import obliges
from training.errors import BadInput, OwnDecision, WrongState
from training.models import (
    Adjustment,
    AdjustmentOutcome,
    AdjustmentReason,
    CategoryHolding,
    Measure,
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
    for requirement in hours.order_by("pk"):
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


@transaction.atomic
def adjust(*, person, year: int, reason: str, hours: int, document: str, approver: str, by, now: datetime) -> Adjustment:
    """Record that `person` owes `hours` (hundredths; 0 exempts) in `year`, superseding what was there.

    What a unit's HR enters waits for the district's confirmation; the district's own entry counts at once, unless it is
    about the one who enters it. The same facts again change nothing. Raises BadInput.
    """
    if reason not in AdjustmentReason.values:
        raise BadInput(_("The reason is not one of those the rules name."))
    if hours < 0:
        raise BadInput(_("Hours cannot be negative."))
    if not document.strip() or not approver.strip():
        raise BadInput(_("An adjustment needs a document and an approver."))
    if by is not None:
        serves = person.postings.current().filter(is_main=True).select_related("unit").first()
        access.require(by, "register_adjustment", serves.unit if serves else None)
    decides = by is None or (access.may(by, "confirm_adjustment") and by.pk != person.pk)
    facts = (reason, hours, document.strip(), approver.strip())
    open_rows = Adjustment.objects.select_for_update().filter(person=person, year=year, superseded_at=None)
    for found in open_rows:
        if (found.reason, found.hours, found.document, found.approver) == facts and (found.confirmed_at or not decides):
            return found
    # what a unit proposes takes the place of its own earlier proposal only; what is in force stays until confirmation
    replaced = open_rows if decides else open_rows.filter(confirmed_at=None)
    replaced.update(superseded_at=now, outcome=AdjustmentOutcome.REPLACED)
    adjustment = Adjustment.objects.create(
        person=person,
        year=year,
        reason=reason,
        hours=hours,
        document=facts[2],
        approver=facts[3],
        entered_at=now,
        entered_by=by,
        confirmed_at=now if decides else None,
        confirmed_by=by if decides else None,
    )
    audit.record(
        actor=by, act="adjust", subject=f"person:{person.pk}", now=now, facts={"year": year, "reason": reason, "hours": hours}
    )
    return adjustment


@transaction.atomic
def confirm(*, adjustment: Adjustment, by, now: datetime) -> Adjustment:
    """The district confirms what a unit entered. Raises OwnDecision for one's own matter or entry."""
    access.require(by, "confirm_adjustment")
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
