"""Approved changes of what one person owes in one year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.errors import BadInput, NotAllowed, OwnDecision, WrongState
from training.models import Adjustment, AdjustmentReason, Person, Posting


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
    Adjustment.objects.filter(pk__in=replaced).update(superseded_at=now)
    Adjustment.objects.bulk_create(fresh, batch_size=1000)
    if fresh:
        facts = [{"person": row.person_id, "year": row.year, "reason": row.reason, "hours": row.hours} for row in fresh]
        subject = f"person:{fresh[0].person_id}" if len(fresh) == 1 else "people"
        audit.record(actor=by, act="adjust", subject=subject, now=now, facts={"adjustments": facts})
    return rows + fresh


def _refuse_out_of_reach(people: list[int], by) -> None:
    units = dict(Posting.objects.current().filter(is_main=True, person__in=people).values_list("person_id", "unit__path"))
    reach = access.paths_for(by, "register_adjustment")
    if not all(any(units.get(person, "").startswith(path) for path in reach) for person in people):
        raise NotAllowed()


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
    in_force.exclude(pk=found.pk).update(superseded_at=now)
    found.confirmed_at, found.confirmed_by = now, by
    found.save(update_fields=["confirmed_at", "confirmed_by"])
    audit.record(actor=by, act="confirm_adjustment", subject=f"person:{found.person_id}", now=now, facts={"year": found.year})
    return found


@transaction.atomic
def withdraw(*, adjustment: Adjustment, by, now: datetime) -> Adjustment:
    """End an adjustment: from now on the requirement holds in full again. The bureau, or whoever proposed it while it waits."""
    found = Adjustment.objects.select_for_update().get(pk=adjustment.pk)
    if by is not None and (found.confirmed_at is not None or found.entered_by_id != by.pk):
        access.require(by, "confirm_adjustment")
        if found.person_id == by.pk:
            raise OwnDecision()
    if found.superseded_at is not None:
        raise WrongState()
    found.superseded_at = now
    found.save(update_fields=["superseded_at"])
    audit.record(actor=by, act="withdraw_adjustment", subject=f"person:{found.person_id}", now=now, facts={"year": found.year})
    return found
