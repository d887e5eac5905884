"""Approved changes of what one person owes in one year."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from training import access, audit
from training.errors import BadInput, OwnDecision, WrongState
from training.models import Adjustment, AdjustmentReason, Person


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
    _in_line(person.pk)
    open_rows = Adjustment.objects.select_for_update().filter(person=person, year=year, superseded_at=None)
    for found in open_rows:
        if (found.reason, found.hours, found.document, found.approver) == facts and (found.confirmed_at or not decides):
            return found
    # what a unit proposes takes the place of its own earlier proposal only; what is in force stays until confirmation
    replaced = open_rows if decides else open_rows.filter(confirmed_at=None)
    replaced.update(superseded_at=now)
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


def _in_line(person_id: int) -> None:
    """One decision at a time about a person: there is no row to lock while the first adjustment is being made."""
    Person.objects.select_for_update(no_key=True).get(pk=person_id)


@transaction.atomic
def confirm(*, adjustment: Adjustment, by, now: datetime) -> Adjustment:
    """The district confirms what a unit entered. Raises OwnDecision for one's own matter or entry."""
    access.require(by, "confirm_adjustment")
    _in_line(adjustment.person_id)
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
